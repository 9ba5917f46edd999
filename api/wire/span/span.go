// Package span decides which bytes of a file a request gets, if any: conditions and
// ranges after RFC 9110, sections 13 and 14.
package span

import (
	"errors"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// File is what is known of a file.
type File struct {
	Size     int64  // bytes
	ETag     string // without quotes; strong
	Modified time.Time
}

// Part is the bytes that an answer has.
type Part struct{ Offset, Length int64 }

// Of is the part of a file that a request's headers ask for, and the status of the
// answer: 200, 206, 304, 412 or 416.
func Of(h http.Header, f File) (Part, int) {
	if status := f.condition(h); status != 0 {
		return Part{}, status
	}
	return f.part(h)
}

// condition is the status of an answer without the file; 0 = go on.
func (f File) condition(h http.Header) int {
	if match := h.Get("If-Match"); match != "" {
		if !f.names(match, false) {
			return http.StatusPreconditionFailed
		}
	} else if t, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil && f.Modified.Truncate(time.Second).After(t) {
		return http.StatusPreconditionFailed
	}
	if none := h.Get("If-None-Match"); none != "" {
		if f.names(none, true) {
			return http.StatusNotModified
		}
		return 0
	}
	if t, err := http.ParseTime(h.Get("If-Modified-Since")); err == nil && !f.Modified.Truncate(time.Second).After(t) {
		return http.StatusNotModified
	}
	return 0
}

// names reports whether a list of entity tags has the file's. Weak ones count where
// a weak comparison is meant.
func (f File) names(list string, weak bool) bool {
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
// be read as ranges, the whole file is the answer, as the RFC allows.
func (f File) part(h http.Header) (Part, int) {
	whole := Part{0, f.Size}
	spec, is := strings.CutPrefix(h.Get("Range"), "bytes=")
	if !is || strings.Contains(spec, ",") || !f.unchanged(h.Get("If-Range")) {
		return whole, http.StatusOK
	}
	first, last, is := strings.Cut(strings.TrimSpace(spec), "-")
	if !is {
		return whole, http.StatusOK
	}
	from, err1 := number(first)
	to, err2 := number(last)
	switch {
	case first == "" && err2 == nil: // the last so many
		if to == 0 || f.Size == 0 {
			return whole, http.StatusRequestedRangeNotSatisfiable
		}
		n := min(to, f.Size)
		return Part{f.Size - n, n}, http.StatusPartialContent
	case err1 != nil || last != "" && err2 != nil || last != "" && to < from:
		return whole, http.StatusOK
	case from >= f.Size:
		return whole, http.StatusRequestedRangeNotSatisfiable
	case last == "" || to >= f.Size:
		to = f.Size - 1
	}
	return Part{from, to - from + 1}, http.StatusPartialContent
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
func (f File) unchanged(v string) bool {
	if v == "" {
		return true
	}
	if t, err := http.ParseTime(v); err == nil {
		return f.Modified.Truncate(time.Second).Equal(t)
	}
	return f.names(v, false)
}
