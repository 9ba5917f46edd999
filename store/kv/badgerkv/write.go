package badgerkv

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"github.com/tidwall/btree"

	"stoa/store/kv"
	"stoa/store/kv/internal/writeset"
)

// revisionsAhead is how many revisions are reserved on disk at a time, see
// reserve.
const revisionsAhead = 1 << 20

// batch is the transactions that share one commit of the engine and one sync.
type batch struct {
	last    uint64 // revision of the last transaction
	bytes   int
	commits []commit
	done    chan struct{} // closed once durable, or failed
	err     error         // set before done
}

type commit struct {
	revision uint64
	writes   writeset.Set
	quiet    bool // not for watchers
}

// overlaid is a write that is not durable yet.
type overlaid struct {
	writeset.Write
	in *batch
}

// writers is Update's side of a store. mu is held while a body runs: bodies are
// serial, so transactions are serializable, ranges included.
type writers struct {
	store    *Store
	mu       sync.Mutex
	work     sync.Cond // the open batch got its first commit, or closing
	room     sync.Cond // the open batch was taken
	open     *batch
	taken    *batch // being committed; nil when none
	full     int    // bytes at which the open batch takes no more
	pending  *btree.BTreeG[overlaid]
	base     atomic.Uint64 // bodies read the engine at this revision, under pending
	baseTxn  *badger.Txn
	revision uint64 // last given out
	reserved uint64 // on disk: no revision above it was ever given out; the committer's
	closing  bool
}

func (w *writers) init(s *Store, last uint64) {
	w.store, w.revision, w.reserved = s, last, last
	w.work.L, w.room.L = &w.mu, &w.mu
	w.open = newBatch()
	w.pending = btree.NewBTreeGOptions(func(a, b overlaid) bool {
		return bytes.Compare(a.Key, b.Key) < 0
	}, btree.Options{NoLocks: true, Degree: 16})
	w.rebase(last)
	// The engine takes 15 % of a memtable in one transaction, its own bytes per
	// entry included; the last body to enter may bring a whole MaxTxnBytes.
	w.full = min(int(s.opts.MemTableSize*15/100)-kv.MaxTxnBytes-64<<10, 1<<20)
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

func (w *writers) rebase(revision uint64) {
	w.base.Store(revision)
	w.baseTxn = w.store.db.NewTransactionAt(revision, false)
}

// Update runs fn and returns once its writes, and all that it read, are durable.
// Its error is nil only then. After an error of the disk (kv.ErrFailed) it is
// not known whether the transaction will be there after a restart.
func (s *Store) Update(ctx context.Context, fn func(kv.Txn) error) error {
	return s.update(ctx, fn, false)
}

func (s *Store) update(ctx context.Context, fn func(kv.Txn) error, quiet bool) error {
	b, err := s.writers.run(ctx, fn, quiet)
	if err != nil || b == nil {
		return err
	}
	<-b.done
	return b.err
}

// run runs fn under the lock and returns the batch to wait for; nil is none.
func (w *writers) run(ctx context.Context, fn func(kv.Txn) error, quiet bool) (*batch, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.open.bytes >= w.full && !w.closing {
		w.room.Wait()
	}
	if err := w.refuse(ctx, quiet); err != nil {
		return nil, err
	}
	tx := txn{writers: w, ctx: ctx}
	defer func() { tx.done = true }()
	if err := fn(&tx); err != nil {
		return nil, err
	}
	if err := tx.check(); err != nil {
		return nil, err
	}
	if len(tx.writes.All()) > 0 {
		w.add(tx.writes, quiet)
	}
	if len(w.open.commits) > 0 {
		return w.open, nil
	}
	return w.taken, nil
}

func (w *writers) refuse(ctx context.Context, quiet bool) error {
	if w.closing {
		return kv.ErrClosed
	}
	if err := w.store.failed(); err != nil {
		return err
	}
	if w.store.readOnly.Load() && !quiet {
		return kv.ErrReadOnly
	}
	return ctx.Err()
}

// add puts one transaction into the open batch.
func (w *writers) add(writes writeset.Set, quiet bool) {
	b := w.open
	if len(b.commits) == 0 {
		w.work.Signal()
	}
	w.revision++
	b.last = w.revision
	b.bytes += writes.Bytes() + 32*len(writes.All())
	b.commits = append(b.commits, commit{w.revision, writes, quiet})
	for _, write := range writes.All() {
		w.pending.Set(overlaid{write, b})
	}
}

// next forgets the batch that is durable now and waits for the next one; nil
// when the store is closing and everything is committed.
func (w *writers) next(durable *batch) *batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken = nil
	if durable != nil && durable.err == nil {
		w.rebase(durable.last)
		w.forget(durable)
	}
	for len(w.open.commits) == 0 {
		if w.closing {
			return nil
		}
		w.work.Wait()
	}
	w.taken, w.open = w.open, newBatch()
	w.room.Broadcast()
	return w.taken
}

