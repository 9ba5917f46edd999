package badgerkv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"stoa/store/kv"
)

func set(s *Store, key, value string) error {
	return s.Update(context.Background(), func(tx kv.Txn) error { return tx.Put([]byte(key), []byte(value)) })
}

func get(t *testing.T, s *Store, key string) (value string) {
	t.Helper()
	err := s.View(context.Background(), func(r kv.Reader) error {
		v, err := r.Get([]byte(key))
		value = string(v)
		return err
	})
	if errors.Is(err, kv.ErrNotFound) {
		return "-"
	}
	if err != nil {
		t.Errorf("reading %s: %v", key, err)
	}
	return value
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	var at uint64
	for round := range 3 {
		s := open(t, dir, Options{})
		if round > 0 {
			if got := get(t, s, "round"); got != fmt.Sprint(round-1) {
				t.Errorf("round %d: found %q", round, got)
			}
			if _, err := s.Watch(context.Background(), nil, at); !errors.Is(err, kv.ErrBehind) {
				t.Errorf("resuming a watch across a restart: %v, want ErrBehind", err)
			}
		}
		w, err := s.Watch(context.Background(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := set(s, "round", fmt.Sprint(round)); err != nil {
			t.Fatal(err)
		}
		changes, err := w.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if changes[0].Revision <= at {
			t.Errorf("round %d: revision %d after %d", round, changes[0].Revision, at)
		}
		at = changes[0].Revision
		l, err := s.Acquire(context.Background(), "job", "me", 1)
		if err != nil || l.Token() != uint64(round+1) {
			t.Errorf("round %d: token %v (%v)", round, l, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLocked(t *testing.T) {
	if dir := os.Getenv("BADGERKV_TEST_LOCKED"); dir != "" {
		_, err := Open(dir, Options{})
		fmt.Println("answer:", errors.Is(err, kv.ErrLocked))
		return
	}
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if _, err := Open(dir, Options{}); !errors.Is(err, kv.ErrLocked) {
		t.Errorf("second Open in this process: %v, want ErrLocked", err)
	}
	other := exec.Command(os.Args[0], "-test.run=^TestLocked$", "-test.v")
	other.Env = append(os.Environ(), "BADGERKV_TEST_LOCKED="+dir)
	if out, err := other.CombinedOutput(); err != nil || !strings.Contains(string(out), "answer: true") {
		t.Errorf("Open in another process did not answer ErrLocked: %v\n%s", err, out)
	}
	if err := set(s, "a", "1"); err != nil {
		t.Errorf("the first holder, afterwards: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, Options{})
}

// TestEmptyLogs: what a cut leaves between creating a log and its first bytes.
func TestEmptyLogs(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if err := set(s, "a", "1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"00001.mem", "00002.mem", "00077.mem", "000000.vlog", "000009.vlog"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir, Options{})
	if got := get(t, s, "a"); got != "1" {
		t.Errorf("a = %q", got)
	}
}

// TestRotation fills several logs under load and reads everything back, before
// and after a restart.
func TestRotation(t *testing.T) {
	dir := t.TempDir()
	var synced sync.Map // log file name → synced
	o := Options{MemTableSize: 8 << 20, fdatasync: func(f *os.File) error {
		synced.Store(filepath.Base(f.Name()), true)
		return fdatasync(f)
	}}
	s := open(t, dir, o)
	const writers, each = 8, 250
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				value := bytes.Repeat([]byte{byte(n)}, 16<<10)
				key := fmt.Appendf(nil, "%d/%d", w, n)
				err := s.Update(context.Background(), func(tx kv.Txn) error { return tx.Put(key, value) })
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	logs := 0
	synced.Range(func(any, any) bool { logs++; return true })
	if logs < 3 {
		t.Errorf("%d bytes went into %d logs of 8 MiB", writers*each*16<<10, logs)
	}
	check := func() {
		t.Helper()
		for w := range writers {
			for n := range each {
				if v := get(t, s, fmt.Sprintf("%d/%d", w, n)); len(v) != 16<<10 || v[0] != byte(n) {
					t.Fatalf("row %d/%d is lost: %d bytes", w, n, len(v))
				}
			}
		}
	}
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, o)
	check()
}

// TestSyncFails: after a failed sync nothing is acknowledged any more, and what
// was acknowledged before is there after a restart.
func TestSyncFails(t *testing.T) {
	dir := t.TempDir()
	var broken atomic.Bool
	ioError := errors.New("input/output error")
	s := open(t, dir, Options{fdatasync: func(f *os.File) error {
		if broken.Load() {
			return ioError
		}
		return fdatasync(f)
	}})
	if err := set(s, "a", "acknowledged"); err != nil {
		t.Fatal(err)
	}
	broken.Store(true)
	for _, when := range []string{"first", "second"} {
		err := set(s, "a", when)
		if !errors.Is(err, kv.ErrFailed) || !errors.Is(err, ioError) {
			t.Errorf("%s Update: %v, want ErrFailed", when, err)
		}
	}
	broken.Store(false)
	if err := set(s, "a", "disk is back"); !errors.Is(err, kv.ErrFailed) {
		t.Errorf("Update after the disk came back: %v, want ErrFailed", err)
	}
	if err := s.View(context.Background(), func(kv.Reader) error { return nil }); !errors.Is(err, kv.ErrFailed) {
		t.Errorf("View: %v, want ErrFailed", err)
	}
	if _, err := s.Watch(context.Background(), nil, 0); !errors.Is(err, kv.ErrFailed) {
		t.Errorf("Watch: %v, want ErrFailed", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	if got := get(t, s, "a"); got != "acknowledged" && got != "first" {
		t.Errorf("after a restart: %q", got)
	}
	if err := set(s, "a", "works"); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

// TestReadersSeeDurableOnly: while the sync of a commit has not returned, View
// shows the state before it, and no Update returns that builds on it.
func TestReadersSeeDurableOnly(t *testing.T) {
	var hold atomic.Bool
	reached, release := make(chan struct{}), make(chan struct{})
	s := open(t, t.TempDir(), Options{fdatasync: func(f *os.File) error {
		if hold.Load() {
			reached <- struct{}{}
			<-release
		}
		return fdatasync(f)
	}})
	if err := set(s, "a", "old"); err != nil {
		t.Fatal(err)
	}
	hold.Store(true)
	results := make(chan error, 2)
	go func() { results <- set(s, "a", "new") }()
	<-reached
	if got := get(t, s, "a"); got != "old" {
		t.Errorf("View before the sync returned: %q", got)
	}
	saw := make(chan string, 1)
	go func() {
		results <- s.Update(context.Background(), func(tx kv.Txn) error {
			v, err := tx.Get([]byte("a"))
			saw <- string(v)
			return err
		})
	}()
	if got := <-saw; got != "new" {
		t.Errorf("Update before the sync returned: %q", got)
	}
	select {
	case err := <-results:
		t.Errorf("an Update returned before the sync: %v", err)
	default:
	}
	hold.Store(false)
	close(release)
	for range 2 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if got := get(t, s, "a"); got != "new" {
		t.Errorf("View afterwards: %q", got)
	}
}

func TestReadOnlyWhenDiskIsFull(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if err := set(s, "a", "1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{MinFreeBytes: 1 << 60, MinFreePercent: -1})
	if err := set(s, "a", "2"); !errors.Is(err, kv.ErrReadOnly) {
		t.Errorf("Update: %v, want ErrReadOnly", err)
	}
	if got := get(t, s, "a"); got != "1" || !s.Stats().ReadOnly {
		t.Errorf("read-only store: a = %q, stats %+v", got, s.Stats())
	}
	if err := s.DropRange(context.Background(), []byte("a"), []byte("b")); err != nil {
		t.Errorf("DropRange, which makes space: %v", err)
	}
	if got := get(t, s, "a"); got != "-" {
		t.Errorf("after DropRange: %q", got)
	}
}

// TestDeletedRevisions: the newest commits were deletes and the compaction has
// dropped them; revisions still do not come twice.
func TestDeletedRevisions(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	for range 50 {
		if err := set(s, "a", "1"); err != nil {
			t.Fatal(err)
		}
		if err := s.DropRange(context.Background(), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	last := s.readers.durable.Load()
	s.db.SetDiscardTs(last)
	if err := s.db.Flatten(1); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	if now := s.readers.durable.Load(); now < last {
		t.Errorf("the revision fell from %d to %d", last, now)
	}
	if got := get(t, s, "a"); got != "-" {
		t.Errorf("a deleted row is back: %q", got)
	}
}

// TestLongView: a View keeps its snapshot while the engine drops old versions.
func TestLongView(t *testing.T) {
	s := open(t, t.TempDir(), Options{MemTableSize: 8 << 20})
	write := func(rounds int) {
		for n := range rounds {
			err := s.Update(context.Background(), func(tx kv.Txn) error {
				value := bytes.Repeat([]byte{byte(n)}, 60<<10)
				for i := range 10 {
					if err := tx.Put([]byte{'k', byte(i)}, value); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	compact := func() error {
		s.db.SetDiscardTs(s.readers.oldest(s.writers.base.Load()))
		return s.db.Flatten(1)
	}
	write(8)
	err := s.View(context.Background(), func(r kv.Reader) error {
		write(60)
		if err := compact(); err != nil {
			return err
		}
		v, err := r.Get([]byte("k\x00"))
		if err == nil && v[0] != 7 {
			t.Errorf("the snapshot moved on to %d", v[0])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if held := s.readers.oldest(1 << 62); held != 1<<62 {
		t.Errorf("a View that ended still holds revision %d", held)
	}
	if err := compact(); err != nil {
		t.Fatal(err)
	}
	if v := get(t, s, "k\x00"); len(v) != 60<<10 || v[0] != 59 {
		t.Errorf("after the compaction: %d bytes", len(v))
	}
}

// TestDamagedTable: whichever byte of a table is wrong, no row is silently gone.
func TestDamagedTable(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	for i := range 200 {
		if err := set(s, fmt.Sprintf("row/%03d", i), strings.Repeat("x", 100)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	tables, _ := filepath.Glob(filepath.Join(dir, "*.sst"))
	if len(tables) != 1 {
		t.Fatalf("tables: %v", tables)
	}
	whole, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		at := len(whole) * i / 40
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x40
		if err := os.WriteFile(tables[0], damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, Options{MinFreeBytes: -1, MinFreePercent: -1})
		if err != nil {
			continue // it refuses to open
		}
		if n := countRows(s); n != 200 {
			if err := s.Verify(context.Background()); !errors.Is(err, kv.ErrFailed) {
				t.Errorf("byte %d of %d wrong: %d rows are left, Verify: %v", at, len(whole), n, err)
			}
			if err := set(s, "a", "1"); !errors.Is(err, kv.ErrFailed) {
				t.Errorf("byte %d of %d wrong: Update: %v, want ErrFailed", at, len(whole), err)
			}
		}
		_ = s.Close()
	}
}

func countRows(s *Store) (n int) {
	_ = s.View(context.Background(), func(r kv.Reader) error {
		return r.Scan(kv.Prefix([]byte("row/")), func(_, _ []byte) bool { n++; return true })
	})
	return n
}
