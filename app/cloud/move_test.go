package cloud_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/cloud"
	"stoa/app/fault"
	"stoa/blob/s3/s3test"
	"stoa/store"
)

// One bucket goes down: uploads go on to the others, what lies in it is missing by
// name, and nothing is lost when it is back.
func TestOneBucketDown(t *testing.T) {
	first, second := s3test.Start(t, "alpha"), s3test.Start(t, "beta")
	w := open(t)
	w.replace(at(first, "alpha"), at(second, "beta"))
	w.uploads(20, large, "before")
	before := w.where()
	first.Kill()
	w.uploads(12, large, "while")
	w.uploads(2, 9<<20, "large")
	if got := w.where(); got["alpha"] != before["alpha"] || got["beta"] != before["beta"]+14 {
		t.Errorf("%v became %v", before, got)
	}
	missing := 0
	for key := range w.put {
		began := time.Now()
		_, err := w.read(key)
		if err == nil {
			continue
		}
		missing++
		f := fault.Of(err)
		if f.Kind != fault.Unavailable || f.Code != "cloud.down" || !strings.Contains(f.Text, "alpha at "+first.Host) {
			t.Errorf("%s: %+v", key, f)
		}
		if took := time.Since(began); missing > 1 && took > 2*time.Second {
			t.Errorf("a bucket that is known to be down is waited for: %v", took)
		}
	}
	if int64(missing) != before["alpha"] {
		t.Errorf("%d files can't be read, %d lie in the bucket", missing, before["alpha"])
	}
	if h := w.set().Current[0].Health; h.State != cloud.Down || h.Text == "" || h.Since.IsZero() {
		t.Errorf("%+v", h)
	}
	if err := w.Cloud.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	first.Restart()
	w.Clock.Add(time.Hour)
	if err := w.Cloud.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h := w.set().Current[0].Health; h.State != cloud.Up {
		t.Errorf("back: %+v", h)
	}
	w.whole()
	w.uploads(20, large, "after")
	if got := w.where(); got["alpha"] == before["alpha"] {
		t.Error("the bucket that is back gets nothing")
	}
	second.Kill()
	first.Kill()
	err := w.upload("nowhere", noise(large, 1))
	if f := fault.Of(err); f == nil || f.Kind != fault.Unavailable || !strings.Contains(f.Text, "bucket") {
		t.Errorf("with both down: %v", err)
	}
	first.Restart()
	second.Restart()
	w.Clock.Add(time.Hour)
	if err := w.Cloud.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.whole()
}

// A bucket that was removed at its provider's is in trouble, not empty.
func TestBucketRemoved(t *testing.T) {
	server := s3test.Start(t, "alpha")
	w := open(t)
	w.replace(at(server, "alpha"))
	w.uploads(2, large, "x")
	server.RemoveBucket("alpha")
	if _, err := w.read("x-0"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("read: %v", err)
	}
	if h := w.set().Current[0].Health; h.State != cloud.Down || h.Reason != "no_bucket" {
		t.Errorf("%+v", h)
	}
	w.replace()
	w.work()
	if m := w.set().Move; m.State != cloud.Waiting || m.Left.Pieces != 2 || m.Error == "" {
		t.Errorf("%+v", m)
	}
}

// Out of the buckets and back into them, round and round: no copy is removed that
// a row names.
func TestRoundAndRound(t *testing.T) {
	first, second := s3test.Start(t, "alpha"), s3test.Start(t, "beta")
	w := open(t)
	w.uploads(12, large, "x")
	for _, set := range [][]cloud.New{{at(first, "alpha")}, {at(second, "beta")}, {at(first, "alpha")}, {at(first, "alpha"), at(second, "beta")}, {}} {
		w.replace(set...)
		w.settle()
		w.whole()
	}
	if n := w.appliance(); n != 12 || objects(first, "alpha")+objects(second, "beta") != 0 {
		t.Errorf("%d pieces at home, %d and %d objects elsewhere", n, objects(first, "alpha"), objects(second, "beta"))
	}
	// A copy that could not be removed yet is in the way of its piece's return.
	w.replace(at(first, "alpha"))
	w.settle()
	w.replace(at(second, "beta"))
	for w.work() > 0 { // moved, but not swept: the old copies are there
	}
	w.replace(at(first, "alpha"))
	for w.work() > 0 {
	}
	if got := w.where(); got["beta"] != 12 || objects(first, "alpha") != 12 {
		t.Errorf("%v", got)
	}
	if err := w.Depot.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Clock.Add(time.Hour)
	if _, err := w.Task.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := w.where(); got["alpha"] != 12 {
		t.Errorf("%v", got)
	}
	w.whole()
	w.Verify()
}

