package e2e

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// An import is killed twice in the middle: after each restart it goes on behind
// its last row, nobody is made twice and nobody is left out; the half-written and
// the finished files go when nobody needs them.
func TestImportSurvivesKills(t *testing.T) {
	dir := installed(t)
	s := start(t, dir)
	auth := s.signIn(admin, password)
	var file strings.Builder
	file.WriteString("name,password_hash\n")
	const rows = 1500
	for n := range rows {
		sum := md5.Sum(fmt.Appendf(nil, "secret of %d", n))
		fmt.Fprintf(&file, "person%04d,md5$%s\n", n, hex.EncodeToString(sum[:]))
	}
	up := s.call("POST", "/v1/imports?kind=accounts&name=people.csv", "text/csv", file.String(), auth...)
	if up.status != 201 {
		t.Fatalf("upload: %d %s", up.status, up.raw)
	}
	path := "/v1/imports/" + up.at("id")
	wait(t, "the dry run has finished", func() bool { return s.get(path, auth...).at("check", "state") == "succeeded" })
	if a := s.get(path, auth...); a.at("found", "good") != fmt.Sprint(rows) {
		t.Fatalf("found: %s", a.raw)
	}
	if a := s.post(path+"/confirm", object{}, auth...); a.status != 200 {
		t.Fatalf("confirm: %d %s", a.status, a.raw)
	}
	made := func() int {
		n, _ := strconv.Atoi(s.get(path, auth...).at("made"))
		return n
	}
	for kill := 1; kill <= 2; kill++ {
		wait(t, "the import is under way", func() bool { return made() >= kill*100 })
		before := made()
		s.signal(syscall.SIGKILL)
		<-s.done
		stray := filepath.Join(dir, "files", "part-task-999-1.xlsx") // as a process leaves it that was killed while it wrote
		if err := os.WriteFile(stray, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		s = start(t, dir)
		if now := made(); now < before || now >= rows {
			t.Fatalf("after the kill %d rows are made; before it %d of %d", now, before, rows)
		}
		wait(t, "the half-written file is gone", func() bool { _, err := os.Stat(stray); return os.IsNotExist(err) })
	}
	wait(t, "the import has finished", func() bool { return s.get(path, auth...).at("run", "state") == "succeeded" })
	a := s.get(path, auth...)
	if a.at("made") != fmt.Sprint(rows) || a.at("failed") != "0" || a.at("outcome", "good") != fmt.Sprint(rows) {
		t.Errorf("the outcome: %s", a.raw)
	}
	if list := s.get("/v1/accounts?limit=1", auth...); list.at("total") != fmt.Sprint(rows+1) {
		t.Errorf("%s accounts", list.at("total"))
	}
	s.signIn("person0000", "secret of 0")
	s.signIn(fmt.Sprintf("person%04d", rows-1), fmt.Sprintf("secret of %d", rows-1))
	if a := s.call("DELETE", path, "", "", auth...); a.status != 204 {
		t.Errorf("delete: %d %s", a.status, a.raw)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "files", "*.upload")); len(left) != 0 {
		t.Errorf("files are left: %v", left)
	}
	s.signal(syscall.SIGTERM)
	if code := s.end(); code != 0 {
		t.Errorf("it ends with %d", code)
	}
	if code, out, errs := command(t, "", "check", "--data", dir); code != 0 {
		t.Errorf("check: %d %s%s", code, out, errs)
	}
}

func TestImportByCommand(t *testing.T) {
	dir := installed(t)
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte("name,email\nanna,anna@example.com\nben,wrong\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	try := func(code int, says string, args ...string) {
		t.Helper()
		got, out, errs := command(t, "", append([]string{"import", "accounts", file, "--data", dir}, args...)...)
		if got != code || !strings.Contains(out+errs, says) {
			t.Errorf("import %v: %d %s%s", args, got, out, errs)
		}
	}
	try(0, "1 can be imported, 1 have errors", "--dry-run")
	try(1, "nothing was imported")
	try(0, "1 were imported", "--skip-errors")
	try(1, "no row can be imported", "--skip-errors")
	s := start(t, dir) // and beside a running server, through its socket
	if err := os.WriteFile(file, []byte("name\ncarl\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	try(0, "1 were imported")
	auth := s.signIn(admin, password)
	if list := s.get("/v1/accounts?limit=1", auth...); list.at("total") != "3" {
		t.Errorf("%s accounts", list.at("total"))
	}
	if code, _, errs := command(t, "", "import", "accounts", "--data", dir); code != 2 {
		t.Errorf("without a file: %d %s", code, errs)
	}
}
