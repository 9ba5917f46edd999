package wire

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"stoa/app/access"
	"stoa/app/fault"
)

// Call is one request on its way through a handler.
type Call struct {
	Actor     access.Actor // nobody on public routes without a valid token
	RequestID string       // also in the header X-Request-Id and in the log

	r       *http.Request
	w       http.ResponseWriter
	ctx     context.Context
	dialect *Dialect
	route   *Route
	deps    *Deps
	origin  access.Origin
	secure  bool
	token   string
	query   url.Values
	body    []byte
	read    bool
	readErr error
	maxBody int64
	known   bool
}

// Ctx ends when the client goes away or the deadline passes.
func (c *Call) Ctx() context.Context { return c.ctx }

// Origin says where the request came from.
func (c *Call) Origin() access.Origin { return c.origin }

// Dialect is the name of the dialect that the route belongs to.
func (c *Call) Dialect() string { return c.dialect.Name }

// Route is the route being served; its zero value when none matched.
func (c *Call) Route() Route {
	if c.route == nil {
		return Route{}
	}
	return *c.route
}

// Request is the request itself, for what Call has no word for. Its body is
// read through Body and Decode, never directly.
func (c *Call) Request() *http.Request { return c.r }

// Path is the value of a {name} part of the path.
func (c *Call) Path(name string) string { return c.r.PathValue(name) }

// ID is a {name} part as an object's id. What is no positive number can't be
// the id of anything: NotFound.
func (c *Call) ID(name string) (uint64, error) {
	id, err := strconv.ParseUint(c.r.PathValue(name), 10, 53)
	if err != nil || id == 0 {
		return 0, fault.New(fault.NotFound, "id.invalid", name, "%q is no id: a positive number is expected", clip(c.r.PathValue(name), 64))
	}
	return id, nil
}

// Query is the query string, parsed once; a malformed pair is left out.
func (c *Call) Query() url.Values {
	if c.query == nil {
		c.query = c.r.URL.Query()
	}
	return c.query
}

// Header is one request header.
func (c *Call) Header(name string) string { return c.r.Header.Get(name) }

// Token is the token the caller sent, valid or not; "" = none.
func (c *Call) Token() string { return c.token }

// Secure reports whether the client speaks TLS, to us or to a trusted proxy.
func (c *Call) Secure() bool { return c.secure }

// Method is the request's method.
func (c *Call) Method() string { return c.r.Method }

// clip shortens s to at most n bytes for a message, on a rune boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
