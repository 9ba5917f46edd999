package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"stoa/store/internal/catalog"
	"stoa/store/kv"
)

// table is a Table.
type table[T any] struct {
	schema  *Schema
	id      uint16
	name    string
	primary func(*T) Key
	rows    []byte // beginning of the keys of rows
	indexes []index[T]
	expiry  *expiry[T]
}

// index is one access path of a table. Its entries are a function of the row.
type index[T any] interface {
	describe() catalog.Index
	prefix() []byte
	// entries lists what row has in the index.
	entries(row *T, pk Key) []entry
	// primary is the primary key that a stored entry points to.
	primary(e entry) (Key, error)
	put(tx *Tx, e entry) error
	del(tx *Tx, e entry) error
}

func (t *table[T]) Name() string { return t.name }

func (t *table[T]) Key(row *T) Key { return t.primary(row) }

func (t *table[T]) Prefix() []byte { return slices.Clone(t.rows) }

func (t *table[T]) describe() catalog.Definition {
	d := catalog.Definition{ID: t.id, Name: t.name}
	for _, x := range t.indexes {
		d.Indexes = append(d.Indexes, x.describe())
	}
	return d
}

func (t *table[T]) rowKey(pk Key) []byte { return join(t.rows, pk) }

func (t *table[T]) decode(pk Key, value []byte) (*T, error) {
	row := new(T)
	if err := t.schema.codec.Decode(value, row); err != nil {
		return nil, &DecodeError{Table: t.name, Key: slices.Clone(pk), Err: err}
	}
	return row, nil
}

func (t *table[T]) Get(r Reader, key Key) (*T, error) {
	value, err := r.reader().Get(t.rowKey(key))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return t.decode(key, value)
}

func (t *table[T]) Has(r Reader, key Key) (bool, error) {
	value, err := getOrNil(r, t.rowKey(key))
	return value != nil, err
}

func (t *table[T]) Scan(r Reader, o Scan) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for e, err := range scanEntries(r, t.rows, o, false) {
			var row *T
			if err == nil {
				row, err = t.decode(e.Key[len(t.rows):], e.Value)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func (t *table[T]) Insert(tx *Tx, row *T) error {
	return t.write(tx, row, func(old []byte) error {
		if old != nil {
			return ErrExists
		}
		return nil
	})
}

func (t *table[T]) Update(tx *Tx, row *T) error {
	return t.write(tx, row, func(old []byte) error {
		if old == nil {
			return ErrNotFound
		}
		return nil
	})
}

func (t *table[T]) Put(tx *Tx, row *T) error {
	return t.write(tx, row, func([]byte) error { return nil })
}

// write stores row. The keys are computed from the stored form, not from row:
// what a later reader computes is then the same by construction.
func (t *table[T]) write(tx *Tx, row *T, allowed func(old []byte) error) error {
	value, err := t.schema.codec.Encode(row)
	stored := new(T)
	if err == nil {
		err = t.schema.codec.Decode(value, stored) // refuses what could not be read back
	}
	if err != nil {
		return fmt.Errorf("store: row of %s cannot be stored: %w", t.name, err)
	}
	pk := t.primary(stored)
	if len(pk) == 0 {
		return fmt.Errorf("store: row of %s has an empty primary key", t.name)
	}
	at := t.rowKey(pk)
	oldValue, err := getOrNil(tx, at)
	if err != nil {
		return err
	}
	if err := allowed(oldValue); err != nil {
		return err
	}
	if oldValue != nil && bytes.Equal(oldValue, value) {
		return nil
	}
	var old *T
	if oldValue != nil && len(t.indexes) > 0 {
		if old, err = t.decode(pk, oldValue); err != nil {
			return err
		}
	}
	changes, err := t.changes(tx, pk, old, stored)
	if err != nil {
		return err
	}
	if err := tx.pairs.Put(at, value); err != nil {
		return err
	}
	return applyChanges(tx, changes)
}

func (t *table[T]) Delete(tx *Tx, key Key) error {
	row, err := t.Get(tx, key)
	if err != nil {
		return err
	}
	changes, err := t.changes(tx, key, row, nil)
	if err != nil {
		return err
	}
	if err := tx.pairs.Delete(t.rowKey(key)); err != nil {
		return err
	}
	return applyChanges(tx, changes)
}

// change is what a write does to one index.
type change[T any] struct {
	index    index[T]
	add, del []entry
}

// changes compares the entries of two versions of a row, either nil, and checks
// the constraints. It writes nothing.
func (t *table[T]) changes(tx *Tx, pk Key, old, new *T) ([]change[T], error) {
	out := make([]change[T], 0, len(t.indexes))
	for _, x := range t.indexes {
		c := change[T]{index: x}
		if old != nil {
			c.del = x.entries(old, pk)
		}
		if new != nil {
			c.add = x.entries(new, pk)
		}
		c.add, c.del = without(c.add, c.del), without(c.del, c.add)
		if u, ok := x.(*unique[T]); ok {
			if err := u.free(tx, c.add); err != nil {
				return nil, err
			}
		}
		if len(c.add)+len(c.del) > 0 {
			out = append(out, c)
		}
	}
	return out, nil
}

// without is a less the entries that b has too.
func without(a, b []entry) []entry {
	if len(a) == 0 || len(b) == 0 {
		return a
	}
	var out []entry
	for _, e := range a {
		if !slices.ContainsFunc(b, func(o entry) bool { return bytes.Equal(e.Key, o.Key) }) {
			out = append(out, e)
		}
	}
	return out
}

func applyChanges[T any](tx *Tx, changes []change[T]) error {
	for _, c := range changes {
		for _, e := range c.del {
			if err := c.index.del(tx, e); err != nil {
				return tx.pairs.Keep(err)
			}
		}
		for _, e := range c.add {
			if err := c.index.put(tx, e); err != nil {
				return tx.pairs.Keep(err)
			}
		}
	}
	return nil
}

// distinct sorts entries and drops repeated ones.
func distinct(entries []entry) []entry {
	if len(entries) < 2 {
		return entries
	}
	slices.SortFunc(entries, func(a, b entry) int { return bytes.Compare(a.Key, b.Key) })
	return slices.CompactFunc(entries, func(a, b entry) bool { return bytes.Equal(a.Key, b.Key) })
}

func (t *table[T]) Expires(at func(*T) time.Time) {
	if t.expiry != nil {
		t.schema.problem("%s has two expiry times", t.name)
		return
	}
	t.expiry = &expiry[T]{table: t, at: at, pre: indexPrefix(t.id, kindExpiry, 0)}
	t.indexes = append(t.indexes, t.expiry)
}
