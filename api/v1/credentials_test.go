package v1_test

import (
	"bytes"
	"strings"
	"testing"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/bucket"
	"stoa/blob/s3/s3test"
)

func TestCredentials(t *testing.T) {
	w := open(t)
	one := object{"url": "S3.Example.com", "bucket": "shop-files", "access_key": "AKIDEXAMPLE", "access_secret": "a-secret"}
	set := func(c ...object) object { return object{"credentials": append([]object{}, c...)} }
	r := w.want(200, "admin", "GET", "/v1/credentials", nil)
	if r.count("items") != 0 || r.text("max") != "5" || r.text("move", "state") != "settled" {
		t.Errorf("none: %s", r.body)
	}
	r = w.want(200, "admin", "PUT", "/v1/credentials?verify=none", set(one))
	if r.text("items", 0, "url") != "https://s3.example.com" || r.text("items", 0, "health", "state") != "unknown" || r.text("version") != "1" ||
		strings.Contains(string(r.body), "a-secret") {
		t.Errorf("set: %s", r.body)
	}
	etag := r.header.Get("Etag")
	kept := object{"url": "s3.example.com", "bucket": "shop-files", "access_key": "AKIDEXAMPLE"}
	r = w.want(200, "admin", "PUT", "/v1/credentials", set(kept), "If-Match", etag) // nothing is new: nothing is tried
	if r.text("items", 0, "id") != "1" || r.text("version") != "2" {
		t.Errorf("again: %s", r.body)
	}
	w.want(412, "admin", "PUT", "/v1/credentials", set(kept), "If-Match", etag)
	w.refused(413, "cloud.too_many", "admin", "PUT", "/v1/credentials", set(one, one, one, one, one, one))
	w.want(413, "admin", "PUT", "/v1/credentials", object{"credentials": []object{}, "padding": strings.Repeat("x", 70<<10)})
	w.refused(422, "cloud.bucket", "admin", "PUT", "/v1/credentials", set(object{"url": "s3.example.com", "bucket": "A_B", "access_key": "k", "access_secret": "s"}))
	inner := object{"url": "http://10.9.8.7:9000", "bucket": "shop-files", "access_key": "k", "access_secret": "s"}
	p := w.refused(422, "cloud.unverified", "admin", "PUT", "/v1/credentials", set(inner))
	if !strings.Contains(string(p.body), "private") || !strings.Contains(string(p.body), "credentials[0].url") {
		t.Errorf("an address that is not allowed: %s", p.body)
	}
	r = w.want(200, "admin", "POST", "/v1/credentials/test", set(inner))
	if r.at("items", 0, "ok") != false || r.text("items", 0, "reason") != "refused" {
		t.Errorf("tried out: %s", r.body)
	}
	w.refused(422, "cloud.missing", "admin", "PUT", "/v1/credentials", object{})
	w.want(422, "admin", "POST", "/v1/credentials/test", set(object{"bucket": "shop-files"}))
	w.want(200, "admin", "GET", "/v1/credentials/move", nil)
	w.want(200, "admin", "DELETE", "/v1/credentials/move", nil)
	w.want(200, "admin", "POST", "/v1/credentials/move", nil)
	for _, c := range []struct{ method, path string }{{"GET", ""}, {"PUT", "?verify=none"}, {"POST", "/test"}, {"GET", "/move"}, {"POST", "/move"}, {"DELETE", "/move"}} {
		var body any
		if c.method == "PUT" || c.path == "/test" {
			body = set()
		}
		w.want(403, "member", c.method, "/v1/credentials"+c.path, body)
	}
	if r := w.want(200, "stranger", "GET", "/v1/credentials", nil); r.count("items") != 0 || r.text("version") != "0" {
		t.Errorf("another company sees %s", r.body)
	}
	w.want(200, "admin", "PUT", "/v1/credentials", set())
	w.Verify()
}

// Files go to the bucket, and the answers tell how far they are.
func TestCredentialsMove(t *testing.T) {
	server := s3test.Start(t, "shop-files")
	w := open(t, func(c *app.Config) { c.Egress.Allow = []string{"127.0.0.1"} })
	by := w.Actor(w.Account(1, "keeper", access.RoleAdmin))
	b, err := w.Bucket.Create(t.Context(), by, bucket.New{Name: "pictures"})
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	d, err := w.Bucket.Receive(t.Context(), 1, bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Bucket.Commit(t.Context(), by, d, bucket.Put{Bucket: b, Key: "one.bin"}); err != nil {
		t.Fatal(err)
	}
	in := object{"credentials": []object{{"url": server.URL, "bucket": "shop-files", "access_key": server.Key, "access_secret": server.Secret}}}
	r := w.want(200, "admin", "PUT", "/v1/credentials?verify=all", in)
	if r.text("move", "state") != "moving" || r.text("move", "left", "bytes") != "1048576" || r.text("appliance", "pieces") != "1" || r.at("items", 0, "verified_at") == nil {
		t.Errorf("begins: %s", r.body)
	}
	if r := w.want(200, "admin", "DELETE", "/v1/credentials/move", nil); r.text("state") != "paused" {
		t.Errorf("stopped: %s", r.body)
	}
	w.want(200, "admin", "POST", "/v1/credentials/move", nil)
	for n := 1; n > 0; {
		if n, err = w.Task.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r = w.want(200, "admin", "GET", "/v1/credentials", nil)
	if r.text("move", "state") != "settled" || r.text("items", 0, "bytes") != "1048576" || r.text("items", 0, "health", "state") != "up" || r.text("appliance", "pieces") != "0" {
		t.Errorf("moved: %s", r.body)
	}
}
