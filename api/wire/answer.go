package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"stoa/api/wire/outlet"
	"stoa/app/fault"
)

// send puts what a handler returned on the wire.
func (x *exchange) send(result any) {
	status := 0
	for {
		switch r := result.(type) {
		case WithCookie:
			if !x.server.mux.sameSite(x.r, true) {
				x.fail(crossSite())
				return
			}
			if r.Cookie != nil {
				http.SetCookie(x.w, r.Cookie)
			}
			result = r.Value
			continue
		case WithHeader:
			for name, values := range r.Header {
				x.w.Header()[name] = values
			}
			result = r.Value
			continue
		case WithStatus:
			status, result = r.Status, r.Value
			continue
		case Created:
			x.w.Header().Set("Location", r.Location)
			status, result = http.StatusCreated, r.Value
			continue
		}
		break
	}
	x.final(result, status)
}

// final sends the innermost result.
func (x *exchange) final(result any, status int) {
	switch r := result.(type) {
	case NoContent:
		x.out.WriteHeader(http.StatusNoContent)
	case Redirect:
		if r.Status == 0 {
			r.Status = http.StatusSeeOther
		}
		x.w.Header().Set("Location", r.URL)
		x.out.WriteHeader(r.Status)
	case File:
		x.file(r)
	case *File:
		x.file(*r)
	case Content:
		x.content(r)
	case Stream:
		x.stream(r)
	case Response:
		x.write(r)
	default:
		resp := x.dialect.OK(&x.Call, result)
		if status != 0 {
			resp.Status = status
		}
		x.write(resp)
	}
}

// write sends a response whole, with its length.
func (x *exchange) write(r Response) {
	body := r.Body
	if r.Value != nil {
		buf := x.server.mux.buffer()
		defer x.server.mux.giveBack(buf)
		if err := encode(buf, r.Value); err != nil {
			x.fault = fault.Of(fault.Wrap(err))
			r.Status = http.StatusInternalServerError
			buf.Reset()
		}
		body = buf.Bytes()
	}
	h := x.w.Header()
	for name, values := range r.Header {
		h[name] = values
	}
	if r.Type == "" {
		r.Type = "application/json"
	}
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	h["Content-Type"] = []string{r.Type}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	x.out.WriteHeader(r.Status)
	_, _ = x.out.Write(body) // a client that went away is no news
}

// keepBuffer is the largest buffer worth keeping, in bytes.
const keepBuffer = 64 << 10

// buffer takes a buffer of an earlier answer; what it holds is dead once it is
// given back.
func (m *Mux) buffer() *bytes.Buffer {
	if b, ok := m.buffers.Get().(*bytes.Buffer); ok {
		return b
	}
	return new(bytes.Buffer)
}

func (m *Mux) giveBack(b *bytes.Buffer) {
	if b.Cap() <= keepBuffer {
		b.Reset()
		m.buffers.Put(b)
	}
}

// encode writes v as JSON without HTML escaping and without a newline at its end.
func encode(buf *bytes.Buffer, v any) error {
	e := json.NewEncoder(buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	buf.Truncate(buf.Len() - 1)
	return nil
}

// Encode is v as JSON the way answers have it: no HTML escaping.
func Encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	err := encode(&buf, v)
	return buf.Bytes(), err
}

// file sends a download. What users have stored never runs as a page of ours:
// the content security policy of all answers is a sandbox.
func (x *exchange) file(f File) {
	h := x.w.Header()
	if f.Type == "" {
		f.Type = "application/octet-stream"
	}
	h.Set("Content-Type", f.Type)
	if f.Name != "" {
		h.Set("Content-Disposition", disposition(f.Name, f.Inline))
	}
	if f.Size > 0 {
		h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	}
	out := &outlet.Noted{Writer: outlet.New(&x.out, x.r)}
	var err error
	if f.Body != nil {
		_, err = io.Copy(out, f.Body)
	} else if f.Write != nil {
		err = f.Write(out)
	}
	switch {
	case err == nil && !out.Wrote:
		x.out.WriteHeader(http.StatusOK)
	case err != nil && !out.Wrote:
		h.Del("Content-Disposition")
		h.Del("Content-Length")
		x.fail(err)
	case err != nil:
		x.fault = fault.Of(err)
		panic(http.ErrAbortHandler)
	}
}

// disposition is the header that names a download, in RFC 6266's two forms.
func disposition(name string, inline bool) string {
	kind := "attachment"
	if inline {
		kind = "inline"
	}
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '/' || r == '%' {
			return '_'
		}
		return r
	}, name)
	d := mime.FormatMediaType(kind, map[string]string{"filename": ascii})
	if ascii != name {
		d += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return d
}

// seconds is d in whole seconds, rounded up, at least 1.
func seconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}
