package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"stoa/app/accesskey/signature"
	"stoa/app/apptest"
	"stoa/app/bucket"
)

// fuzzed is a server, and a key and a bucket on it, for fuzzing.
func fuzzed(f *testing.F) (h http.Handler, token, access, secret string) {
	f.Helper()
	a := apptest.Open(f)
	if _, err := a.Bucket.Create(f.Context(), a.Super, bucket.New{Name: "photos"}); err != nil {
		f.Fatal(err)
	}
	key, secret, err := a.AccessKey.Create(f.Context(), a.Super, "fuzz")
	if err != nil {
		f.Fatal(err)
	}
	policy := fmt.Sprintf(`{"scope":"photos","deadline":%d}`, a.Clock.Now().Add(time.Hour).Unix())
	return handlerOf(f, a), signature.NewToken(key.Access, secret, []byte(policy)), key.Access, secret
}

// answered holds an answer to the promise: never a failure of the server, and every
// refusal in Kodo's envelope.
func answered(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code >= 500 && w.Code < 600 && w.Code != 579 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w.Code >= 400 && !enveloped("kodo", w) {
		t.Fatalf("not in the envelope: %d %s", w.Code, w.Body)
	}
}

// A form whose token holds, and anything behind it.
func FuzzKodoForm(f *testing.F) {
	h, token, _, _ := fuzzed(f)
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--b--"))
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=\"crc32\"\r\n\r\n5\r\n--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n\r\n--b--"))
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=\"x-qn-meta-a\"\r\n\r\n\r\n5\r\n--b\r\nContent-Disposition: form-data; name=\"file\"\r\nContent-Type: multipart/mixed\r\n\r\n"))
	f.Fuzz(func(t *testing.T, rest []byte) {
		body := append([]byte("--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n"+token+"\r\n"), rest...)
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		answered(t, w)
	})
}

// Addresses of uploads and of signed calls, with any path and body.
func FuzzKodoPaths(f *testing.F) {
	h, token, access, secret := fuzzed(f)
	for _, path := range []string{"putb64/-1/key/YQ==", "mkblk/3", "bput/AAAA/0", "mkfile/3/key/YQ==/x:a/YQ==", "buckets/photos/objects/YQ==/uploads", "buckets/photos/objects/~/uploads/x/1",
		"stat/cGhvdG9zOmE=", "copy/cGhvdG9zOmE=/cGhvdG9zOmI=/force/true", "chgm/cGhvdG9zOmE=/mime/YS9i", "batch", "list?bucket=photos&marker=eyJrIjoiYSJ9", "fetch/aHR0cDovLzEwLjAuMC4x/to/cGhvdG9zOmE=",
		"lifecycle/cGhvdG9zOmE=/deleteAfterDays/1", "v2/list?bucket=photos", "photos/a?imageView2/1/w/2/h/2"} {
		f.Add(path, []byte("op=/stat/cGhvdG9zOmE="))
	}
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		u, err := url.ParseRequestURI("/" + path)
		if err != nil || strings.ContainsAny(path, "\r\n\x00#") || u.Host != "" {
			return
		}
		top, _, _ := strings.Cut(path, "/")
		if !kodoPath(top) {
			return
		}
		for _, method := range []string{"POST", "PUT", "GET"} {
			for _, auth := range []string{"UpToken " + token, signature.Authorize(signature.QBox, access, secret, signature.Request{Path: u.RequestURI(), Type: formKind, Body: body})} {
				r := httptest.NewRequest(method, "/", bytes.NewReader(body))
				r.URL, r.RequestURI = u, u.RequestURI()
				r.Header.Set("Authorization", auth)
				r.Header.Set("Content-Type", formKind)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != http.StatusMovedPermanently && w.Code != http.StatusTemporaryRedirect { // of a path with empty parts
					answered(t, w)
				}
			}
		}
	})
}

// kodoPath reports the first parts of this dialect's addresses.
func kodoPath(top string) bool {
	top, _, _ = strings.Cut(top, "?")
	switch top {
	case "putb64", "mkblk", "bput", "mkfile", "buckets", "stat", "copy", "chgm", "batch", "list", "fetch", "lifecycle":
		return true
	}
	return false
}
