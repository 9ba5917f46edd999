package badgerkv

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"stoa/store/kv"
)

const (
	benchWriters = 64
	benchRows    = 10_000
)

// inParallel shares b.N calls of fn among 64 writers and reports the rate and
// the median latency of durable transactions.
func inParallel(b *testing.B, fn func(key, value []byte) error) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	var mu sync.Mutex
	var took []time.Duration
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range benchWriters {
		wg.Go(func() {
			var mine []time.Duration
			value := make([]byte, 128)
			for left.Add(-1) >= 0 {
				key := binary.BigEndian.AppendUint64([]byte("row/"), rand.Uint64N(benchRows))
				start := time.Now()
				if err := fn(key, value); err != nil {
					b.Error(err)
					return
				}
				mine = append(mine, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "txn/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkUpdate: transactions that read one row and write it, each durable
// before it counts.
func BenchmarkUpdate(b *testing.B) {
	s := open(b, b.TempDir(), Options{})
	before := s.Stats()
	inParallel(b, func(key, value []byte) error {
		return s.Update(context.Background(), func(tx kv.Txn) error {
			old, err := tx.Get(key)
			if err == nil {
				copy(value, old)
			}
			value[0]++
			return tx.Put(key, value)
		})
	})
	after := s.Stats()
	b.ReportMetric(float64(after.Commits-before.Commits)/float64(after.Syncs-before.Syncs), "txn/sync")
}

// BenchmarkFloor is the same work on bare Badger: one transaction each under one
// mutex, and one fdatasync of the log shared by all who wait. It is what the
// driver is compared with.
func BenchmarkFloor(b *testing.B) {
	dir := b.TempDir()
	o, _ := Options{}.withDefaults()
	db, err := badger.Open(engineOptions(dir, o, nil))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	log, err := openWAL(dir, o)
	if err != nil {
		b.Fatal(err)
	}
	defer log.close()
	f := floor{sync: log.sync}
	f.turn.L = &f.mu
	var body sync.Mutex
	inParallel(b, func(key, value []byte) error {
		body.Lock()
		err := db.Update(func(tx *badger.Txn) error {
			if item, err := tx.Get(key); err == nil {
				_ = item.Value(func(old []byte) error { copy(value, old); return nil })
			}
			value[0]++
			return tx.Set(key, value)
		})
		body.Unlock()
		if err != nil {
			return err
		}
		return f.wait()
	})
}

// floor lets one sync serve everybody who came before it began.
type floor struct {
	sync    func() error
	mu      sync.Mutex
	turn    sync.Cond
	begun   uint64
	ended   uint64
	running bool
	err     error
}

func (f *floor) wait() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	need := f.begun + 1
	for f.ended < need {
		if f.running {
			f.turn.Wait()
			continue
		}
		f.running = true
		f.begun++
		f.mu.Unlock()
		err := f.sync()
		f.mu.Lock()
		f.running, f.ended = false, f.begun
		if err != nil {
			f.err = err
		}
		f.turn.Broadcast()
	}
	return f.err
}

// BenchmarkSync is the disk alone: one 4 KiB page written and made durable.
func BenchmarkSync(b *testing.B) {
	file, err := os.Create(b.TempDir() + "/page")
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	allocate(file, 1<<20)
	page := make([]byte, 4096)
	for i := 0; b.Loop(); i++ {
		if _, err := file.WriteAt(page, int64(i%256)*4096); err != nil {
			b.Fatal(err)
		}
		if err := fdatasync(file); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkView: one Get in its own snapshot.
func BenchmarkView(b *testing.B) {
	s := open(b, b.TempDir(), Options{})
	key := []byte("row/1")
	err := s.Update(context.Background(), func(tx kv.Txn) error { return tx.Put(key, make([]byte, 128)) })
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := s.View(context.Background(), func(r kv.Reader) error {
				_, err := r.Get(key)
				return err
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
}
