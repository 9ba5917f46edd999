package badgerkv

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"stoa/store/kv"
	"stoa/store/kv/internal/writeset"
)

var errDone = errors.New("kv: transaction used after its function returned")

// txn is three layers: its own writes, above the batches that are not durable
// yet, above the engine.
type txn struct {
	writers *writers
	ctx     context.Context
	writes  writeset.Set
	key     []byte // reused
	checks  []func() error
	done    bool
}

func (t *txn) Get(key []byte) ([]byte, error) { return t.get(writeset.User, key) }

func (t *txn) GetSystem(key []byte) ([]byte, error) { return t.get(writeset.System, key) }

func (t *txn) get(space byte, key []byte) ([]byte, error) {
	if t.done {
		return nil, errDone
	}
	t.key = append(append(t.key[:0], space), key...)
	if w, ok := t.writes.Get(t.key); ok {
		return written(w)
	}
	if o, ok := t.writers.pending.Get(overlaid{Write: writeset.Write{Key: t.key}}); ok {
		return written(o.Write)
	}
	if value, ok := t.writers.store.recent.get(t.key, t.writers.base.Load()); ok {
		return value, nil
	}
	return getItem(t.writers.baseTxn, t.key)
}

func written(w writeset.Write) ([]byte, error) {
	if w.Deleted {
		return nil, kv.ErrNotFound
	}
	return w.Value, nil
}

func (t *txn) Scan(r kv.Range, fn func(key, value []byte) bool) error {
	if t.done {
		return errDone
	}
	start, end := writeset.Bounds(r)
	if bytes.Compare(start, end) >= 0 {
		return nil
	}
	return scan(t.ctx, t.writers.baseTxn, r, t.memory(start, end, r.Reverse), fn)
}

// memory is the writes in [start, end) that the engine does not have, in the
// order of the scan.
func (t *txn) memory(start, end []byte, reverse bool) []writeset.Write {
	own := t.writes.Between(start, end)
	out := own
	if t.writers.pending.Len() > 0 {
		out = nil
		t.writers.pending.Ascend(overlaid{Write: writeset.Write{Key: start}}, func(o overlaid) bool {
			if bytes.Compare(o.Key, end) >= 0 {
				return false
			}
			for len(own) > 0 && bytes.Compare(own[0].Key, o.Key) < 0 {
				out, own = append(out, own[0]), own[1:]
			}
			if len(own) == 0 || !bytes.Equal(own[0].Key, o.Key) {
				out = append(out, o.Write)
			}
			return true
		})
		out = append(out, own...)
	}
	if reverse {
		slices.Reverse(out)
	}
	return out
}

func (t *txn) Put(key, value []byte) error {
	if t.done {
		return errDone
	}
	return t.writes.Put(writeset.User, key, value)
}

func (t *txn) PutSystem(key, value []byte) error {
	if t.done {
		return errDone
	}
	return t.writes.Put(writeset.System, key, value)
}

func (t *txn) Delete(key []byte) error {
	if t.done {
		return errDone
	}
	return t.writes.Delete(writeset.User, key)
}

func (t *txn) BeforeCommit(check func() error) { t.checks = append(t.checks, check) }

func (t *txn) check() error {
	if err := t.writes.Err(); err != nil {
		return err
	}
	for _, c := range t.checks {
		if err := c(); err != nil {
			return err
		}
	}
	return nil
}

// getItem reads the engine; the value is the caller's.
func getItem(tx *badger.Txn, key []byte) (value []byte, err error) {
	item, err := tx.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, kv.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	// The item is not used again, so its buffer needs no copy.
	err = item.Value(func(v []byte) error { value = v; return nil })
	return value, err
}
