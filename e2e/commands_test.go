package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestSetupByTheLinkThatTheStartPrints(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := start(t, dir)
	token := s.out.match(t, `/console/setup#token=(\S+)`)
	if a := s.get("/v1/setup"); a.at("needed") != "true" {
		t.Errorf("before: %s", a.raw)
	}
	in := object{"token": "wrong", "name": admin, "password": password}
	if a := s.post("/v1/setup", in); a.status < 400 || a.status > 499 {
		t.Errorf("with a wrong token: %d %s", a.status, a.raw)
	}
	in["token"] = token
	if a := s.post("/v1/setup", in); a.status != 201 {
		t.Fatalf("setup: %d %s", a.status, a.raw)
	}
	if a := s.post("/v1/setup", in); a.status < 400 || a.status > 499 {
		t.Errorf("a second time: %d %s", a.status, a.raw)
	}
	me := s.get("/v1/me", s.signIn(admin, password)...)
	if me.at("account", "name") != admin {
		t.Errorf("me: %s", me.raw)
	}
	if code, _, stderr := command(t, password+"\n", "init", "--data", dir, "--admin", "second", "--password-stdin"); code != 1 || !strings.Contains(stderr, "set up already") {
		t.Errorf("init after it: %d %s", code, stderr)
	}
}

