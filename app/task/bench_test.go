package task_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"stoa/app/apptest"
	"stoa/app/task"
	"stoa/store"
	"stoa/store/kv/badgerkv"
)

// BenchmarkLease is 64 workers that lease and finish tasks of a queue on disk with
// so many waiting.
func BenchmarkLease(b *testing.B) {
	for _, queued := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("queued=%d", queued), func(b *testing.B) {
			if queued > 100_000 && testing.Short() {
				b.Skip("filling the queue takes minutes")
			}
			c := apptest.NewClock()
			engine, err := badgerkv.Open(filepath.Join(b.TempDir(), "store"), badgerkv.Options{Clock: c.Now, MinFreeBytes: -1, MinFreePercent: -1})
			if err != nil {
				b.Fatal(err)
			}
			w := on(b, engine, c, task.Kind{Type: "long", PerUser: 64, Queue: 1 << 30})
			w.fill(queued + b.N)
			var left atomic.Int64
			left.Store(int64(b.N))
			var all sync.WaitGroup
			b.ResetTimer()
			for range 64 {
				all.Go(func() {
					for left.Add(-1) >= 0 {
						got, err := w.Lease(b.Context(), "a", []string{"long"}, 1)
						if err == nil && len(got) == 1 {
							err = w.Ack(b.Context(), got[0].ID, got[0].Lease, task.Result{})
						}
						if err != nil || len(got) != 1 {
							b.Errorf("leased %d: %v", len(got), err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
		})
	}
}

func (w *world) fill(n int) {
	w.t.Helper()
	for at := 0; at < n; {
		next := at
		err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
			for next = at; next < n && next-at < 30 && !tx.Full(); next++ {
				if _, err := w.AddTx(tx, user(uint64(1+next%1000)), task.New{Type: "long"}); err != nil {
					return err
				}
			}
			return nil
		})
		at = next
		if err != nil {
			w.t.Fatal(err)
		}
	}
}
