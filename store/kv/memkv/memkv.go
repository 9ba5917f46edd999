// Package memkv is a store in memory: a copy-on-write tree, one snapshot a
// commit. It is for tests and for trying things out; nothing survives Close.
package memkv

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/tidwall/btree"

	"stoa/store/kv"
	"stoa/store/kv/internal/feed"
	"stoa/store/kv/internal/lease"
	"stoa/store/kv/internal/writeset"
)

type tree = btree.Map[string, []byte]

// Store implements kv.Store.
type Store struct {
	clock    func() time.Time
	writer   chan struct{} // holds a token while an Update runs
	rows     atomic.Pointer[tree]
	revision uint64 // guarded by writer
	feed     *feed.Feed
	commits  atomic.Uint64
	closed   atomic.Bool
}

var _ kv.Store = (*Store)(nil)

// Open returns an empty store. clock times the leases; nil is the wall clock.
func Open(clock func() time.Time) *Store {
	if clock == nil {
		clock = time.Now
	}
	s := &Store{clock: clock, writer: make(chan struct{}, 1), feed: feed.New(0)}
	s.rows.Store(new(tree))
	return s
}

// View runs fn on the last commit.
func (s *Store) View(ctx context.Context, fn func(kv.Reader) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	return fn(snapshot{s.rows.Load()})
}

// Update runs fn; transactions run one at a time.
func (s *Store) Update(ctx context.Context, fn func(kv.Txn) error) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	tx := &txn{rows: s.rows.Load().Copy()}
	defer func() { tx.done = true }()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.check(); err != nil {
		return err
	}
	if len(tx.writes.All()) == 0 {
		return nil
	}
	s.revision++
	s.commits.Add(1)
	s.rows.Store(tx.rows)
	s.feed.Publish(s.revision, tx.writes.Changes(s.revision))
	return nil
}

// Watch reports changes; see kv.Store.
func (s *Store) Watch(ctx context.Context, prefix []byte, after uint64) (kv.Watcher, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	return s.feed.Watch(prefix, after)
}

// Acquire takes a lease; see kv.Store.
func (s *Store) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (kv.Lease, error) {
	return lease.Keeper{Store: s, Clock: s.clock}.Acquire(ctx, name, holder, ttl)
}

// DropRange removes [start, end); watchers are not told.
func (s *Store) DropRange(ctx context.Context, start, end []byte) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	rows := s.rows.Load().Copy()
	var keys [][]byte
	_ = snapshot{rows}.Scan(kv.Range{Start: start, End: end, KeysOnly: true}, func(k, _ []byte) bool {
		keys = append(keys, k)
		return true
	})
	for _, k := range keys {
		rows.Delete(string(writeset.Key(writeset.User, k)))
	}
	s.rows.Store(rows)
	return nil
}

// Stats has the number of commits.
func (s *Store) Stats() kv.Stats { return kv.Stats{Driver: "memory", Commits: s.commits.Load()} }

// Close ends the watchers and refuses everything after.
func (s *Store) Close() error {
	s.writer <- struct{}{}
	defer s.unlock()
	s.closed.Store(true)
	s.rows.Store(new(tree))
	s.feed.Close()
	return nil
}

func (s *Store) usable(ctx context.Context) error {
	if s.closed.Load() {
		return kv.ErrClosed
	}
	return ctx.Err()
}

func (s *Store) lock(ctx context.Context) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	select {
	case s.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.closed.Load() {
		s.unlock()
		return kv.ErrClosed
	}
	return nil
}

func (s *Store) unlock() { <-s.writer }
