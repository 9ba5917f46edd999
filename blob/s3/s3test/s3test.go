// Package s3test starts a real S3 server, versitygw, for tests: on a free port of
// the loopback, over a temporary directory. It can be killed and started again.
package s3test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/blob/s3"
)

// Install says how the server is had.
const Install = "go install github.com/versity/versitygw/cmd/versitygw@v1.8.0"

// Server is a running versitygw.
type Server struct {
	URL    string // http://127.0.0.1:port
	Host   string // 127.0.0.1:port
	Key    string
	Secret string
	Dir    string // its buckets are the directories in it

	t      testing.TB
	binary string
	mu     sync.Mutex // tests kill and restart it from timers
	run    *exec.Cmd
}

// Start starts a server with the given buckets. The test is skipped, with the
// reason, if neither STOA_VERSITYGW nor the path has the program.
func Start(t testing.TB, buckets ...string) *Server {
	t.Helper()
	binary := os.Getenv("STOA_VERSITYGW")
	if binary == "" {
		var err error
		if binary, err = exec.LookPath("versitygw"); err != nil {
			t.Skip("versitygw is not installed (" + Install + ", or STOA_VERSITYGW)")
		}
	}
	host := freeAddress(t)
	s := &Server{URL: "http://" + host, Host: host, Key: "test-key", Secret: "test-secret-0123456789", Dir: t.TempDir(), t: t, binary: binary}
	for _, b := range buckets {
		s.MakeBucket(b)
	}
	s.Restart()
	t.Cleanup(s.Kill)
	return s
}

func freeAddress(t testing.TB) string {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// MakeBucket makes a bucket.
func (s *Server) MakeBucket(name string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Join(s.Dir, "data", name), 0o700); err != nil {
		s.t.Fatal(err)
	}
}

// RemoveBucket removes a bucket with all that is in it.
func (s *Server) RemoveBucket(name string) {
	s.t.Helper()
	if err := os.RemoveAll(filepath.Join(s.Dir, "data", name)); err != nil {
		s.t.Fatal(err)
	}
}

// Restart starts the server, which is not running, on the port it had, and waits
// until it answers.
func (s *Server) Restart() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	meta, data := filepath.Join(s.Dir, "meta"), filepath.Join(s.Dir, "data")
	if err := errors.Join(os.MkdirAll(meta, 0o700), os.MkdirAll(data, 0o700)); err != nil {
		s.t.Fatal(err)
	}
	s.run = exec.Command(s.binary, "--quiet", "--keep-alive", "--port", s.Host, "posix", "--sidecar", meta, data) //nolint:gosec,noctx // Kill ends it
	s.run.Env = []string{"ROOT_ACCESS_KEY=" + s.Key, "ROOT_SECRET_KEY=" + s.Secret, "HOME=" + s.Dir}
	if err := s.run.Start(); err != nil {
		s.t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var d net.Dialer
		if c, err := d.DialContext(context.Background(), "tcp", s.Host); err == nil {
			_ = c.Close()
			return
		}
	}
	s.t.Fatal("versitygw does not listen")
}

// Kill ends the server at once, as a power cut would.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return
	}
	_ = s.run.Process.Kill()
	_ = s.run.Wait()
	s.run = nil
}

// Open opens a bucket of the server's, below a prefix.
func (s *Server) Open(bucket, prefix string) *s3.Store {
	s.t.Helper()
	store, err := s3.Open(s3.Options{Endpoint: s.URL, Bucket: bucket, Prefix: prefix, Key: s.Key, Secret: s.Secret})
	if err != nil {
		s.t.Fatal(err)
	}
	return store
}

// Objects are the keys of all objects in a bucket, of unfinished uploads too, as
// they lie on the server's disk. Parts that the server was joining when it was
// killed are left out: its protocol neither shows nor removes them.
func (s *Server) Objects(bucket string) []string {
	s.t.Helper()
	root, out := filepath.Join(s.Dir, "data", bucket), []string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err == nil && d.IsDir() && strings.HasSuffix(path, ".inprogress") {
			return filepath.SkipDir
		}
		if err == nil && !d.IsDir() {
			out = append(out, strings.TrimPrefix(path, root+string(filepath.Separator)))
		}
		return err
	})
	if err != nil {
		s.t.Fatal(fmt.Errorf("the bucket can't be read: %w", err))
	}
	return out
}
