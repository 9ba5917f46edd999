package s3_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stoa/blob"
	"stoa/blob/s3"
	"stoa/blob/s3/s3test"
)

// at calls fn once, when so many bytes were read.
type at struct {
	io.Reader
	n    int
	fn   func()
	once sync.Once
}

func (a *at) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if a.n -= n; a.n <= 0 {
		a.once.Do(a.fn)
	}
	return n, err
}

// The server is killed in the middle of uploads and of a download, and comes back
// after a while: all of them succeed, with the right bytes.
func TestServerKilledAndBackMeanwhile(t *testing.T) {
	server := s3test.Start(t, "kill")
	s := server.Open("kill", "p/")
	body := noise(40 << 20)
	put(t, s, "there", body)
	for i, when := range []int{1, 12 << 20, 39 << 20, 12 << 20} {
		_, err := s.Put(t.Context(), "up", &at{Reader: bytes.NewReader(body), n: when, fn: func() {
			server.Kill()
			time.AfterFunc(500*time.Millisecond, server.Restart)
		}}, blob.Put{Size: int64(len(body) * (i % 2))}) // known and unknown
		if err != nil {
			t.Errorf("killed after %d bytes: %v", when, err)
		}
		if err := blob.Check(t.Context(), s, "up", int64(len(body)), sum(body)); err != nil {
			t.Errorf("killed after %d bytes: %v", when, err)
		}
	}
	r, _, err := s.Get(t.Context(), "there", blob.Range{Offset: 5, Length: int64(len(body)) - 10})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(&at{Reader: r, n: 10 << 20, fn: func() {
		server.Kill()
		time.AfterFunc(500*time.Millisecond, server.Restart)
	}})
	if err != nil || !bytes.Equal(got, body[5:len(body)-5]) {
		t.Errorf("downloaded %d bytes, %v", len(got), err)
	}
	_ = r.Close()
}

// The server stays away: the upload fails, in bounded time, and when the server
// is back there is nothing of it but what Tidy gives up.
func TestServerKilledForGood(t *testing.T) {
	server := s3test.Start(t, "gone")
	s := server.Open("gone", "")
	put(t, s, "x", []byte("as it was"))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Put(ctx, "x", &at{Reader: bytes.NewReader(noise(30 << 20)), n: 20 << 20, fn: func() {
		server.Kill()
		time.AfterFunc(time.Second, cancel)
	}}, blob.Put{})
	if err == nil || errors.Is(err, blob.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	server.Restart()
	if err := blob.Check(t.Context(), s, "x", 9, sum([]byte("as it was"))); err != nil {
		t.Error(err)
	}
	if _, err := s.Tidy(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if got := server.Objects("gone"); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
}

// The server is killed while it joins the parts; started again it says that they are
// joined and has no object. The upload does not believe it. (The kill is made
// after the fact: a proxy breaks the connection off and leaves the server's files
// as they lie in the middle of the joining.)
func TestServerKilledWhileItJoins(t *testing.T) {
	server := s3test.Start(t, "join")
	target, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	body := noise(20 << 20)
	forward, joins := httputil.NewSingleHostReverseProxy(target), atomic.Int32{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("uploadId")
		if r.Method == http.MethodPost && id != "" && joins.Add(1) == 1 {
			server.Kill()
			claim(t, server, "join", id, body)
			server.Restart()
			panic(http.ErrAbortHandler)
		}
		forward.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	s, err := s3.Open(s3.Options{Endpoint: proxy.URL, Bucket: "join", Key: server.Key, Secret: server.Secret, Patience: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var failed *s3.Error
	if _, err := s.Put(t.Context(), "x", bytes.NewReader(body), blob.Put{}); !errors.As(err, &failed) || failed.Reason != s3.Failed {
		t.Errorf("got %v", err)
	}
	if joins.Load() < 2 {
		t.Errorf("asked to join %d times", joins.Load())
	}
	if _, err := s.Put(t.Context(), "x", bytes.NewReader(body), blob.Put{}); err != nil {
		t.Error(err)
	}
	if err := blob.Check(t.Context(), s, "x", int64(len(body)), sum(body)); err != nil {
		t.Error(err)
	}
}

// claim leaves an upload in parts of 8 MiB as versitygw does that was killed while
// it joined them.
func claim(t *testing.T, server *s3test.Server, bucket, id string, body []byte) {
	t.Helper()
	whole, parts := md5.New(), 0
	for part := range slices.Chunk(body, 8<<20) {
		one := md5.Sum(part)
		_, _ = whole.Write(one[:])
		parts++
	}
	for _, root := range []string{filepath.Join("data", bucket), filepath.Join("meta", bucket)} {
		found, err := filepath.Glob(filepath.Join(server.Dir, root, ".sgwtmp", "multipart", "*", id))
		if err != nil || len(found) != 1 {
			t.Errorf("%s: %v %v", root, found, err)
			return
		}
		if err := os.Rename(found[0], fmt.Sprintf("%s.%x-%d.inprogress", found[0], whole.Sum(nil), parts)); err != nil {
			t.Error(err)
		}
	}
}

// zeros is an endless body.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A stream holds less than 64 MiB whatever its size. STOA_LARGE is the size, in
// GiB; it takes some ten seconds a GiB.
func TestMemoryOfALargeStream(t *testing.T) {
	gib, err := strconv.Atoi(os.Getenv("STOA_LARGE"))
	if err != nil {
		t.Skip("STOA_LARGE=5 makes this a test with 5 GiB")
	}
	server := s3test.Start(t, "large")
	s := server.Open("large", "")
	var peak uint64
	ctx, cancel := context.WithCancel(t.Context())
	var watch sync.WaitGroup
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	watch.Go(func() {
		for ctx.Err() == nil {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse+m.StackInuse)
			time.Sleep(20 * time.Millisecond)
		}
	})
	size := int64(gib) << 30
	start := time.Now()
	info, err := s.Put(t.Context(), "x", io.LimitReader(zeros{}, size), blob.Put{})
	if err != nil {
		t.Fatal(err)
	}
	up := time.Since(start)
	start = time.Now()
	if err := blob.Check(t.Context(), s, "x", size, info.SHA256); err != nil {
		t.Fatal(err)
	}
	down := time.Since(start)
	cancel()
	watch.Wait()
	used := (peak - before.HeapInuse - before.StackInuse) >> 20
	t.Logf("%d GiB: up in %v, down in %v, %d MiB of memory at most", gib, up.Round(time.Second), down.Round(time.Second), used)
	if used >= 64 {
		t.Errorf("%d MiB", used)
	}
}

// A server that is away is found out before the body is read, if its size is known:
// it can still go elsewhere.
func TestBodyIsLeftAloneWhenTheServerIsAway(t *testing.T) {
	s, err := s3.Open(s3.Options{Endpoint: "http://127.0.0.1:1", Bucket: "away", Key: "k", Secret: "s", Patience: -1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Put(t.Context(), "x", &at{Reader: zeros{}, fn: func() { t.Error("the body was read") }}, blob.Put{Size: 9 << 20})
	if reason(err) != s3.Unreachable {
		t.Errorf("got %v", err)
	}
}