// The commands work with and without a running server, and say the same.
func TestCommandsOnTheStore(t *testing.T) {
	dir := installed(t, "--sample")
	running := false
	for range 2 {
		if code, out, stderr := command(t, "", "check", "--data", dir); code != 0 || !strings.Contains(out, "rows") || !strings.Contains(out, "action log") {
			t.Errorf("check, server running %v: %d %s %s", running, code, out, stderr)
		}
		if code, out, stderr := command(t, "", "audit", "verify", "--data", dir); code != 0 || !strings.Contains(out, "as they were written") {
			t.Errorf("audit verify, server running %v: %d %s %s", running, code, out, stderr)
		}
		if code, out, _ := command(t, "", "account", "reset", admin, "--data", dir); code != 0 || !strings.Contains(out, "http://") {
			t.Errorf("account reset, server running %v: %d %s", running, code, out)
		}
		if code, _, stderr := command(t, "", "account", "reset", "nobody", "--data", dir); code != 1 || stderr == "" {
			t.Errorf("account reset of nobody, server running %v: %d %s", running, code, stderr)
		}
		if !running {
			start(t, dir)
			running = true
		}
	}
	info, err := os.Stat(filepath.Join(dir, "control.sock"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the control socket: %v %v", info, err)
	}
}

func TestSecondProcessOnOneDirectory(t *testing.T) {
	dir := installed(t)
	s := start(t, dir)
	code, _, stderr := command(t, "", "serve", "--data", dir, "--listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(stderr, "another process uses the data directory "+dir) {
		t.Errorf("%d %s", code, stderr)
	}
	if a := s.get("/readyz"); a.status != 200 {
		t.Errorf("the first one after it: %d", a.status)
	}
}

func TestWrongUsageAndConfiguration(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "stoa.toml")
	if err := os.WriteFile(bad, []byte("[limits]\nbodi = \"1MiB\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"serve", "--config", bad, "--data", dir}, 1, "unknown key limits.bodi; did you mean limits.body?"},
		{[]string{"config", "check", "--config", bad}, 1, "limits.body"},
		{[]string{"--listen", "8080", "--data", dir}, 1, `listen = "8080": host:port`},
		{[]string{"serve", "--config", bad + ".none"}, 1, "no such file"},
		{[]string{"serve", "--colour"}, 2, "colour"},
		{[]string{"dance"}, 2, `no command "dance"`},
		{[]string{"account", "reset"}, 2, "usage: stoa account reset NAME"},
		{[]string{"init", "--data", dir}, 2, "usage: stoa init"},
	} {
		code, _, stderr := command(t, "", c.args...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: %d %s", c.args, code, stderr)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a refused start made the data directory")
	}
	for _, args := range [][]string{{"help"}, {"help", "serve"}, {"init", "-h"}, {"version"}, {"config"}, {"config", "check"}} {
		if code, out, stderr := command(t, "", args...); code != 0 || out == "" {
			t.Errorf("%v: %d %q %q", args, code, out, stderr)
		}
	}
}

// A running request is finished, an event stream is ended, new connections are
// refused, and the exit code is 0.
func TestTerminationDrains(t *testing.T) {
	s := start(t, installed(t))
	address := strings.TrimPrefix(s.url, "http://")
	auth := s.signIn(admin, password)
	streamEnded := make(chan answer, 1)
	go func() { streamEnded <- s.get("/v1/events", auth...) }()
	wait(t, "the stream is open", func() bool {
		return strings.Contains(s.get("/metrics").raw, "stoa_http_requests_in_flight 2")
	})
	slow, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	body := `{"login":"` + admin + `","password":"` + password + `"}`
	head := "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	if _, err := slow.Write([]byte(head + body[:10])); err != nil {
		t.Fatal(err)
	}
	wait(t, "the slow request is in flight", func() bool {
		return strings.Contains(s.get("/metrics").raw, "stoa_http_requests_in_flight 3")
	})
	s.signal(syscall.SIGTERM)
	wait(t, "new connections are refused", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if _, err := slow.Write([]byte(body[10:])); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 12)
	if _, err := slow.Read(got); err != nil || string(got) != "HTTP/1.1 201" {
		t.Errorf("the running request: %q %v", got, err)
	}
	if a := <-streamEnded; a.status != 200 {
		t.Errorf("the stream: %d %s", a.status, a.raw)
	}
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// systemd is told when the server is ready and when it stops; SIGHUP takes up
// the log level and names what needs a restart.
func TestNotifyAndReload(t *testing.T) {
	dir, config := installed(t), filepath.Join(t.TempDir(), "stoa.toml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sock := filepath.Join(shortDir(t), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: sock, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	heard := func() string {
		buf := make([]byte, 100)
		n, err := l.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	s := start(t, dir, "NOTIFY_SOCKET="+sock, "STOA_CONFIG="+config)
	if got := heard(); got != "READY=1" {
		t.Errorf("at first: %q", got)
	}
	if err := os.WriteFile(config, []byte("[log]\nlevel = \"debug\"\n[session]\nidle = \"3h\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.signal(syscall.SIGHUP)
	s.log.match(t, `"level":"debug","need_restart":\["session.idle"\]`)
	s.signal(syscall.SIGTERM)
	if got := heard(); got != "STOPPING=1" {
		t.Errorf("at the end: %q", got)
	}
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// shortDir is a temporary directory whose sockets have short paths.
func shortDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/tmp", "e2e")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// A backup of a running server, restored elsewhere, is served as it was; the key
// comes from its file, from the backup, or is asked for.
func TestBackupAndRestore(t *testing.T) {
	dir, at := installed(t, "--sample"), t.TempDir()
	s := start(t, dir)
	file, full := filepath.Join(at, "one.backup"), filepath.Join(at, "two.backup")
	if code, out, stderr := command(t, "", "backup", file, "--data", dir); code != 0 || !strings.Contains(out, "SHA-256") || !strings.Contains(out, "needed to restore") {
		t.Fatalf("backup: %d %s %s", code, out, stderr)
	}
	if code, _, stderr := command(t, "", "backup", file, "--data", dir); code != 1 || !strings.Contains(stderr, "exists") {
		t.Errorf("over a file that is there: %d %s", code, stderr)
	}
	if code, _, stderr := command(t, "", "backup", full, "--with-key", "--data", dir); code != 0 {
		t.Fatalf("backup with key: %d %s", code, stderr)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	s.signal(syscall.SIGTERM)
	s.end()
	if code, out, _ := command(t, "", "backup", "verify", file); code != 0 || !strings.Contains(out, "whole") {
		t.Errorf("verify: %d %s", code, out)
	}
	for name, args := range map[string][]string{"key": {file, "--key", filepath.Join(dir, "master.key")}, "inside": {full, "--end-sessions"}} {
		to := filepath.Join(at, name)
		code, out, stderr := command(t, "", append([]string{"restore", "--data", to}, args...)...)
		if code != 0 || !strings.Contains(out, "index entries agree") || !strings.Contains(out, "action log") {
			t.Errorf("restore, %s: %d %s %s", name, code, out, stderr)
		}
		again := start(t, to)
		again.signIn(admin, password)
		again.signal(syscall.SIGTERM)
		again.end()
	}
	keyless := filepath.Join(at, "keyless")
	if code, out, stderr := command(t, "", "restore", file, "--data", keyless); code != 0 || !strings.Contains(out, "master key") {
		t.Errorf("restore without a key: %d %s %s", code, out, stderr)
	}
	if code, _, stderr := command(t, "", "check", "--data", keyless); code != 1 || !strings.Contains(stderr, "master key") {
		t.Errorf("check without a key: %d %s", code, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 4
	bad := filepath.Join(at, "bad.backup")
	if err := os.WriteFile(bad, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := command(t, "", "restore", bad, "--data", filepath.Join(at, "never")); code != 1 || !strings.Contains(stderr, "damaged") {
		t.Errorf("a damaged backup: %d %s", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(at, "never")); err == nil {
		t.Error("a damaged backup left a directory")
	}
}

// The action log of a running and of a stopped system is exported, verified by
// itself, and a changed entry of it is named.
func TestAuditExport(t *testing.T) {
	dir, at := installed(t), t.TempDir()
	s := start(t, dir)
	first, second := filepath.Join(at, "one.jsonl"), filepath.Join(at, "two.jsonl")
	code, out, stderr := command(t, "", "audit", "export", first, "--data", dir)
	if code != 0 || !strings.Contains(out, "as it was written") {
		t.Fatalf("export: %d %s %s", code, out, stderr)
	}
	_, key, _ := strings.Cut(out, "key: ")
	key, _, _ = strings.Cut(key, "\n")
	s.signal(syscall.SIGTERM)
	s.end()
	if code, out, stderr := command(t, "", "audit", "export", second, "--data", dir); code != 0 || !strings.Contains(out, key) {
		t.Fatalf("export of a stopped system: %d %s %s", code, out, stderr)
	}
	if code, out, _ := command(t, "", "audit", "verify", "--data", dir); code != 0 || !strings.Contains(out, key) {
		t.Errorf("the installation's key: %d %s", code, out)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{first}, {second, "--key", key}} {
		code, out, stderr := command(t, "", append([]string{"audit", "verify"}, args...)...)
		if code != 0 || !strings.Contains(out, "entries of") || strings.Contains(out, "Compare the key") != (len(args) == 1) {
			t.Errorf("verify %v: %d %s %s", args, code, out, stderr)
		}
	}
	text, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), `"action":"account.create","object_kind"`, `"action":"account.read","object_kind"`, 1)
	bad := filepath.Join(at, "bad.jsonl")
	if err := os.WriteFile(bad, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := command(t, "", "audit", "verify", bad); code != 1 || !strings.Contains(stderr, "(account.read) was changed") {
		t.Errorf("a changed entry: %d %s", code, stderr)
	}
	if code, _, stderr := command(t, "", "audit", "verify", first, "--key", "00"); code != 1 || !strings.Contains(stderr, "another key") {
		t.Errorf("another installation's key: %d %s", code, stderr)
	}
}
