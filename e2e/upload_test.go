package e2e

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/access"
	"stoa/store"
)

// Files are put, whole and in parts, while the server is killed: what was
// acknowledged is there with its bytes, what was not leaves nothing behind, and
// what is counted is what is there.
func TestUploadsSurviveKills(t *testing.T) {
	dir := installed(t)
	var acknowledged sync.Map // key → SHA-256
	for round := range 2 {
		s := start(t, dir)
		put(t, s, round, &acknowledged)
	}
	s := start(t, dir)
	auth := s.signIn(admin, password)
	total := 0
	acknowledged.Range(func(key, sum any) bool {
		total++
		a := s.get("/v1/buckets/1/objects/content?key="+key.(string), auth...)
		if a.status != 200 || sha256.Sum256([]byte(a.raw)) != sum {
			t.Errorf("%s was acknowledged: %d, %d bytes", key, a.status, len(a.raw))
		}
		return true
	})
	t.Logf("%d files acknowledged", total)
	s.signal(syscall.SIGTERM)
	s.end()
	within(t, dir, 9*24*time.Hour, func(a *app.App, _ access.Actor) {
		for range 2 { // what the first pass lets go of
			if err := errors.Join(a.Upload.Sweep(t.Context()), a.Bucket.Sweep(t.Context()), a.Depot.Sweep(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		if problems, err := a.CheckStorage(t.Context(), true); err != nil || len(problems) > 0 {
			t.Errorf("%v %v", problems, err)
		}
		left, _, err := a.Blob.List(t.Context(), "piece/", "", 10_000)
		counted := int64(0)
		viewed := a.DB.View(t.Context(), func(r store.Reader) error {
			shares, err := a.Depot.SharesTx(r, 1)
			for _, h := range shares {
				counted += h.Pieces
			}
			return err
		})
		if err = errors.Join(err, viewed); err != nil || int64(len(left)) != counted {
			t.Errorf("%d blobs, %d pieces: %v", len(left), counted, err)
		}
	})
}

// put lets eight writers put files and kills the server when enough have been
// acknowledged.
func put(t *testing.T, s *server, round int, acknowledged *sync.Map) {
	t.Helper()
	auth := s.signIn(admin, password)
	if round == 0 {
		if a := s.post("/v1/buckets", object{"name": "house-files"}, auth...); a.status != 201 {
			t.Fatalf("%d %s", a.status, a.raw)
		}
	}
	var made atomic.Int64
	var writers sync.WaitGroup
	enough := make(chan struct{})
	for w := range 8 {
		writers.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("file-%d-%d-%d", round, w, i)
				body := strings.Repeat(key+"\n", []int{200, 15_000, 120_000}[i%3])
				a := putOne(s, key, body, i%3 == 2, auth)
				if a.status == 0 {
					return // the server is gone
				}
				if a.status/100 != 2 {
					t.Errorf("%s: %d %s", key, a.status, a.raw)
					return
				}
				acknowledged.Store(key, sha256.Sum256([]byte(body)))
				if made.Add(1) == 120 {
					close(enough)
				}
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(patience):
		t.Error("the uploads make no headway")
	}
	s.signal(syscall.SIGKILL)
	writers.Wait()
	s.end()
}

// putOne puts a file, whole or in two parts.
func putOne(s *server, key, body string, parted bool, auth []string) answer {
	const files, octets = "/v1/buckets/1", "application/octet-stream"
	if !parted {
		return s.call("PUT", files+"/objects/content?key="+key, octets, body, auth...)
	}
	begun := s.post(files+"/uploads", object{"key": key}, auth...)
	if begun.status != 201 {
		return begun
	}
	one := files + "/uploads/" + begun.at("id")
	list := []object{}
	for n, part := range []string{body[:1<<20], body[1<<20:]} {
		a := s.call("PUT", fmt.Sprintf("%s/parts/%d", one, n+1), octets, part, auth...)
		if a.status/100 != 2 {
			return a
		}
		var p object
		if err := json.Unmarshal([]byte(a.raw), &p); err != nil {
			return answer{status: -1, raw: err.Error()}
		}
		list = append(list, object{"number": n + 1, "hash": p["hash"]})
	}
	return s.post(one+"/complete", object{"parts": list}, auth...)
}
