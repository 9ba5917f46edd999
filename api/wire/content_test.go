package wire_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"stoa/api/wire"
	"stoa/app/fault"
)

const tale = "0123456789"

func content() wire.Content {
	return wire.Content{Type: "text/plain", Size: int64(len(tale)), ETag: "abc", Modified: time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC),
		Open: func(offset, length int64) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(tale[offset : offset+length])), nil
		}}
}

func TestContentRangesAndConditions(t *testing.T) {
	m := mux(wire.Deps{}, route("GET", "/t/file", func(*wire.Call) (any, error) { return content(), nil }))
	for _, c := range []struct {
		header []string
		status int
		body   string
		part   string
	}{
		{nil, 200, tale, ""},
		{[]string{"Range", "bytes=2-4"}, 206, "234", "bytes 2-4/10"},
		{[]string{"Range", "bytes=7-"}, 206, "789", "bytes 7-9/10"},
		{[]string{"Range", "bytes=7-99"}, 206, "789", "bytes 7-9/10"},
		{[]string{"Range", "bytes=-3"}, 206, "789", "bytes 7-9/10"},
		{[]string{"Range", "bytes=-30"}, 206, tale, "bytes 0-9/10"},
		{[]string{"Range", "bytes=0-99999999999999999999"}, 206, tale, "bytes 0-9/10"},
		{[]string{"Range", "bytes=10-"}, 416, "", "bytes */10"},
		{[]string{"Range", "bytes=-0"}, 416, "", "bytes */10"},
		{[]string{"Range", "bytes=4-2"}, 200, tale, ""},
		{[]string{"Range", "bytes=1-2,4-5"}, 200, tale, ""},
		{[]string{"Range", "lines=1-2"}, 200, tale, ""},
		{[]string{"Range", "bytes=+1-2"}, 200, tale, ""},
		{[]string{"Range", "bytes=2-4", "If-Range", `"abc"`}, 206, "234", "bytes 2-4/10"},
		{[]string{"Range", "bytes=2-4", "If-Range", `"abd"`}, 200, tale, ""},
		{[]string{"Range", "bytes=2-4", "If-Range", "Fri, 02 Jan 2026 03:04:05 GMT"}, 206, "234", "bytes 2-4/10"},
		{[]string{"If-None-Match", `"x", W/"abc"`}, 304, "", ""},
		{[]string{"If-None-Match", "abc"}, 304, "", ""},
		{[]string{"If-None-Match", `"x"`, "If-Modified-Since", "Fri, 02 Jan 2036 03:04:05 GMT"}, 200, tale, ""},
		{[]string{"If-Modified-Since", "Fri, 02 Jan 2026 03:04:05 GMT"}, 304, "", ""},
		{[]string{"If-Modified-Since", "Fri, 02 Jan 2026 03:04:04 GMT"}, 200, tale, ""},
		{[]string{"If-Match", `"x"`}, 412, "", ""},
		{[]string{"If-Match", "*"}, 200, tale, ""},
		{[]string{"If-Unmodified-Since", "Fri, 02 Jan 2020 03:04:05 GMT"}, 412, "", ""},
	} {
		got := call(t, m, "GET", "/t/file", "", c.header...)
		if got.status != c.status || got.header.Get("Content-Range") != c.part || c.status < 300 && got.raw != c.body {
			t.Errorf("%v: %d %q %q", c.header, got.status, got.header.Get("Content-Range"), got.raw)
		}
		if c.status == 416 && got.body["code"] != 400.0 {
			t.Errorf("%v: not in the dialect's envelope: %s", c.header, got.raw)
		}
	}
	head := call(t, m, "HEAD", "/t/file", "")
	if head.status != 200 || head.raw != "" || head.header.Get("Content-Length") != "10" || head.header.Get("ETag") != `"abc"` {
		t.Errorf("HEAD: %+v", head)
	}
}