func (w *writers) forget(b *batch) {
	for _, c := range b.commits {
		for _, write := range c.writes.All() {
			if o, ok := w.pending.Get(overlaid{Write: write}); ok && o.in == b {
				w.pending.Delete(o)
			}
		}
	}
}

func (w *writers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closing = true
	w.work.Broadcast()
	w.room.Broadcast()
}

// commitBatches is the committer. One batch after the other, so that a log file
// is durable to its end before the engine begins the next.
func (s *Store) commitBatches() {
	var b *batch
	for {
		if b = s.writers.next(b); b == nil {
			return
		}
		if b.err = s.failed(); b.err == nil {
			if err := s.commit(b); err != nil {
				b.err = s.fail(err)
			}
		}
		if b.err == nil {
			s.commits.Add(uint64(len(b.commits)))
			for _, c := range b.commits {
				for _, w := range c.writes.All() {
					s.recent.wrote(w.Key, b.last)
				}
			}
			s.readers.durable.Store(b.last)
			for _, c := range b.commits {
				if c.quiet {
					s.feed.Publish(c.revision, nil)
				} else {
					s.feed.Publish(c.revision, c.writes.Changes(c.revision))
				}
			}
		}
		close(b.done)
	}
}

// commit writes b to the engine as one transaction and makes it durable.
func (s *Store) commit(b *batch) error {
	tx := s.db.NewTransactionAt(b.last, true)
	defer tx.Discard()
	for _, c := range b.commits {
		for _, w := range c.writes.All() {
			var err error
			if w.Deleted {
				err = tx.Delete(w.Key)
			} else {
				err = tx.Set(w.Key, w.Value)
			}
			if err != nil {
				return err
			}
		}
	}
	if err := s.reserve(tx, b.last); err != nil {
		return err
	}
	if err := tx.CommitAt(b.last, nil); err != nil {
		return err
	}
	s.syncs.Add(1)
	return s.log.sync()
}

// reserve keeps a row on disk that no revision in use is above. The engine's own
// highest version does not do: it falls when the compaction drops a deleted key,
// and a revision that came twice would make a watcher resume in the wrong place.
func (s *Store) reserve(tx *badger.Txn, last uint64) error {
	if last <= s.writers.reserved {
		return nil
	}
	s.writers.reserved = last + revisionsAhead
	return tx.Set(revisionKey(), binary.BigEndian.AppendUint64(nil, s.writers.reserved))
}

func revisionKey() []byte { return writeset.Key(writeset.System, []byte("revision")) }

func (s *Store) lastRevision() (uint64, error) {
	last := max(s.db.MaxVersion(), 1)
	item, err := s.db.NewTransactionAt(last, false).Get(revisionKey())
	if errors.Is(err, badger.ErrKeyNotFound) {
		return last, nil
	}
	if err != nil {
		return 0, fmt.Errorf("kv: reading the revision: %w", err)
	}
	err = item.Value(func(v []byte) error {
		if len(v) != 8 {
			return errors.New("kv: the revision row is damaged")
		}
		last = max(last, binary.BigEndian.Uint64(v))
		return nil
	})
	return last, err
}

// DropRange removes [start, end) in transactions of their own, also while there
// is too little space to write: this is how space comes back. Watchers are not
// told. Stopped in between, it goes on when it is called again.
func (s *Store) DropRange(ctx context.Context, start, end []byte) error {
	for {
		more := false
		err := s.update(ctx, func(tx kv.Txn) error {
			var failed error
			n := 0
			err := tx.Scan(kv.Range{Start: start, End: end, KeysOnly: true}, func(key, _ []byte) bool {
				if n++; n > kv.MaxTxnOps {
					more, start = true, key
					return false
				}
				failed = tx.Delete(key)
				return failed == nil
			})
			return errors.Join(err, failed)
		}, true)
		if err != nil || !more {
			return err
		}
	}
}
