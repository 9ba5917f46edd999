package kvtest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"stoa/store/kv"
)

// clock stands still until it is told to move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func runLeases(t *testing.T, open Open) {
	for name, run := range map[string]func(*testing.T, kv.Store, *clock){
		"Lease":        leaseTurns,
		"LeaseGuard":   leaseGuard,
		"LeaseOneWins": leaseOneWins,
	} {
		t.Run(name, func(t *testing.T) {
			c := &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
			s := open(t, c.Now)
			t.Cleanup(func() { _ = s.Close() })
			run(t, s, c)
		})
	}
}

func acquire(t *testing.T, s kv.Store, name, holder string, above uint64) kv.Lease {
	t.Helper()
	l, err := s.Acquire(context.Background(), name, holder, time.Minute)
	if err != nil {
		t.Fatalf("Acquire %s for %s: %v", name, holder, err)
	}
	if l.Token() <= above {
		t.Fatalf("token %d, want above %d", l.Token(), above)
	}
	return l
}

func leaseTurns(t *testing.T, s kv.Store, c *clock) {
	ctx := context.Background()
	a := acquire(t, s, "job", "a", 0)
	_, err := s.Acquire(ctx, "job", "b", time.Minute)
	wantErr(t, "while a holds it", err, kv.ErrFenced)
	acquire(t, s, "another job", "b", 0)
	same(t, "leases are in nobody's scan", listAll(t, s, kv.Range{}), "")

	c.Advance(59 * time.Second)
	if err := a.Renew(ctx); err != nil {
		t.Fatal(err)
	}
	c.Advance(59 * time.Second)
	_, err = s.Acquire(ctx, "job", "b", time.Minute)
	wantErr(t, "while a renews", err, kv.ErrFenced)
	c.Advance(time.Second)
	b := acquire(t, s, "job", "b", a.Token())
	wantErr(t, "renewal of a lost lease", a.Renew(ctx), kv.ErrFenced)
	if err := a.Release(ctx); err != nil {
		t.Errorf("release of a lost lease: %v", err)
	}
	_, err = s.Acquire(ctx, "job", "a", time.Minute)
	wantErr(t, "a lost lease released nothing", err, kv.ErrFenced)

	if err := b.Release(ctx); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "renewal after release", b.Renew(ctx), kv.ErrFenced)
	again := acquire(t, s, "job", "a", b.Token())
	twice := acquire(t, s, "job", "a", again.Token())
	wantErr(t, "the same holder's earlier lease", again.Renew(ctx), kv.ErrFenced)
	c.Advance(time.Minute)
	wantErr(t, "renewal after the end", twice.Renew(ctx), kv.ErrFenced)
}

func leaseGuard(t *testing.T, s kv.Store, c *clock) {
	ctx := context.Background()
	l := acquire(t, s, "job", "a", 0)
	write := func(during func()) error {
		return s.Update(ctx, func(tx kv.Txn) error {
			if err := l.Guard(tx); err != nil {
				return err
			}
			during()
			return tx.Put([]byte("done"), []byte("by a"))
		})
	}
	if err := write(func() {}); err != nil {
		t.Fatal(err)
	}
	same(t, "guarded write", read(t, s, "done"), "by a")
	update(t, s, func(tx kv.Txn) error { return tx.Delete([]byte("done")) })

	late := write(func() { c.Advance(time.Hour) })
	wantErr(t, "the lease ended during the transaction", late, kv.ErrFenced)
	same(t, "fenced off", read(t, s, "done"), "-")
	acquire(t, s, "job", "b", l.Token())
	wantErr(t, "the lease is another's", write(func() {}), kv.ErrFenced)
	swallowed := s.Update(ctx, func(tx kv.Txn) error {
		_ = l.Guard(tx)
		return nil
	})
	wantErr(t, "a guard whose error was ignored", swallowed, kv.ErrFenced)
	same(t, "fenced off", listAll(t, s, kv.Range{}), "")
}

func leaseOneWins(t *testing.T, s kv.Store, c *clock) {
	for range 5 {
		var mu sync.Mutex
		won := 0
		together(8, func(i int) {
			_, err := s.Acquire(context.Background(), "job", string(rune('a'+i)), time.Minute)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.Is(err, kv.ErrFenced) {
				t.Error(err)
			}
		})
		if won != 1 {
			t.Fatalf("%d of 8 got the lease", won)
		}
		c.Advance(time.Hour)
	}
}
