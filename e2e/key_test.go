package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The master key of a running and of a stopped system is changed; everybody signs
// in afterwards, the old key is refused, and an older backup is restored with it.
func TestTheMasterKeyIsChanged(t *testing.T) {
	dir, at := installed(t), t.TempDir()
	key := filepath.Join(dir, "master.key")
	old, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, dir, "STOA_LIMITS_DEADLINE=1s")
	auth := s.signIn(admin, password)
	token := s.post("/v1/me/token", object{}, auth...).at("token")
	backup := filepath.Join(at, "before.backup")
	if code, out, stderr := command(t, "", "backup", backup, "--data", dir); code != 0 {
		t.Fatalf("backup: %d %s %s", code, out, stderr)
	}
	rotate := func(args ...string) string {
		t.Helper()
		code, out, stderr := command(t, "", append([]string{"rotate-key", "--data", dir}, args...)...)
		if code != 0 || !strings.Contains(out, "opens nothing") || !strings.Contains(out, "Backups that were made before") {
			t.Fatalf("rotate-key: %d %s %s", code, out, stderr)
		}
		return out
	}
	works := func() {
		t.Helper()
		if got := s.get("/v1/me/token", s.signIn(admin, password)...).at("token"); got != token {
			t.Errorf("the personal token is %q", got)
		}
	}
	stop := func() {
		t.Helper()
		s.signal(syscall.SIGTERM)
		if code := s.end(); code != 0 {
			t.Errorf("it ends with %d", code)
		}
	}
	rotate()
	works()
	stop()
	s = start(t, dir)
	works()
	stop()
	rotate()
	if now, err := os.ReadFile(key); err != nil || string(now) == string(old) {
		t.Errorf("the key file is what it was: %v", err)
	}
	s = start(t, dir)
	works()
	stop()
	if code, out, stderr := command(t, "", "check", "--data", dir); code != 0 {
		t.Errorf("check: %d %s%s", code, out, stderr)
	}
	saved := filepath.Join(at, "old.key")
	if err := os.WriteFile(saved, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, stderr := command(t, "", "restore", backup, "--data", filepath.Join(at, "restored"), "--key", saved); code != 0 || !strings.Contains(out, "index entries agree") {
		t.Errorf("restore with the old key: %d %s %s", code, out, stderr)
	}
	if err := os.WriteFile(key, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := command(t, "", "check", "--data", dir); code != 1 || !strings.Contains(stderr, "master key is not the one of this data") {
		t.Errorf("with the old key: %d %s", code, stderr)
	}
}

// A key that the operator keeps is changed to one in a file, and put in its place.
func TestAKeyFromTheEnvironmentIsChanged(t *testing.T) {
	dir, at := installed(t), t.TempDir()
	text, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "master.key")); err != nil {
		t.Fatal(err)
	}
	old, file := "STOA_MASTER_KEY="+strings.TrimSpace(string(text)), filepath.Join(at, "new.key")
	s := start(t, dir, old, "STOA_LIMITS_DEADLINE=1s")
	if code, _, stderr := command(t, "", "rotate-key", "--data", dir); code != 1 || !strings.Contains(stderr, "--new FILE") {
		t.Errorf("without a new key: %d %s", code, stderr)
	}
	code, out, stderr := command(t, "", "rotate-key", "--data", dir, "--new", file)
	if code != 0 || !strings.Contains(out, "before the next start") {
		t.Fatalf("rotate-key: %d %s %s", code, out, stderr)
	}
	auth := s.signIn(admin, password)
	if a := s.get("/v1/system", auth...); !strings.Contains(a.raw, "seal.elsewhere") {
		t.Errorf("the system page: %s", a.raw)
	}
	s.signal(syscall.SIGTERM)
	s.end()
	refused := exec.Command(binary(t), "check", "--data", dir)
	refused.Env = environment(old)
	if said, err := refused.CombinedOutput(); err == nil || !strings.Contains(string(said), "give the key that belongs to the data") {
		t.Errorf("with the old key: %v %s", err, said)
	}
	now, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s = start(t, dir, "STOA_MASTER_KEY="+strings.TrimSpace(string(now)))
	s.signIn(admin, password)
}

// A change is killed again and again, at whatever it is doing; each start goes on
// with it, and in the end everything opens and the old key is forgotten.
func TestAChangeOfTheMasterKeyIsKilled(t *testing.T) {
	dir := installed(t)
	s := start(t, dir)
	auth := s.signIn(admin, password)
	const kept = 1500 // answers to requests: each is sealed
	var all sync.WaitGroup
	slots := make(chan struct{}, 32)
	for n := range kept {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			header := append([]string{"Idempotency-Key", fmt.Sprint("key-", n)}, auth...)
			if a := s.post("/v1/departments", object{"name": fmt.Sprint("department ", n)}, header...); a.status != 201 {
				t.Errorf("%d %s", a.status, a.raw)
			}
		})
	}
	all.Wait()
	before := s.post("/v1/departments", object{"name": "department 7"}, append([]string{"Idempotency-Key", "key-7"}, auth...)...)
	s.signal(syscall.SIGTERM)
	s.end()
	began := time.Now()
	if code, out, stderr := command(t, "", "rotate-key", "--data", dir); code != 0 {
		t.Fatalf("rotate-key: %d %s %s", code, out, stderr)
	}
	took := time.Since(began)
	const kills = 16
	for round := range kills { // at points up to its end: the first half is the start of the program
		c := exec.Command(binary(t), "rotate-key", "--data", dir)
		c.Env = environment()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		killer := time.AfterFunc(took/2+took*time.Duration(round+1)/kills/2, func() { _ = c.Process.Kill() })
		_ = c.Wait() // killed, or done before
		killer.Stop()
	}
	if code, out, stderr := command(t, "", "rotate-key", "--data", dir); code != 0 {
		t.Fatalf("rotate-key: %d %s %s", code, out, stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "master.key.new")); err == nil {
		t.Error("a new key is left over")
	}
	t.Logf("%d keys in turn, killed %d times within %s", len(past(t, dir)), kills, took)
	s = start(t, dir)
	s.signIn(admin, password)
	for n := range kept {
		header := append([]string{"Idempotency-Key", fmt.Sprint("key-", n)}, auth...)
		a := s.post("/v1/departments", object{"name": fmt.Sprint("department ", n)}, header...)
		if a.status != 201 || a.header.Get("Idempotency-Replayed") != "true" || n == 7 && a.raw != before.raw {
			t.Fatalf("answer %d: %d %s", n, a.status, a.raw)
		}
	}
}

// past are the keys that the one of a data directory has replaced.
func past(t *testing.T, dir string) []string {
	t.Helper()
	out, err := filepath.Glob(filepath.Join(dir, "master.key.*"))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
