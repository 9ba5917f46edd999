package docs_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"stoa/docs"
)

func get(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	docs.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

// Every page of the list can be read, and every link between pages leads somewhere.
func TestPagesAndTheirLinks(t *testing.T) {
	start := get("/docs/")
	if start.Code != http.StatusOK || !strings.Contains(start.Body.String(), "<h1") {
		t.Fatalf("start page: %d %.200s", start.Code, start.Body)
	}
	link := regexp.MustCompile(`href="(/docs/[^"#]*)`)
	for _, m := range link.FindAllStringSubmatch(start.Body.String(), -1) {
		if w := get(m[1]); w.Code != http.StatusOK || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d", m[1], w.Code)
		}
	}
}

func TestUnknownPage(t *testing.T) {
	for _, path := range []string{"/docs/nothing", "/docs/docs.go", "/docs/../go.mod"} {
		if w := get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
