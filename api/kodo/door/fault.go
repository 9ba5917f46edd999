package door

import (
	"net/http"

	"stoa/api/wire"
	"stoa/app/fault"
)

// Failure is every refusal.
type Failure struct {
	Error string `json:"error"`
}

// Fail is a refusal as this dialect sends it.
func Fail(c *wire.Call, f *fault.Fault) wire.Response {
	r := wire.JSON(Code(f), Failure{Words(f)})
	r.Header = marks(c)
	return r
}

// Kodo's own statuses.
const (
	StatusPartly   = 298 // some of a batch failed
	statusSum      = 406 // a checksum does not match
	statusMany     = 573
	StatusCallback = 579
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
	case CodeSum:
		return statusSum
	case CodeMarker:
		return statusMarker
	case CodeDocument:
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

// Words are Kodo's where clients look for them, else the fault's.
func Words(f *fault.Fault) string {
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
	CodeToken    = "kodo.token"
	CodeSum      = "kodo.checksum"
	CodeMarker   = "kodo.marker"
	CodeDocument = "kodo.document"
	CodeRequest  = "kodo.request"
	CodeScope    = "kodo.scope"
	CodeLimit    = "kodo.limit"
	CodeUnserved = "kodo.unserved"
)

// BadToken is the refusal of a token or signature that does not hold.
func BadToken() error { return fault.New(fault.Unauthenticated, CodeToken, "token", "bad token") }

// NoToken is the refusal of a call without a token.
func NoToken() error {
	return fault.New(fault.Unauthenticated, CodeToken, "token", "token not specified")
}

// OldToken is the refusal of a token whose deadline has passed.
func OldToken() error {
	return fault.New(fault.Unauthenticated, CodeToken, "token", "token out of date")
}

// BadRequest is the refusal of a value that breaks a rule.
func BadRequest(field, text string, args ...any) error {
	return fault.New(fault.Invalid, CodeRequest, field, text, args...)
}

// Unserved is the refusal of what Kodo does and this server does not.
func Unserved(what string) error {
	return fault.New(fault.Invalid, CodeUnserved, "", "%s is not served here", what)
}

// NoDocument is the refusal of a download that finds nothing.
func NoDocument() error {
	return fault.New(fault.NotFound, CodeDocument, "", "Document not found")
}
