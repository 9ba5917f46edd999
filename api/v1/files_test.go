package v1_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// madeBucket is a bucket of the administrator's organisation, by its path.
func (w *world) madeBucket(name string, private bool) string {
	w.t.Helper()
	r := w.want(201, "admin", "POST", "/v1/buckets", object{"name": name, "private": private})
	return r.header.Get("Location")
}

func TestBuckets(t *testing.T) {
	w := open(t)
	r := w.want(201, "admin", "POST", "/v1/buckets", object{"name": "reports"}, "Idempotency-Key", "b-1")
	if r.text("private") != "true" || r.text("objects") != "0" || r.header.Get("Location") != "/v1/buckets/"+r.text("id") {
		t.Errorf("made: %s", r.body)
	}
	at := r.header.Get("Location")
	w.want(201, "admin", "POST", "/v1/buckets", object{"name": "reports"}, "Idempotency-Key", "b-1")
	w.refused(409, "bucket.name_taken", "stranger", "POST", "/v1/buckets", object{"name": "reports"})
	w.refused(422, "bucket.name", "admin", "POST", "/v1/buckets", object{"name": "Re"})
	w.want(403, "member", "POST", "/v1/buckets", object{"name": "mine-alone"})
	w.want(403, "admin", "POST", "/v1/buckets", object{"name": "hosted", "domains": []string{"files.example.com"}})
	w.want(201, super, "POST", "/v1/buckets", object{"name": "hosted", "domains": []string{"files.example.com"}})

	r = w.want(200, "admin", "GET", at, nil)
	etag := r.header.Get("Etag")
	w.want(404, "stranger", "GET", at, nil)
	if r := w.want(200, "admin", "PATCH", at, object{"private": false}, "If-Match", etag); r.text("private") != "false" || r.text("version") != "2" {
		t.Errorf("opened: %s", r.body)
	}
	w.want(412, "admin", "PATCH", at, object{"private": true}, "If-Match", etag)
	w.want(404, "stranger", "PATCH", at, object{"private": true})

	w.want(201, "admin", "PUT", at+"/objects/content?key=a.txt", "hello", "Content-Type", "text/plain")
	r = w.want(200, "admin", "GET", "/v1/buckets?q=REP", nil)
	if r.text("total") != "1" || r.text("items", 0, "objects") != "1" || r.text("items", 0, "bytes") != "5" {
		t.Errorf("listed: %s", r.body)
	}
	w.want(404, "admin", "GET", "/v1/buckets?tenant="+fmt.Sprint(w.ids["other-org"]), nil)
	w.refused(409, "bucket.in_use", "admin", "DELETE", at, nil)
	w.want(204, "admin", "DELETE", at+"/objects?key=a.txt", nil)
	w.want(404, "stranger", "DELETE", at, nil)
	w.want(204, "admin", "DELETE", at, nil)
	w.want(404, "admin", "GET", at, nil)
	w.Verify()
}

