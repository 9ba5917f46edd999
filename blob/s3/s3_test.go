package s3_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"stoa/blob"
	"stoa/blob/blobtest"
	"stoa/blob/s3"
	"stoa/blob/s3/s3test"
)

func TestContract(t *testing.T) {
	server := s3test.Start(t, "contract")
	n := 0
	blobtest.Run(t, func(*testing.T) blob.Store {
		n++
		return server.Open("contract", fmt.Sprintf("run/%d/", n))
	})
}

// noise is n bytes, the same for the same n.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)})
	_, _ = r.Read(b)
	return b
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func put(t *testing.T, s blob.Store, name string, body []byte) {
	t.Helper()
	if _, err := s.Put(t.Context(), name, bytes.NewReader(body), blob.Put{}); err != nil {
		t.Fatal(err)
	}
}

func TestPartsMakeOneBlob(t *testing.T) {
	server := s3test.Start(t, "parts")
	s := server.Open("parts", "")
	for _, n := range []int{8<<20 - 1, 8 << 20, 8<<20 + 1, 16 << 20, 20<<20 + 7} {
		body := noise(n)
		for _, o := range []blob.Put{{}, {Size: int64(n), SHA256: sum(body), Type: "video/mp4"}} {
			info, err := s.Put(t.Context(), "x", iotest.HalfReader(bytes.NewReader(body)), o)
			if err != nil || info.Size != int64(n) || info.SHA256 != sum(body) {
				t.Fatalf("%d bytes: %+v %v", n, info, err)
			}
			if err := blob.Check(t.Context(), s, "x", int64(n), sum(body)); err != nil {
				t.Errorf("%d bytes: %v", n, err)
			}
		}
		r, info, err := s.Get(t.Context(), "x", blob.Range{Offset: int64(n) - 5, Length: 100})
		if err != nil || info.Size != int64(n) {
			t.Fatal(info, err)
		}
		if tail, err := io.ReadAll(r); err != nil || !bytes.Equal(tail, body[n-5:]) {
			t.Errorf("the last bytes of %d: %x %v", n, tail, err)
		}
		_ = r.Close()
	}
}

// What fails in the middle of an upload in parts leaves the blob as it was, and
// no part of it on the server.
func TestFailedUploadInPartsLeavesNothing(t *testing.T) {
	server := s3test.Start(t, "failed")
	s := server.Open("failed", "p/")
	put(t, s, "x", []byte("as it was"))
	broken, body := errors.New("the sender went away"), noise(20<<20)
	for _, c := range []struct {
		body io.Reader
		o    blob.Put
		want error
	}{
		{io.MultiReader(bytes.NewReader(body), iotest.ErrReader(broken)), blob.Put{}, broken},
		{bytes.NewReader(body), blob.Put{Size: 21 << 20}, blob.ErrSum},
		{bytes.NewReader(body), blob.Put{SHA256: sum(nil)}, blob.ErrSum},
		{bytes.NewReader(body), blob.Put{Limit: 19 << 20}, blob.ErrTooLarge},
		{bytes.NewReader(nil), blob.Put{Size: s3.MaxSize + 1}, blob.ErrTooLarge},
	} {
		if _, err := s.Put(t.Context(), "x", c.body, c.o); !errors.Is(err, c.want) {
			t.Errorf("got %v, want %v", err, c.want)
		}
		if got := server.Objects("failed"); len(got) != 1 || got[0] != "p/x!" {
			t.Errorf("%v leaves %v", c.want, got)
		}
	}
	if err := blob.Check(t.Context(), s, "x", 9, sum([]byte("as it was"))); err != nil {
		t.Error(err)
	}
}

// What belongs to others in the bucket is not listed, and nobody's upload but our
// own is given up.
func TestOthersObjectsAreLeftAlone(t *testing.T) {
	server := s3test.Start(t, "shared")
	ours, theirs := server.Open("shared", "stoa/"), server.Open("shared", "")
	put(t, ours, "a/b", []byte("ours"))
	put(t, theirs, "else", []byte("theirs"))
	put(t, theirs, "stoa/theirs", []byte("as if it were ours")) // has our mark and our prefix: ours by all we know
	all, next, err := ours.List(t.Context(), "", "", 10)
	if err != nil || next != "" || len(all) != 2 || all[0].Name != "a/b" || all[1].Name != "theirs" {
		t.Errorf("%+v %q %v", all, next, err)
	}
}

// An upload that a crash cut off shows in no list; Tidy gives it up, in time.
func TestTidy(t *testing.T) {
	server := s3test.Start(t, "tidy")
	s := server.Open("tidy", "p/")
	held, hold := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := s.Put(t.Context(), "big", held, blob.Put{})
		done <- err
	}()
	if _, err := hold.Write(noise(17 << 20)); err != nil { // the first part is there when the third one begins
		t.Fatal(err)
	}
	if all, _, err := s.List(t.Context(), "", "", 10); err != nil || len(all) != 0 {
		t.Errorf("listed: %v %v", all, err)
	}
	if n, err := s.Tidy(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("given up too early: %d %v", n, err)
	}
	if n, err := s.Tidy(t.Context(), time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("given up: %d %v", n, err)
	}
	if got := server.Objects("tidy"); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
	_ = hold.Close()
	if err := <-done; err == nil {
		t.Error("an upload that was given up succeeded")
	}
}

