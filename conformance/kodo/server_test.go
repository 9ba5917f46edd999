// Package kodo drives the product's binary with Qiniu's own SDKs, unmodified. It is a
// module of its own so that they stay out of the product.
package kodo

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/bucket"
)

// patience bounds every wait for the binary; it is no measure of speed.
const patience = 60 * time.Second

// server is the binary at work, with two buckets and a key for them.
type server struct {
	host           string // 127.0.0.1:port
	access, secret string
}

// start builds the binary, sets up a data directory, and serves from it. callbacks
// may go to this machine.
func start(t *testing.T) *server {
	t.Helper()
	dir := t.TempDir()
	bin, data := filepath.Join(dir, "stoa"), filepath.Join(dir, "data")
	command(t, "", "go", "build", "-C", "../..", "-o", bin, ".")
	command(t, "correct-horse-battery-staple\n", bin, "init", "--data", data, "--admin", "steward", "--password-stdin")
	s := &server{}
	s.provide(t, data)
	cmd := exec.Command(bin, "serve", "--data", data, "--listen", "127.0.0.1:0")
	cmd.Env = append(environment(), "STOA_EGRESS_ALLOW=127.0.0.1")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			lines := strings.Split(strings.TrimSpace(string(text)), "\n")
			t.Logf("the server's log ends with:\n%s", strings.Join(lines[max(0, len(lines)-20):], "\n"))
		}
		log.Close()
	})
	address := regexp.MustCompile(`http://(\S+)`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := address.FindStringSubmatch(lines.Text()); m != nil {
			s.host = m[1]
			return s
		}
	}
	t.Fatal("the server did not say where it serves")
	return nil
}

// provide makes the buckets and the key, as an administrator does in the console.
func (s *server) provide(t *testing.T, data string) {
	t.Helper()
	c := app.Default()
	c.DataDir = data
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	a, err := app.Open(ctx, c, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var by access.Actor
	for id := uint64(1); id < 20 && by.Account == 0; id++ {
		if got, err := a.Session.Acting(ctx, id, 0); err == nil && got.Super() {
			by = got
		}
	}
	for name, private := range map[string]bool{"conform-open": false, "conform-shut": true} {
		if _, err := a.Bucket.Create(ctx, by, bucket.New{Name: name, Private: private}); err != nil {
			t.Fatal(err)
		}
	}
	key, secret, err := a.AccessKey.Create(ctx, by, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	s.access, s.secret = key.Access, secret
}

func environment() []string {
	var out []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "STOA_") {
			out = append(out, kv)
		}
	}
	return out
}

func command(t *testing.T, stdin, name string, args ...string) {
	t.Helper()
	c := exec.Command(name, args...)
	c.Env = environment()
	c.Stdin = strings.NewReader(stdin)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("%s: %w\n%s", name, err, out))
	}
}
