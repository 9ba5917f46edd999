package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// The deletion of a company is killed again and again: after each restart it goes
// on, and the certificate at its end tells of every file once.
func TestDeletionOfACompanySurvivesKills(t *testing.T) {
	dir := installed(t)
	s := start(t, dir, "STOA_TENANTS_DELETE_AFTER=0s")
	auth := s.signIn(admin, password)
	made := s.post("/v1/companies", object{"name": "Alder", "paid_quota": 100 << 20, "administrator": object{"name": "alder", "email": "alder@example.com", "password": password}}, auth...)
	if made.status != 201 {
		t.Fatalf("the company: %d %s", made.status, made.raw)
	}
	id := made.at("id")
	boss := s.signIn("alder", password)
	bucket := s.post("/v1/buckets", object{"name": "alder-files"}, boss...)
	if bucket.status != 201 {
		t.Fatalf("the bucket: %d %s", bucket.status, bucket.raw)
	}
	const files, size = 500, 20_000 // beyond what lies in the store itself
	hashes := make([]string, files)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for n := worker; n < files; n += 8 {
				a := s.call("PUT", fmt.Sprintf("/v1/buckets/%s/objects/content?key=%04d.bin", bucket.at("id"), n), "application/octet-stream", strings.Repeat(fmt.Sprintf("%04d", n), size/4), boss...)
				if hashes[n] = a.at("hash"); a.status != 201 || hashes[n] == "" {
					t.Errorf("file %d: %d %s", n, a.status, a.raw)
				}
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	if a := s.post("/v1/companies/"+id+"/freeze", object{}, auth...); a.status != 200 {
		t.Fatalf("freeze: %d %s", a.status, a.raw)
	}
	if a := s.get("/v1/me", boss...); a.status != 401 {
		t.Errorf("a session goes on: %d %s", a.status, a.raw)
	}
	if a := s.call("DELETE", "/v1/companies/"+id, "", "", auth...); a.status != 202 {
		t.Fatalf("delete: %d %s", a.status, a.raw)
	}
	ended := func() bool { return s.get("/v1/companies/"+id+"/certificate", auth...).status == 200 }
	gone := func() int {
		n, _ := strconv.Atoi(s.get("/v1/companies/"+id, auth...).at("deletion", "done"))
		return n
	}
	for kill := 1; kill <= 3 && !ended(); kill++ {
		wait(t, "the deletion goes on", func() bool { return gone() >= kill*60 || ended() })
		s.signal(syscall.SIGKILL)
		<-s.done
		s = start(t, dir)
		if a := s.post("/v1/sessions", object{"login": "alder", "password": password}); a.status != 401 {
			t.Errorf("somebody signs in: %d %s", a.status, a.raw)
		}
	}
	wait(t, "the deletion has ended", ended)
	a := s.get("/v1/companies/"+id+"/certificate", auth...)
	sum := sha256.New()
	for _, hash := range hashes {
		fmt.Fprintln(sum, hash)
	}
	if a.at("bytes") != fmt.Sprint(files*size) || a.at("sha256") != hex.EncodeToString(sum.Sum(nil)) || !strings.Contains(a.raw, fmt.Sprintf(`{"kind":"files","count":%d}`, files)) {
		t.Errorf("the certificate: %s", a.raw)
	}
	if a := s.get("/v1/companies/"+id, auth...); a.status != 404 {
		t.Errorf("the company is there: %d %s", a.status, a.raw)
	}
	s.signal(syscall.SIGTERM)
	if code := s.end(); code != 0 {
		t.Errorf("it ends with %d", code)
	}
	if code, out, errs := command(t, "", "check", "--data", dir); code != 0 {
		t.Errorf("check: %d %s%s", code, out, errs)
	}
}
