package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"stoa/api/wire/meter"
	"stoa/api/wire/origin"
	"stoa/app/access"
	"stoa/app/fault"
)

// server serves one route of one dialect.
type server struct {
	mux     *Mux
	dialect *Dialect
	route   *Route // nil for what matched no route
	metrics *meter.Route
}

// exchange is one request being answered: the call, what was sent, and what
// the access log will say.
type exchange struct {
	Call
	server *server
	out    tracker
	start  time.Time
	fault  *fault.Fault // what the answer says went wrong
	served bool         // reached the handler
}

// tracker notes what is sent.
type tracker struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (t *tracker) WriteHeader(status int) {
	if t.status == 0 && status >= 200 {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *tracker) Write(p []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	n, err := t.ResponseWriter.Write(p)
	t.bytes += int64(n)
	return n, err
}

// ReadFrom lets the connection take a file by its own way.
func (t *tracker) ReadFrom(body io.Reader) (int64, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	n, err := io.Copy(t.ResponseWriter, body)
	t.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// ServeHTTP takes the request through the gate, the sign-in and the handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := s.begin(w, r)
	defer x.end()
	if !s.mux.gate.enter() {
		s.mux.deps.Metrics.Refuse.Inc()
		x.fail(fault.New(fault.Unavailable, codeBusy, "", "the server is busy; try again in a moment").After(time.Second))
		return
	}
	defer s.mux.gate.leave()
	if s.mux.deps.Off(s.dialect.Name) {
		x.fail(fault.New(fault.Denied, "dialect.off", "", "this API is switched off on this server: ask its administrators"))
		return
	}
	if s.route.Long {
		if r.ContentLength == 0 {
			x.unhurried()
		}
	} else {
		ctx, cancel := context.WithTimeout(r.Context(), s.mux.deps.Limits.Deadline)
		defer cancel()
		x.ctx = ctx
	}
	if err := x.signIn(); err != nil {
		x.fail(err)
		return
	}
	x.served = true
	result, err := s.route.Handle(&x.Call)
	if err != nil {
		x.fail(err)
		return
	}
	x.send(result)
}

// unhurried lifts the server's limit for reading, which is meant for bodies,
// once there is no body left to come: else it would end a long answer.
func (c *Call) unhurried() {
	http.NewResponseController(c.w).SetReadDeadline(time.Time{})
}

// begin makes the exchange and the headers that every answer has.
func (s *server) begin(w http.ResponseWriter, r *http.Request) *exchange {
	d := &s.mux.deps
	x := &exchange{server: s, start: d.Clock()}
	d.Metrics.Flight.Add(1)
	x.out.ResponseWriter = w
	c := &x.Call
	c.r, c.w, c.ctx, c.dialect, c.route, c.deps = r, &x.out, r.Context(), s.dialect, s.route, d
	c.RequestID = origin.RequestID(r)
	address, secure := d.Proxies.Client(r)
	c.secure = secure
	c.maxBody = d.Limits.Body
	if s.route != nil && s.route.MaxBody > 0 {
		c.maxBody = s.route.MaxBody
	}
	c.origin = access.Origin{Dialect: s.dialect.Name, Method: r.Method, Path: r.URL.Path, Address: address,
		UserAgent: clip(strings.ToValidUTF8(r.UserAgent(), "?"), 256), RequestID: c.RequestID}
	c.Actor = access.Nobody(c.origin)
	h := w.Header()
	h["X-Request-Id"] = []string{c.RequestID}
	secureHeaders(h, secure)
	return x
}

// secureHeaders are the headers of every answer; a handler outside the
// dialects may replace them by its own.
func secureHeaders(h http.Header, secure bool) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// signIn fills the actor, or refuses.
func (x *exchange) signIn() error {
	route, m := x.route, x.server.mux
	x.token = x.dialect.Token(x.r)
	cookie := false
	if x.token == "" && x.dialect.Cookies && !route.HeaderTokenOnly {
		x.token = CookieToken(x.r, x.secure)
		cookie = x.token != ""
	}
	if route.HeaderTokenOnly && !m.sameSite(x.r, true) || cookie && !m.sameSite(x.r, false) {
		return crossSite()
	}
	if x.token != "" && x.deps.Authenticate != nil {
		actor, err := x.deps.Authenticate(x.ctx, x.origin, x.token)
		if err == nil {
			actor.Origin = x.origin
			if actor.Client == 0 || route.Delegated || route.Needs != (access.Set{}) && route.Needs.Within(actor.Set) {
				x.Actor = actor
				return nil
			}
			err = beyond(route.Needs)
		}
		if !route.Public {
			return err
		}
	}
	if !route.Public {
		return access.SignIn()
	}
	return nil
}

// beyond refuses an application what the person it acts for did not allow it.
func beyond(needs access.Set) error {
	if needs == (access.Set{}) {
		return fault.New(fault.Denied, "session.scope", "", "an application can't do this for a person: they do it themselves")
	}
	return fault.New(fault.Denied, "session.scope", "", "the application was not allowed this: the scopes %s are needed", strings.Join(needs.Names(), " "))
}

// sameSite is false for a request that a browser makes for another site. With
// every set, reading methods are judged too.
func (m *Mux) sameSite(r *http.Request, every bool) bool {
	if every {
		judged := *r
		judged.Method = http.MethodPost
		r = &judged
	}
	return m.cross.Check(r) == nil
}

func crossSite() error {
	return fault.New(fault.Denied, "origin.cross_site", "", "this request was made by a page of another site, which is not allowed")
}

// fail answers with a refusal in the dialect's words.
func (x *exchange) fail(err error) {
	f := fault.Of(err)
	switch {
	case f.Kind != fault.Internal:
	case errors.Is(err, context.DeadlineExceeded):
		f = fault.New(fault.Unavailable, codeTimeout, "", "this took too long and was given up; try again").With(err)
	case errors.Is(err, context.Canceled):
		f = fault.New(fault.Unavailable, codeGone, "", "the request was given up by its client").With(err)
	}
	x.fault = f
	resp := x.dialect.Fail(&x.Call, f)
	if status := realStatus(f); status != 0 {
		resp.Status = status
	}
	h := x.out.Header()
	if f.Retry > 0 {
		h.Set("Retry-After", seconds(f.Retry))
	}
	if f.Code == codeTooBig || f.Code == "body.unread" {
		h.Set("Connection", "close")
	}
	x.write(resp)
}

// statusGone is what the log and the figures say where nobody is left to read
// an answer; it is no failure of the server.
const statusGone = 499

// realStatus is the status of the failures that are no dialect's business; 0
// leaves it to the dialect.
func realStatus(f *fault.Fault) int {
	switch {
	case f.Code == codeRoute:
		return http.StatusNotFound
	case f.Code == codeMethod:
		return http.StatusMethodNotAllowed
	case f.Code == codeTooBig:
		return http.StatusRequestEntityTooLarge
	case f.Code == codeGone:
		return statusGone
	case f.Kind == fault.Unavailable:
		return http.StatusServiceUnavailable
	case f.Kind == fault.Internal:
		return http.StatusInternalServerError
	}
	return 0
}

// end recovers from a bug in a handler, then counts and logs.
func (x *exchange) end() {
	if p := recover(); p != nil {
		x.panicked(p)
	}
	x.finish()
}

// panicked answers a bug; where bytes have gone out already, the connection is
// cut, so that nobody takes the rest for an answer.
func (x *exchange) panicked(p any) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		x.finish()
		panic(p)
	}
	x.deps.Metrics.Panics.Inc()
	x.deps.Log.Error().Str("request", x.RequestID).Str("route", x.name()).Interface("panic", p).
		Str("stack", string(debug.Stack())).Msg("a handler failed")
	if x.out.status != 0 {
		x.finish()
		panic(http.ErrAbortHandler)
	}
	x.fail(fault.New(fault.Internal, "internal", "", "something went wrong on the server; the request id finds it in the log"))
}

