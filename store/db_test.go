package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

func TestOnCommitRunsOnceAfterTheCommit(t *testing.T) {
	p := newPeople()
	engine := &again{Store: memkv.Open(nil)}
	db := open(t, engine, p.schema)
	engine.times = 3
	woken := 0
	update(t, db, func(tx *store.Tx) error {
		tx.OnCommit(func() {
			woken++
			view(t, db, func(r store.Reader) error {
				_, err := p.rows.Get(r, id(1))
				return err
			})
		})
		return p.rows.Put(tx, &person{ID: 1})
	})
	if woken != 1 {
		t.Errorf("woken %d times", woken)
	}
	failed := errors.New("refused")
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		tx.OnCommit(func() { t.Error("ran without a commit") })
		return failed
	})
	if !errors.Is(err, failed) {
		t.Error(err)
	}
}

// again is an engine whose transactions run more than once, as they may.
type again struct {
	kv.Store
	times int
}

func (a *again) Update(ctx context.Context, fn func(kv.Txn) error) error {
	aborted := errors.New("conflict")
	for range a.times {
		err := a.Store.Update(ctx, func(tx kv.Txn) error {
			if err := fn(tx); err != nil {
				return err
			}
			return aborted
		})
		if !errors.Is(err, aborted) {
			return err
		}
	}
	return a.Store.Update(ctx, fn)
}

func TestFailedWriteCannotBeCommittedInPart(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		db := open(t, engine, p.schema)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			long := strings.Repeat("long", kv.MaxKey)
			if err := p.rows.Insert(tx, &person{ID: 1, Tags: []string{long}}); !errors.Is(err, kv.ErrTooLarge) {
				t.Errorf("long tag: %v", err)
			}
			return nil // a caller that overlooks the error
		})
		if !errors.Is(err, kv.ErrTooLarge) {
			t.Errorf("commit: %v", err)
		}
		if rep := sound(t, db); rep.Rows != 0 {
			t.Errorf("%d rows", rep.Rows)
		}
	})
}

func TestFullEndsABatchWithinTheLimits(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		db := open(t, engine, p.schema)
		const total = 2000
		batches := 0
		for n := uint64(0); n < total; batches++ {
			first := n
			update(t, db, func(tx *store.Tx) error {
				for n = first; n < total && !tx.Full(); n++ {
					row := person{ID: n + 1, Login: fmt.Sprint(n), Team: fmt.Sprint(n), Tags: []string{"a", "b"}, Ends: tx.Now()}
					if err := p.rows.Insert(tx, &row); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if batches < 10 || batches > 200 {
			t.Errorf("%d rows took %d batches", total, batches)
		}
		n, _, err := db.Reap(t.Context(), 5000)
		if n != total || err != nil {
			t.Errorf("reaped %d, %v", n, err)
		}
		sound(t, db)
	})
}

// TestReadersSeeWholeTransactions: while writers move rows between teams, every
// snapshot has the same total, and its pages agree with its counts.
func TestReadersSeeWholeTransactions(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		db := open(t, engine, p.schema)
		const total = 150
		for n := uint64(1); n <= total; n++ {
			insert(t, db, p, person{ID: n, Team: "a"})
		}
		var writers, readers sync.WaitGroup
		stop := make(chan struct{})
		for range 2 {
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if err := db.View(context.Background(), func(r store.Reader) error { return teamsAddUp(p, r, total) }); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for w := range uint64(4) {
			writers.Go(func() {
				for i := range uint64(60) {
					err := db.Update(context.Background(), func(tx *store.Tx) error {
						row, err := p.rows.Get(tx, id(1+(w*37+i*11)%total))
						if err != nil {
							return err
						}
						row.Team = string("ab"[i%2])
						row.Joined = tx.Now()
						return p.rows.Update(tx, row)
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Wait()
		close(stop)
		readers.Wait()
		sound(t, db)
	})
}

func teamsAddUp(p *people, r store.Reader, want int) error {
	sum := 0
	for _, team := range []string{"a", "b"} {
		n, err := p.teams.Count(r, store.K().Str(team))
		if err != nil {
			return err
		}
		rows, total, err := p.teams.Page(r, store.K().Str(team), 0, want, true)
		if err != nil || total != n || len(rows) != n {
			return fmt.Errorf("team %s: count %d, page %d of %d, %w", team, n, len(rows), total, err)
		}
		sum += n
	}
	if sum != want {
		return fmt.Errorf("%d rows in both teams, want %d", sum, want)
	}
	return nil
}
