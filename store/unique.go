package store

import (
	"bytes"
	"errors"
	"fmt"
)

// unique is the Unique of a table.
type unique[P any] struct {
	place
	table *table[P]
	key   func(P) (Key, bool)
}

//go:noinline // one copy for all tables
func (t *table[P]) Unique(id uint8, name string, key func(P) (Key, bool)) UniqueOf[P] {
	u := &unique[P]{place: t.place(kindUnique, id, name), table: t, key: key}
	t.indexes = append(t.indexes, u)
	return u
}

func (u *unique[P]) Get(r Reader, key Key) (row P, err error) {
	pk, err := getOrNil(r, join(u.pre, key))
	if err != nil {
		return row, err
	}
	if pk == nil {
		return row, ErrNotFound
	}
	return u.table.target(r, u.what.Name, pk)
}

func (u *unique[P]) Has(r Reader, key Key) (bool, error) {
	pk, err := getOrNil(r, join(u.pre, key))
	return pk != nil, err
}

// free answers a TakenError if one of the entries is another row's.
func (u *unique[P]) free(tx *Tx, add []entry) error {
	for _, e := range add {
		pk, err := getOrNil(tx, e.Key)
		if err != nil {
			return err
		}
		if pk != nil && !bytes.Equal(pk, e.Value) {
			return &TakenError{Table: u.table.name, Index: u.what.Name}
		}
	}
	return nil
}

func (u *unique[P]) entries(row P, pk Key) []entry {
	key, ok := u.key(row)
	if !ok {
		return nil
	}
	return []entry{{Key: join(u.pre, key), Value: pk}}
}

func (u *unique[P]) primary(e entry) (Key, error) { return e.Value, nil }

// target loads the row that an index entry points to; that it is missing is
// damage.
func (t *table[P]) target(r Reader, index string, pk Key) (P, error) {
	row, err := t.Get(r, pk)
	if errors.Is(err, ErrNotFound) {
		return row, fmt.Errorf("%w: %s.%s points to row %x, which is missing", ErrCorrupt, t.name, index, []byte(pk))
	}
	return row, err
}