// A file whose storage is down is a refusal; one that breaks off is no whole file.
func TestContentThatFails(t *testing.T) {
	broken := route("GET", "/t/broken", func(*wire.Call) (any, error) {
		f := content()
		f.Open = func(int64, int64) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("01")), nil }
		return f, nil
	})
	down := route("GET", "/t/down", func(*wire.Call) (any, error) {
		f := content()
		f.Open = func(int64, int64) (io.ReadCloser, error) {
			return nil, fault.New(fault.Unavailable, "down", "", "it is down")
		}
		return f, nil
	})
	m := mux(wire.Deps{}, broken, down)
	if got := call(t, m, "GET", "/t/down", ""); got.status != 503 || got.header.Get("ETag") != "" || got.body["msg"] != "it is down" {
		t.Errorf("down: %+v", got)
	}
	s := httptest.NewServer(m)
	defer s.Close()
	res, err := http.Get(s.URL + "/t/broken")
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	if err == nil {
		t.Error("half a file was taken for a whole one")
	}
}

func TestStreamedForm(t *testing.T) {
	form := "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.bin\"\r\n\r\n" +
		strings.Repeat("x", 5000) + "\r\n--b--\r\n"
	m := mux(wire.Deps{Limits: wire.Limits{Body: 100}}, route("POST", "/t/form", func(c *wire.Call) (any, error) {
		parts, err := c.Multipart(8000)
		if err != nil {
			return nil, err
		}
		n := int64(0)
		for {
			p, err := parts.NextPart()
			if errors.Is(err, io.EOF) {
				return n, nil
			}
			if err != nil {
				return nil, wire.BrokenForm(err)
			}
			got, err := io.Copy(io.Discard, p)
			if n += got; err != nil {
				return nil, wire.BrokenForm(err)
			}
		}
	}))
	kind := []string{"Content-Type", "multipart/form-data; boundary=b"}
	if got := call(t, m, "POST", "/t/form", form, kind...); got.body["data"] != 5001.0 {
		t.Error(got.raw)
	}
	if got := call(t, m, "POST", "/t/form", form+strings.Repeat("y", 8000), kind...); got.status != 413 {
		t.Error("too large:", got.status, got.raw)
	}
	if got := call(t, m, "POST", "/t/form", form[:3000], kind...); got.body["kind"] != "malformed" {
		t.Error("cut:", got.raw)
	}
	if got := call(t, m, "POST", "/t/form", form); got.body["kind"] != "malformed" {
		t.Error("no form:", got.raw)
	}
	chunked := httptest.NewRequest("POST", "/t/form", io.MultiReader(strings.NewReader(form), bytes.NewReader(make([]byte, 9000))))
	chunked.ContentLength = -1
	chunked.Header.Set("Content-Type", kind[1])
	w := httptest.NewRecorder()
	m.ServeHTTP(w, chunked)
	if w.Code != 200 { // what is behind the form's end is not read
		t.Error("chunked:", w.Code, w.Body)
	}
}

func TestLastRoute(t *testing.T) {
	m := wire.NewMux(wire.Deps{Authenticate: authenticate})
	m.Mount(envelope(route("GET", "/t/a/{id}", func(*wire.Call) (any, error) { return "route", nil }), route("POST", "/up/x", echoName)))
	last := route("GET", "/{bucket}/{key...}", func(c *wire.Call) (any, error) { return c.Method() + " " + c.Request().URL.Path, nil })
	d := envelope()
	d.Name, d.Prefixes, d.Last = "files", nil, &last
	d.Site = func(host string) bool { return host == "files.example.com" }
	m.Mount(d)
	for _, c := range []struct{ method, url, want string }{
		{"GET", "/photos/a.jpg", "GET /photos/a.jpg"},
		{"HEAD", "/photos/a.jpg", "HEAD /photos/a.jpg"}, // a recorder takes the body, a connection does not
		{"OPTIONS", "/photos/a.jpg", "OPTIONS /photos/a.jpg"},
		{"GET", "/photos//a//b", "GET /photos//a//b"},
		{"GET", "/photos/../t/a/1", ""}, // a route's path: never the last route's
		{"GET", "/photos/x/../y", "GET /photos/x/../y"},
		{"GET", "/t/a/1", "route"},
		{"GET", "/t/unknown/1", ""},
		{"POST", "/photos/a.jpg", ""},
		{"GET", "/single", ""},
		{"GET", "http://files.example.com:8080/t/a/1", "GET /t/a/1"},
		{"GET", "http://FILES.example.com./", "GET /"},
	} {
		got := call(t, m, c.method, c.url, "")
		if data, _ := got.body["data"].(string); data != c.want {
			t.Errorf("%s %s: %d %s", c.method, c.url, got.status, got.raw)
		}
	}
	tops := strings.Join(m.Tops(), " ")
	if tops != "t up" {
		t.Error(tops)
	}
}
