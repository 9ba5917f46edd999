// Package kvtest is the definition of the kv contract in tests. A driver is
// right when Run passes.
package kvtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/store/kv"
)

// Open returns an empty store whose leases are timed by clock. Run closes it.
type Open func(t *testing.T, clock func() time.Time) kv.Store

// Run holds the driver to the contract.
func Run(t *testing.T, open Open) {
	tests := []struct {
		name string
		run  func(*testing.T, kv.Store)
	}{
		{"GetPutDelete", getPutDelete},
		{"OwnWrites", ownWrites},
		{"Ranges", ranges},
		{"NestedScans", nestedScans},
		{"Model", model},
		{"ErrorAbortsAll", errorAbortsAll},
		{"BuffersAreCopied", buffersAreCopied},
		{"SnapshotsAreIsolated", snapshotsAreIsolated},
		{"ReadsSeeAcknowledgedWrites", readsSeeAcknowledgedWrites},
		{"NoLostUpdates", noLostUpdates},
		{"NoWriteSkew", noWriteSkew},
		{"NoPhantoms", noPhantoms},
		{"Limits", limits},
		{"EmptyKey", emptyKey},
		{"DropRange", dropRange},
		{"Cancelled", cancelled},
		{"Closed", closed},
		{"Stats", stats},
		{"WatchOrder", watchOrder},
		{"WatchResume", watchResume},
		{"WatchBehind", watchBehind},
		{"WatchSlow", watchSlow},
		{"WatchEnds", watchEnds},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, time.Now)
			t.Cleanup(func() { _ = s.Close() })
			test.run(t, s)
		})
	}
	runLeases(t, open)
}

func put(t *testing.T, s kv.Store, pairs ...string) {
	t.Helper()
	update(t, s, func(tx kv.Txn) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := tx.Put([]byte(pairs[i]), []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
}

func update(t *testing.T, s kv.Store, fn func(kv.Txn) error) {
	t.Helper()
	if err := s.Update(context.Background(), fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

// get returns the value, or "-" when there is none.
func get(t *testing.T, r kv.Reader, key string) string {
	t.Helper()
	v, err := r.Get([]byte(key))
	if errors.Is(err, kv.ErrNotFound) {
		return "-"
	}
	if err != nil {
		t.Errorf("Get %q: %v", key, err)
	}
	return string(v)
}

func read(t *testing.T, s kv.Store, key string) (value string) {
	t.Helper()
	err := s.View(context.Background(), func(r kv.Reader) error {
		value = get(t, r, key)
		return nil
	})
	if err != nil {
		t.Fatalf("View: %v", err)
	}
	return value
}

// list shows what Scan visits: "a=1 b=2".
func list(t *testing.T, r kv.Reader, span kv.Range) string {
	t.Helper()
	var out []string
	err := r.Scan(span, func(k, v []byte) bool {
		if span.KeysOnly {
			out = append(out, string(k))
		} else {
			out = append(out, fmt.Sprintf("%s=%s", k, v))
		}
		return true
	})
	if err != nil {
		t.Errorf("Scan: %v", err)
	}
	return strings.Join(out, " ")
}

func listAll(t *testing.T, s kv.Store, span kv.Range) (out string) {
	t.Helper()
	err := s.View(context.Background(), func(r kv.Reader) error {
		out = list(t, r, span)
		return nil
	})
	if err != nil {
		t.Fatalf("View: %v", err)
	}
	return out
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

// together runs fn n times at once and returns when all have ended.
func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { fn(i) })
	}
	wg.Wait()
}
