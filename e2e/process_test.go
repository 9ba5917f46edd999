// Package e2e tests the binary from outside: it is built, started on an empty
// directory, used, stopped and killed as an operator's would be.
package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for the binary; it is no measure of speed.
const patience = 60 * time.Second

// The administrator of every test's installation.
const (
	admin    = "steward"
	password = "correct-horse-battery-staple"
)

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "stoa-e2e-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "stoa")
	out, err := exec.Command("go", "build", "-o", bin, "stoa").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := build(); err == nil {
		os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

// binary is the product, built once.
func binary(t *testing.T) string {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// environment is that of the test without what configures the product.
func environment(more ...string) []string {
	var out []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "STOA_") && !strings.HasPrefix(kv, "NOTIFY_SOCKET=") && !strings.HasPrefix(kv, "CREDENTIALS_DIRECTORY=") {
			out = append(out, kv)
		}
	}
	return append(out, more...)
}

// command runs a subcommand to its end.
func command(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	c := exec.Command(binary(t), args...)
	c.Env = environment()
	c.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// server is a running binary.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	out  *lines // standard output
	log  *lines // standard error
	done chan struct{}
}

// start runs the server on a data directory and a free port, and waits until
// it is ready.
func start(t *testing.T, dir string, more ...string) *server {
	t.Helper()
	s := &server{t: t, cmd: exec.Command(binary(t), "serve", "--data", dir, "--listen", "127.0.0.1:0"), out: newLines(), log: newLines(), done: make(chan struct{})}
	s.cmd.Env = environment(more...)
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.cmd.Wait()
		close(s.done)
	}()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		<-s.done
		if t.Failed() {
			t.Logf("the server's log ends with:\n%s", s.log.tail(20))
		}
	})
	s.url = s.out.match(t, `stoa serves on (http://\S+)`)
	wait(t, "the server is ready", func() bool { return s.get("/readyz").status == 200 })
	return s
}

// end is the exit code, once the server has ended.
func (s *server) end() int {
	s.t.Helper()
	select {
	case <-s.done:
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		s.t.Fatal("the server does not end")
		return -1
	}
}

func (s *server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// wait polls until a condition holds.
func wait(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%s: not within %s", what, patience)
}

// answer is a status with the body, and its JSON where it is some.
type answer struct {
	status int
	header http.Header
	raw    string
	json   map[string]any
}

// at walks the JSON by keys and gives text; "" where there is nothing.
func (a answer) at(keys ...string) string {
	var v any = a.json
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	if v == nil {
		return ""
	}
	if f, ok := v.(float64); ok {
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprint(v)
}

// call makes one request; one that gets no answer has status 0.
func (s *server) call(method, path, kind, body string, header ...string) answer {
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		return answer{raw: err.Error()}
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		return answer{raw: err.Error()}
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{raw: err.Error()}
	}
	a := answer{status: res.StatusCode, header: res.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.json)
	return a
}

func (s *server) get(path string, header ...string) answer {
	return s.call("GET", path, "", "", header...)
}

// post sends v as JSON.
func (s *server) post(path string, v any, header ...string) answer {
	body, err := json.Marshal(v)
	if err != nil {
		return answer{raw: err.Error()}
	}
	return s.call("POST", path, "application/json", string(body), header...)
}

type object map[string]any

// signIn signs in through the native API and gives the header that says so.
func (s *server) signIn(login, password string) []string {
	s.t.Helper()
	a := s.post("/v1/sessions", object{"login": login, "password": password})
	if a.status != 201 {
		s.t.Fatalf("sign-in of %s: %d %s", login, a.status, a.raw)
	}
	return []string{"Authorization", "Bearer " + a.at("token")}
}

// installed is a data directory set up without a browser.
func installed(t *testing.T, flags ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	code, _, stderr := command(t, password+"\n", append([]string{"init", "--data", dir, "--admin", admin, "--password-stdin"}, flags...)...)
	if code != 0 {
		t.Fatalf("init: %d %s", code, stderr)
	}
	return dir
}

// lines collects what a process prints.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func newLines() *lines { return &lines{} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// match waits for a line and gives the first group of the pattern.
func (l *lines) match(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	var found string
	wait(t, "the output has "+pattern, func() bool {
		if m := re.FindStringSubmatch(l.String()); m != nil {
			found = m[len(m)-1]
			return true
		}
		return false
	})
	return found
}

// tail is the last lines, without those of requests that went well: they would
// push out of sight why a test failed.
func (l *lines) tail(n int) string {
	var all []string
	for scan := bufio.NewScanner(strings.NewReader(l.String())); scan.Scan(); {
		if s := scan.Text(); !strings.HasPrefix(s, `{"level":"info"`) || !strings.HasSuffix(s, `"message":"request"}`) {
			all = append(all, s)
		}
	}
	return strings.Join(all[max(0, len(all)-n):], "\n")
}
