package kodo

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qiniu/go-sdk/v7/auth"
	"github.com/qiniu/go-sdk/v7/client"
	"github.com/qiniu/go-sdk/v7/storage"

	"stoa/app/bucket/etag"
)

// peer is Qiniu's Go SDK, pointed at the server.
type peer struct {
	*server
	t   *testing.T
	mac *auth.Credentials
	cfg *storage.Config
}

func newPeer(t *testing.T) *peer {
	s := start(t)
	region := &storage.Region{SrcUpHosts: []string{s.host}, CdnUpHosts: []string{s.host}, RsHost: s.host, RsfHost: s.host, ApiHost: s.host, IovipHost: s.host}
	storage.SetUcHost(s.host, false)
	return &peer{s, t, auth.New(s.access, s.secret), &storage.Config{Zone: region, Region: region, CentralRsHost: s.host}}
}

func (p *peer) token(policy storage.PutPolicy) string { return policy.UploadToken(p.mac) }

func (p *peer) manager() *storage.BucketManager { return storage.NewBucketManager(p.mac, p.cfg) }

// has holds the object's bytes and hash against what was sent.
func (p *peer) has(key string, want []byte) {
	p.t.Helper()
	res, err := http.Get(storage.MakePublicURLv2("http://"+p.host+"/conform-open", key))
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !bytes.Equal(got, want) {
		p.t.Errorf("%s: %d, %d bytes of %d, %v", key, res.StatusCode, len(got), len(want), err)
	}
}

func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(n)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

func code(err error) int {
	var e *client.ErrorInfo
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func (p *peer) ok(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%v (%d)", err, code(err))
	}
}

func TestGoSDK(t *testing.T) {
	p := newPeer(t)
	for name, run := range map[string]func(*peer){"form": (*peer).forms, "base64": (*peer).base64, "resumable v1": (*peer).resumableV1, "resumable v2": (*peer).resumableV2,
		"callbacks": (*peer).callbacks, "downloads": (*peer).downloads, "management": (*peer).management, "lists": (*peer).lists, "refusals": (*peer).refusals} {
		t.Run(name, func(t *testing.T) {
			one := *p
			one.t = t
			run(&one)
		})
	}
}

func (p *peer) forms() {
	up := storage.NewFormUploader(p.cfg)
	ctx := context.Background()
	body := noise(100_000)
	var ret storage.PutRet
	p.ok(up.Put(ctx, &ret, p.token(storage.PutPolicy{Scope: "conform-open"}), "form/ä b.bin", bytes.NewReader(body), int64(len(body)),
		&storage.PutExtra{Params: map[string]string{"x:a": "1", "x-qn-meta-kind": "noise"}, MimeType: "application/x-noise"}))
	if ret.Key != "form/ä b.bin" || ret.Hash != etag.Of(body) {
		p.t.Errorf("%+v", ret)
	}
	p.has("form/ä b.bin", body)
	p.ok(up.PutWithoutKey(ctx, &ret, p.token(storage.PutPolicy{Scope: "conform-open"}), bytes.NewReader(body), int64(len(body)), nil))
	if ret.Key != etag.Of(body) {
		p.t.Errorf("%+v", ret)
	}
	file := filepath.Join(p.t.TempDir(), "photo.jpg")
	p.ok(os.WriteFile(file, body, 0o600))
	var own struct {
		K, Name, Album string
		N              int64
	}
	p.ok(up.PutFileWithoutKey(ctx, &own, p.token(storage.PutPolicy{Scope: "conform-open", SaveKey: "album/$(x:album)/$(fname)",
		ReturnBody: `{"k":$(key),"name":"$(fname)","album":$(x:album),"n":$(fsize)}`}), file, &storage.PutExtra{Params: map[string]string{"x:album": "sum\"mer"}}))
	if own.K != `album/sum"mer/photo.jpg` || own.Name != "photo.jpg" || own.N != 100_000 {
		p.t.Errorf("%+v", own)
	}
}

