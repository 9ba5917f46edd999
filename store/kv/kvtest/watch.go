package kvtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"stoa/store/kv"
)

func watch(t *testing.T, s kv.Store, prefix string, after uint64) kv.Watcher {
	t.Helper()
	w, err := s.Watch(context.Background(), []byte(prefix), after)
	if err != nil {
		t.Fatalf("Watch: %v", err)
	}
	t.Cleanup(w.Close)
	return w
}

// next shows one commit ("+a=1 -b") and its revision.
func next(t *testing.T, w kv.Watcher) (string, uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	changes, err := w.Next(ctx)
	if err != nil {
		t.Fatalf("Next: %v", err)
	}
	var out []string
	for _, c := range changes {
		if c.Revision != changes[0].Revision {
			t.Errorf("two revisions in one commit: %d, %d", changes[0].Revision, c.Revision)
		}
		if c.Deleted {
			out = append(out, fmt.Sprintf("-%s", c.Key))
		} else {
			out = append(out, fmt.Sprintf("+%s=%s", c.Key, c.Value))
		}
	}
	return strings.Join(out, " "), changes[0].Revision
}

func watchOrder(t *testing.T, s kv.Store) {
	put(t, s, "a/0", "before")
	all, some := watch(t, s, "", 0), watch(t, s, "a/", 0)
	put(t, s, "a/1", "", "b/1", "x")
	update(t, s, func(tx kv.Txn) error { return tx.Delete([]byte("a/0")) })
	put(t, s, "b/2", "y")
	put(t, s, "a/1", "z")
	var last uint64
	for _, want := range []string{"+a/1= +b/1=x", "-a/0", "+b/2=y", "+a/1=z"} {
		got, revision := next(t, all)
		same(t, "all", got, want)
		if revision <= last {
			t.Errorf("revision %d after %d", revision, last)
		}
		last = revision
	}
	for _, want := range []string{"+a/1=", "-a/0", "+a/1=z"} {
		got, _ := next(t, some)
		same(t, "under a/", got, want)
	}
	// What a watcher was told can be read.
	together(4, func(i int) {
		for n := range 10 {
			put(t, s, fmt.Sprintf("c/%d/%d", i, n), "v")
		}
	})
	for range 40 {
		told, _ := next(t, all)
		key := strings.TrimSuffix(strings.TrimPrefix(told, "+"), "=v")
		same(t, "read "+key, read(t, s, key), "v")
	}
}

func watchResume(t *testing.T, s kv.Store) {
	first := watch(t, s, "k", 0)
	put(t, s, "k1", "1")
	_, at := next(t, first)
	first.Close()
	put(t, s, "k2", "2")
	put(t, s, "other", "x")
	put(t, s, "k3", "3")
	again := watch(t, s, "k", at)
	for _, want := range []string{"+k2=2", "+k3=3"} {
		got, _ := next(t, again)
		same(t, "resumed", got, want)
	}
	put(t, s, "k4", "4")
	got, _ := next(t, again)
	same(t, "live", got, "+k4=4")
}

// flood is more than any driver keeps for one watcher or for a resume.
func flood(t *testing.T, s kv.Store) {
	t.Helper()
	value := make([]byte, kv.MaxValue)
	together(64, func(int) {
		for range 125 {
			if err := s.Update(context.Background(), func(tx kv.Txn) error { return tx.Put([]byte("k"), nil) }); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 20 {
		update(t, s, func(tx kv.Txn) error { return tx.Put([]byte("k"), value) })
	}
}

func watchBehind(t *testing.T, s kv.Store) {
	w := watch(t, s, "", 0)
	put(t, s, "k", "1")
	_, at := next(t, w)
	_, err := s.Watch(context.Background(), nil, at+1_000_000)
	wantErr(t, "a revision that is still to come", err, kv.ErrBehind)
	w.Close()
	flood(t, s)
	_, err = s.Watch(context.Background(), nil, at)
	wantErr(t, "a revision long gone", err, kv.ErrBehind)
}

func watchSlow(t *testing.T, s kv.Store) {
	slow, other := watch(t, s, "k", 0), watch(t, s, "elsewhere", 0)
	flood(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var err error
	for err == nil {
		_, err = slow.Next(ctx)
	}
	wantErr(t, "the slow watcher", err, kv.ErrBehind)
	_, err = slow.Next(ctx)
	wantErr(t, "and again", err, kv.ErrBehind)
	put(t, s, "elsewhere", "1")
	got, _ := next(t, other)
	same(t, "a watcher of another prefix", got, "+elsewhere=1")
}

func watchEnds(t *testing.T, s kv.Store) {
	w := watch(t, s, "", 0)
	ended := make(chan error, 1)
	go func() {
		_, err := w.Next(context.Background())
		ended <- err
	}()
	w.Close()
	wantErr(t, "Next of a closed watcher", <-ended, kv.ErrClosed)
	put(t, s, "a", "1")
}
