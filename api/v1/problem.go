package v1

import (
	"net/http"

	"stoa/api/wire"
	"stoa/app/fault"
)

// Problem is a failure, after RFC 9457.
type Problem struct {
	Type      string         `json:"type" format:"uri-reference"`
	Title     string         `json:"title"`
	Status    int            `json:"status" minimum:"400" maximum:"599"`
	Detail    string         `json:"detail" description:"what was wrong, where, and what to do"`
	Code      string         `json:"code" example:"account.name_taken" description:"stable, for programs"`
	Field     string         `json:"field" description:"the input at fault; empty = none"`
	Errors    []FieldProblem `json:"errors" description:"one entry per input at fault"`
	RequestID string         `json:"request_id"`
}

// FieldProblem is one input at fault.
type FieldProblem struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// fail is an RFC 9457 problem.
func fail(c *wire.Call, f *fault.Fault) wire.Response {
	status := statusOf(f)
	p := Problem{
		Type:      "urn:stoa:problem:" + f.Code,
		Title:     http.StatusText(status),
		Status:    status,
		Detail:    f.Text,
		Code:      f.Code,
		Field:     f.Field,
		Errors:    []FieldProblem{},
		RequestID: c.RequestID,
	}
	if f.Code == "" {
		p.Type = "about:blank"
	}
	for _, one := range append([]*fault.Fault{f}, f.More...) {
		if one.Field != "" {
			p.Errors = append(p.Errors, FieldProblem{Field: one.Field, Code: one.Code, Detail: one.Text})
		}
	}
	r := wire.JSON(status, p)
	r.Type = "application/problem+json"
	if status == http.StatusUnauthorized {
		r = r.With("WWW-Authenticate", `Bearer realm="stoa"`)
	}
	return r
}

// statuses has one HTTP status for every kind of fault.
var statuses = [...]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Malformed:       http.StatusBadRequest,
	fault.Missing:         http.StatusUnprocessableEntity,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Denied:          http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Exists:          http.StatusConflict,
	fault.Conflict:        http.StatusConflict,
	fault.Stale:           http.StatusPreconditionFailed,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.OverQuota:       http.StatusRequestEntityTooLarge,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// Status is the HTTP status of a kind of fault.
func Status(kind fault.Kind) int {
	if int(kind) >= len(statuses) || statuses[kind] == 0 {
		return http.StatusInternalServerError
	}
	return statuses[kind]
}

// statusOf is the status of a fault. One code of the wire says more than its
// kind does.
func statusOf(f *fault.Fault) int {
	if f.Code == "route.method" {
		return http.StatusMethodNotAllowed
	}
	return Status(f.Kind)
}
