package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"stoa/api/wire"
	"stoa/api/wire/origin"
	"stoa/app/access"
	"stoa/app/fault"
)

// envelope is the dialect of these tests: business results at HTTP 200, as the
// old clients want it.
func envelope(routes ...wire.Route) wire.Dialect {
	return wire.Dialect{
		Name:     "test",
		Prefixes: []string{"/t/"},
		Token:    func(r *http.Request) string { return wire.AnyToken(r, "X-Auth-Token") },
		Cookies:  true,
		OK:       func(_ *wire.Call, v any) wire.Response { return wire.JSON(200, map[string]any{"code": 200, "data": v}) },
		Fail: func(_ *wire.Call, f *fault.Fault) wire.Response {
			return wire.JSON(200, map[string]any{"code": 400, "msg": f.Text, "kind": f.Kind.String(), "field": f.Field})
		},
		Routes: routes,
	}
}

// authenticate knows one token.
func authenticate(_ context.Context, o access.Origin, token string) (access.Actor, error) {
	if token != "good" {
		return access.Actor{}, access.SignIn()
	}
	return access.Actor{Account: 7, Name: "lin", Tenant: 100, Home: 100, Set: access.Of(access.AccountRead), Origin: o}, nil
}

type served struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func call(t *testing.T, h http.Handler, method, path, body string, header ...string) served {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	s := served{status: w.Code, header: w.Header(), raw: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &s.body)
	return s
}

func mux(d wire.Deps, routes ...wire.Route) *wire.Mux {
	if d.Authenticate == nil {
		d.Authenticate = authenticate
	}
	m := wire.NewMux(d)
	m.Mount(envelope(routes...))
	return m
}

func echoName(c *wire.Call) (any, error) { return c.Actor.Name, nil }

func route(method, path string, h wire.Handler) wire.Route {
	return wire.Route{Method: method, Path: path, Name: "test.route", Handle: h, Public: true}
}

// What is not the dialect's business keeps its real status, in the dialect's envelope.
func TestRealStatusesInTheDialectsEnvelope(t *testing.T) {
	m := mux(wire.Deps{Limits: wire.Limits{Body: 100}},
		route("POST", "/t/echo", func(c *wire.Call) (any, error) {
			var v struct{ A string }
			return v, c.Decode(&v)
		}),
		route("GET", "/t/panic", func(*wire.Call) (any, error) { panic("broken") }),
		route("GET", "/t/error", func(*wire.Call) (any, error) { return nil, errors.New("disk /dev/sda1 is gone") }),
		route("GET", "/t/slow", func(*wire.Call) (any, error) { return nil, fmt.Errorf("wait: %w", context.DeadlineExceeded) }),
		route("GET", "/t/refused", func(*wire.Call) (any, error) {
			return nil, fault.New(fault.TooMany, "x", "", "slow down").After(1500 * time.Millisecond)
		}),
	)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		kind                     string
	}{
		{"unknown path", "GET", "/t/none", "", 404, "not_found"},
		{"wrong method", "DELETE", "/t/echo", "", 405, "malformed"},
		{"odd method", "BREW", "/t/echo", "", 405, "malformed"},
		{"large body", "POST", "/t/echo", `{"a":"` + strings.Repeat("x", 200) + `"}`, 413, "too_large"},
		{"bug", "GET", "/t/panic", "", 500, "internal"},
		{"unexpected error", "GET", "/t/error", "", 500, "internal"},
		{"too slow", "GET", "/t/slow", "", 503, "unavailable"},
		{"business refusal", "GET", "/t/refused", "", 200, "too_many"},
		{"business failure", "POST", "/t/echo", `{"a":1}`, 200, "malformed"},
	} {
		s := call(t, m, c.method, c.path, c.body, "Content-Type", "application/json")
		if s.status != c.status || s.body["kind"] != c.kind {
			t.Errorf("%s: %d %s", c.name, s.status, s.raw)
		}
		if strings.Contains(s.raw, "sda1") || strings.Contains(s.raw, "broken") {
			t.Errorf("%s: an internal text is sent: %s", c.name, s.raw)
		}
		if s.header.Get("X-Request-Id") == "" || s.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", c.name, s.header)
		}
	}
	if s := call(t, m, "DELETE", "/t/echo", ""); s.header.Get("Allow") != "POST" {
		t.Errorf("Allow: %q", s.header.Get("Allow"))
	}
	if s := call(t, m, "GET", "/t/refused", ""); s.header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After: %q", s.header.Get("Retry-After"))
	}
	if s := call(t, m, "GET", "/elsewhere", ""); s.status != 404 || s.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("outside every dialect: %d %v", s.status, s.header)
	}
}

