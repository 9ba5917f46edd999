package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"stoa/api/wire"
)

// Whatever bytes a client sends, a dialect answers in its own envelope and never
// with a 500: a panic or an unforeseen error behind a decoder is a bug.
func FuzzDialects(f *testing.F) {
	app, token := openDocumented(f)
	handler := handlerOf(f, app)
	var routes []wire.Route
	dialects := map[int]string{}
	for _, d := range dialectsOf(app) {
		for _, r := range d.Routes {
			dialects[len(routes)] = d.Name
			routes = append(routes, r)
		}
	}
	for i := range routes {
		f.Add(i, "application/json", []byte(`{"username":"a","phone":1,"page":-1,"pageSize":"x","roleIds":[{}]}`))
		f.Add(i, "application/x-www-form-urlencoded", []byte("username=%zz&password=a&grant_type=passowrd"))
		f.Add(i, "multipart/form-data; boundary=x", []byte("--x\r\n\r\n--x--"))
		f.Add(i, "", []byte{0xff, 0, '{'})
	}
	f.Fuzz(func(t *testing.T, n int, kind string, body []byte) {
		if n < 0 || n >= len(routes) {
			return
		}
		r := routes[n]
		if strings.Contains(r.Path, "logout") || strings.ContainsAny(kind, "\r\n\x00") {
			return
		}
		path := strings.NewReplacer("{id}", "2", "{$}", "", "{rest...}", "cGhvdG9zOmE=", "{size}", "9", "{offset}", "9", "{ctx}", "AAAA", "{part}", "1", "{key}", "~").Replace(r.Path)
		req := httptest.NewRequest(r.Method, path, bytes.NewReader(body))
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		if w.Code >= 500 {
			t.Fatalf("%s %s: %d %s", r.Method, path, w.Code, w.Body)
		}
		if w.Header().Get("Content-Disposition") == "" && !enveloped(dialects[n], w) {
			t.Fatalf("%s %s: not in %s's envelope: %d %s", r.Method, path, dialects[n], w.Code, w.Body)
		}
	})
}

// enveloped reports whether an answer has the form that the dialect promises.
func enveloped(dialect string, w *httptest.ResponseRecorder) bool {
	if dialect == "kodo" && w.Code < http.StatusBadRequest {
		return true // whose answers are of every kind
	}
	var body map[string]any
	if json.Unmarshal(w.Body.Bytes(), &body) != nil {
		return false
	}
	has := func(keys ...string) bool {
		for _, k := range keys {
			if _, ok := body[k]; !ok {
				return false
			}
		}
		return true
	}
	switch dialect {
	case "casdao":
		return has("code", "msg", "data") && !has("timestamp")
	case "datacanvas":
		return has("code", "data") && !has("timestamp")
	case "pcloud":
		return has("code", "msg", "timestamp", "data")
	case "kodo":
		return has("error") && len(body) == 1
	case "gallery":
		return has("code") && !has("data")
	case "channel":
		return !has("code") && (w.Code == http.StatusOK || has("detail") || has("ret", "reason"))
	}
	return false
}
