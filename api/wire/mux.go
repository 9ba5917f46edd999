package wire

import (
	"cmp"
	"context"
	"net/http"
	neturl "net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"stoa/api/wire/meter"
	"stoa/api/wire/origin"
	"stoa/app/access"
	"stoa/app/fault"
)

// Deps is what all dialects share. Zero values stand for defaults, so that a
// test needs Authenticate alone.
type Deps struct {
	// Authenticate tells who a token belongs to; its error is a fault.
	Authenticate func(ctx context.Context, o access.Origin, token string) (access.Actor, error)
	Log          *zerolog.Logger // access log and bugs; nil = silent
	Metrics      *Metrics
	// Off reports whether a dialect is switched off; nil: none is.
	Off func(dialect string) bool
	// Used is told of every call that was served; nil: nobody is. It must not wait.
	Used     func(dialect, route string, by access.Actor, at time.Time)
	Limits   Limits
	Proxies  origin.Proxies
	Origins  []string // further origins of browsers that the cookie is taken from ("https://stoa.example.com")
	Clock    func() time.Time
	Draining <-chan struct{} // closed when the server stops: streams end
	Quiet    bool            // no access log; bugs are still logged
	// Denied is told of calls that were refused for want of a right; nil: nobody is.
	Denied func(by access.Actor, r Route, f *fault.Fault)
}

// Mux serves dialects on one listener.
type Mux struct {
	mux       *http.ServeMux
	deps      Deps
	gate      gate
	streams   gate
	cross     *http.CrossOriginProtection
	dialects  []*mounted
	last      *server           // for what nothing else claims; nil = nobody
	site      func(string) bool // hosts that are last's altogether; nil = none
	lastHosts []string
	buffers   sync.Pool
	plain     []string // patterns that belong to no dialect
}

// mounted is a dialect with the host names it is bound to.
type mounted struct {
	Dialect
	hosts []string
	lost  *meter.Route // requests that match no route
}

// methods a pattern may name. The mux has a last-resort pattern for each, so
// that unknown paths are answered in the dialect's words.
var methods = [...]string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// NewMux makes a Mux without dialects.
func NewMux(d Deps) *Mux {
	if d.Log == nil {
		off := zerolog.Nop()
		d.Log = &off
	}
	if d.Metrics == nil {
		d.Metrics = meter.New()
	}
	if d.Off == nil {
		d.Off = func(string) bool { return false }
	}
	if d.Used == nil {
		d.Used = func(string, string, access.Actor, time.Time) {}
	}
	if d.Clock == nil {
		d.Clock = time.Now
	}
	d.Limits = d.Limits.filled()
	m := &Mux{mux: http.NewServeMux(), deps: d, cross: http.NewCrossOriginProtection()}
	m.gate.max, m.streams.max = d.Limits.Concurrent, d.Limits.Waiting
	for _, o := range d.Origins {
		if err := m.cross.AddTrustedOrigin(o); err != nil {
			d.Log.Warn().Str("origin", o).Msg("this origin can't be trusted: scheme://host is expected")
		}
	}
	unknown := &mounted{Dialect: none(), lost: d.Metrics.Route("none", "unmatched")}
	m.dialects = []*mounted{unknown}
	for _, method := range methods {
		m.mux.HandleFunc(method+" /", m.unmatched)
	}
	return m
}

// Mount adds a dialect, on all host names or on the given ones alone. Two
// routes that clash are a mistake in the tables, and panic at start.
func (m *Mux) Mount(d Dialect, hosts ...string) {
	e := &mounted{Dialect: d, hosts: hosts, lost: m.deps.Metrics.Route(d.Name, "unmatched")}
	m.dialects = append(m.dialects, e)
	for i := range e.Routes {
		s := &server{mux: m, dialect: &e.Dialect, route: &e.Routes[i], metrics: m.deps.Metrics.Route(d.Name, e.Routes[i].Name)}
		for _, p := range e.Routes[i].patterns(hosts) {
			m.mux.Handle(p, s)
		}
	}
	if d.Last != nil {
		m.last = &server{mux: m, dialect: &e.Dialect, route: e.Last, metrics: m.deps.Metrics.Route(d.Name, e.Last.Name)}
		m.lastHosts, m.site = hosts, d.Site
	}
}