func TestLink(t *testing.T) {
	server := s3test.Start(t, "links")
	s := server.Open("links", "p/")
	put(t, s, "a/x", []byte("for anybody"))
	link, err := s.Link(t.Context(), "a/x", time.Minute, "text/plain", `attachment; filename="x.txt"`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		url  string
		want int
	}{{link, 200}, {strings.Replace(link, "X-Amz-Signature=", "X-Amz-Signature=0", 1), 403}} {
		res, err := http.Get(c.url) //nolint:noctx // loopback
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != c.want {
			t.Errorf("%d %s %v, want %d", res.StatusCode, body, err, c.want)
		}
		if c.want == 200 && (string(body) != "for anybody" || res.Header.Get("Content-Type") != "text/plain") {
			t.Errorf("%q as %q", body, res.Header.Get("Content-Type"))
		}
	}
}

func reason(err error) s3.Reason {
	var e *s3.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Reason
}

func TestReasons(t *testing.T) {
	server := s3test.Start(t, "there")
	for name, c := range map[string]struct {
		change func(*s3.Options)
		want   s3.Reason
	}{
		"no bucket":   {func(o *s3.Options) { o.Bucket = "absent" }, s3.NoBucket},
		"key":         {func(o *s3.Options) { o.Key = "unknown" }, s3.BadKey},
		"secret":      {func(o *s3.Options) { o.Secret = "wrong-secret-of-the-key" }, s3.BadSecret},
		"no https":    {func(o *s3.Options) { o.Endpoint = server.Host }, s3.Foreign},
		"no server":   {func(o *s3.Options) { o.Endpoint = "http://127.0.0.1:1" }, s3.Unreachable},
		"nobody":      {func(o *s3.Options) { o.Endpoint = "http://s3.invalid" }, s3.Unreachable},
		"as it is":    {func(*s3.Options) {}, ""},
		"behind host": {func(o *s3.Options) { o.Endpoint += "/there/" }, ""},
	} {
		o := s3.Options{Endpoint: server.URL, Bucket: "there", Key: server.Key, Secret: server.Secret, Patience: -1}
		c.change(&o)
		s, err := s3.Open(o)
		if err != nil {
			t.Fatal(name, err)
		}
		_, err = s.Put(t.Context(), "x", strings.NewReader("x"), blob.Put{})
		if reason(err) != c.want || c.want == "" && err != nil {
			t.Errorf("%s: put: %v", name, err)
		}
		_, err = s.Stat(t.Context(), "absent")
		if c.want == "" && !errors.Is(err, blob.ErrNotFound) || c.want != "" && (err == nil || errors.Is(err, blob.ErrNotFound)) {
			t.Errorf("%s: stat: %v", name, err)
		}
		_, _, err = s.List(t.Context(), "", "", 1)
		if reason(err) != c.want {
			t.Errorf("%s: list: %v", name, err)
		}
	}
}

// counted counts requests, and answers the first ones itself.
type counted struct {
	n     atomic.Int32
	fails int32
	code  int
}

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.n.Add(1) <= c.fails {
		return &http.Response{StatusCode: c.code, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	return http.DefaultTransport.RoundTrip(r)
}

// A server that is busy or fails for a moment is asked again; one that refuses is
// not.
func TestAskedAgain(t *testing.T) {
	server := s3test.Start(t, "again")
	for _, c := range []struct {
		code    int
		succeed bool
	}{{503, true}, {500, true}, {429, true}, {403, false}, {400, false}} {
		way := &counted{fails: 4, code: c.code}
		s, err := s3.Open(s3.Options{Endpoint: server.URL, Region: "us-east-1", Bucket: "again", Key: server.Key, Secret: server.Secret, Transport: way})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.Put(t.Context(), "x", strings.NewReader("x"), blob.Put{}); (err == nil) != c.succeed {
			t.Errorf("%d: %v", c.code, err)
		}
		if n := way.n.Load(); !c.succeed && n > 2 {
			t.Errorf("%d: asked %d times", c.code, n)
		}
	}
}

func TestEndpoints(t *testing.T) {
	for in, want := range map[string]string{
		"s3.example.com": "s3.example.com true", " S3.Example.com:9000 ": "s3.example.com:9000 true", "http://10.0.0.1:7070/": "10.0.0.1:7070 false",
		"https://shop.s3.example.com": "s3.example.com true", "https://s3.example.com/shop": "s3.example.com true", "http://[::1]:9000": "[::1]:9000 false",
		"shop.example": "shop.example true", "ftp://x.example.com": "", "https://a:b@x.example.com": "", "https://x.example.com/other": "", "https://x.example.com?a=b": "",
		"": "", "http://": "", "a b": "", "http://é.example.com": "", "http://[::1": "",
	} {
		host, secure, err := s3.ParseEndpoint(in, "shop")
		if got := fmt.Sprint(host, " ", secure); (err != nil) != (want == "") || err == nil && got != want {
			t.Errorf("%q: %s %v, want %q", in, got, err, want)
		}
	}
}

func FuzzEndpoint(f *testing.F) {
	for _, s := range []string{"s3.example.com", "http://127.0.0.1:7070/x", "https://[::1]", "://", "http://a%20b/"} {
		f.Add(s, "x")
	}
	f.Fuzz(func(_ *testing.T, text, bucket string) {
		s, err := s3.Open(s3.Options{Endpoint: text, Bucket: bucket, Key: "k", Secret: "s"})
		if err == nil {
			_ = s.Close()
		}
	})
}

// Uploads side by side, and one after another, never share a buffer.
func TestUploadsSideBySide(t *testing.T) {
	server := s3test.Start(t, "side")
	s := server.Open("side", "")
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for round := range 3 {
				body, name := noise(17<<20+i), fmt.Sprintf("x-%d-%d", i, round)
				info, err := s.Put(t.Context(), name, bytes.NewReader(body), blob.Put{})
				if err != nil || info.SHA256 != sum(body) {
					t.Errorf("%+v %v", info, err)
				}
				if err := blob.Check(t.Context(), s, name, int64(len(body)), sum(body)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