func TestFiles(t *testing.T) {
	w := open(t)
	at := w.madeBucket("shelf", true)
	files := at + "/objects"
	put := func(key, content string) {
		t.Helper()
		w.want(201, "admin", "PUT", files+"/content?key="+url.QueryEscape(key), content, "Content-Type", "application/x-www-form-urlencoded")
	}
	for _, key := range []string{"a.txt", "docs/one.txt", "docs/two.txt", "docs/deep/three.txt", "日志 %.txt"} {
		put(key, "content of "+key)
	}
	r := w.want(200, "admin", "GET", files+"?delimiter=/", nil)
	if r.count("objects") != 2 || r.count("prefixes") != 1 || r.text("prefixes", 0) != "docs/" || r.text("next") != "" {
		t.Errorf("the top: %s", r.body)
	}
	r = w.want(200, "admin", "GET", files+"?delimiter=/&prefix=docs/&limit=2", nil)
	if r.count("objects") != 1 || r.text("prefixes", 0) != "docs/deep/" || r.text("next") == "" {
		t.Errorf("a folder: %s", r.body)
	}
	r = w.want(200, "admin", "GET", files+"?delimiter=/&prefix=docs/&limit=2&after="+url.QueryEscape(r.text("next")), nil)
	if r.count("objects") != 1 || r.text("objects", 0, "key") != "docs/two.txt" || r.text("objects", 0, "type") != "text/plain; charset=utf-8" {
		t.Errorf("the rest of it: %s", r.body)
	}
	w.want(422, "admin", "GET", files+"?limit=501", nil)
	w.want(404, "stranger", "GET", files, nil)
	if r := w.want(200, "admin", "GET", files+"/count?prefix=docs/", nil); r.text("objects") != "3" || r.text("more") != "false" {
		t.Errorf("counted: %s", r.body)
	}
	w.want(404, "stranger", "GET", files+"/count?prefix=docs/", nil)
	if r := w.want(200, "admin", "GET", files+"/stat?key="+url.QueryEscape("日志 %.txt"), nil); r.text("size") != "23" || r.text("account") != fmt.Sprint(w.ids["admin"]) {
		t.Errorf("known: %s", r.body)
	}
	w.refused(404, "object.not_found", "admin", "GET", files+"/stat?key=none", nil)

	w.want(204, "admin", "POST", files+"/copy", object{"key": "a.txt", "to_key": "b.txt"})
	w.refused(409, "object.exists", "admin", "POST", files+"/copy", object{"key": "docs/one.txt", "to_key": "b.txt"})
	w.want(204, "admin", "POST", files+"/copy", object{"key": "docs/one.txt", "to_key": "b.txt", "overwrite": true})
	w.want(204, "admin", "POST", files+"/move", object{"key": "b.txt", "to_key": "c/d.txt"})
	w.refused(404, "object.not_found", "admin", "POST", files+"/move", object{"key": "b.txt", "to_key": "e.txt"})
	other := w.madeBucket("second", true)
	w.want(204, "admin", "POST", files+"/move", object{"key": "c/d.txt", "to_key": "d.txt", "to_bucket": w.number(strings.TrimPrefix(other, "/v1/buckets/"))})
	w.want(200, "admin", "GET", other+"/objects/stat?key=d.txt", nil)

	folder := object{"prefix": "docs/", "to_prefix": "papers/"}
	if r := w.want(200, "admin", "POST", files+"/move-folder", folder); r.text("objects") != "3" || r.text("task") != "0" {
		t.Errorf("folder moved: %s", r.body)
	}
	w.refused(404, "folder.none", "admin", "POST", files+"/move-folder", folder)
	w.want(404, "stranger", "POST", files+"/move-folder", folder)
	put("docs/one.txt", "in the way")
	w.refused(409, "folder.taken", "admin", "POST", files+"/move-folder", object{"prefix": "papers/", "to_prefix": "docs/"})
	w.want(204, "admin", "DELETE", files+"?key=docs/one.txt", nil)
	w.want(200, "admin", "POST", files+"/move-folder", object{"prefix": "papers/", "to_prefix": "docs/"})

	end := w.Clock.Now().Add(time.Hour)
	w.want(204, "admin", "POST", files+"/retype", object{"key": "a.txt", "type": "text/csv", "meta": object{"k": "v"}, "expires_at": end})
	if r := w.want(200, "admin", "GET", files+"/stat?key=a.txt", nil); r.text("type") != "text/csv" || r.text("meta", "k") != "v" || r.at("expires_at") == nil {
		t.Errorf("retyped: %s", r.body)
	}
	w.refused(422, "object.type", "admin", "POST", files+"/retype", object{"key": "a.txt", "type": "no type"})

	if r := w.want(200, "admin", "POST", files+"/delete", object{"keys": []string{"docs/one.txt", "docs/two.txt", "none"}}); r.text("deleted") != "2" {
		t.Errorf("deleted: %s", r.body)
	}
	w.want(404, "stranger", "POST", files+"/delete", object{"keys": []string{"a.txt"}})
	w.refused(422, "object.many", "admin", "POST", files+"/delete", object{"keys": []string{}})
	w.refused(404, "object.not_found", "admin", "DELETE", files+"?key=docs/one.txt", nil)
	w.Verify()
}

func TestFileContent(t *testing.T) {
	w := open(t)
	files := w.madeBucket("contents", false) + "/objects"
	big := make([]byte, 3<<20)
	_, _ = rand.Read(big)
	at := files + "/content?key=big.bin"
	r := w.want(201, "admin", "PUT", at, string(big), "Content-Type", "application/octet-stream")
	if r.text("size") != fmt.Sprint(len(big)) {
		t.Errorf("put: %s", clip(r.body))
	}
	w.want(201, "admin", "PUT", files+"/content?key=small", "same")
	w.want(201, "admin", "PUT", files+"/content?key=small", "same") // the same again
	w.refused(409, "object.exists", "admin", "PUT", files+"/content?key=small", "other")
	w.refused(409, "object.exists", "admin", "PUT", at, string(big[1:]))
	w.want(201, "admin", "PUT", files+"/content?key=small&overwrite=true", "other")
	w.want(404, "stranger", "PUT", files+"/content?key=theirs", "x")
	w.refused(422, "object.key", "admin", "PUT", files+"/content", "x")

	r = w.want(200, "admin", "GET", at, nil)
	if !bytes.Equal(r.body, big) || r.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("read: %d bytes, %v", len(r.body), r.header)
	}
	if r := w.want(304, "admin", "GET", at, nil, "If-None-Match", r.header.Get("Etag")); len(r.body) != 0 {
		t.Errorf("unchanged: %d bytes", len(r.body))
	}
	r = w.want(206, "admin", "GET", at, nil, "Range", "bytes=1048570-2097160")
	if !bytes.Equal(r.body, big[1048570:2097161]) {
		t.Errorf("a range: %d bytes of %s", len(r.body), r.header.Get("Content-Range"))
	}
	w.want(416, "admin", "GET", at, nil, "Range", "bytes=99999999-")
	if r := w.want(200, "admin", "HEAD", at, nil); r.header.Get("Content-Length") != fmt.Sprint(len(big)) || len(r.body) != 0 {
		t.Errorf("HEAD: %v", r.header)
	}
	w.want(404, "stranger", "GET", at, nil) // public, but not by this door
	w.refused(404, "object.not_found", "admin", "GET", files+"/content?key=none", nil)
}

