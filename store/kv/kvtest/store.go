package kvtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"stoa/store/kv"
)

func dropRange(t *testing.T, s kv.Store) {
	ctx := context.Background()
	const rows = 3 * kv.MaxTxnOps
	for i := 0; i < rows; i += 256 {
		update(t, s, func(tx kv.Txn) error {
			for j := i; j < i+256; j++ {
				if err := tx.Put(fmt.Appendf(nil, "day1/%05d", j), []byte("line")); err != nil {
					return err
				}
			}
			return nil
		})
	}
	put(t, s, "day0/x", "before", "day2/x", "after")
	if err := s.DropRange(ctx, []byte("day1/"), []byte("day1/00003")); err != nil {
		t.Fatal(err)
	}
	if n := len(strings.Fields(listAll(t, s, kv.Range{KeysOnly: true}))); n != rows+2-3 {
		t.Errorf("%d rows left, want %d", n, rows+2-3)
	}
	if err := s.DropRange(ctx, []byte("day1/"), kv.PrefixEnd([]byte("day1/"))); err != nil {
		t.Fatal(err)
	}
	same(t, "left", listAll(t, s, kv.Range{}), "day0/x=before day2/x=after")
	if err := s.DropRange(ctx, []byte("day2"), []byte("day1")); err != nil {
		t.Fatal(err)
	}
	same(t, "after an empty range", listAll(t, s, kv.Range{}), "day0/x=before day2/x=after")
	if err := s.DropRange(ctx, nil, nil); err != nil {
		t.Fatal(err)
	}
	same(t, "after all", listAll(t, s, kv.Range{}), "")
	put(t, s, "day1/00001", "back")
	same(t, "written again", listAll(t, s, kv.Range{}), "day1/00001=back")
}

func cancelled(t *testing.T, s kv.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ran := false
	wantErr(t, "View", s.View(ctx, func(kv.Reader) error { ran = true; return nil }), context.Canceled)
	wantErr(t, "Update", s.Update(ctx, func(kv.Txn) error { ran = true; return nil }), context.Canceled)
	if ran {
		t.Error("a cancelled call ran its function")
	}
	wantErr(t, "DropRange", s.DropRange(ctx, nil, nil), context.Canceled)
	w, err := s.Watch(context.Background(), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	_, err = w.Next(ctx)
	wantErr(t, "Next", err, context.Canceled)
}

func closed(t *testing.T, s kv.Store) {
	ctx := context.Background()
	put(t, s, "a", "1")
	w, err := s.Watch(ctx, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Acquire(ctx, "job", "me", 1<<40)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "View", s.View(ctx, func(kv.Reader) error { return nil }), kv.ErrClosed)
	wantErr(t, "Update", s.Update(ctx, func(kv.Txn) error { return nil }), kv.ErrClosed)
	wantErr(t, "DropRange", s.DropRange(ctx, nil, nil), kv.ErrClosed)
	_, err = s.Watch(ctx, nil, 0)
	wantErr(t, "Watch", err, kv.ErrClosed)
	_, err = w.Next(ctx)
	wantErr(t, "Next", err, kv.ErrClosed)
	_, err = s.Acquire(ctx, "job", "me", 1<<40)
	wantErr(t, "Acquire", err, kv.ErrClosed)
	wantErr(t, "Renew", l.Renew(ctx), kv.ErrClosed)
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func stats(t *testing.T, s kv.Store) {
	before := s.Stats()
	put(t, s, "a", "1")
	put(t, s, "a", "2")
	after := s.Stats()
	if after.Driver == "" || after.Commits-before.Commits != 2 || after.ReadOnly {
		t.Errorf("after two commits: %+v, before: %+v", after, before)
	}
}
