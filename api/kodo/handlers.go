package kodo

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"stoa/api/wire"
	"stoa/app"
	"stoa/app/egress"
)

// handlers are the calls.
type handlers struct {
	app   *app.App
	sites *sites
	hooks *http.Client // callbacks
	pulls *http.Client // fetches
	own   http.Handler
}

// Limits of what goes out.
const (
	hookPatience = 20 * time.Second
	hookAnswer   = 1 << 20 // bytes
	pullPatience = 15 * time.Minute
	pullAnswer   = 10 << 30 // bytes
)

func newHandlers(a *app.App, own http.Handler) *handlers {
	h := &handlers{app: a, own: own, sites: &sites{app: a, known: map[string]site{}}}
	allow := a.Config.Egress.Allow
	h.hooks = egress.Client(egress.Policy{Trust: allow, Ports: webPorts(), Timeout: hookPatience, MaxBody: hookAnswer, Redirects: -1})
	h.pulls = egress.Client(egress.Policy{Trust: allow, Ports: webPorts(), Timeout: pullPatience, MaxBody: pullAnswer})
	return h
}

// webPorts are those at which web servers of users are asked.
func webPorts() []int { return []int{80, 443, 8080, 8443} }

// both are a route by a method and by OPTIONS, for programs that run in pages.
func both(method, path, name string, handle wire.Handler) []wire.Route {
	return []wire.Route{
		{Method: method, Path: path, Name: name, Public: true, Long: true, Handle: handle},
		{Method: "OPTIONS", Path: path, Name: name + ".preflight", Public: true, Handle: preflight},
	}
}

// preflight answers a browser that asks whether a page may make a request.
func preflight(*wire.Call) (any, error) {
	return wire.WithHeader{Value: wire.NoContent{}, Header: http.Header{
		"Access-Control-Allow-Methods": {"GET, HEAD, POST, PUT, DELETE, OPTIONS"},
		"Access-Control-Allow-Headers": {"Authorization, Content-Type, Content-MD5, Range, If-None-Match, X-Reqid, X-Requested-With, X-File-Name, X-Qiniu-Date"},
		"Access-Control-Max-Age":       {"86400"},
	}}, nil
}

// base is the address of the server as the client knows it.
func base(c *wire.Call) string {
	scheme := "http"
	if c.Secure() {
		scheme = "https"
	}
	return scheme + "://" + c.Request().Host
}

// sites knows which host names are buckets'. What it was told is believed for a
// moment, since every request asks.
type sites struct {
	app   *app.App
	mu    sync.Mutex
	known map[string]site
}

type site struct {
	bucket bool
	until  time.Time
}

const (
	believed = 5 * time.Second
	maxSites = 10_000
)

// serves reports whether a host name is a bucket's. The server's own never is.
func (s *sites) serves(host string) bool {
	if !strings.Contains(host, ".") || ownHost(s.app.Config, host) {
		return false
	}
	now := s.app.Now()
	s.mu.Lock()
	got, ok := s.known[host]
	s.mu.Unlock()
	if ok && now.Before(got.until) {
		return got.bucket
	}
	ctx, cancel := lookupContext()
	defer cancel()
	_, err := s.app.Bucket.ByDomain(ctx, host)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxSites {
		clear(s.known)
	}
	s.known[host] = site{err == nil, now.Add(believed)}
	return err == nil
}

// ownHost reports the host names by which the configuration knows the server.
func ownHost(c app.Config, host string) bool {
	if u, err := url.Parse(c.PublicURL); err == nil && strings.EqualFold(u.Hostname(), host) {
		return true
	}
	for _, name := range []string{"datacanvas", "casdao", "pcloud", "channel", "gallery", "kodo"} {
		for _, h := range c.Dialects.Hosts(name) {
			if strings.EqualFold(h, host) {
				return true
			}
		}
	}
	return false
}
