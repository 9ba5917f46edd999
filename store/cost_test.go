package store_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

// counting counts what goes through an engine.
type counting struct {
	kv.Store
	bytes, writes, gets, scanned atomic.Int64
}

func (c *counting) reset() {
	for _, n := range []*atomic.Int64{&c.bytes, &c.writes, &c.gets, &c.scanned} {
		n.Store(0)
	}
}

func (c *counting) Update(ctx context.Context, fn func(kv.Txn) error) error {
	return c.Store.Update(ctx, func(tx kv.Txn) error { return fn(countingTxn{tx, c}) })
}

func (c *counting) View(ctx context.Context, fn func(kv.Reader) error) error {
	return c.Store.View(ctx, func(r kv.Reader) error { return fn(countingReader{r, c}) })
}

type countingTxn struct {
	kv.Txn
	c *counting
}

func (t countingTxn) Put(key, value []byte) error {
	t.c.bytes.Add(int64(len(key) + len(value)))
	t.c.writes.Add(1)
	return t.Txn.Put(key, value)
}

type countingReader struct {
	kv.Reader
	c *counting
}

func (r countingReader) Get(key []byte) ([]byte, error) {
	r.c.gets.Add(1)
	return r.Reader.Get(key)
}

func (r countingReader) Scan(keys kv.Range, fn func(key, value []byte) bool) error {
	return r.Reader.Scan(keys, func(key, value []byte) bool {
		r.c.scanned.Add(1)
		return fn(key, value)
	})
}

// TestPagesCostTheSameEverywhere counts reads: a page is its rows, at most one
// range passed over, and a few nodes.
func TestPagesCostTheSameEverywhere(t *testing.T) {
	const total, limit, ranges = 12_000, 20, 64
	engine := &counting{Store: memkv.Open(nil)}
	s := newScores()
	db := open(t, engine, s.schema)
	for n := uint64(0); n < total; {
		first := n
		update(t, db, func(tx *store.Tx) error {
			for n = first; n < total && !tx.Full(); n++ {
				if err := s.rows.Insert(tx, &score{ID: n + 1, Value: int64(n)}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for _, offset := range []int{0, 20, 500 * limit, total/2 + 7, total - limit} {
		for _, reverse := range []bool{false, true} {
			engine.reset()
			view(t, db, func(r store.Reader) error {
				rows, n, err := s.ranked.Page(r, store.K(), offset, limit, reverse)
				if err != nil || n != total || len(rows) != limit {
					t.Errorf("%d rows of %d, %v", len(rows), n, err)
				}
				return nil
			})
			if gets, scanned := engine.gets.Load(), engine.scanned.Load(); gets > limit+8 || scanned > limit+ranges {
				t.Errorf("offset %d, reverse %v: %d reads, %d pairs passed", offset, reverse, gets, scanned)
			}
		}
	}
}

// TestInsertWritesLittle: the log of the engine is what limits durable inserts.
func TestInsertWritesLittle(t *testing.T) {
	const total = 3000
	engine := &counting{Store: memkv.Open(nil)}
	a := newAccounts()
	db := open(t, engine, a.schema)
	engine.reset()
	for range total {
		if err := a.insert(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
	if perRow := engine.bytes.Load() / total; perRow > 500 {
		t.Errorf("%d bytes a row of about 180 with three indexes", perRow)
	}
	if perRow := fmt.Sprintf("%.1f", float64(engine.writes.Load())/total); perRow != "6.0" {
		t.Errorf("%s writes a row, want 6: sequence, row, three entries, counts", perRow)
	}
	sound(t, db)
}