// Handle adds what belongs to no dialect: console, health, docs. The pattern
// names its method.
func (m *Mux) Handle(pattern string, h http.Handler) {
	m.plain = append(m.plain, pattern)
	name := pattern[strings.IndexByte(pattern, ' ')+1:]
	m.mux.Handle(pattern, &plain{mux: m, name: name, h: h, metrics: m.deps.Metrics.Route("none", name)})
}

// patterns are the mux patterns of a route.
func (r Route) patterns(hosts []string) []string {
	paths := []string{r.Path}
	if r.Slash {
		p := strings.TrimSuffix(strings.TrimSuffix(r.Path, "{$}"), "/")
		paths = []string{p, p + "/{$}"}
	}
	if len(hosts) == 0 {
		hosts = []string{""}
	}
	var out []string
	for _, h := range hosts {
		for _, p := range paths {
			out = append(out, r.Method+" "+h+p)
		}
	}
	return out
}

// Routes lists everything that is served, one "METHOD path dialect name" a
// line, sorted: the golden list of the product's doors.
func (m *Mux) Routes() []string {
	var out []string
	for _, p := range m.plain {
		out = append(out, p+" - -")
	}
	for _, d := range m.dialects {
		for _, r := range d.Routes {
			for _, p := range r.patterns(d.hosts) {
				out = append(out, p+" "+d.Name+" "+r.Name)
			}
		}
		if d.Last != nil {
			for _, method := range lastMethods {
				out = append(out, method+" "+d.Last.Path+" "+d.Name+" "+d.Last.Name)
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(a[strings.IndexByte(a, ' '):], b[strings.IndexByte(b, ' '):]), cmp.Compare(a, b))
	})
	return out
}

// Each calls fn for every route of every dialect.
func (m *Mux) Each(fn func(dialect string, r *Route)) {
	for _, d := range m.dialects[1:] {
		for i := range d.Routes {
			fn(d.Name, &d.Routes[i])
		}
	}
}

// Needs is what the call at a URL asks of its caller: "GET /v1/accounts", or a
// path alone for all that is served there. ok is false where no dialect serves it.
func (m *Mux) Needs(url string) (needs access.Set, ok bool) {
	only, path, found := strings.Cut(url, " ")
	if !found {
		only, path = "", url
	}
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?# ") {
		return access.Set{}, false
	}
	for _, method := range methods {
		if only != "" && only != method {
			continue
		}
		probe := &http.Request{Method: method, URL: &neturl.URL{Path: path}}
		if h, _ := m.mux.Handler(probe); h != nil {
			if s, served := h.(*server); served && s.route != nil {
				needs, ok = needs.Or(s.route.Needs), true
			}
		}
	}
	return needs, ok
}

// Client is the address that a request comes from, as the trusted proxies tell it.
func (m *Mux) Client(r *http.Request) string {
	address, _ := m.deps.Proxies.Client(r)
	return address
}

// Metrics are the figures that the routes count.
func (m *Mux) Metrics() *Metrics { return m.deps.Metrics }

// owner is the dialect in whose words an unmatched path is answered.
func (m *Mux) owner(host, path string) *mounted {
	best, length := m.dialects[0], 0
	for _, d := range m.dialects[1:] {
		if len(d.hosts) > 0 && !slices.Contains(d.hosts, host) {
			continue
		}
		for _, p := range d.Prefixes {
			if len(p) > length && strings.HasPrefix(path+"/", strings.TrimSuffix(p, "/")+"/") {
				best, length = d, len(p)
			}
		}
	}
	return best
}

// allowed lists the methods under which the path would have matched.
func (m *Mux) allowed(r *http.Request) []string {
	var out []string
	for _, method := range methods {
		probe := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, p := m.mux.Handler(probe); p != "" && p != method+" /" {
			out = append(out, method)
		}
	}
	return out
}
