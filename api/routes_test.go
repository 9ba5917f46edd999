package api_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"stoa/api"
	"stoa/app"
	"stoa/app/apptest"
)

var update = flag.Bool("update", false, "write testdata/routes.golden anew")

// Every door of the product, with its dialect and name: a route that appears or
// goes shows in this list.
func TestRoutesGolden(t *testing.T) {
	const golden = "testdata/routes.golden"
	got := strings.Join(api.Handler(apptest.Open(t).App, api.Options{}).Routes(), "\n") + "\n"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the routes differ from %s; if that is meant, run go test ./api -run RoutesGolden -update\n%s", golden, differing(string(want), got))
	}
}

// differing lists the lines that only one of two lists has.
func differing(want, got string) string {
	var b strings.Builder
	for line := range strings.Lines(want) {
		if !strings.Contains(got, line) {
			b.WriteString("- " + line)
		}
	}
	for line := range strings.Lines(got) {
		if !strings.Contains(want, line) {
			b.WriteString("+ " + line)
		}
	}
	return b.String()
}

// ask makes one request without a client in between.
func ask(h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr = "127.0.0.1:5000"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhatIsNoDialect(t *testing.T) {
	stop := make(chan struct{})
	h := api.Handler(apptest.Open(t, func(c *app.Config) { c.Metrics.Token = "figures" }).App, api.Options{Draining: stop})
	for _, c := range []struct {
		method, path string
		status       int
		kind         string
	}{
		{"GET", "/healthz", 200, "text/plain; charset=utf-8"},
		{"GET", "/readyz", 200, "text/plain; charset=utf-8"},
		{"GET", "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8"},
		{"GET", "/console/", 200, "text/html; charset=utf-8"},
		{"GET", "/console/accounts/7", 200, "text/html; charset=utf-8"},
		{"GET", "/console/assets/none.js", 404, "text/plain; charset=utf-8"},
		{"GET", "/docs/", 200, "text/html; charset=utf-8"},
		{"GET", "/nothing", 404, "application/problem+json"},
		{"GET", "/nothing/here", 404, "application/json"}, // a file that is not there
		{"POST", "/healthz", 405, "application/problem+json"},
		{"GET", "/v1/nothing", 404, "application/problem+json"},
		{"GET", "/casdao/nothing", 404, "application/json"},
		{"GET", "/api/admin/nothing", 404, "application/json"},
		{"GET", "/casdao/api/v1.0/system/auth/login", 405, "application/json"},
	} {
		w := ask(h, c.method, c.path)
		if w.Code != c.status || w.Header().Get("Content-Type") != c.kind {
			t.Errorf("%s %s: %d %q", c.method, c.path, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if w := ask(h, "GET", "/"); w.Code != http.StatusFound || w.Header().Get("Location") != "/console/" {
		t.Errorf("/: %d %q", w.Code, w.Header().Get("Location"))
	}
	close(stop)
	if w := ask(h, "GET", "/readyz"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("ready while it stops: %d", w.Code)
	}
}

// Figures are for loopback, or for who has the token; a proxy on the same
// machine makes nobody local.
func TestMetricsAreGuarded(t *testing.T) {
	h := api.Handler(apptest.Open(t, func(c *app.Config) { c.Metrics.Token = "figures" }).App, api.Options{})
	if w := ask(h, "GET", "/metrics", "X-Forwarded-For", "203.0.113.9"); w.Code != http.StatusForbidden {
		t.Errorf("through a proxy: %d", w.Code)
	}
	if w := ask(h, "GET", "/metrics", "X-Forwarded-For", "203.0.113.9", "Authorization", "Bearer figures"); w.Code != http.StatusOK {
		t.Errorf("with the token: %d", w.Code)
	}
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.RemoteAddr = "203.0.113.9:5000"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("from elsewhere: %d", w.Code)
	}
}

func TestDialectsCanBeSwitchedOffOrBoundToHosts(t *testing.T) {
	h := api.Handler(apptest.Open(t, func(c *app.Config) {
		c.Dialects.Casdao.Enabled = false
		c.Dialects.Gallery.Hosts = []string{"gallery.example.com"}
	}).App, api.Options{})
	if w := ask(h, "POST", "/casdao/api/v1.0/system/auth/login"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "switched off") {
		t.Errorf("switched off: %d %s", w.Code, w.Body)
	}
	if w := ask(h, "POST", "/api/user/add/"); w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
		t.Errorf("bound to another host: %d", w.Code)
	}
	r := httptest.NewRequest("POST", "/api/user/add/", nil)
	r.Host = "gallery.example.com"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("bound to this host: %d", w.Code)
	}
}
