package badgerkv

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"stoa/store/kv"
)

func (s *Store) read(t *testing.T, key string) string {
	t.Helper()
	var out string
	err := s.View(t.Context(), func(r kv.Reader) error {
		v, err := r.Get([]byte(key))
		out = string(v)
		return err
	})
	if errors.Is(err, kv.ErrNotFound) {
		return "none"
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *Store) change(t *testing.T, key, value string) {
	t.Helper()
	err := s.Update(t.Context(), func(tx kv.Txn) error {
		if value == "none" {
			return tx.Delete([]byte(key))
		}
		return tx.Put([]byte(key), []byte(value))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A snapshot stays what it was although others read and write the same rows.
func TestSnapshotBesideRecentRows(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	s.change(t, "a", "1")
	for range 2 {
		if got := s.read(t, "a"); got != "1" {
			t.Fatalf("a is %s", got)
		}
	}
	err := s.View(t.Context(), func(r kv.Reader) error {
		for _, now := range []string{"2", "none", "3"} {
			s.change(t, "a", now)
			for range 2 {
				if got := s.read(t, "a"); got != now {
					t.Errorf("a is %s, want %s", got, now)
				}
				if v, err := r.Get([]byte("a")); err != nil || string(v) != "1" {
					t.Errorf("the old snapshot has %s (%v), want 1", v, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.read(t, "a"); got != "3" {
		t.Errorf("a is %s, want 3", got)
	}
}

// Amounts move between rows; every snapshot and every transaction sees all of them
// together, whatever was remembered of which row.
func TestRecentRowsFitTogether(t *testing.T) {
	const rows, each, moves = 6, 100, 400
	s := open(t, t.TempDir(), Options{})
	key := func(i int) []byte { return []byte{'k', byte(i)} }
	number := func(r kv.Reader, i int) uint64 {
		v, err := r.Get(key(i))
		if err != nil {
			t.Error(err)
			return 0
		}
		return binary.BigEndian.Uint64(v)
	}
	put := func(tx kv.Txn, i int, n uint64) error { return tx.Put(key(i), binary.BigEndian.AppendUint64(nil, n)) }
	sum := func(r kv.Reader) error {
		total := uint64(0)
		for i := range rows {
			total += number(r, i)
		}
		if total != rows*each {
			t.Errorf("the rows have %d together, want %d", total, rows*each)
		}
		return nil
	}
	err := s.Update(t.Context(), func(tx kv.Txn) error {
		var err error
		for i := range rows {
			err = errors.Join(err, put(tx, i, each))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var readers, writers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				if err := s.View(t.Context(), sum); err != nil {
					t.Error(err)
				}
			}
		})
		writers.Go(func() {
			for range moves {
				from, to := rand.IntN(rows), rand.IntN(rows)
				err := s.Update(t.Context(), func(tx kv.Txn) error {
					if a, b := number(tx, from), number(tx, to); a > 0 && from != to {
						return errors.Join(put(tx, from, a-1), put(tx, to, b+1), sum(tx))
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	cancel()
	readers.Wait()
	if err := s.View(t.Context(), sum); err != nil {
		t.Error(err)
	}
}
