package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/bucket"
	"stoa/blob/s3/s3test"
)

// within works on a data directory that no server has open. The clock is ahead by
// later.
func within(t *testing.T, dir string, later time.Duration, do func(a *app.App, by access.Actor)) {
	t.Helper()
	c := app.Default()
	c.DataDir, c.Egress.Allow = dir, []string{"127.0.0.1"}
	a, err := app.Open(t.Context(), c, app.Options{Clock: func() time.Time { return time.Now().Add(later) }, Report: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	by := access.System("test")
	by.Tenant = 1
	do(a, by)
}

// The server is killed again and again while it moves a company's files to its
// buckets, and one of the buckets' servers too: every file is there afterwards, at
// the right place, and nothing else.
func TestMoveSurvivesKills(t *testing.T) {
	first, second := s3test.Start(t, "alpha"), s3test.Start(t, "beta")
	dir := installed(t)
	sums := map[string][32]byte{}
	within(t, dir, 0, func(a *app.App, by access.Actor) { fill(t, a, by, sums) })

	s := start(t, dir, "STOA_EGRESS_ALLOW=127.0.0.1")
	auth := s.signIn(admin, password)
	in, err := json.Marshal(object{"credentials": []object{credential(first, "alpha"), credential(second, "beta")}})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.call("PUT", "/v1/credentials?verify=all", "application/json", string(in), auth...); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	left := func() int {
		a := s.get("/v1/credentials/move", auth...)
		n, err := strconv.Atoi(a.at("left", "pieces"))
		if a.status != 200 || err != nil {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		return n
	}
	for round, until := range []int{110, 70, 30} {
		wait(t, "some files are moved", func() bool { return left() <= until })
		if round == 1 {
			second.Kill()
		}
		s.signal(syscall.SIGKILL)
		s.end()
		s = start(t, dir, "STOA_EGRESS_ALLOW=127.0.0.1")
		if round == 1 {
			second.Restart()
		}
	}
	wait(t, "all files are moved", func() bool { return left() == 0 })
	s.signal(syscall.SIGTERM)
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	within(t, dir, 72*time.Hour, func(a *app.App, by access.Actor) { settled(t, a, by, sums, first, second) })
}

func credential(s *s3test.Server, bucket string) object {
	return object{"url": s.URL, "bucket": bucket, "access_key": s.Key, "access_secret": s.Secret}
}

// fill puts files of some sizes into a bucket.
func fill(t *testing.T, a *app.App, by access.Actor, sums map[string][32]byte) {
	t.Helper()
	files, err := a.Bucket.Create(t.Context(), by, bucket.New{Name: "house-files"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 150 {
		size := 100_000 + i
		if i%50 == 49 {
			size = 18 << 20
		}
		body := make([]byte, size)
		_, _ = rand.NewChaCha8([32]byte{byte(i)}).Read(body)
		d, err := a.Bucket.Receive(t.Context(), by.Tenant, bytes.NewReader(body), int64(size))
		if err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprintf("file-%d", i)
		if _, err := a.Bucket.Commit(t.Context(), by, d, bucket.Put{Bucket: files, Key: key}); err != nil {
			t.Fatal(err)
		}
		sums[key] = sha256.Sum256(body)
	}
}

// settled sweeps, and compares everything with everything.
func settled(t *testing.T, a *app.App, by access.Actor, sums map[string][32]byte, servers ...*s3test.Server) {
	t.Helper()
	ctx := t.Context()
	if err := errors.Join(a.Depot.Sweep(ctx), a.Cloud.Tidy(ctx), a.Cloud.Tend(ctx)); err != nil {
		t.Fatal(err)
	}
	if problems, err := a.CheckStorage(ctx, true); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	for key, sum := range sums {
		if got, err := content(ctx, a, by, key); err != nil || sha256.Sum256(got) != sum {
			t.Errorf("%s: %d bytes, %v", key, len(got), err)
		}
	}
	home, _, err := a.Blob.List(ctx, "piece/", "", 1000)
	if err != nil || len(home) > 0 {
		t.Errorf("left with the appliance: %d, %v", len(home), err)
	}
	set, err := a.Cloud.Get(ctx, by)
	if err != nil {
		t.Fatal(err)
	}
	pieces, objects := int64(0), int64(0)
	for i, held := range set.Current {
		pieces += held.Pieces
		for _, key := range servers[i].Objects(held.Bucket) {
			if objects++; !strings.Contains(key, "/piece/") {
				t.Errorf("something else is left in %s: %s", held.Bucket, key)
			}
		}
		if held.Pieces < 20 {
			t.Errorf("%s got %d pieces", held.Bucket, held.Pieces)
		}
	}
	if pieces != objects || pieces < int64(len(sums)) {
		t.Errorf("%d pieces of %d files, %d objects in the buckets", pieces, len(sums), objects)
	}
	room, err := a.Usage.RoomOf(ctx, by.Tenant)
	if err != nil || room.Objects != int64(len(sums)) || room.Pending != 0 {
		t.Errorf("usage: %+v %v", room, err)
	}
}

func content(ctx context.Context, a *app.App, by access.Actor, key string) ([]byte, error) {
	files, err := a.Bucket.ByName(ctx, "house-files")
	if err != nil {
		return nil, err
	}
	f, err := a.Bucket.Open(ctx, by, files, key)
	if err != nil {
		return nil, err
	}
	r, err := f.Range(ctx, 0, f.Size)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}