func TestTokenInAnyHeader(t *testing.T) {
	m := mux(wire.Deps{}, wire.Route{Method: "GET", Path: "/t/me", Name: "test.me", Handle: echoName})
	for _, h := range [][2]string{{"Authorization", "Bearer good"}, {"Authorization", "bearer good"}, {"X-Auth-Token", "good"}, {"X-Access-Token", " good "}} {
		if s := call(t, m, "GET", "/t/me", "", h[0], h[1]); s.body["data"] != "lin" {
			t.Errorf("%v: %s", h, s.raw)
		}
	}
	for _, h := range [][2]string{{"Authorization", "Basic Z29vZA=="}, {"X-Auth-Token", "bad"}, {"X-Auth-Token", "go od"}, {"Cookie", "other=good"}} {
		if s := call(t, m, "GET", "/t/me", "", h[0], h[1]); s.body["kind"] != "unauthenticated" {
			t.Errorf("%v: %s", h, s.raw)
		}
	}
}

// The cookie is believed for pages of the same site only, under the name that
// fits the connection.
func TestCookieAndCrossSiteRequests(t *testing.T) {
	m := mux(wire.Deps{Proxies: origin.Proxies{netip.MustParsePrefix("192.0.2.0/24")}},
		wire.Route{Method: "POST", Path: "/t/do", Name: "test.do", Handle: echoName},
		wire.Route{Method: "GET", Path: "/t/offline", Name: "test.offline", Handle: echoName, HeaderTokenOnly: true},
		wire.Route{Method: "POST", Path: "/t/enter", Name: "test.enter", Public: true, Handle: func(c *wire.Call) (any, error) {
			return wire.WithCookie{Value: wire.Created{Location: "/t/me", Value: 1}, Cookie: wire.SessionCookie("fresh", c.Secure())}, nil
		}})
	const plain, secure = "stoa=good", "__Host-stoa=good"
	for _, c := range []struct {
		name, method, path string
		header             []string
		kind               any
	}{
		{"same site", "POST", "/t/do", []string{"Cookie", plain, "Sec-Fetch-Site", "same-origin"}, nil},
		{"no browser", "POST", "/t/do", []string{"Cookie", plain}, nil},
		{"cross site", "POST", "/t/do", []string{"Cookie", plain, "Sec-Fetch-Site", "cross-site"}, "denied"},
		{"sibling site", "POST", "/t/do", []string{"Cookie", plain, "Sec-Fetch-Site", "same-site"}, "denied"},
		{"old browser", "POST", "/t/do", []string{"Cookie", plain, "Origin", "http://evil.example.com"}, "denied"},
		{"header token from elsewhere", "POST", "/t/do", []string{"X-Auth-Token", "good", "Sec-Fetch-Site", "cross-site"}, nil},
		{"plain cookie over TLS", "POST", "/t/do", []string{"Cookie", plain, "X-Forwarded-Proto", "https"}, "unauthenticated"},
		{"secure cookie over TLS", "POST", "/t/do", []string{"Cookie", secure, "X-Forwarded-Proto", "https"}, nil},
		{"secure cookie without TLS", "POST", "/t/do", []string{"Cookie", secure}, "unauthenticated"},
		{"state change by GET with cookie", "GET", "/t/offline", []string{"Cookie", plain}, "unauthenticated"},
		{"state change by GET cross site", "GET", "/t/offline", []string{"X-Auth-Token", "good", "Sec-Fetch-Site", "cross-site"}, "denied"},
		{"state change by GET", "GET", "/t/offline", []string{"X-Auth-Token", "good"}, nil},
	} {
		if s := call(t, m, c.method, c.path, "", c.header...); s.body["kind"] != c.kind {
			t.Errorf("%s: %s", c.name, s.raw)
		}
	}
	s := call(t, m, "POST", "/t/enter", "", "X-Forwarded-Proto", "https")
	if k := s.header.Get("Set-Cookie"); s.status != 201 || !strings.HasPrefix(k, "__Host-stoa=fresh; Path=/; HttpOnly; Secure; SameSite=Strict") {
		t.Errorf("cookie: %d %q", s.status, k)
	}
	if s.header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS over TLS")
	}
	if s := call(t, m, "POST", "/t/enter", "", "Sec-Fetch-Site", "cross-site"); s.header.Get("Set-Cookie") != "" || s.body["kind"] != "denied" {
		t.Errorf("cookie set for another site: %s", s.raw)
	}
}

