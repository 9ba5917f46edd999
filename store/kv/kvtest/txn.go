package kvtest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"stoa/store/kv"
)

func getPutDelete(t *testing.T, s kv.Store) {
	same(t, "before", read(t, s, "a"), "-")
	put(t, s, "a", "1", "b", "")
	same(t, "after Put", read(t, s, "a"), "1")
	same(t, "empty value", read(t, s, "b"), "")
	put(t, s, "a", "2")
	same(t, "after a second Put", read(t, s, "a"), "2")
	update(t, s, func(tx kv.Txn) error { return tx.Delete([]byte("a")) })
	same(t, "after Delete", read(t, s, "a"), "-")
	update(t, s, func(tx kv.Txn) error { return tx.Delete([]byte("never there")) })
	same(t, "keys of any bytes", func() string {
		put(t, s, "\x00", "zero", "\xff\xff", "high", "!badger!x", "odd")
		return read(t, s, "\x00") + read(t, s, "\xff\xff") + read(t, s, "!badger!x")
	}(), "zerohighodd")
	same(t, "list", listAll(t, s, kv.Range{KeysOnly: true}), "\x00 !badger!x b \xff\xff")
}

func ownWrites(t *testing.T, s kv.Store) {
	put(t, s, "a", "1", "c", "3", "e", "5")
	update(t, s, func(tx kv.Txn) error {
		for k, v := range map[string]string{"b": "2", "c": "33", "f": "6"} {
			if err := tx.Put([]byte(k), []byte(v)); err != nil {
				return err
			}
		}
		if err := tx.Delete([]byte("e")); err != nil {
			return err
		}
		same(t, "get own", get(t, tx, "b")+get(t, tx, "c")+get(t, tx, "e"), "233-")
		same(t, "scan own", list(t, tx, kv.Range{}), "a=1 b=2 c=33 f=6")
		same(t, "scan own back", list(t, tx, kv.Range{Reverse: true}), "f=6 c=33 b=2 a=1")
		same(t, "bounds", list(t, tx, kv.Range{Start: []byte("b"), End: []byte("f")}), "b=2 c=33")
		same(t, "keys", list(t, tx, kv.Range{Start: []byte("b"), End: []byte("f"), Reverse: true, KeysOnly: true}), "c b")
		if err := tx.Put([]byte("e"), []byte("again")); err != nil {
			return err
		}
		if err := tx.Delete([]byte("b")); err != nil {
			return err
		}
		same(t, "changed again", list(t, tx, kv.Range{}), "a=1 c=33 e=again f=6")
		return nil
	})
	same(t, "committed", listAll(t, s, kv.Range{}), "a=1 c=33 e=again f=6")
}

func ranges(t *testing.T, s kv.Store) {
	put(t, s, "a", "0", "b", "1", "b/1", "2", "b/2", "3", "b\xff", "4", "c", "5", "\xff\xff", "6")
	update(t, s, func(tx kv.Txn) error { return tx.Delete([]byte("b/1")) })
	put(t, s, "b/1", "22")
	for _, c := range []struct {
		span kv.Range
		want string
	}{
		{kv.Range{KeysOnly: true}, "a b b/1 b/2 b\xff c \xff\xff"},
		{kv.Range{KeysOnly: true, Reverse: true}, "\xff\xff c b\xff b/2 b/1 b a"},
		{kv.Prefix([]byte("b/")), "b/1=22 b/2=3"},
		{kv.Prefix([]byte("b")), "b=1 b/1=22 b/2=3 b\xff=4"},
		{kv.Prefix([]byte("\xff")), "\xff\xff=6"},
		{kv.Range{Start: []byte("b"), End: []byte("b")}, ""},
		{kv.Range{Start: []byte("c"), End: []byte("a")}, ""},
		{kv.Range{Start: []byte("c"), End: []byte("a"), Reverse: true}, ""},
		{kv.Range{Start: []byte("aa"), End: []byte("b/2")}, "b=1 b/1=22"},
		{kv.Range{Start: []byte("aa"), End: []byte("b/2"), Reverse: true}, "b/1=22 b=1"},
		{kv.Range{Start: []byte("b/11"), Reverse: true}, "\xff\xff=6 c=5 b\xff=4 b/2=3"},
		{kv.Range{End: []byte("b/11"), Reverse: true}, "b/1=22 b=1 a=0"},
	} {
		same(t, "view", listAll(t, s, c.span), c.want)
		update(t, s, func(tx kv.Txn) error {
			same(t, "update", list(t, tx, c.span), c.want)
			return nil
		})
	}
	seen := 0
	err := s.View(context.Background(), func(r kv.Reader) error {
		return r.Scan(kv.Range{}, func(_, _ []byte) bool { seen++; return seen < 2 })
	})
	if err != nil || seen != 2 {
		t.Errorf("a scan told to stop after 2 visited %d (%v)", seen, err)
	}
}

