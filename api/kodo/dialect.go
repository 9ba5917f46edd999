// Package kodo serves the protocol of Qiniu's object storage, so that programs
// written for it put and get files here unchanged: uploads in one piece, in base64
// and resumable, put policies with callbacks, downloads, and the calls that manage
// files. It knows the domain's operations and no other dialect.
//
// Source: docs/dialects/kodo.md; github.com/qiniu/go-sdk/v7 and Qiniu's manual.
package kodo

import (
	"net/http"

	"stoa/api/wire"
	"stoa/app"
	"stoa/app/fault"
)

// New is the dialect over an opened App. own serves the server's own addresses:
// callbacks and fetches that lead there are handed to it and not dialled; nil
// dials all.
func New(a *app.App, own http.Handler) wire.Dialect {
	h := newHandlers(a, own)
	d := wire.Dialect{
		Name: "kodo",
		Prefixes: []string{"/putb64/", "/mkblk/", "/bput/", "/mkfile/", "/buckets/", "/batch/", "/list/", "/fetch/", "/stat/", "/delete/", "/copy/", "/move/",
			"/chgm/", "/chtype/", "/chstatus/", "/restoreAr/", "/deleteAfterDays/", "/lifecycle/"},
		Token:  func(r *http.Request) string { return wire.AnyToken(r, "") },
		OK:     func(_ *wire.Call, result any) wire.Response { return wire.JSON(http.StatusOK, result) },
		Fail:   fail,
		Routes: append(h.uploadRoutes(), h.manageRoutes()...),
		Last:   &wire.Route{Method: "GET", Path: "/{bucket}/{key...}", Name: "kodo.download", Public: true, Long: true, Handle: h.download},
		Site:   h.sites.serves,
	}
	for i := range d.Routes {
		d.Routes[i].Handle = marked(d.Routes[i].Handle)
	}
	d.Last.Handle = marked(d.Last.Handle)
	return d
}

// marked gives a handler's answers the headers that all answers have.
func marked(handle wire.Handler) wire.Handler {
	return func(c *wire.Call) (any, error) {
		result, err := handle(c)
		if err != nil {
			return nil, err
		}
		return wire.WithHeader{Value: result, Header: marks(c)}, nil
	}
}

// marks are headers of every answer: the request's id by Kodo's name, and leave for
// pages of any site, since what lets a caller in is in the request itself and never
// in a cookie.
func marks(c *wire.Call) http.Header {
	return http.Header{
		"X-Reqid":                       {c.RequestID},
		"Access-Control-Allow-Origin":   {"*"},
		"Access-Control-Expose-Headers": {"X-Reqid, X-Log, ETag, Content-Length, Content-Range, Accept-Ranges"},
	}
}

// failure is every refusal.
type failure struct {
	Error string `json:"error"`
}

func fail(c *wire.Call, f *fault.Fault) wire.Response {
	r := wire.JSON(Code(f), failure{words(f)})
	r.Header = marks(c)
	return r
}

// Kodo's own statuses.
const (
	statusPartly   = 298 // some of a batch failed
	statusSum      = 406 // a checksum does not match
	statusMany     = 573
	statusCallback = 579
	statusNoFile   = 612
	statusExists   = 614
	statusBuckets  = 630
	statusNoBucket = 631
	statusMarker   = 640
	statusContext  = 701
)

// Code is the status that this dialect has for a fault.
func Code(f *fault.Fault) int {
	switch f.Code {
	case "object.not_found", "upload.not_found":
		return statusNoFile
	case "bucket.not_found":
		return statusNoBucket
	case "object.exists":
		return statusExists
	case "upload.block_not_found", "upload.block_offset":
		return statusContext
	case codeSum:
		return statusSum
	case codeMarker:
		return statusMarker
	case codeDocument:
		return http.StatusNotFound
	case "bucket.many":
		return statusBuckets
	}
	return codeOfKind(f.Kind)
}

func codeOfKind(k fault.Kind) int {
	switch k {
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Denied:
		return http.StatusForbidden
	case fault.NotFound:
		return statusNoFile
	case fault.Exists:
		return statusExists
	case fault.TooLarge, fault.OverQuota:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return statusMany
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	case fault.Malformed, fault.Missing, fault.Invalid, fault.Conflict, fault.Stale:
		return http.StatusBadRequest
	}
	return http.StatusBadRequest
}

// words are Kodo's where clients look for them, else the fault's.
func words(f *fault.Fault) string {
	switch f.Code {
	case "object.not_found":
		return "no such file or directory"
	case "bucket.not_found":
		return "no such bucket"
	case "object.exists":
		return "file exists"
	case "upload.block_not_found", "upload.block_offset":
		return "invalid ctx: " + f.Text
	}
	return f.Text
}

// Codes of the faults that are this protocol's own.
const (
	codeToken    = "kodo.token"
	codeSum      = "kodo.checksum"
	codeMarker   = "kodo.marker"
	codeDocument = "kodo.document"
	codeRequest  = "kodo.request"
	codeScope    = "kodo.scope"
	codeLimit    = "kodo.limit"
	codeUnserved = "kodo.unserved"
)

func badToken() error { return fault.New(fault.Unauthenticated, codeToken, "token", "bad token") }

func noToken() error {
	return fault.New(fault.Unauthenticated, codeToken, "token", "token not specified")
}

func oldToken() error {
	return fault.New(fault.Unauthenticated, codeToken, "token", "token out of date")
}

func badRequest(field, text string, args ...any) error {
	return fault.New(fault.Invalid, codeRequest, field, text, args...)
}

func unserved(what string) error {
	return fault.New(fault.Invalid, codeUnserved, "", "%s is not served here", what)
}
