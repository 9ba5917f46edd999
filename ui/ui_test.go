package ui

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func testConsole() http.Handler {
	return newConsole(fstest.MapFS{
		"index.html":           {Data: []byte("<!doctype html><title>page</title>")},
		"theme.js":             {Data: []byte("1")},
		"assets/app-abc123.js": {Data: []byte(strings.Repeat("console.log('x');\n", 200))},
	})
}

func get(t *testing.T, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	testConsole().ServeHTTP(w, r)
	return w.Result()
}

func TestPagesAndAssets(t *testing.T) {
	for _, c := range []struct {
		path   string
		status int
		cache  string
		kind   string
	}{
		{"/console/", 200, "no-cache", "text/html; charset=utf-8"},
		{"/console/accounts/12?page=3", 200, "no-cache", "text/html; charset=utf-8"},
		{"/console/index.html", 200, "no-cache", "text/html; charset=utf-8"},
		{"/console/theme.js", 200, "no-cache", "text/javascript; charset=utf-8"},
		{"/console/assets/app-abc123.js", 200, "public, max-age=31536000, immutable", "text/javascript; charset=utf-8"},
		{"/console/assets/app-old.js", 404, "no-store", "text/plain; charset=utf-8"},
		{"/console/assets/", 200, "no-cache", "text/html; charset=utf-8"},
		{"/console/favicon.ico", 404, "no-store", "text/plain; charset=utf-8"},
		{"/console/../../etc/passwd", 200, "no-cache", "text/html; charset=utf-8"},
	} {
		r := get(t, c.path)
		if r.StatusCode != c.status || r.Header.Get("Cache-Control") != c.cache || r.Header.Get("Content-Type") != c.kind {
			t.Errorf("%s: %d %q %q", c.path, r.StatusCode, r.Header.Get("Cache-Control"), r.Header.Get("Content-Type"))
		}
		if r.Header.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: no content security policy", c.path)
		}
	}
}

func TestCompressionAndRevalidation(t *testing.T) {
	const path = "/console/assets/app-abc123.js"
	r := get(t, path, "Accept-Encoding", "br, gzip")
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(z); !strings.HasPrefix(string(b), "console.log") {
		t.Errorf("%.40q", b)
	}
	if again := get(t, path, "Accept-Encoding", "gzip", "If-None-Match", r.Header.Get("ETag")); again.StatusCode != 304 {
		t.Errorf("revalidated: %d", again.StatusCode)
	}
	if plain := get(t, path, "Accept-Encoding", "gzip;q=0", "If-None-Match", r.Header.Get("ETag")); plain.StatusCode != 200 || plain.Header.Get("Content-Encoding") != "" {
		t.Errorf("without gzip: %d %q", plain.StatusCode, plain.Header.Get("Content-Encoding"))
	}
}

func TestEmbeddedPage(t *testing.T) {
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest("GET", Prefix, nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "<html") {
		t.Errorf("%d %.80q", w.Code, w.Body)
	}
}