// nestedScans: a scan's function may read, scan and write; the scan goes on over
// what there was when it began.
func nestedScans(t *testing.T, s kv.Store) {
	put(t, s, "a", "1", "b", "2", "c", "3")
	var inner []string
	update(t, s, func(tx kv.Txn) error {
		inner = nil
		var failed error
		err := tx.Scan(kv.Range{}, func(k, v []byte) bool {
			inner = append(inner, list(t, tx, kv.Range{Start: k, KeysOnly: true, Reverse: true}))
			same(t, "get in scan", get(t, tx, string(k)), string(v))
			failed = errors.Join(failed, tx.Delete(k), tx.Put(append([]byte("z"), k...), v))
			return failed == nil
		})
		return errors.Join(err, failed)
	})
	same(t, "inner scans", strings.Join(inner, ","), "c b a,za c b,zb za c")
	same(t, "result", listAll(t, s, kv.Range{}), "za=1 zb=2 zc=3")
}

func errorAbortsAll(t *testing.T, s kv.Store) {
	put(t, s, "a", "1")
	mine := errors.New("mine")
	err := s.Update(context.Background(), func(tx kv.Txn) error {
		return errors.Join(tx.Put([]byte("a"), []byte("2")), tx.Put([]byte("b"), nil), tx.Delete([]byte("a")), mine)
	})
	wantErr(t, "Update", err, mine)
	wantErr(t, "View", s.View(context.Background(), func(kv.Reader) error { return mine }), mine)
	same(t, "after", listAll(t, s, kv.Range{}), "a=1")
	func() {
		defer func() { _ = recover() }()
		_ = s.Update(context.Background(), func(tx kv.Txn) error {
			_ = tx.Put([]byte("a"), []byte("3"))
			panic("in the middle")
		})
	}()
	same(t, "after a panic", listAll(t, s, kv.Range{}), "a=1")
	put(t, s, "a", "4")
	same(t, "goes on", listAll(t, s, kv.Range{}), "a=4")
}

func buffersAreCopied(t *testing.T, s kv.Store) {
	update(t, s, func(tx kv.Txn) error {
		k, v := []byte("k1"), []byte("v1")
		err := tx.Put(k, v)
		k[1], v[1] = '2', '2'
		d := []byte("d")
		err = errors.Join(err, tx.Put(k, v), tx.Put([]byte("e"), nil), tx.Delete(d))
		d[0] = 'e'
		return err
	})
	same(t, "after", listAll(t, s, kv.Range{}), "e= k1=v1 k2=v2")
}

func limits(t *testing.T, s kv.Store) {
	big := func(n int) []byte { return bytes.Repeat([]byte("x"), n) }
	key := func(i int) []byte { return []byte{'k', byte(i >> 8), byte(i)} }
	many := func(n, size int) func(kv.Txn) error {
		return func(tx kv.Txn) error {
			for i := range n {
				if err := tx.Put(key(i), big(size)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	fourth := kv.MaxTxnBytes/4 - 3
	for _, c := range []struct {
		name string
		fn   func(kv.Txn) error
		fits bool
	}{
		{"longest key", func(tx kv.Txn) error { return tx.Put(big(kv.MaxKey), nil) }, true},
		{"longer key", func(tx kv.Txn) error { return tx.Put(big(kv.MaxKey+1), nil) }, false},
		{"delete of a longer key", func(tx kv.Txn) error { return tx.Delete(big(kv.MaxKey + 1)) }, false},
		{"largest value", func(tx kv.Txn) error { return tx.Put([]byte("v"), big(kv.MaxValue)) }, true},
		{"larger value", func(tx kv.Txn) error { return tx.Put([]byte("v"), big(kv.MaxValue+1)) }, false},
		{"most writes", many(kv.MaxTxnOps, 1), true},
		{"one write more", many(kv.MaxTxnOps+1, 1), false},
		{"most bytes", many(4, fourth), true},
		{"more bytes", many(5, fourth), false},
		{"error ignored", func(tx kv.Txn) error { _ = many(5, fourth)(tx); return nil }, false},
	} {
		update(t, s, func(tx kv.Txn) error { return tx.Put([]byte("first"), nil) })
		err := s.Update(context.Background(), func(tx kv.Txn) error {
			if err := tx.Delete([]byte("first")); err != nil {
				return err
			}
			return tx.Put([]byte("first"), []byte("x"))
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Update(context.Background(), c.fn)
		if c.fits && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if !c.fits {
			wantErr(t, c.name, err, kv.ErrTooLarge)
			same(t, c.name, listAll(t, s, kv.Range{}), "first=x")
		}
		if err := s.DropRange(context.Background(), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func emptyKey(t *testing.T, s kv.Store) {
	ctx := context.Background()
	wantErr(t, "Put", s.Update(ctx, func(tx kv.Txn) error { return tx.Put(nil, []byte("v")) }), kv.ErrEmptyKey)
	wantErr(t, "Delete", s.Update(ctx, func(tx kv.Txn) error { return tx.Delete(nil) }), kv.ErrEmptyKey)
	same(t, "Get", read(t, s, ""), "-")
}