func (p *peer) base64() {
	body := noise(5000)
	var ret storage.PutRet
	p.ok(storage.NewBase64Uploader(p.cfg).Put(context.Background(), &ret, p.token(storage.PutPolicy{Scope: "conform-open"}), "b64", []byte(base64.StdEncoding.EncodeToString(body)), nil))
	if ret.Hash != etag.Of(body) {
		p.t.Errorf("%+v", ret)
	}
	p.has("b64", body)
}

func (p *peer) resumableV1() {
	ctx := context.Background()
	up := storage.NewResumeUploader(p.cfg)
	for _, n := range []int{1, 5 << 20, 9_000_001} {
		body := noise(n)
		key := fmt.Sprint("v1/", n)
		var ret storage.PutRet
		p.ok(up.Put(ctx, &ret, p.token(storage.PutPolicy{Scope: "conform-open"}), key, bytes.NewReader(body), int64(n), &storage.RputExtra{ChunkSize: 1 << 20, MimeType: "video/mp4"}))
		if ret.Hash != etag.Of(body) || ret.Key != key {
			p.t.Errorf("%+v", ret)
		}
		p.has(key, body)
	}
	file := filepath.Join(p.t.TempDir(), "big")
	p.ok(os.WriteFile(file, noise(6<<20), 0o600))
	recorder, err := storage.NewFileRecorder(p.t.TempDir())
	p.ok(err)
	var ret storage.PutRet
	p.ok(up.PutFileWithoutKey(ctx, &ret, p.token(storage.PutPolicy{Scope: "conform-open"}), file, &storage.RputExtra{Recorder: recorder}))
	p.has(ret.Key, noise(6<<20))
}

func (p *peer) resumableV2() {
	ctx := context.Background()
	up := storage.NewResumeUploaderV2(p.cfg)
	for _, n := range []int{1, 4 << 20, 9_000_001} {
		body := noise(n)
		key := fmt.Sprint("v2/", n)
		var ret storage.PutRet
		p.ok(up.Put(ctx, &ret, p.token(storage.PutPolicy{Scope: "conform-open:" + key}), key, bytes.NewReader(body), int64(n),
			&storage.RputV2Extra{CustomVars: map[string]string{"x:a": "b"}, Metadata: map[string]string{"x-qn-meta-k": "v"}, MimeType: "video/mp4"}))
		if ret.Hash != etag.Of(body) || ret.Key != key {
			p.t.Errorf("%d: %+v, want %s", n, ret, etag.Of(body))
		}
		p.has(key, body)
	}
	odd := noise(7_000_000)
	var ret storage.PutRet
	p.ok(up.PutWithoutSize(ctx, &ret, p.token(storage.PutPolicy{Scope: "conform-open"}), "v2/odd", bytes.NewReader(odd), &storage.RputV2Extra{PartSize: 3 << 20}))
	if !strings.HasPrefix(ret.Hash, "n") { // 0x9e: parts that are no blocks
		p.t.Errorf("%+v", ret)
	}
	p.has(ret.Key, odd)
}