func TestOverloadIsRefusedAtOnce(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	m := mux(wire.Deps{Limits: wire.Limits{Concurrent: 1}}, route("GET", "/t/wait", func(*wire.Call) (any, error) {
		close(entered)
		<-leave
		return "done", nil
	}))
	first := make(chan served)
	go func() { first <- call(t, m, "GET", "/t/wait", "") }()
	<-entered
	s := call(t, m, "GET", "/t/wait", "")
	if s.status != 503 || s.body["kind"] != "unavailable" || s.header.Get("Retry-After") == "" {
		t.Errorf("second request: %d %s", s.status, s.raw)
	}
	close(leave)
	if s := <-first; s.body["data"] != "done" {
		t.Errorf("first request: %s", s.raw)
	}
}

func TestClientAddress(t *testing.T) {
	for _, c := range []struct{ peer, forwarded, proxies, want string }{
		{"203.0.113.9:1", "198.51.100.1", "", "203.0.113.9"},
		{"203.0.113.9:1", "198.51.100.1", "10.0.0.0/8", "203.0.113.9"},
		{"10.0.0.1:1", "198.51.100.1", "10.0.0.0/8", "198.51.100.1"},
		{"10.0.0.1:1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "10.0.0.0/8", "198.51.100.1"},
		{"10.0.0.1:1", "198.51.100.1, nonsense, 10.0.0.2", "10.0.0.0/8", "10.0.0.2"},
		{"10.0.0.1:1", "", "10.0.0.0/8", "10.0.0.1"},
		{"10.0.0.1:1", "[2001:db8::1]:443", "10.0.0.0/8", "2001:db8::1"},
		{"[::ffff:10.0.0.1]:1", "198.51.100.1", "10.0.0.0/8", "198.51.100.1"},
	} {
		var p origin.Proxies
		if c.proxies != "" {
			p = origin.Proxies{netip.MustParsePrefix(c.proxies)}
		}
		m := mux(wire.Deps{Proxies: p})
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := m.Client(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// The log has a line for each request, and neither query nor body.
func TestAccessLogAndMetrics(t *testing.T) {
	var log bytes.Buffer
	logger := zerolog.New(&log)
	var used []string
	deps := wire.Deps{Log: &logger, Used: func(dialect, route string, by access.Actor, _ time.Time) {
		used = append(used, dialect+" "+route+" "+by.Name)
	}}
	m := mux(deps, wire.Route{Method: "POST", Path: "/t/users/{id}", Slash: true, Name: "test.user", Handle: func(c *wire.Call) (any, error) {
		return c.ID("id")
	}})
	s := call(t, m, "POST", "/t/users/12/?password=hush", `{"password":"hush"}`, "X-Auth-Token", "good", "X-Request-Id", "client-chosen-1")
	if s.body["data"] != 12.0 || s.header.Get("X-Request-Id") != "client-chosen-1" {
		t.Fatalf("%s %v", s.raw, s.header)
	}
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, &log)
	}
	for k, want := range map[string]any{"method": "POST", "path": "/t/users/12/", "route": "test.user", "dialect": "test", "status": 200.0,
		"account": 7.0, "tenant": 100.0, "address": "192.0.2.1", "request": "client-chosen-1", "bytes": float64(len(s.raw))} {
		if line[k] != want {
			t.Errorf("%s: %v, want %v", k, line[k], want)
		}
	}
	if strings.Contains(log.String(), "hush") {
		t.Errorf("a secret is logged: %s", &log)
	}
	if s := call(t, m, "POST", "/t/users/x", "", "X-Auth-Token", "good", "X-Request-Id", "bad id\t"); s.header.Get("X-Request-Id") == "bad id\t" {
		t.Error("an odd request id is passed on")
	}
	var text bytes.Buffer
	m.Metrics().Write(&text)
	for _, want := range []string{
		`stoa_http_requests_total{dialect="test",route="test.user",class="2xx"} 2`,
		`stoa_http_request_duration_seconds_count{dialect="test",route="test.user"} 2`,
		`stoa_http_request_duration_seconds_bucket{dialect="test",route="test.user",le="+Inf"} 2`,
		`stoa_http_requests_in_flight 0`,
	} {
		if !strings.Contains(text.String(), want+"\n") {
			t.Errorf("metrics lack %s", want)
		}
	}
	if len(used) != 2 || used[0] != "test test.user lin" {
		t.Errorf("use: %q", used)
	}
}

func TestDownloads(t *testing.T) {
	m := mux(wire.Deps{},
		route("GET", "/t/good", func(*wire.Call) (any, error) {
			return wire.File{Name: "用户 信息.xlsx", Type: "application/x-test", Write: func(w io.Writer) error {
				_, err := io.WriteString(w, "content")
				return err
			}}, nil
		}),
		route("GET", "/t/early", func(*wire.Call) (any, error) {
			return wire.File{Name: "x", Write: func(io.Writer) error { return fault.New(fault.NotFound, "x", "", "gone") }}, nil
		}),
		route("GET", "/t/late", func(*wire.Call) (any, error) {
			return wire.File{Name: "x", Write: func(w io.Writer) error {
				io.WriteString(w, strings.Repeat("half ", 10000))
				return errors.New("broken")
			}}, nil
		}))
	server := httptest.NewServer(m)
	defer server.Close()
	s := call(t, m, "GET", "/t/good", "")
	if d := s.header.Get("Content-Disposition"); s.raw != "content" || d != `attachment; filename="__ __.xlsx"; filename*=UTF-8''%E7%94%A8%E6%88%B7%20%E4%BF%A1%E6%81%AF.xlsx` {
		t.Errorf("%q %q", s.raw, d)
	}
	if s := call(t, m, "GET", "/t/early", ""); s.body["kind"] != "not_found" || s.header.Get("Content-Disposition") != "" {
		t.Errorf("failure before the first byte: %s %v", s.raw, s.header)
	}
	res, err := http.Get(server.URL + "/t/late")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("half a file arrives as a whole one")
	}
}

func TestEventStream(t *testing.T) {
	draining := make(chan struct{})
	m := mux(wire.Deps{Draining: draining}, route("GET", "/t/events", func(*wire.Call) (any, error) {
		return wire.Stream{Run: func(ctx context.Context, send func(wire.Event) error, last string) error {
			if err := send(wire.Event{ID: "8", Type: "account", Data: map[string]string{"after": last}}); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		}}, nil
	}))
	server := httptest.NewServer(m)
	defer server.Close()
	r, _ := http.NewRequest("GET", server.URL+"/t/events", nil)
	r.Header.Set("Last-Event-ID", "7")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	want := ": open\n\nid: 8\nevent: account\ndata: {\"after\":\"7\"}\n\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != want {
		t.Errorf("%q %v", got, err)
	}
	close(draining)
	if rest, err := io.ReadAll(res.Body); err != nil || len(rest) > 0 {
		t.Errorf("after the server's stop: %q %v", rest, err)
	}
}

func TestHostsBindADialect(t *testing.T) {
	m := wire.NewMux(wire.Deps{})
	m.Mount(envelope(route("GET", "/t/x", echoName)), "api.example.com")
	for host, status := range map[string]int{"api.example.com": 200, "api.example.com:8080": 200, "other.example.com": 404} {
		r := httptest.NewRequest("GET", "/t/x", nil)
		r.Host = host
		w := httptest.NewRecorder()
		m.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s: %d", host, w.Code)
		}
	}
}
