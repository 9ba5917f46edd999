// Package v1 is the native API: what the console, scripts and new integrations
// use. REST with JSON in snake_case, RFC 3339 times in UTC, real HTTP statuses and
// RFC 9457 problems. It puts the domain's operations on the wire and keeps no
// rule of its own: who may do what is decided below.
package v1

import (
	"net/http"
	"time"

	"stoa/api/wire"
	"stoa/app"
	"stoa/app/fault"
)

// Name is the dialect's name in logs, metrics and the action log.
const Name = "v1"

// Options is what the API needs to know of the server around it.
type Options struct {
	Version string
	Started time.Time
	Clock   func() time.Time
	// Usage says how often each dialect was called and when last.
	Usage func() []Dialect
}

// door is the API over one opened domain.
type door struct {
	app  *app.App
	o    Options
	docs document
}

// New gives the native API over a.
func New(a *app.App, o Options) wire.Dialect {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Usage == nil {
		o.Usage = func() []Dialect { return []Dialect{} }
	}
	d := &door{app: a, o: o}
	return wire.Dialect{Name: Name, Prefixes: []string{"/v1/"}, Cookies: true, OK: ok, Fail: fail, Routes: d.routes(),
		Token: func(r *http.Request) string { return wire.AnyToken(r, "Authorization") }}
}

// routes is the whole API. The OpenAPI document is made of the same table.
func (d *door) routes() []wire.Route {
	var all []wire.Route
	for _, area := range [][]wire.Route{
		d.setupRoutes(), d.sessionRoutes(), d.registrationRoutes(), d.meRoutes(), d.accountRoutes(),
		d.organisationRoutes(), d.departmentRoutes(), d.roleRoutes(), d.applicationRoutes(), d.auditRoutes(),
		d.segmentRoutes(), d.outboxRoutes(), d.systemRoutes(), d.homeRoutes(), d.eventRoutes(), d.documentRoutes(),
	} {
		all = append(all, area...)
	}
	return all
}

// ok is the value itself: there is no envelope.
func ok(c *wire.Call, result any) wire.Response {
	status := c.Route().Status
	if status == 0 {
		status = http.StatusOK
	}
	return wire.JSON(status, result)
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
	if f.Field != "" {
		p.Errors = append(p.Errors, FieldProblem{Field: f.Field, Code: f.Code, Detail: f.Text})
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
	fault.OverQuota:       http.StatusInsufficientStorage,
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
