// Package wire turns HTTP requests into calls and answers into bytes. It knows
// no dialect's envelope and no domain beyond who calls (access) and what went
// wrong (fault): a dialect is a value that says how it reads a token, how it
// wraps success and failure, and which routes it has.
package wire

import (
	"context"
	"io"
	"net/http"

	"stoa/app/access"
	"stoa/app/fault"
)

// Handler does one call. It never sees a ResponseWriter: what it returns is
// wrapped by its dialect's OK, or is one of the special results of this file
// (File, Content, Stream, Redirect, Created, NoContent, WithCookie, WithHeader, Response).
type Handler func(*Call) (any, error)

// Route is one documented call of a dialect.
type Route struct {
	Method string // "POST"; every pattern names its method
	Path   string // as http.ServeMux has it, with {name} parts
	Slash  bool   // serve it with and without a trailing slash
	Name   string // "casdao.login": metric label and name in the access log
	Handle Handler

	// Public routes are handled without a sign-in; a valid token, when there is
	// one, still fills Call.Actor. All others refuse with Unauthenticated first.
	Public bool
	// Needs is what the operation behind the route asks of its caller, for those
	// who grant rights and for the documents. The operation itself refuses; a test
	// holds this list against what it does.
	Needs access.Set
	// Delegated lets in an application that acts for somebody, whatever it may do.
	// Other routes take it only where they ask for permissions and it has them all:
	// what people do with their own account is no application's.
	Delegated bool
	// HeaderTokenOnly is for calls that change state by GET: the token counts
	// from a header only, and cross-site browser requests are refused.
	HeaderTokenOnly bool
	// MaxBody is the largest request body in bytes; 0 = the configured limit.
	MaxBody int64
	// Long lifts the per-request deadline: downloads of unknown length.
	Long bool

	// For the OpenAPI document of the native API; empty elsewhere.
	In, Out, Query any // samples of the body, the answer (Stream: server-sent events) and the query struct
	Params         any // sample of further parameters, by tags `path` and `header`
	Summary, Tag   string
	Status         int // of success; 0 = 200
}

// Dialect is one documented API as a value.
type Dialect struct {
	Name string
	// Prefixes are the path prefixes whose unknown paths are answered in this
	// dialect's envelope ("/casdao/"); the longest prefix of all dialects wins.
	Prefixes []string
	// Token finds the caller's token: AnyToken(r, "X-Auth-Token") has the
	// dialect's own header first.
	// No cookie is looked at here.
	Token func(*http.Request) string
	// Cookies lets the console's cookie stand in where no header has a token;
	// such requests are refused when a page of another site makes them.
	Cookies bool
	// OK wraps what a handler returned.
	OK func(c *Call, result any) Response
	// Fail wraps a refusal. The status it gives is kept, except where the
	// failure is not the dialect's business: unknown route 404, wrong method
	// 405, body over the limit 413, bug 500, overload 503.
	Fail   func(c *Call, f *fault.Fault) Response
	Routes []Route
	// Last is handed what no route and no dialect's prefix claims, by GET, HEAD and
	// OPTIONS, with the path as the client sent it; nil = nothing. One dialect has it.
	Last *Route
	// Site reports host names all of whose paths are Last's; nil = none.
	Site func(host string) bool
}

// Response is an answer ready for the wire. Made by JSON, Plain and Bytes.
type Response struct {
	Status int         // 0 = 200
	Header http.Header // extra headers; may be nil
	Type   string      // content type; "" = application/json
	Body   []byte      // sent as it is when Value is nil
	Value  any         // sent as JSON, without HTML escaping
}

// JSON is v as JSON with a status.
func JSON(status int, v any) Response { return Response{Status: status, Value: v} }

// Bytes is a body with its content type.
func Bytes(status int, contentType string, body []byte) Response {
	return Response{Status: status, Type: contentType, Body: body}
}

// Plain is plain text in UTF-8.
func Plain(status int, s string) Response {
	return Bytes(status, "text/plain; charset=utf-8", []byte(s))
}

// With is r with one header more.
func (r Response) With(name, value string) Response {
	h := r.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set(name, value)
	r.Header = h
	return r
}

// File is a download. An error of Write before its first byte is answered in
// the dialect's envelope; after it the connection is cut, so that a client
// never takes half a file for a whole one.
type File struct {
	Name   string // file name offered to the client; "" = shown inline
	Type   string // content type
	Size   int64  // bytes; 0 = unknown
	Body   io.Reader
	Write  func(w io.Writer) error // used when Body is nil
	Inline bool                    // keep Name, but do not force a download
}

// Event is one server-sent event.
type Event struct {
	ID   string // for Last-Event-ID; "" = none
	Type string // "account"; "" = message
	Data any    // sent as JSON; nil = a comment that keeps the connection alive
}

// Stream is an answer by server-sent events that lasts until Run returns, the
// client goes away or the server drains. lastID is what the client saw last.
type Stream struct {
	Run func(ctx context.Context, send func(Event) error, lastID string) error
}

// Redirect sends the client elsewhere; Status 0 = 303 See Other.
type Redirect struct {
	URL    string
	Status int
}

// Created is a 201 with the place of the new object.
type Created struct {
	Location string
	Value    any
}

// NoContent is a 204.
type NoContent struct{}

// WithCookie sets cookies beside Value, which may itself be a special result.
// Cross-site browser requests get a refusal instead of the cookie.
type WithCookie struct {
	Value  any
	Cookie *http.Cookie
}

// WithHeader sets headers beside Value, which may itself be a special result.
type WithHeader struct {
	Value  any
	Header http.Header
}

// WithStatus gives the answer another status of success (202).
type WithStatus struct {
	Value  any
	Status int
}
