// Package api is the wire side of the product: every door on one listener. It
// says what is mounted where and keeps no rule of its own.
package api

import (
	"context"
	"crypto/subtle"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"stoa/api/casdao"
	"stoa/api/channel"
	"stoa/api/datacanvas"
	"stoa/api/gallery"
	"stoa/api/kodo"
	"stoa/api/openid"
	"stoa/api/pcloud"
	v1 "stoa/api/v1"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/resource"
	"stoa/app/task"
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
		Authenticate: counted(a),
		Log:          o.Log,
		Limits: wire.Limits{Body: int64(c.Limits.Body), Depth: c.Limits.JSONDepth, Concurrent: int64(c.Limits.Concurrent),
			Waiting: int64(c.Limits.Streams), Deadline: c.Limits.Deadline},
		Proxies:  c.Proxies(),
		Origins:  origins(c),
		Clock:    o.Clock,
		Draining: o.Draining,
		Quiet:    !c.Log.Access,
		Denied:   func(by access.Actor, r wire.Route, f *fault.Fault) { a.Role.Refused(by, r.Name, r.Needs, f) },
		Off:      a.Dialect.Off,
		Used: func(dialect, route string, by access.Actor, at time.Time) {
			a.Dialect.Used(dialect, route, by, at)
			a.Calls.Used(dialect, route, by, at)
		},
	})
	mountDialects(m, a)
	segmentFigures(m, a)
	taskFigures(m, a)
	m.Mount(v1.New(a, v1.Options{Version: o.Version, Started: o.Clock(), Clock: o.Clock}))
	m.Mount(openid.New(a))
	a.Application.Know(m.Needs)
	serveCalls(m, a, o)
	m.Handle("GET "+ui.Prefix, ui.Handler())
	m.Handle("GET "+docs.Prefix, docs.Handler())
	m.Handle("GET /{$}", http.RedirectHandler(ui.Prefix, http.StatusFound))
	m.Handle("GET /healthz", http.HandlerFunc(alive))
	m.Handle("GET /readyz", ready{a, o.Draining})
	m.Handle("GET /metrics", figures{m, c.Metrics.Token, len(c.TrustedProxies) > 0})
	a.Bucket.Reserve(m.Tops())
	return m
}

// counted tells who calls, and counts the call for the figures of the day.
func counted(a *app.App) func(context.Context, access.Origin, string) (access.Actor, error) {
	return func(ctx context.Context, o access.Origin, token string) (access.Actor, error) {
		by, err := a.Session.Authenticate(ctx, o, token)
		if err == nil {
			a.Tally.Note(by)
		}
		return by, err
	}
}

// mountDialects adds the documented APIs, on their host names. Those that are
// switched off say so in their own words.
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
		{c.Kodo, func(a *app.App) wire.Dialect { return kodo.New(a, m) }},
	} {
		m.Mount(d.new(a), d.set.Hosts...)
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

// taskFigures adds the background work to the metrics: how much waits and how
// long, what is under way, what failed, and what the work of each type took.
func taskFigures(m *wire.Mux, a *app.App) {
	read := func(kind string, of func(task.Figures) float64) func() float64 {
		return func() float64 {
			all, err := a.Task.Figures(context.Background())
			if err != nil {
				return math.NaN()
			}
			for _, f := range all {
				if f.Type == kind {
					return of(f)
				}
			}
			return 0
		}
	}
	for _, kind := range a.Task.Types() {
		for name, of := range map[string]func(task.Figures) float64{
			`stoa_tasks{state="queued",type=%q}`:        func(f task.Figures) float64 { return float64(f.Pending + f.Waiting) },
			`stoa_tasks{state="running",type=%q}`:       func(f task.Figures) float64 { return float64(f.Leased) },
			`stoa_tasks{state="retrying",type=%q}`:      func(f task.Figures) float64 { return float64(f.Retrying) },
			`stoa_tasks_oldest_seconds{type=%q}`:        func(f task.Figures) float64 { return f.Oldest.Seconds() },
			`stoa_tasks_done_total{type=%q}`:            func(f task.Figures) float64 { return float64(f.Done) },
			`stoa_tasks_retries_total{type=%q}`:         func(f task.Figures) float64 { return float64(f.Retries) },
			`stoa_tasks_dead_total{type=%q}`:            func(f task.Figures) float64 { return float64(f.Dead) },
			`stoa_task_duration_seconds_sum{type=%q}`:   func(f task.Figures) float64 { return f.RunsTook.Seconds() },
			`stoa_task_duration_seconds_count{type=%q}`: func(f task.Figures) float64 { return float64(f.Runs) },
		} {
			m.Metrics().Gauge(fmt.Sprintf(name, kind), read(kind, of))
		}
	}
}

// origins are the origins whose pages may use the console's cookie, beside the
// host that a request names.
func origins(c app.Config) []string {
	if c.PublicURL == "" {
		return nil
	}
	return []string{strings.TrimRight(c.PublicURL, "/")}
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