// The server is killed in the middle of a move, comes back, and the move ends.
func TestMoveWhileTheServerIsKilled(t *testing.T) {
	server := s3test.Start(t, "alpha", "beta")
	w := open(t)
	w.uploads(60, large, "x")
	w.uploads(3, 20<<20, "large")
	w.replace(at(server, "alpha"))
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		for ctx.Err() == nil {
			if n := objects(server, "alpha"); n > 5 {
				server.Kill()
				time.Sleep(200 * time.Millisecond) // it stays away for a moment
				server.Restart()
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	for range 100 {
		w.work()
		w.Clock.Add(time.Minute)
		if err := w.Cloud.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Task.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if w.set().Move.State == cloud.Settled {
			break
		}
	}
	cancel()
	all.Wait()
	w.settle()
	w.whole()
	if got := w.where(); got["alpha"] != 63 || w.appliance() != 0 || objects(server, "alpha") != 63 {
		t.Errorf("%v, %d left with the appliance, %d objects", got, w.appliance(), objects(server, "alpha"))
	}
}

// Somebody stops a move and lets it go on; meanwhile all can be read.
func TestStopAndGoOn(t *testing.T) {
	server := s3test.Start(t, "alpha")
	w := open(t)
	w.uploads(5, large, "x")
	w.replace(at(server, "alpha"))
	if _, err := w.Cloud.Stop(t.Context(), w.by); err != nil {
		t.Fatal(err)
	}
	w.work()
	if m := w.set().Move; m.State != cloud.Paused || m.Left.Pieces != 5 {
		t.Errorf("%+v", m)
	}
	if err := w.Cloud.Tend(t.Context()); err != nil || w.work() != 0 {
		t.Errorf("goes on by itself: %v", err)
	}
	w.whole()
	if _, err := w.Cloud.Begin(t.Context(), w.by); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if m := w.set().Move; m.Pieces != 5 || m.Left.Pieces != 0 {
		t.Errorf("%+v", m)
	}
	w.whole()
}

// An upload that began before the set was changed ends behind it: its piece is
// moved after all. A retired bucket is forgotten when nothing lies there.
func TestLateUploadsAndRetiredBuckets(t *testing.T) {
	server := s3test.Start(t, "alpha")
	w := open(t)
	w.replace(at(server, "alpha"))
	w.uploads(2, large, "x")
	body := noise(large, 9)
	d, err := w.Bucket.Receive(t.Context(), tenant, bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	w.replace()
	w.settle()
	w.commit(d, "late", body)
	if got := w.where(); got["alpha"] != 1 || got["appliance"] != 2 || len(w.set().Retired) != 1 {
		t.Errorf("%v", got)
	}
	if err := w.Cloud.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.whole()
	for _, c := range []struct {
		after time.Duration
		left  int
	}{{time.Hour, 2}, {72 * time.Hour, 1}} {
		w.Clock.Add(c.after)
		if err := w.Cloud.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		if all, err := w.Cloud.All(t.Context()); err != nil || len(all) != c.left {
			t.Errorf("after %v: %v %v", c.after, all, err)
		}
	}
	if got := server.Objects("alpha"); len(got) != 0 {
		t.Errorf("left in the bucket: %v", got)
	}
	w.Verify()
}

// Bytes that are not what they were are not taken for moved: the old copy stays.
func TestDamagedPiecesAreNotMoved(t *testing.T) {
	server := s3test.Start(t, "alpha")
	w := open(t)
	w.uploads(3, large, "x")
	blobs, err := w.Cloud.Store(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := blobs.List(t.Context(), "piece/", "", 10)
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	for i, body := range []string{"too short", strings.Repeat("x", int(all[1].Size))} {
		w.damage(all[i].Name, body)
	}
	w.replace(at(server, "alpha"))
	w.work()
	set := w.set()
	if got := w.where(); got["alpha"] != 1 || got["appliance"] != 2 || set.Move.Lost != 2 {
		t.Errorf("%v %+v", got, set.Move)
	}
	if n := w.appliance(); n < 2 {
		t.Errorf("old copies were removed: %d", n)
	}
	// they are not read again and again, but once a day somebody may have brought them back
	for _, c := range []struct {
		after time.Duration
		works bool
	}{{time.Minute, false}, {time.Hour, false}, {24 * time.Hour, true}, {time.Minute, false}} {
		w.Clock.Add(c.after)
		if err := w.Cloud.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := w.work(); n > 0 != c.works {
			t.Errorf("after %v more: %d tasks", c.after, n)
		}
	}
	w.uploads(1, large, "new")
	if _, err := w.Cloud.Begin(t.Context(), w.by); err != nil || w.work() == 0 {
		t.Errorf("when it is asked for: %v", err)
	}
}

func TestForget(t *testing.T) {
	server := s3test.Start(t, "alpha")
	w := open(t)
	w.replace(at(server, "alpha"))
	w.uploads(1, large, "x")
	if err := w.purge(); fault.KindOf(err) != fault.Conflict {
		t.Errorf("with files in it: %v", err)
	}
	if err := w.Bucket.Remove(t.Context(), w.by, w.files, "x-0"); err != nil {
		t.Fatal(err)
	}
	if err := w.Bucket.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Depot.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.purge(); err != nil || len(w.set().Current) != 0 {
		t.Errorf("%v %+v", err, w.set())
	}
	w.Verify()
}

// purge removes the credentials of the tenant, as its deletion does.
func (w *world) purge() error {
	return w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		_, _, err := w.Cloud.PurgeTx(tx, access.System("test"), tenant)
		return err
	})
}
