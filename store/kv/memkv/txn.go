package memkv

import (
	"errors"

	"stoa/store/kv"
	"stoa/store/kv/internal/writeset"
)

var errDone = errors.New("kv: transaction used after its function returned")

// snapshot is a tree that nobody changes while it is read.
type snapshot struct{ rows *tree }

func (s snapshot) Get(key []byte) ([]byte, error) {
	return s.get(writeset.Key(writeset.User, key))
}

func (s snapshot) get(key []byte) ([]byte, error) {
	if v, ok := s.rows.Get(string(key)); ok {
		return v, nil
	}
	return nil, kv.ErrNotFound
}

func (s snapshot) Scan(r kv.Range, fn func(key, value []byte) bool) error {
	start, end := writeset.Bounds(r)
	low, high := string(start), string(end)
	visit := func(key string, value []byte) bool {
		if r.KeysOnly {
			value = nil
		}
		return fn([]byte(key[1:]), value)
	}
	if r.Reverse {
		s.rows.Descend(high, func(key string, value []byte) bool {
			if key >= high {
				return true
			}
			return key >= low && visit(key, value)
		})
		return nil
	}
	s.rows.Ascend(low, func(key string, value []byte) bool {
		return key < high && visit(key, value)
	})
	return nil
}

// txn writes into its own copy of the tree.
type txn struct {
	rows   *tree
	writes writeset.Set
	checks []func() error
	done   bool
}

func (t *txn) Get(key []byte) ([]byte, error) {
	if t.done {
		return nil, errDone
	}
	return snapshot{t.rows}.Get(key)
}

func (t *txn) Scan(r kv.Range, fn func(key, value []byte) bool) error {
	if t.done {
		return errDone
	}
	// A copy, so that fn may write.
	return snapshot{t.rows.Copy()}.Scan(r, fn)
}

func (t *txn) Put(key, value []byte) error { return t.put(writeset.User, key, value) }

func (t *txn) put(space byte, key, value []byte) error {
	if t.done {
		return errDone
	}
	if err := t.writes.Put(space, key, value); err != nil {
		return err
	}
	w, _ := t.writes.Get(writeset.Key(space, key))
	t.rows.Set(string(w.Key), w.Value)
	return nil
}

func (t *txn) Delete(key []byte) error {
	if t.done {
		return errDone
	}
	if err := t.writes.Delete(writeset.User, key); err != nil {
		return err
	}
	t.rows.Delete(string(writeset.Key(writeset.User, key)))
	return nil
}

func (t *txn) GetSystem(key []byte) ([]byte, error) {
	return snapshot{t.rows}.get(writeset.Key(writeset.System, key))
}

func (t *txn) PutSystem(key, value []byte) error { return t.put(writeset.System, key, value) }

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
