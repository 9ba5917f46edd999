// Package v1 is the native API: what the console, scripts and new integrations
// use. REST with JSON in snake_case, RFC 3339 times in UTC, real HTTP statuses and
// RFC 9457 problems. This package is its door: which areas there are, how success
// and failure look, and the OpenAPI document of it all. Each area is a package of
// its own, which puts the domain's operations on the wire and keeps no rule of its
// own: who may do what is decided below.
//
// An area imports rest (pages, entity tags, exports) and view (what several areas
// show), never another area. A new one is one folder and one line in areas.
package v1

import (
	"net/http"
	"slices"
	"time"

	"stoa/api/v1/accesskey"
	"stoa/api/v1/background"
	"stoa/api/v1/bucket"
	"stoa/api/v1/cloud"
	"stoa/api/v1/company"
	"stoa/api/v1/elsewhere"
	"stoa/api/v1/grant"
	"stoa/api/v1/keeping"
	"stoa/api/v1/number"
	"stoa/api/v1/operate"
	"stoa/api/v1/people"
	"stoa/api/v1/personal"
	"stoa/api/v1/program"
	"stoa/api/v1/self"
	"stoa/api/v1/structure"
	"stoa/api/wire"
	"stoa/app"
)

// Name is the dialect's name in logs, metrics and the action log.
const Name = "v1"

// What the API needs to know of the server around it, in the words of the area
// that shows it.
type (
	// Options say which server it is and how its dialects are used.
	Options = operate.Server
)

// New gives the native API over a.
func New(a *app.App, o Options) wire.Dialect {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return wire.Dialect{Name: Name, Prefixes: []string{"/v1/"}, Cookies: true, OK: ok, Fail: fail, Routes: documented(areas(a, o)),
		Token: func(r *http.Request) string { return wire.AnyToken(r, "Authorization") }}
}

// areas are the calls of the whole API.
func areas(a *app.App, o Options) []wire.Route {
	return slices.Concat(
		self.Routes(a),
		people.Routes(a),
		program.Routes(a),
		structure.Routes(a),
		grant.Routes(a),
		number.Routes(a),
		cloud.Routes(a),
		personal.Routes(a),
		background.Routes(a),
		elsewhere.Routes(a),
		operate.Routes(a, o),
		keeping.Routes(a),
		bucket.Routes(a),
		accesskey.Routes(a),
		company.Routes(a),
	)
}

// ok is the value itself: there is no envelope.
func ok(c *wire.Call, result any) wire.Response {
	status := c.Route().Status
	if status == 0 {
		status = http.StatusOK
	}
	return wire.JSON(status, result)
}
