package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stoa/store"
)

// BenchmarkPage reads pages of 20 rows. The first page and the five hundredth, of
// a million rows and of ten thousand in the same store, are meant to cost about
// the same; a store that holds ten thousand alone answers from memory.
func BenchmarkPage(b *testing.B) {
	const million, small = 1_000_000, 10_000
	for _, size := range []int{small, million} {
		s := newScores()
		db := open(b, openBadger(b), s.schema)
		fill(b, db, s, size)
		name := fmt.Sprintf("store=%d/group=", size)
		benchPages(b, db, s, name+"all", store.K(), size)
		if size > small {
			benchPages(b, db, s, name+"10000", store.K().Int(50), small)
		}
	}
}

func benchPages(b *testing.B, db *store.DB, s *scores, name string, group store.Key, size int) {
	for _, number := range []int{1, 500} {
		for _, reverse := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/page=%d/reverse=%v", name, number, reverse), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					view(b, db, func(r store.Reader) error {
						rows, total, err := s.ranked.Page(r, group, (number-1)*20, 20, reverse)
						if err == nil && (len(rows) != 20 || total != size) {
							err = fmt.Errorf("%d rows of %d", len(rows), total)
						}
						return err
					})
				}
			})
		}
	}
	b.Run(name+"/count", func(b *testing.B) {
		for b.Loop() {
			view(b, db, func(r store.Reader) error { _, err := s.ranked.Count(r, group); return err })
		}
	})
}

func fill(b *testing.B, db *store.DB, s *scores, size int) {
	b.Helper()
	start := time.Now()
	pad := make([]byte, 150)
	for n := 0; n < size; {
		first := n
		update(b, db, func(tx *store.Tx) error {
			for n = first; n < min(first+120, size); n++ {
				if err := s.rows.Insert(tx, &score{ID: uint64(n + 1), Color: n / 10_000, Value: int64(n), Pad: pad}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.Logf("%d rows filled in %v", size, time.Since(start).Round(time.Millisecond))
}

// account is a row of usual size, with a unique value, an ordered index and a
// ranked one.
type account struct {
	ID      uint64    `cbor:"1,keyasint"`
	Login   string    `cbor:"2,keyasint"`
	Name    string    `cbor:"3,keyasint"`
	Mail    string    `cbor:"4,keyasint"`
	Team    uint64    `cbor:"5,keyasint"`
	Created time.Time `cbor:"6,keyasint"`
	Hash    []byte    `cbor:"7,keyasint"`
}

type accounts struct {
	schema *store.Schema
	rows   store.Table[account]
	ids    *store.Sequence
}

func newAccounts() *accounts {
	a := &accounts{schema: store.NewSchema()}
	a.rows = store.Define(a.schema, 5, "accounts", func(r *account) store.Key { return store.K().Uint(r.ID) })
	a.rows.Unique(1, "login", func(r *account) (store.Key, bool) { return store.K().Str(r.Login), true })
	a.rows.Index(1, "team", func(r *account) []store.Key { return []store.Key{store.K().Uint(r.Team).Time(r.Created)} })
	a.rows.Ranked(1, "created", func(r *account) []store.Key { return []store.Key{store.K()} },
		func(r *account) store.Key { return store.K().Time(r.Created) })
	a.ids = store.NewSequence(a.schema, 6, "ids", 1)
	return a
}

func (a *accounts) insert(ctx context.Context, db *store.DB) error {
	return db.Update(ctx, func(tx *store.Tx) error {
		n, err := a.ids.Next(tx)
		if err != nil {
			return err
		}
		return a.rows.Insert(tx, &account{
			ID: n, Login: fmt.Sprintf("login-%d", n), Name: "Ada Test", Mail: fmt.Sprintf("login-%d@example.com", n),
			Team: n % 50, Created: tx.Now(), Hash: make([]byte, 96),
		})
	})
}

const writers = 64

// inParallel shares b.N calls among the writers.
func inParallel(b *testing.B, fn func() error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range writers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := fn(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "txn/s")
}

// BenchmarkInsert: one row, three indexes and a sequence a transaction.
func BenchmarkInsert(b *testing.B) {
	a := newAccounts()
	engine := &counting{Store: openBadger(b)}
	db := open(b, engine, a.schema)
	inParallel(b, func() error { return a.insert(b.Context(), db) })
	b.ReportMetric(float64(engine.bytes.Load())/float64(b.N), "bytes/row")
	b.ReportMetric(float64(engine.writes.Load())/float64(b.N), "writes/row")
}

// BenchmarkFloor is what the disk allows: as many writers append a kilobyte to a
// file and share each fdatasync.
func BenchmarkFloor(b *testing.B) {
	file, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	type batch struct{ done chan struct{} }
	var mu sync.Mutex
	waiting := &batch{make(chan struct{})}
	wake := make(chan struct{}, 1)
	go func() {
		for range wake {
			mu.Lock()
			full := waiting
			waiting = &batch{make(chan struct{})}
			mu.Unlock()
			_ = datasync(file)
			close(full.done)
		}
	}()
	defer close(wake)
	record := make([]byte, 1024)
	inParallel(b, func() error {
		mu.Lock()
		_, err := file.Write(record)
		mine := waiting
		mu.Unlock()
		select {
		case wake <- struct{}{}:
		default:
		}
		<-mine.done
		return err
	})
}
