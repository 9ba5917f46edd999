package store

import (
	"bytes"
	"errors"
	"fmt"

	"stoa/store/internal/catalog"
)

// unique is the Unique of a table.
type unique[T any] struct {
	table *table[T]
	id    uint8
	name  string
	key   func(*T) (Key, bool)
	pre   []byte
}

func (t *table[T]) Unique(id uint8, name string, key func(*T) (Key, bool)) Unique[T] {
	u := &unique[T]{table: t, id: id, name: name, key: key, pre: indexPrefix(t.id, kindUnique, id)}
	t.indexes = append(t.indexes, u)
	return u
}

func (u *unique[T]) Get(r Reader, key Key) (*T, error) {
	pk, err := getOrNil(r, join(u.pre, key))
	if err != nil {
		return nil, err
	}
	if pk == nil {
		return nil, ErrNotFound
	}
	return u.table.target(r, u.name, pk)
}

func (u *unique[T]) Has(r Reader, key Key) (bool, error) {
	pk, err := getOrNil(r, join(u.pre, key))
	return pk != nil, err
}

// free answers a TakenError if one of the entries is another row's.
func (u *unique[T]) free(tx *Tx, add []entry) error {
	for _, e := range add {
		pk, err := getOrNil(tx, e.Key)
		if err != nil {
			return err
		}
		if pk != nil && !bytes.Equal(pk, e.Value) {
			return &TakenError{Table: u.table.name, Index: u.name}
		}
	}
	return nil
}

func (u *unique[T]) describe() catalog.Index {
	return catalog.Index{Kind: kindUnique, ID: u.id, Name: u.name}
}
func (u *unique[T]) prefix() []byte { return u.pre }

func (u *unique[T]) entries(row *T, pk Key) []entry {
	key, ok := u.key(row)
	if !ok {
		return nil
	}
	return []entry{{Key: join(u.pre, key), Value: pk}}
}

func (u *unique[T]) primary(e entry) (Key, error) { return e.Value, nil }
func (u *unique[T]) put(tx *Tx, e entry) error    { return tx.pairs.Put(e.Key, e.Value) }
func (u *unique[T]) del(tx *Tx, e entry) error    { return tx.pairs.Delete(e.Key) }

// target loads the row that an index entry points to; that it is missing is
// damage.
func (t *table[T]) target(r Reader, index string, pk Key) (*T, error) {
	row, err := t.Get(r, pk)
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("%w: %s.%s points to row %x, which is missing", ErrCorrupt, t.name, index, []byte(pk))
	}
	return row, err
}