func (x *exchange) name() string {
	if x.route == nil {
		return "unmatched"
	}
	return x.route.Name
}

// finish counts the answer and writes its line of the access log.
func (x *exchange) finish() {
	d := x.deps
	now := d.Clock()
	took := now.Sub(x.start)
	d.Metrics.Flight.Add(-1)
	x.server.metrics.Done(x.out.status, took)
	if x.served {
		d.Used(x.dialect.Name, x.name(), x.Actor, now)
	}
	if x.fault != nil && x.fault.Kind == fault.Denied && x.served && d.Denied != nil {
		d.Denied(x.Actor, *x.route, x.fault)
	}
	if x.fault != nil && x.fault.Kind == fault.Internal {
		d.Log.Error().Str("request", x.RequestID).Str("route", x.name()).AnErr("cause", x.fault.Cause).Msg("internal error")
	}
	if d.Quiet {
		return
	}
	e := d.Log.Info().Str("method", x.r.Method).Str("path", clip(x.r.URL.Path, 256)).Str("route", x.name()).
		Str("dialect", x.dialect.Name).Int("status", x.out.status).Int64("bytes", x.out.bytes).
		Float64("ms", float64(took.Microseconds())/1000)
	if x.Actor.Account != 0 {
		e = e.Uint64("account", x.Actor.Account).Uint64("tenant", x.Actor.Tenant)
	}
	if x.fault != nil {
		e = e.Str("fault", x.fault.Code)
	}
	e.Str("address", x.origin.Address).Str("request", x.RequestID).Msg("request")
}