func TestFilesAreShownSafely(t *testing.T) {
	w := open(t)
	files := w.madeBucket("shown", true) + "/objects"
	for key, want := range map[string][2]string{
		"page.html": {"text/plain; charset=utf-8", "attachment"}, "run.svg": {"image/svg+xml", "attachment"}, "a.png": {"image/png", "inline"},
		"b.pdf": {"application/pdf", "inline"}, "c.txt": {"text/plain; charset=utf-8", "inline"}, "d.js": {"application/octet-stream", "attachment"},
		"e.mp4": {"video/mp4", "inline"}, "f.zip": {"application/zip", "attachment"},
	} {
		w.want(201, "admin", "PUT", files+"/content?key=x/"+key, "<script>alert(1)</script>", "Content-Type", "application/octet-stream")
		r := w.want(200, "admin", "GET", files+"/content?key=x/"+key, nil)
		if r.header.Get("Content-Type") != want[0] || !strings.HasPrefix(r.header.Get("Content-Disposition"), want[1]+"; filename="+key) {
			t.Errorf("%s: %s %s", key, r.header.Get("Content-Type"), r.header.Get("Content-Disposition"))
		}
		policy := r.header.Get("Content-Security-Policy")
		if r.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(policy, "default-src 'none'") ||
			strings.Contains(policy, "sandbox") == (key == "b.pdf") {
			t.Errorf("%s: %v", key, r.header)
		}
		r = w.want(200, "admin", "GET", files+"/content?download=true&key=x/"+key, nil)
		if !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s as a download: %s", key, r.header.Get("Content-Disposition"))
		}
	}
}

func TestUploadsInParts(t *testing.T) {
	w := open(t)
	at := w.madeBucket("parts", true)
	r := w.want(201, "admin", "POST", at+"/uploads", object{"key": "film.mp4", "size": 3 << 20})
	up := r.header.Get("Location")
	w.want(404, "stranger", "POST", at+"/uploads", object{"key": "film.mp4"})
	first, second := bytes.Repeat([]byte("a"), 1<<20), []byte("the end")
	one := w.want(200, "admin", "PUT", up+"/parts/1", string(first))
	w.want(404, "stranger", "PUT", up+"/parts/1", "x")
	w.refused(422, "upload.part_number", "admin", "PUT", up+"/parts/10001", "x")
	if r := w.want(200, "admin", "GET", up, nil); r.count("parts") != 1 || r.text("parts", 0, "size") != "1048576" || r.text("next") != "0" {
		t.Errorf("there are %s", r.body)
	}
	w.want(404, "stranger", "GET", up, nil)
	if r := w.want(200, "admin", "GET", "/v1/usage", nil); r.text("pending") != "1048576" || r.text("objects") != "0" {
		t.Errorf("used: %s", r.body)
	}
	two := w.want(200, "admin", "PUT", up+"/parts/2", string(second))
	list := object{"parts": []object{{"number": 1, "hash": one.text("hash")}, {"number": 2, "hash": two.text("hash")}}}
	w.refused(422, "upload.part_missing", "admin", "POST", up+"/complete", object{"parts": []object{{"number": 1, "hash": "other"}}})
	r = w.want(200, "admin", "POST", up+"/complete", list)
	if r.text("type") != "video/mp4" || r.text("size") != fmt.Sprint(len(first)+len(second)) {
		t.Errorf("complete: %s", r.body)
	}
	if again := w.want(200, "admin", "POST", up+"/complete", list); string(again.body) != string(r.body) {
		t.Errorf("again: %s", again.body)
	}
	if r := w.want(200, "admin", "GET", at+"/objects/content?key=film.mp4", nil); !bytes.Equal(r.body, append(first, second...)) {
		t.Errorf("%d bytes", len(r.body))
	}
	w.refused(409, "object.exists", "admin", "POST", at+"/uploads", object{"key": "film.mp4"})
	up = w.want(201, "admin", "POST", at+"/uploads", object{"key": "film.mp4", "overwrite": true}).header.Get("Location")
	w.want(404, "stranger", "DELETE", up, nil)
	w.want(204, "admin", "DELETE", up, nil)
	w.refused(404, "upload.not_found", "admin", "PUT", up+"/parts/1", "x")
	w.Verify()
}