// callbacks are verified with the SDK's own code.
func (p *peer) callbacks() {
	var body string
	var verified bool
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		body = string(raw)
		r.Body = io.NopCloser(bytes.NewReader(raw))
		verified, _ = p.mac.VerifyCallback(r)
		if r.Header.Get("Content-Type") == "application/json" { // the SDK makes this signature, and verifies the other alone
			r.Body = io.NopCloser(bytes.NewReader(raw))
			given := r.Header.Get("Authorization")
			sign, err := p.mac.SignRequestV2(r)
			verified = err == nil && given == "Qiniu "+sign
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"success":true}`)
	}))
	defer hook.Close()
	up := storage.NewFormUploader(p.cfg)
	for kind, want := range map[string]string{"": "key=cb&n=5&x=%26", "application/json": `{"key":"cb","n":5,"x":"&"}`} {
		template := map[string]string{"": "key=$(key)&n=$(fsize)&x=$(x:v)", "application/json": `{"key":$(key),"n":$(fsize),"x":$(x:v)}`}[kind]
		var ret struct{ Success bool }
		p.ok(up.Put(context.Background(), &ret, p.token(storage.PutPolicy{Scope: "conform-open:cb", CallbackURL: hook.URL + "/a?b=c", CallbackBody: template, CallbackBodyType: kind}),
			"cb", strings.NewReader("12345"), 5, &storage.PutExtra{Params: map[string]string{"x:v": "&"}}))
		if !ret.Success || !verified || body != want {
			p.t.Errorf("%q: %+v verified %v, body %s", kind, ret, verified, body)
		}
	}
	err := up.Put(context.Background(), nil, p.token(storage.PutPolicy{Scope: "conform-open:cb2", CallbackURL: "http://127.0.0.1:1/", CallbackBody: "a=b"}), "cb2", strings.NewReader("x"), 1, nil)
	if code(err) != 579 {
		p.t.Error("a callback that fails:", err)
	}
}

func (p *peer) downloads() {
	var ret storage.PutRet
	p.ok(storage.NewFormUploader(p.cfg).Put(context.Background(), &ret, p.token(storage.PutPolicy{Scope: "conform-shut"}), "a b/ü.txt", strings.NewReader("private"), 7, nil))
	get := func(url string) (int, string) {
		res, err := http.Get(url)
		p.ok(err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		p.ok(err)
		return res.StatusCode, string(body)
	}
	domain := "http://" + p.host + "/conform-shut"
	if status, body := get(storage.MakePrivateURLv2(p.mac, domain, "a b/ü.txt", time.Now().Add(time.Hour).Unix())); status != 200 || body != "private" {
		p.t.Error(status, body)
	}
	if status, body := get(storage.MakePrivateURLv2WithQueryString(p.mac, domain, "a b/ü.txt", "attname", time.Now().Add(time.Hour).Unix())); status != 200 || body != "private" {
		p.t.Error(status, body)
	}
	if status, _ := get(storage.MakePrivateURLv2(p.mac, domain, "a b/ü.txt", time.Now().Add(-time.Hour).Unix())); status != 401 {
		p.t.Error("expired:", status)
	}
	if status, _ := get(storage.MakePublicURLv2(domain, "a b/ü.txt")); status != 401 {
		p.t.Error("unsigned:", status)
	}
}

func (p *peer) put(key, body string) {
	p.t.Helper()
	p.ok(storage.NewFormUploader(p.cfg).Put(context.Background(), nil, p.token(storage.PutPolicy{Scope: "conform-open:" + key}), key, strings.NewReader(body), int64(len(body)), nil))
}

func (p *peer) management() {
	m := p.manager()
	p.put("m/a", "one")
	info, err := m.Stat("conform-open", "m/a")
	p.ok(err)
	if info.Fsize != 3 || info.Hash != etag.Of([]byte("one")) || time.Since(storage.ParsePutTime(info.PutTime)).Abs() > time.Hour {
		p.t.Errorf("%+v", info)
	}
	p.ok(m.Copy("conform-open", "m/a", "conform-shut", "m/b", false))
	p.put("m/c", "three")
	if err := m.Move("conform-open", "m/c", "conform-open", "m/a", false); code(err) != 614 {
		p.t.Error("move onto another:", err)
	}
	p.ok(m.Move("conform-open", "m/c", "conform-open", "m/a", true))
	p.ok(m.ChangeMime("conform-open", "m/a", "image/png"))
	p.ok(m.DeleteAfterDays("conform-open", "m/a", 7))
	p.ok(m.ChangeType("conform-open", "m/a", 0))
	if err := m.ChangeType("conform-open", "m/a", 1); code(err) != 400 {
		p.t.Error("another class:", err)
	}
	info, err = m.Stat("conform-open", "m/a")
	p.ok(err)
	if info.MimeType != "image/png" || info.Fsize != 5 {
		p.t.Errorf("%+v", info)
	}
	got, err := m.Batch([]string{storage.URIStat("conform-open", "m/a"), storage.URIStat("conform-open", "none"), storage.URIDelete("conform-shut", "m/b"),
		storage.URICopy("conform-open", "m/a", "conform-open", "m/d", true), storage.URIChangeMime("conform-open", "m/d", "text/css")})
	p.ok(err)
	var codes []int
	for _, one := range got {
		codes = append(codes, one.Code)
	}
	if !slices.Equal(codes, []int{200, 612, 200, 200, 200}) || got[0].Data.Fsize != 5 || got[1].Data.Error != "no such file or directory" {
		p.t.Errorf("%+v", got)
	}
	fetched, err := m.Fetch("http://"+p.host+"/conform-open/m/a", "conform-shut", "m/e")
	p.ok(err)
	if fetched.Fsize != 5 || fetched.Key != "m/e" {
		p.t.Errorf("%+v", fetched)
	}
	_, err = m.FetchWithoutKey("http://"+p.host+"/conform-open/m/a", "conform-shut")
	p.ok(err)
	p.ok(m.Delete("conform-open", "m/a"))
	if err := m.Delete("conform-open", "m/a"); code(err) != 612 {
		p.t.Error("delete twice:", err)
	}
	buckets, err := m.Buckets(false)
	p.ok(err)
	if !slices.Equal(buckets, []string{"conform-open", "conform-shut"}) {
		p.t.Error(buckets)
	}
	domains, err := m.ListBucketDomains("conform-shut")
	p.ok(err)
	if len(domains) != 0 {
		p.t.Error(domains)
	}
	about, err := m.GetBucketInfo("conform-shut")
	p.ok(err)
	if !about.IsPrivate() {
		p.t.Errorf("%+v", about)
	}
}

func (p *peer) lists() {
	for _, key := range []string{"l/a/1", "l/a/2", "l/b", "l/c/1"} {
		p.put(key, key)
	}
	m := p.manager()
	var keys, prefixes []string
	for marker, more := "", true; more; {
		items, common, next, has, err := m.ListFiles("conform-open", "l/", "/", marker, 2)
		p.ok(err)
		for _, i := range items {
			keys = append(keys, i.Key)
		}
		prefixes, marker, more = append(prefixes, common...), next, has
	}
	if !slices.Equal(keys, []string{"l/b"}) || !slices.Equal(prefixes, []string{"l/a/", "l/c/"}) {
		p.t.Error(keys, prefixes)
	}
	all, err := m.ListBucket("conform-open", "l/", "", "")
	p.ok(err)
	n := 0
	for range all {
		n++
	}
	if n != 4 {
		p.t.Error(n, "of 4")
	}
}

func (p *peer) refusals() {
	up := storage.NewFormUploader(p.cfg)
	try := func(policy storage.PutPolicy, mac *auth.Credentials) int {
		return code(up.Put(context.Background(), nil, policy.UploadToken(mac), "k", strings.NewReader("x"), 1, nil))
	}
	for name, got := range map[string][2]int{
		"wrong secret":   {401, try(storage.PutPolicy{Scope: "conform-open"}, auth.New(p.access, "wrong"))},
		"unknown bucket": {631, try(storage.PutPolicy{Scope: "nowhere"}, p.mac)},
		"other key":      {403, try(storage.PutPolicy{Scope: "conform-open:other"}, p.mac)},
		"too small":      {403, try(storage.PutPolicy{Scope: "conform-open", FsizeMin: 2}, p.mac)},
		"not honoured":   {400, try(storage.PutPolicy{Scope: "conform-open", PersistentOps: "avthumb/mp4"}, p.mac)},
	} {
		if got[0] != got[1] {
			p.t.Errorf("%s: %d, want %d", name, got[1], got[0])
		}
	}
	if _, err := storage.NewBucketManager(auth.New(p.access, "wrong"), p.cfg).Stat("conform-open", "x"); code(err) != 401 {
		p.t.Error(err)
	}
}
