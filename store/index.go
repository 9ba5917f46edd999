package store

import (
	"encoding/binary"
	"fmt"
	"iter"
	"slices"

	"stoa/store/internal/catalog"
)

// ordered is the Index of a table.
type ordered[T any] struct {
	table *table[T]
	id    uint8
	name  string
	keys  func(*T) []Key
	pre   []byte
}

// Entry is one entry of an Index.
type Entry struct {
	Index   Key // as the index's function computed it
	Primary Key // of the row
}

// Cursor is the entry as a Scan.After that continues behind it.
func (e Entry) Cursor() Key { return join(e.Index, e.Primary) }

func (t *table[T]) Index(id uint8, name string, keys func(*T) []Key) Index[T] {
	x := &ordered[T]{table: t, id: id, name: name, keys: keys, pre: indexPrefix(t.id, kindIndex, id)}
	t.indexes = append(t.indexes, x)
	return x
}

func (x *ordered[T]) Scan(r Reader, o Scan) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for e, err := range scanEntries(r, x.pre, o, false) {
			var row *T
			var pk Key
			if err == nil {
				pk, err = x.primary(e)
			}
			if err == nil {
				row, err = x.table.target(r, x.name, pk)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func (x *ordered[T]) Keys(r Reader, o Scan) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for e, err := range scanEntries(r, x.pre, o, false) {
			var out Entry
			if err == nil {
				out.Primary, err = x.primary(e)
			}
			if err == nil {
				out.Primary = slices.Clone(out.Primary)
				out.Index = slices.Clone(e.Key[len(x.pre) : len(e.Key)-len(out.Primary)])
			}
			if !yield(out, err) || err != nil {
				return
			}
		}
	}
}

func (x *ordered[T]) describe() catalog.Index {
	return catalog.Index{Kind: kindIndex, ID: x.id, Name: x.name}
}
func (x *ordered[T]) prefix() []byte { return x.pre }

func (x *ordered[T]) entries(row *T, pk Key) []entry {
	keys := x.keys(row)
	if len(keys) == 0 {
		return nil
	}
	out := make([]entry, len(keys))
	tail := lengthOf(pk)
	for i, key := range keys {
		out[i] = entry{Key: join(x.pre, key, pk), Value: tail}
	}
	return distinct(out)
}

func (x *ordered[T]) primary(e entry) (Key, error) { return primaryTail(e) }
func (x *ordered[T]) put(tx *Tx, e entry) error    { return tx.pairs.Put(e.Key, e.Value) }
func (x *ordered[T]) del(tx *Tx, e entry) error    { return tx.pairs.Delete(e.Key) }

// lengthOf is the length of pk as the value of an entry whose key ends with pk.
func lengthOf(pk Key) []byte { return binary.AppendUvarint(nil, uint64(len(pk))) }

// primaryTail takes the primary key off the end of an entry's key.
func primaryTail(e entry) (Key, error) {
	n, read := binary.Uvarint(e.Value)
	if read <= 0 || n == 0 || n > uint64(len(e.Key)) {
		return nil, fmt.Errorf("%w: index entry %x", ErrCorrupt, e.Key)
	}
	return Key(e.Key[uint64(len(e.Key))-n:]), nil
}
