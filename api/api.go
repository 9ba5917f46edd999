// Package api is the wire side of the product: every door on one listener. It
// says what is mounted where and keeps no rule of its own.
package api

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"stoa/api/casdao"
	"stoa/api/channel"
	"stoa/api/datacanvas"
	"stoa/api/gallery"
	"stoa/api/pcloud"
	v1 "stoa/api/v1"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/resource"
	"stoa/docs"
	"stoa/ui"
)

// Options of Handler; the zero value serves silently.
type Options struct {
	Log      *zerolog.Logger
	Version  string
	Clock    func() time.Time
	Draining <-chan struct{} // closed when the server stops
}

// Handler serves everything: the documented APIs, the native API, the console,
// the manual, health and metrics. What is not there is 404, in the words of the
// dialect whose prefix the path has.
func Handler(a *app.App, o Options) *wire.Mux {
	c := a.Config
	if o.Clock == nil {
		o.Clock = time.Now
	}
	m := wire.NewMux(wire.Deps{
		Authenticate: a.Session.Authenticate,
		Log:          o.Log,
		Limits: wire.Limits{Body: int64(c.Limits.Body), Depth: c.Limits.JSONDepth, Concurrent: int64(c.Limits.Concurrent),
			Waiting: int64(c.Limits.Streams), Deadline: c.Limits.Deadline},
		Proxies:  c.Proxies(),
		Origins:  origins(c),
		Clock:    o.Clock,
		Draining: o.Draining,
		Quiet:    !c.Log.Access,
		Denied: func(by access.Actor, r wire.Route, f *fault.Fault) {
			a.Role.Refused(by, r.Name, r.Needs, f)
		},
	})
	mountDialects(m, a)
	segmentFigures(m, a)
	m.Mount(v1.New(a, v1.Options{Version: o.Version, Started: o.Clock(), Clock: o.Clock, Usage: usage(m, c)}))
	serveCalls(m, a, o)
	m.Handle("GET "+ui.Prefix, ui.Handler())
	m.Handle("GET "+docs.Prefix, docs.Handler())
	m.Handle("GET /{$}", http.RedirectHandler(ui.Prefix, http.StatusFound))
	m.Handle("GET /healthz", http.HandlerFunc(alive))
	m.Handle("GET /readyz", ready{a, o.Draining})
	m.Handle("GET /metrics", figures{m, c.Metrics.Token, len(c.TrustedProxies) > 0})
	return m
}

// mountDialects adds the documented APIs that are switched on.
func mountDialects(m *wire.Mux, a *app.App) {
	c := a.Config.Dialects
	for _, d := range []struct {
		set app.Dialect
		new func(*app.App) wire.Dialect
	}{
		{c.DataCanvas, datacanvas.New},
		{c.Casdao, casdao.New},
		{c.PCloud, pcloud.New},
		{c.Channel, channel.New},
		{c.Gallery, gallery.New},
	} {
		if d.set.Enabled {
			m.Mount(d.new(a), d.set.Hosts...)
		}
	}
}

// serveCalls tells the roles which calls there are: resources name them by path.
func serveCalls(m *wire.Mux, a *app.App, o Options) {
	var calls []resource.Call
	m.Each(func(dialect string, r *wire.Route) {
		calls = append(calls, resource.Call{Method: r.Method, Path: r.Path, Dialect: dialect, Name: r.Name, Public: r.Public, Needs: r.Needs})
	})
	if err := a.Role.Serve(context.Background(), calls); err != nil && o.Log != nil {
		o.Log.Error().Err(err).Msg("roles that grant calls by their path grant nothing: reload them with POST /v1/roles/refresh")
	}
}

// segmentFigures adds what is drawn of segments to the metrics.
func segmentFigures(m *wire.Mux, a *app.App) {
	m.Metrics().Gauge("stoa_segment_ids_drawn", func() float64 { return float64(a.Segment.Figures().Drawn) })
	m.Metrics().Gauge("stoa_segment_leases_taken", func() float64 { return float64(a.Segment.Figures().Leases) })
	m.Metrics().Gauge("stoa_segment_tags_held", func() float64 { return float64(a.Segment.Figures().Tags) })
}

// origins are the origins whose pages may use the console's cookie, beside the
// host that a request names.
func origins(c app.Config) []string {
	if c.PublicURL == "" {
		return nil
	}
	return []string{strings.TrimRight(c.PublicURL, "/")}
}

// usedBy is how many accounts the system page shows for a dialect.
const usedBy = 20

// usage is what the system page says of the dialects, those switched off included.
func usage(m *wire.Mux, c app.Config) func() []v1.Dialect {
	d := c.Dialects
	all := []struct {
		name string
		set  app.Dialect
	}{{"datacanvas", d.DataCanvas}, {"casdao", d.Casdao}, {"pcloud", d.PCloud}, {"channel", d.Channel},
		{"gallery", d.Gallery}, {v1.Name, app.Dialect{Enabled: true}}}
	return func() []v1.Dialect {
		used := map[string]wire.DialectUse{}
		for _, u := range m.Use(usedBy) {
			used[u.Name] = u
		}
		out := make([]v1.Dialect, 0, len(all))
		for _, e := range all {
			out = append(out, shown(e.name, e.set, used[e.name]))
		}
		return out
	}
}

// shown is one dialect as the system page has it.
func shown(name string, set app.Dialect, u wire.DialectUse) v1.Dialect {
	out := v1.Dialect{Name: name, Enabled: set.Enabled, Hosts: append([]string{}, set.Hosts...), Calls: u.Calls, UsedBy: []v1.DialectUse{}}
	if !u.LastUsed.IsZero() {
		last := u.LastUsed.UTC()
		out.LastUsed = &last
	}
	for _, a := range u.By {
		out.UsedBy = append(out.UsedBy, v1.DialectUse{Account: a.Account, Name: a.Name, Tenant: a.Tenant, Calls: a.Calls, LastUsed: a.LastUsed.UTC()})
	}
	return out
}

// alive answers as long as the process does.
func alive(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") }

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte(text))
}

// ready answers 200 while the store takes writes and the server is not stopping.
type ready struct {
	app      *app.App
	draining <-chan struct{}
}

// readyWithin bounds the check of the store.
const readyWithin = 5 * time.Second

func (h ready) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-h.draining:
		plain(w, http.StatusServiceUnavailable, "stopping\n")
		return
	default:
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	if h.app.Ready(ctx) != nil {
		plain(w, http.StatusServiceUnavailable, "the store takes no writes\n")
		return
	}
	plain(w, http.StatusOK, "ready\n")
}

// figures is /metrics: for who knows the token, and for loopback.
type figures struct {
	mux     *wire.Mux
	token   string
	proxied bool
}

func (h figures) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.allowed(r) {
		plain(w, http.StatusForbidden, "metrics are given to loopback, or with the token metrics.token as a bearer token\n")
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	h.mux.Metrics().Write(w)
}

// allowed believes loopback only where the address is the client's own: a
// proxy that is not configured would make everybody local.
func (h figures) allowed(r *http.Request) bool {
	if t := wire.AnyToken(r, ""); h.token != "" && subtle.ConstantTimeCompare([]byte(t), []byte(h.token)) == 1 {
		return true
	}
	if !h.proxied && (r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "") {
		return false
	}
	a, err := netip.ParseAddr(h.mux.Client(r))
	return err == nil && a.Unmap().IsLoopback()
}
