package wire

import (
	"net/http"
	"strings"

	"stoa/api/wire/meter"
	"stoa/app/fault"
)

// none is the dialect of what belongs to no dialect: RFC 9457 problems.
func none() Dialect {
	return Dialect{
		Name:  "none",
		Token: func(r *http.Request) string { return AnyToken(r, "") },
		OK:    func(_ *Call, result any) Response { return JSON(http.StatusOK, result) },
		Fail: func(c *Call, f *fault.Fault) Response {
			status := realStatus(f)
			if status == 0 {
				status = http.StatusBadRequest
			}
			return Response{Status: status, Type: "application/problem+json", Value: map[string]any{
				"type": "about:blank", "title": http.StatusText(status), "status": status,
				"detail": f.Text, "code": f.Code, "request_id": c.RequestID}}
		},
	}
}

// plain serves what is no dialect's, with the same gate, log and counters.
type plain struct {
	mux     *Mux
	name    string
	h       http.Handler
	metrics *meter.Route
}

func (p *plain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := &server{mux: p.mux, dialect: &p.mux.dialects[0].Dialect, route: &Route{Name: p.name}, metrics: p.metrics}
	x := s.begin(w, r)
	defer x.end()
	if !p.mux.gate.enter() {
		p.mux.deps.Metrics.Refuse.Inc()
		x.fail(fault.New(fault.Unavailable, codeBusy, "", "the server is busy; try again in a moment"))
		return
	}
	defer p.mux.gate.leave()
	p.h.ServeHTTP(&x.out, r)
	if x.out.status == 0 {
		x.out.status = http.StatusOK
	}
}

// ServeHTTP finds the route. Methods that no pattern names are answered like
// unknown routes, in the dialect's words.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m.lasts(r) {
		m.last.ServeHTTP(w, r)
		return
	}
	switch r.Method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		m.mux.ServeHTTP(w, r)
	default:
		m.unmatched(w, r)
	}
}

// unmatched answers an unknown route or a wrong method in the words of the
// dialect whose prefix the path has.
func (m *Mux) unmatched(w http.ResponseWriter, r *http.Request) {
	host := hostName(r)
	e := m.owner(host, r.URL.Path)
	if m.claims(r, e) {
		m.last.ServeHTTP(w, r)
		return
	}
	s := &server{mux: m, dialect: &e.Dialect, metrics: e.lost}
	x := s.begin(w, r)
	defer x.end()
	if allow := m.allowed(r); len(allow) > 0 {
		x.w.Header().Set("Allow", strings.Join(allow, ", "))
		x.fail(fault.New(fault.Malformed, codeMethod, "", "%s is not a method of this path; it takes %s", clip(r.Method, 20), strings.Join(allow, ", ")))
		return
	}
	x.fail(fault.New(fault.NotFound, codeRoute, "", "there is nothing at %s %s", clip(r.Method, 20), clip(r.URL.Path, 200)))
}
