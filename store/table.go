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
type table[P any] struct {
	schema  *Schema
	id      uint16
	name    string
	fresh   func() P // an empty row
	primary func(P) Key
	rows    []byte // beginning of the keys of rows
	indexes []index[P]
	expiry  *expiry[P]
}

// place is what an index is, whatever it indexes, and how an entry is kept that
// is nothing but a pair.
type place struct {
	what catalog.Index
	pre  []byte // beginning of the keys of its entries
}

func (t *table[P]) place(kind, id uint8, name string) place {
	return place{catalog.Index{Kind: kind, ID: id, Name: name}, indexPrefix(t.id, kind, id)}
}

func (x *place) describe() catalog.Index { return x.what }
func (x *place) prefix() []byte          { return x.pre }

//go:noinline // one copy for all tables
func (x *place) put(tx *Tx, e entry) error { return tx.pairs.Put(e.Key, e.Value) }

//go:noinline // one copy for all tables
func (x *place) del(tx *Tx, e entry) error { return tx.pairs.Delete(e.Key) }

func (x *place) primary(e entry) (Key, error) { return primaryTail(e) }

// index is one access path of a table. Its entries are a function of the row.
type index[P any] interface {
	describe() catalog.Index
	prefix() []byte
	// entries lists what row has in the index.
	entries(row P, pk Key) []entry
	// primary is the primary key that a stored entry points to.
	primary(e entry) (Key, error)
	put(tx *Tx, e entry) error
	del(tx *Tx, e entry) error
}

func (t *table[P]) Name() string { return t.name }

func (t *table[P]) Key(row P) Key { return t.primary(row) }

func (t *table[P]) Prefix() []byte { return slices.Clone(t.rows) }

func (t *table[P]) describe() catalog.Definition {
	d := catalog.Definition{ID: t.id, Name: t.name}
	for _, x := range t.indexes {
		d.Indexes = append(d.Indexes, x.describe())
	}
	return d
}

func (t *table[P]) rowKey(pk Key) []byte { return join(t.rows, pk) }

func (t *table[P]) decode(pk Key, value []byte) (P, error) {
	row := t.fresh()
	if err := t.schema.codec.Decode(value, row); err != nil {
		var none P
		return none, &DecodeError{Table: t.name, Key: slices.Clone(pk), Err: err}
	}
	return row, nil
}

func (t *table[P]) Get(r Reader, key Key) (row P, err error) {
	value, err := r.reader().Get(t.rowKey(key))
	if errors.Is(err, kv.ErrNotFound) {
		return row, ErrNotFound
	}
	if err != nil {
		return row, err
	}
	return t.decode(key, value)
}

func (t *table[P]) Has(r Reader, key Key) (bool, error) {
	value, err := getOrNil(r, t.rowKey(key))
	return value != nil, err
}

//go:noinline // one copy for all tables
func (t *table[P]) Scan(r Reader, o Scan) iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		for e, err := range scanEntries(r, t.rows, o, false) {
			var row P
			if err == nil {
				row, err = t.decode(e.Key[len(t.rows):], e.Value)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func (t *table[P]) Insert(tx *Tx, row P) error {
	return t.write(tx, row, func(old []byte) error {
		if old != nil {
			return ErrExists
		}
		return nil
	})
}

func (t *table[P]) Update(tx *Tx, row P) error {
	return t.write(tx, row, func(old []byte) error {
		if old == nil {
			return ErrNotFound
		}
		return nil
	})
}

func (t *table[P]) Put(tx *Tx, row P) error {
	return t.write(tx, row, func([]byte) error { return nil })
}

// write stores row. The keys are computed from the stored form, not from row:
// what a later reader computes is then the same by construction.
func (t *table[P]) write(tx *Tx, row P, allowed func(old []byte) error) error {
	value, err := t.schema.codec.Encode(row)
	stored := t.fresh()
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
	var old []P
	if oldValue != nil && len(t.indexes) > 0 {
		row, err := t.decode(pk, oldValue)
		if err != nil {
			return err
		}
		old = []P{row}
	}
	changes, err := t.changes(tx, pk, old, []P{stored})
	if err != nil {
		return err
	}
	if err := tx.pairs.Put(at, value); err != nil {
		return err
	}
	return applyChanges(tx, changes)
}

func (t *table[P]) Delete(tx *Tx, key Key) error {
	row, err := t.Get(tx, key)
	if err != nil {
		return err
	}
	changes, err := t.changes(tx, key, []P{row}, nil)
	if err != nil {
		return err
	}
	if err := tx.pairs.Delete(t.rowKey(key)); err != nil {
		return err
	}
	return applyChanges(tx, changes)
}

// change is what a write does to one index.
type change[P any] struct {
	index    index[P]
	add, del []entry
}

// changes compares the entries of two versions of a row, each one or none, and
// checks the constraints. It writes nothing.
func (t *table[P]) changes(tx *Tx, pk Key, old, new []P) ([]change[P], error) {
	out := make([]change[P], 0, len(t.indexes))
	for _, x := range t.indexes {
		c := change[P]{index: x}
		for _, row := range old {
			c.del = x.entries(row, pk)
		}
		for _, row := range new {
			c.add = x.entries(row, pk)
		}
		c.add, c.del = without(c.add, c.del), without(c.del, c.add)
		if u, ok := x.(*unique[P]); ok {
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

func applyChanges[P any](tx *Tx, changes []change[P]) error {
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

func (t *table[P]) Expires(at func(P) time.Time) {
	if t.expiry != nil {
		t.schema.problem("%s has two expiry times", t.name)
		return
	}
	t.expiry = &expiry[P]{place: t.place(kindExpiry, 0, "expiry"), at: at}
	t.indexes = append(t.indexes, t.expiry)
}
