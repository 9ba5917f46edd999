package door

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"stoa/api/kodo/loopback"
	"stoa/api/wire"
	"stoa/app"
)

// lookupTime bounds a look at the buckets' host names.
const lookupTime = 2 * time.Second

func lookupContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), lookupTime)
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
	if !strings.Contains(host, ".") {
		return false
	}
	now := s.app.Now()
	s.mu.Lock()
	got, ok := s.known[host]
	s.mu.Unlock()
	if ok && now.Before(got.until) {
		return got.bucket
	}
	bucket := !ownHost(s.app.Config, host) && s.found(host)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxSites {
		clear(s.known)
	}
	s.known[host] = site{bucket, now.Add(believed)}
	return bucket
}

func (s *sites) found(host string) bool {
	ctx, cancel := lookupContext()
	defer cancel()
	_, err := s.app.Bucket.ByDomain(ctx, host)
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

// Client is next for requests elsewhere; those to the server itself, as the
// configuration or this very request names it, are handed over. They come from the
// address that the caller came from.
func (d *Door) Client(c *wire.Call, next *http.Client) *http.Client {
	if d.own == nil {
		return next
	}
	host := c.Request().Host
	out := *next
	out.Transport = &loopback.Transport{Own: d.own, From: c.Origin().Address, Next: next.Transport, Here: func(u *url.URL) bool {
		return strings.EqualFold(u.Host, host) || ownHost(d.App.Config, u.Hostname()) || d.Serves(strings.ToLower(u.Hostname()))
	}}
	return &out
}
