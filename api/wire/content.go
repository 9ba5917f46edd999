package wire

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"stoa/app/fault"
)

// Content is a file that is answered whole or in part, as the request asks
// (RFC 9110: conditions and ranges). An error of Open is answered in the dialect's
// envelope; after the first byte the connection is cut, so that a client never takes
// half a file for a whole one.
type Content struct {
	Name     string // file name offered to the client; "" = none
	Inline   bool   // keep Name, but do not force a download
	Type     string // content type
	Size     int64  // bytes
	ETag     string // without quotes; strong
	Modified time.Time
	Cache    string // Cache-Control; "" = no-store
	Open     func(offset, length int64) (io.ReadCloser, error)
}

// part is the bytes that an answer has.
type part struct{ offset, length int64 }

// content sends a file.
func (x *exchange) content(f Content) {
	h := x.w.Header()
	h.Set("ETag", `"`+f.ETag+`"`)
	h.Set("Last-Modified", f.Modified.UTC().Format(http.TimeFormat))
	h.Set("Accept-Ranges", "bytes")
	if f.Cache != "" {
		h.Set("Cache-Control", f.Cache)
	}
	if status := f.condition(x.r); status != 0 {
		x.out.WriteHeader(status)
		return
	}
	p, status, ok := f.part(x.r)
	if !ok {
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", f.Size))
		resp := x.dialect.Fail(&x.Call, fault.New(fault.Invalid, "range.outside", "Range", "the range lies outside of the file, which has %d bytes", f.Size))
		resp.Status = http.StatusRequestedRangeNotSatisfiable
		x.write(resp)
		return
	}
	if status == http.StatusPartialContent {
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", p.offset, p.offset+p.length-1, f.Size))
	}
	if f.Type == "" {
		f.Type = "application/octet-stream"
	}
	h.Set("Content-Type", f.Type)
	h.Set("Content-Length", strconv.FormatInt(p.length, 10))
	if f.Name != "" {
		h.Set("Content-Disposition", disposition(f.Name, f.Inline))
	}
	if x.r.Method == http.MethodHead || p.length == 0 {
		x.out.WriteHeader(status)
		return
	}
	x.copy(f, p, status)
}

// copy sends the bytes of a part.
func (x *exchange) copy(f Content, p part, status int) {
	body, err := f.Open(p.offset, p.length)
	if err != nil {
		for _, name := range []string{"ETag", "Last-Modified", "Accept-Ranges", "Content-Range", "Content-Disposition", "Content-Length"} {
			x.w.Header().Del(name)
		}
		x.w.Header().Set("Cache-Control", "no-store")
		x.fail(err)
		return
	}
	x.out.WriteHeader(status)
	n, err := io.Copy(patient{x}, body)
	if err = errors.Join(err, body.Close()); err != nil || n != p.length {
		x.fault = fault.Of(err)
		panic(http.ErrAbortHandler)
	}
}

// condition is the status of an answer without the file: 304 or 412; 0 = go on.
func (f Content) condition(r *http.Request) int {
	if match := r.Header.Get("If-Match"); match != "" {
		if !f.names(match, false) {
			return http.StatusPreconditionFailed
		}
	} else if t, err := http.ParseTime(r.Header.Get("If-Unmodified-Since")); err == nil && f.Modified.Truncate(time.Second).After(t) {
		return http.StatusPreconditionFailed
	}
	if none := r.Header.Get("If-None-Match"); none != "" {
		if f.names(none, true) {
			return http.StatusNotModified
		}
		return 0
	}
	if t, err := http.ParseTime(r.Header.Get("If-Modified-Since")); err == nil && !f.Modified.Truncate(time.Second).After(t) {
		return http.StatusNotModified
	}
	return 0
}

// names reports whether a list of entity tags has the file's. Weak ones count where
// a weak comparison is meant.
func (f Content) names(list string, weak bool) bool {
	for tag := range strings.SplitSeq(list, ",") {
		tag = textproto.TrimString(tag)
		if rest, is := strings.CutPrefix(tag, "W/"); is {
			if !weak {
				continue
			}
			tag = rest
		}
		if tag == "*" || tag == `"`+f.ETag+`"` || tag == f.ETag {
			return true
		}
	}
	return false
}

// part is the bytes that a request asks for. Of several ranges, and of what can't
// be read as ranges, the whole file is the answer, as the RFC allows. ok is false
// where the range lies outside.
func (f Content) part(r *http.Request) (_ part, status int, ok bool) {
	whole := part{0, f.Size}
	spec, is := strings.CutPrefix(r.Header.Get("Range"), "bytes=")
	if !is || strings.Contains(spec, ",") || !f.unchanged(r.Header.Get("If-Range")) {
		return whole, http.StatusOK, true
	}
	first, last, is := strings.Cut(strings.TrimSpace(spec), "-")
	if !is {
		return whole, http.StatusOK, true
	}
	from, err1 := number(first)
	to, err2 := number(last)
	switch {
	case first == "" && err2 == nil: // the last so many
		if to == 0 || f.Size == 0 {
			return whole, 0, false
		}
		n := min(to, f.Size)
		return part{f.Size - n, n}, http.StatusPartialContent, true
	case err1 != nil || last != "" && err2 != nil || last != "" && to < from:
		return whole, http.StatusOK, true
	case from >= f.Size:
		return whole, 0, false
	case last == "" || to >= f.Size:
		to = f.Size - 1
	}
	return part{from, to - from + 1}, http.StatusPartialContent, true
}

// number reads the digits of a range.
func number(s string) (int64, error) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return 1<<63 - 1, nil
	}
	return n, err
}

// unchanged judges If-Range: the file is still the one that the client has a part of.
func (f Content) unchanged(v string) bool {
	if v == "" {
		return true
	}
	if t, err := http.ParseTime(v); err == nil {
		return f.Modified.Truncate(time.Second).Equal(t)
	}
	return f.names(v, false)
}
