package badgerkv

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"

	"stoa/store/kv"
	"stoa/store/kv/internal/writeset"
)

// readers is View's side of a store. It knows which snapshots are being read:
// the engine must keep their versions, and Close waits for them.
type readers struct {
	durable atomic.Uint64 // revision of the last commit that is durable
	mu      sync.Mutex
	idle    sync.Cond
	reading []reading // those in use, by revision
	closing bool
}

type reading struct {
	revision uint64
	count    int
}

func (r *readers) init(last uint64) {
	r.idle.L = &r.mu
	r.durable.Store(last)
}

// begin takes the snapshot of the last durable commit. Snapshots only move
// forward, so the list stays sorted.
func (r *readers) begin() (uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return 0, kv.ErrClosed
	}
	revision := r.durable.Load()
	if n := len(r.reading); n > 0 && r.reading[n-1].revision == revision {
		r.reading[n-1].count++
	} else {
		r.reading = append(r.reading, reading{revision, 1})
	}
	return revision, nil
}

func (r *readers) end(revision uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := len(r.reading) - 1
	for r.reading[i].revision != revision {
		i--
	}
	if r.reading[i].count--; r.reading[i].count == 0 {
		r.reading = slices.Delete(r.reading, i, i+1)
	}
	if len(r.reading) == 0 {
		r.idle.Broadcast()
	}
}

// oldest is the first revision that is read by a View, or base.
func (r *readers) oldest(base uint64) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.reading) > 0 {
		return min(base, r.reading[0].revision)
	}
	return base
}

func (r *readers) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closing = true
	for len(r.reading) > 0 {
		r.idle.Wait()
	}
}

// View runs fn on the last durable commit. It waits for nobody.
func (s *Store) View(ctx context.Context, fn func(kv.Reader) error) error {
	if err := errors.Join(s.failed(), ctx.Err()); err != nil {
		return err
	}
	revision, err := s.readers.begin()
	if err != nil {
		return err
	}
	defer s.readers.end(revision)
	return fn(&snapshot{ctx: ctx, store: s, revision: revision})
}

type snapshot struct {
	ctx      context.Context
	store    *Store
	revision uint64
	tx       *badger.Txn // opened when something is read that is not in recent
	key      []byte      // reused
}

func (s *snapshot) engine() *badger.Txn {
	if s.tx == nil {
		s.tx = s.store.db.NewTransactionAt(s.revision, false)
	}
	return s.tx
}

func (s *snapshot) Get(key []byte) ([]byte, error) {
	s.key = append(append(s.key[:0], writeset.User), key...)
	if value, ok := s.store.recent.get(s.key, s.revision); ok {
		return value, nil
	}
	value, err := getItem(s.engine(), s.key)
	if err == nil {
		s.store.recent.keep(bytes.Clone(s.key), value, s.revision)
	}
	return value, err
}

func (s *snapshot) Scan(r kv.Range, fn func(key, value []byte) bool) error {
	return scan(s.ctx, s.engine(), r, nil, fn)
}

// scan visits the engine's rows and those in memory, which hide the engine's.
func scan(ctx context.Context, tx *badger.Txn, r kv.Range, memory []writeset.Write, fn func(k, v []byte) bool) error {
	start, end := writeset.Bounds(r)
	if bytes.Compare(start, end) >= 0 {
		return nil
	}
	m := merge{rows: openRows(tx, r, start, end), memory: memory}
	defer m.rows.it.Close()
	for n := 1; ; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		key, value, err := m.next()
		if err != nil || key == nil || !fn(key, value) {
			return err
		}
	}
}

// merge is one ordered walk over two.
type merge struct {
	rows   rows
	memory []writeset.Write // in the order of the walk
	keep   arena
}

// next returns the next row that is not deleted; a nil key after the last.
func (m *merge) next() (key, value []byte, err error) {
	for {
		engineKey, more := m.rows.key()
		if len(m.memory) == 0 {
			if !more {
				return nil, nil, nil
			}
			return m.fromEngine(engineKey)
		}
		order := -1 // of the memory's key after the engine's, along the walk
		if more {
			order = bytes.Compare(m.memory[0].Key, engineKey)
			if m.rows.reverse {
				order = -order
			}
		}
		if order > 0 {
			return m.fromEngine(engineKey)
		}
		if order == 0 {
			m.rows.it.Next()
		}
		w := m.memory[0]
		m.memory = m.memory[1:]
		if w.Deleted {
			continue
		}
		if m.rows.keysOnly {
			w.Value = nil
		}
		return w.Key[1:], w.Value, nil
	}
}

func (m *merge) fromEngine(engineKey []byte) (key, value []byte, err error) {
	key = m.keep.copy(engineKey[1:])
	if !m.rows.keysOnly {
		err = m.rows.it.Item().Value(func(v []byte) error { value = m.keep.copy(v); return nil })
	}
	m.rows.it.Next()
	return key, value, err
}

// rows walks the engine's rows between two bounds.
type rows struct {
	it         *badger.Iterator
	start, end []byte
	reverse    bool
	keysOnly   bool
}

func openRows(tx *badger.Txn, r kv.Range, start, end []byte) rows {
	o := badger.DefaultIteratorOptions
	o.PrefetchValues = false // values are inline; fetching ahead costs a goroutine each
	o.Reverse = r.Reverse
	o.Prefix = commonPrefix(start, end)
	out := rows{tx.NewIterator(o), start, end, r.Reverse, r.KeysOnly}
	if !r.Reverse {
		out.it.Seek(start)
		return out
	}
	out.it.Seek(end)
	if out.it.Valid() && bytes.Equal(out.it.Item().Key(), end) {
		out.it.Next()
	}
	return out
}

// key is the current row's; false after the last.
func (r rows) key() ([]byte, bool) {
	if !r.it.Valid() {
		return nil, false
	}
	key := r.it.Item().Key()
	if r.reverse {
		return key, bytes.Compare(key, r.start) >= 0
	}
	return key, bytes.Compare(key, r.end) < 0
}

func commonPrefix(a, b []byte) []byte {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// arena copies slices into few allocations. They live as long as one of them.
type arena struct {
	free []byte
	size int
}

func (a *arena) copy(b []byte) []byte {
	if len(b) > len(a.free) {
		a.size = min(max(2*a.size, 512), 64<<10)
		a.free = make([]byte, max(a.size, len(b)))
	}
	out := a.free[:len(b):len(b)]
	a.free = a.free[len(b):]
	copy(out, b)
	return out
}
