package wire

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"stoa/api/wire/outlet"
	"stoa/api/wire/span"
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

// content sends a file.
func (x *exchange) content(f Content) {
	h := x.w.Header()
	h.Set("ETag", `"`+f.ETag+`"`)
	h.Set("Last-Modified", f.Modified.UTC().Format(http.TimeFormat))
	h.Set("Accept-Ranges", "bytes")
	if f.Cache != "" {
		h.Set("Cache-Control", f.Cache)
	}
	p, status := span.Of(x.r.Header, span.File{Size: f.Size, ETag: f.ETag, Modified: f.Modified})
	switch status {
	case http.StatusNotModified, http.StatusPreconditionFailed:
		x.out.WriteHeader(status)
		return
	case http.StatusRequestedRangeNotSatisfiable:
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", f.Size))
		resp := x.dialect.Fail(&x.Call, fault.New(fault.Invalid, "range.outside", "Range", "the range lies outside of the file, which has %d bytes", f.Size))
		resp.Status = status
		x.write(resp)
		return
	}
	if status == http.StatusPartialContent {
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", p.Offset, p.Offset+p.Length-1, f.Size))
	}
	if f.Type == "" {
		f.Type = "application/octet-stream"
	}
	h.Set("Content-Type", f.Type)
	h.Set("Content-Length", strconv.FormatInt(p.Length, 10))
	if f.Name != "" {
		h.Set("Content-Disposition", disposition(f.Name, f.Inline))
	}
	if x.r.Method == http.MethodHead || p.Length == 0 {
		x.out.WriteHeader(status)
		return
	}
	x.copy(f, p, status)
}

// copy sends the bytes of a part.
func (x *exchange) copy(f Content, p span.Part, status int) {
	body, err := f.Open(p.Offset, p.Length)
	if err != nil {
		for _, name := range []string{"ETag", "Last-Modified", "Accept-Ranges", "Content-Range", "Content-Disposition", "Content-Length"} {
			x.w.Header().Del(name)
		}
		x.w.Header().Set("Cache-Control", "no-store")
		x.fail(err)
		return
	}
	x.out.WriteHeader(status)
	n, err := io.Copy(outlet.New(&x.out, x.r), body)
	if err = errors.Join(err, body.Close()); err != nil || n != p.Length {
		x.fault = fault.Of(err)
		panic(http.ErrAbortHandler)
	}
}
