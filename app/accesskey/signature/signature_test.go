package signature_test

import (
	"strings"
	"testing"
	"time"

	"stoa/app/accesskey/signature"
)

// The signatures below are those that Qiniu's own SDK makes for the key "ak" with
// the secret "sk".
func TestKnownSignatures(t *testing.T) {
	for data, want := range map[string]string{
		"hello": "NDN8cM0rwosxhHJ6QAcI7ialr0g=", "world": "wZ-sw41ayh3PFDmQA-D3o7eBJIY=",
		"-test": "oJ59sZasiWSqL1o7ugZs5OInEK4=", "ba#a-": "tqHL8V2BbNI0dVDXsvueZp_2QnI=",
	} {
		if got := signature.Sign("sk", []byte(data)); got != want {
			t.Errorf("%q: %s, want %s", data, got, want)
		}
	}
	if got := signature.NewToken("ak", "sk", []byte("hello")); got != "ak:2pn0qs-2kfEsQFuHI2pAYlo0hpc=:aGVsbG8=" {
		t.Error("upload token", got)
	}
}

func TestUploadToken(t *testing.T) {
	s := signature.NewToken("ak", "sk", []byte(`{"scope":"photos"}`))
	token, ok := signature.ParseToken(s)
	if !ok || token.Access != "ak" || string(token.Policy) != `{"scope":"photos"}` {
		t.Fatalf("parsed %+v, %v", token, ok)
	}
	if !token.Verify("sk") || token.Verify("other") || token.Verify("") {
		t.Error("verify")
	}
	for _, bad := range []string{"", ":", "a:b", "a:b:", "a:b:!!", "::a:b:c", ":x:e30=", "a::e30=", "a:b:c:d", strings.Repeat("a", 20<<10) + ":b:e30="} {
		if _, ok := signature.ParseToken(bad); ok {
			t.Errorf("%.40q was taken", bad)
		}
	}
}

func TestStyles(t *testing.T) {
	form := signature.Request{Method: "POST", Host: "rs.example.com:8080", Path: "/batch?x=1", Type: "application/x-www-form-urlencoded", Body: []byte("op=1"),
		Header: map[string][]string{"X-Qiniu-Date": {"20260102T030405Z"}, "x-qiniu-aa": {"2", "1"}, "X-Qiniu-": {"no"}}}
	for _, style := range []signature.Style{signature.QBox, signature.Qiniu} {
		h, ok := signature.ParseHeader(signature.Authorize(style, "ak", "sk", form))
		if !ok || h.Style != style || h.Access != "ak" {
			t.Fatalf("%v: %+v", style, h)
		}
		if !h.Verify("sk", form) || h.Verify("sk2", form) {
			t.Errorf("%v does not verify", style)
		}
		for name, change := range map[string]func(*signature.Request){
			"path": func(r *signature.Request) { r.Path = "/batch?x=2" },
			"body": func(r *signature.Request) { r.Body = []byte("op=2") },
		} {
			other := form
			change(&other)
			if h.Verify("sk", other) {
				t.Errorf("%v: another %s verifies", style, name)
			}
		}
		raw := form
		raw.Type = "application/octet-stream"
		h, _ = signature.ParseHeader(signature.Authorize(style, "ak", "sk", raw))
		raw.Body = nil
		if !h.Verify("sk", raw) {
			t.Errorf("%v: raw bytes are not signed", style)
		}
	}
	h, _ := signature.ParseHeader(signature.Authorize(signature.Qiniu, "ak", "sk", form))
	for name, change := range map[string]func(*signature.Request){
		"method": func(r *signature.Request) { r.Method = "GET" },
		"host":   func(r *signature.Request) { r.Host = "rs.example.com" },
		"type":   func(r *signature.Request) { r.Type = "application/json" },
		"header": func(r *signature.Request) { r.Header = nil },
	} {
		other := form
		change(&other)
		if h.Verify("sk", other) {
			t.Errorf("Qiniu: another %s verifies", name)
		}
	}
}

func TestFormsThatClientsReallySign(t *testing.T) {
	sent := signature.Request{Method: "POST", Host: "127.0.0.1:8080", Path: "/a%20b", Plain: "/a b"}
	twice := sent
	twice.Host = "127.0.0.1:8080:8080"
	plain := sent
	plain.Path = "/a b"
	for name, signed := range map[string]signature.Request{"port twice": twice, "path unescaped": plain} {
		h, _ := signature.ParseHeader(signature.Authorize(signature.Qiniu, "ak", "sk", signed))
		if !h.Verify("sk", sent) {
			t.Errorf("%s is refused", name)
		}
	}
	for _, bad := range []string{"", "Bearer abc", "QBox", "QBox abc", "QBox :x", "QBox x:", "Basic YTpi", "QBox " + strings.Repeat("a", 600) + ":b"} {
		if _, ok := signature.ParseHeader(bad); ok {
			t.Errorf("%.30q was taken", bad)
		}
	}
}

func TestDownload(t *testing.T) {
	at := time.Unix(1893456000, 0)
	for _, base := range []string{"/photos/a.jpg", "/photos/a%20b.jpg?attname=x.jpg", "/photos/token=1?imageView2/1/w/20"} {
		full := signature.DownloadURL("ak", "sk", "http://files.example.com"+base, at)
		d, ok := signature.ParseDownload(strings.TrimPrefix(full, "http://files.example.com"))
		if !ok || d.Access != "ak" || !d.Expires.Equal(at) {
			t.Fatalf("%s: %+v %v", base, d, ok)
		}
		if !d.Verify("sk", []string{"https://other.example.com", "http://files.example.com"}) {
			t.Errorf("%s does not verify", base)
		}
		if d.Verify("sk", []string{"https://files.example.com"}) || d.Verify("x", []string{"http://files.example.com"}) {
			t.Errorf("%s verifies for another", base)
		}
	}
	for _, bad := range []string{"/a", "/a?token=ak:x", "/a?e=1&token=ak", "/a?e=x&token=ak:x", "/a?e=1&token=ak:x&e=99999999999", "/a?e=-1&token=ak:x", "/a?e=1&token=%zz"} {
		if _, ok := signature.ParseDownload(bad); ok {
			t.Errorf("%s was taken", bad)
		}
	}
}

func FuzzToken(f *testing.F) {
	f.Add("ak:2pn0qs-2kfEsQFuHI2pAYlo0hpc=:aGVsbG8=")
	f.Add("::a:b:c")
	f.Fuzz(func(t *testing.T, s string) {
		if token, ok := signature.ParseToken(s); ok && token.Verify("a secret that nobody knows") {
			t.Fatal("verified")
		}
		if h, ok := signature.ParseHeader(s); ok && h.Verify("a secret that nobody knows", signature.Request{Method: "POST", Path: s, Host: s}) {
			t.Fatal("verified")
		}
		if d, ok := signature.ParseDownload(s); ok && (d.Expires.IsZero() || d.Verify("a secret that nobody knows", []string{"http://a"})) {
			t.Fatal("verified")
		}
	})
}
