package store_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

// clock is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

func TestReapDeletesWhatIsDueAndOnlyThat(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		at := &clock{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		db, err := store.Open(t.Context(), engine, p.schema, store.Options{Clock: at.now})
		if err != nil {
			t.Fatal(err)
		}
		reap := func(limit, want int, next time.Duration) {
			t.Helper()
			start := at.now()
			n, due, err := db.Reap(t.Context(), limit)
			if err != nil || n != want {
				t.Fatalf("reaped %d, %v; want %d", n, err, want)
			}
			if next == 0 && !due.IsZero() || next != 0 && due.Sub(start) != next {
				t.Errorf("next due %v, now %v, want in %v", due, start, next)
			}
			sound(t, db)
		}
		reap(10, 0, 0)
		for n := uint64(1); n <= 300; n++ {
			row := person{ID: n, Login: strconv.FormatUint(n, 10), Tags: []string{"x", "y", "z"}, Team: "t"}
			if n > 100 {
				row.Ends = at.now().Add(time.Duration(n) * time.Minute)
			}
			insert(t, db, p, row)
		}
		reap(10, 0, 101*time.Minute)
		at.add(101 * time.Minute)
		reap(10, 1, time.Minute) // the time itself is due
		at.add(99 * time.Minute)
		reap(90, 90, -8*time.Minute) // limit: more is overdue
		reap(1000, 9, time.Minute)
		update(t, db, func(tx *store.Tx) error { // prolonged, made endless, ended early
			if err := p.rows.Put(tx, &person{ID: 201, Ends: tx.Now().Add(time.Hour)}); err != nil {
				return err
			}
			if err := p.rows.Put(tx, &person{ID: 202}); err != nil {
				return err
			}
			return p.rows.Put(tx, &person{ID: 203, Ends: tx.Now()})
		})
		reap(1000, 1, 4*time.Minute)
		at.add(24 * time.Hour)
		reap(1000, 98, 0)
		if rep := sound(t, db); rep.Rows != 101 {
			t.Errorf("%d rows left, want 101", rep.Rows)
		}
	})
}

// TestReapRemovesStaleEntries: an entry that no row stands behind must neither
// delete anything nor keep the reaper busy for ever.
func TestReapRemovesStaleEntries(t *testing.T) {
	p := newPeople()
	engine := memkv.Open(nil)
	db := open(t, engine, p.schema)
	insert(t, db, p, person{ID: 1})
	err := engine.Update(t.Context(), func(tx kv.Txn) error {
		for n := uint64(1); n <= 2; n++ {
			key := store.Key{0, 7, 0x50}.Time(time.Unix(1, 0)).Uint(n)
			if err := tx.Put(key, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n, next, err := db.Reap(t.Context(), 100)
	if n != 0 || !next.IsZero() || err != nil {
		t.Errorf("reaped %d, next %v, %v", n, next, err)
	}
	if rep := sound(t, db); rep.Rows != 1 {
		t.Errorf("%d rows", rep.Rows)
	}
}
