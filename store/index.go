package store

import (
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
)

// ordered is the Index of a table.
type ordered[P any] struct {
	place
	table *table[P]
	keys  func(P) []Key
}

// Entry is one entry of an Index.
type Entry struct {
	Index   Key // as the index's function computed it
	Primary Key // of the row
}

// Cursor is the entry as a Scan.After that continues behind it.
func (e Entry) Cursor() Key { return join(e.Index, e.Primary) }

//go:noinline // one copy for all tables
func (t *table[P]) Index(id uint8, name string, keys func(P) []Key) IndexOf[P] {
	x := &ordered[P]{place: t.place(kindIndex, id, name), table: t, keys: keys}
	t.indexes = append(t.indexes, x)
	return x
}

//go:noinline // one copy for all tables
func (x *ordered[P]) Scan(r Reader, o Scan) iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		for e, err := range scanEntries(r, x.pre, o, false) {
			var row P
			var pk Key
			if err == nil {
				pk, err = x.primary(e)
			}
			if err == nil {
				row, err = x.table.target(r, x.what.Name, pk)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func (x *ordered[P]) Keys(r Reader, o Scan) iter.Seq2[Entry, error] { return x.scanKeys(r, o) }

//go:noinline // one copy for all tables
func (x *place) scanKeys(r Reader, o Scan) iter.Seq2[Entry, error] {
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

func (x *ordered[P]) entries(row P, pk Key) []entry {
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