func TestUsage(t *testing.T) {
	w := open(t)
	files := w.madeBucket("narrow", true)
	w.want(201, "admin", "PUT", files+"/objects/content?key=a", "12345")
	w.want(403, "member", "GET", "/v1/usage", nil)
	w.want(422, "admin", "GET", "/v1/usage?days=801", nil)
	r := w.want(200, "admin", "GET", "/v1/usage?days=3", nil)
	if r.text("used") != "5" || r.text("limited") != "false" || r.text("days", r.count("days")-1, "bytes") != "5" {
		t.Errorf("usage: %s", r.body)
	}
	w.Verify()
}

func TestAccessKeys(t *testing.T) {
	w := open(t)
	r := w.want(201, "admin", "POST", "/v1/access-keys", object{"name": "backup"})
	at, secret := r.header.Get("Location"), r.text("secret_key")
	if len(secret) != 40 || r.text("on") != "true" || r.text("owner") != "admin" {
		t.Errorf("made: %s", r.body)
	}
	w.want(403, "member", "POST", "/v1/access-keys", object{"name": "backup"})
	w.refused(422, "key.name", "admin", "POST", "/v1/access-keys", object{"name": " "})
	r = w.want(200, "admin", "GET", "/v1/access-keys", nil)
	if r.text("total") != "1" || strings.Contains(string(r.body), secret) {
		t.Errorf("listed: %s", r.body)
	}
	w.want(403, "member", "GET", "/v1/access-keys", nil)
	r = w.want(200, "admin", "GET", at, nil)
	w.want(404, "stranger", "GET", at, nil)
	etag := r.header.Get("Etag")
	if r := w.want(200, "admin", "PATCH", at, object{"on": false}, "If-Match", etag); r.text("on") != "false" {
		t.Errorf("off: %s", r.body)
	}
	w.want(412, "admin", "PATCH", at, object{"on": true}, "If-Match", etag)
	w.refused(422, "key.on", "admin", "PATCH", at, object{})
	w.want(404, "stranger", "DELETE", at, nil)
	w.want(204, "admin", "DELETE", at, nil)
	w.want(404, "admin", "GET", at, nil)
	w.Verify()
}

func TestShareLinks(t *testing.T) {
	w := open(t)
	public, private := w.madeBucket("square", false), w.madeBucket("vault", true)
	for _, at := range []string{public, private} {
		w.want(201, "admin", "PUT", at+"/objects/content?key=a%20b/c%3F.txt", "x")
	}
	ask := object{"key": "a b/c?.txt", "seconds": 600}
	r := w.want(200, "admin", "POST", public+"/objects/share", ask)
	if !strings.HasSuffix(r.text("url"), "/square/a%20b/c%3F.txt") || r.at("expires_at") != nil || r.text("access_key") != "" {
		t.Errorf("public: %s", r.body)
	}
	r = w.want(200, "admin", "POST", private+"/objects/share", ask)
	if !strings.Contains(r.text("url"), "/vault/a%20b/c%3F.txt?e=") || !strings.Contains(r.text("url"), "&token="+r.text("access_key")+":") {
		t.Errorf("private: %s", r.body)
	}
	key := r.text("access_key")
	if r := w.want(200, "admin", "GET", "/v1/access-keys", nil); r.text("total") != "1" || r.text("items", 0, "access_key") != key {
		t.Errorf("the key that was made: %s", r.body)
	}
	if r := w.want(200, "admin", "POST", private+"/objects/share", ask); r.text("access_key") != key {
		t.Errorf("another key: %s", r.body)
	}
	w.refused(422, "share.time", "admin", "POST", private+"/objects/share", object{"key": "a b/c?.txt", "seconds": 59})
	w.refused(422, "share.time", "admin", "POST", private+"/objects/share", object{"key": "a b/c?.txt", "seconds": 1 << 60})
	w.refused(404, "object.not_found", "admin", "POST", private+"/objects/share", object{"key": "none"})
	w.want(404, "stranger", "POST", private+"/objects/share", ask)
}
