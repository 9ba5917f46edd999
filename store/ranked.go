package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"stoa/store/internal/counted"
	"stoa/store/internal/txn"
	"stoa/store/kv"
)

// ranked is the Ranked of a table.
type ranked[P any] struct {
	place
	table *table[P]
	group func(P) []Key
	sort  func(P) Key
	size  counted.Size
}

//go:noinline // one copy for all tables
func (t *table[P]) Ranked(id uint8, name string, group func(P) []Key, sort func(P) Key) RankedOf[P] {
	x := &ranked[P]{place: t.place(kindRankEntry, id, name), table: t, group: group, sort: sort, size: counted.Size{Entries: 64, Children: 64}}
	t.indexes = append(t.indexes, x)
	return x
}

func (x *ranked[P]) Count(r Reader, group Key) (int, error) {
	n, err := x.tree(r, group).Total()
	return n, x.told(r, err)
}

func (x *ranked[P]) Page(r Reader, group Key, offset, limit int, reverse bool) (rows []P, total int, err error) {
	tree := x.tree(r, group)
	if total, err = tree.Total(); err != nil {
		return nil, 0, x.told(r, err)
	}
	if limit = min(limit, total-offset); offset < 0 || limit <= 0 {
		return nil, total, nil
	}
	position := offset
	if reverse {
		position = total - 1 - offset
	}
	keys, skip, err := tree.From(position, reverse)
	if err != nil {
		return nil, 0, x.told(r, err)
	}
	found, err := collect(r, keys, skip, limit)
	if err != nil {
		return nil, 0, err
	}
	if len(found) != limit {
		return nil, 0, fmt.Errorf("%w: counts of %s.%s are wrong", ErrCorrupt, x.table.name, x.what.Name)
	}
	rows, err = x.load(r, found)
	return rows, total, err
}

func (x *ranked[P]) After(r Reader, group Key, cursor Key, limit int, reverse bool) (rows []P, next Key, err error) {
	if limit <= 0 {
		return nil, cursor, nil
	}
	prefix := x.entriesOf(group)
	keys := Scan{After: cursor, Reverse: reverse}.keys(prefix)
	if txn.Empty(keys) {
		return nil, nil, nil
	}
	found, err := collect(r, keys, 0, limit+1)
	if err != nil {
		return nil, nil, err
	}
	if len(found) > limit {
		found = found[:limit]
		next = slices.Clone(found[limit-1].Key[len(prefix):])
	}
	rows, err = x.load(r, found)
	return rows, next, err
}

func (x *ranked[P]) Cursor(row P) Key { return join(x.sort(row), x.table.primary(row)) }

// collect reads limit pairs of a range, leaving out the first skip.
func collect(r Reader, keys kv.Range, skip, limit int) ([]entry, error) {
	found := make([]entry, 0, min(limit, 512))
	err := r.reader().Scan(keys, func(key, value []byte) bool {
		if skip > 0 {
			skip--
			return true
		}
		found = append(found, entry{Key: key, Value: value})
		return len(found) < limit
	})
	return found, err
}

func (x *ranked[P]) load(r Reader, found []entry) ([]P, error) {
	rows := make([]P, 0, len(found))
	for _, e := range found {
		pk, err := primaryTail(e)
		if err != nil {
			return nil, err
		}
		row, err := x.table.target(r, x.what.Name, pk)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (x *ranked[P]) entries(row P, pk Key) []entry {
	groups := x.group(row)
	if len(groups) == 0 {
		return nil
	}
	out := make([]entry, len(groups))
	sort, tail := x.sort(row), lengthOf(pk)
	for i, group := range groups {
		out[i] = entry{Key: join(x.pre, lengthOf(group), group, sort, pk), Value: tail}
	}
	return distinct(out)
}

func (x *ranked[P]) put(tx *Tx, e entry) error {
	tree, err := x.treeOf(tx, e)
	if err != nil {
		return err
	}
	if err := tx.pairs.Put(e.Key, e.Value); err != nil {
		return err
	}
	return x.told(tx, tree.Insert(e.Key))
}

func (x *ranked[P]) del(tx *Tx, e entry) error {
	tree, err := x.treeOf(tx, e)
	if err != nil {
		return err
	}
	if err := tx.pairs.Delete(e.Key); err != nil {
		return err
	}
	return x.told(tx, tree.Remove(e.Key))
}

// told says in err which index is damaged, and that a transaction is not to be
// committed after it.
func (x *ranked[P]) told(r Reader, err error) error {
	if errors.Is(err, counted.ErrDamaged) {
		err = fmt.Errorf("%w: %s.%s: %w", ErrCorrupt, x.table.name, x.what.Name, err)
	}
	if tx, ok := r.(*Tx); ok {
		return tx.pairs.Keep(err)
	}
	return err
}

// entriesOf is the beginning of the keys of a group's entries.
func (x *ranked[P]) entriesOf(group Key) []byte { return join(x.pre, lengthOf(group), group) }

func (x *ranked[P]) tree(r Reader, group Key) *counted.Tree {
	size := lengthOf(group)
	return &counted.Tree{
		Nodes:   r.nodes(),
		Entries: join(x.pre, size, group),
		Counts:  join(indexPrefix(x.table.id, kindRankCount, x.what.ID), size, group),
		Shapes:  join(indexPrefix(x.table.id, kindRankShape, x.what.ID), size, group),
		Size:    x.size,
	}
}

// treeOf is the tree of the group that an entry is in.
func (x *ranked[P]) treeOf(r Reader, e entry) (*counted.Tree, error) {
	if len(e.Key) > len(x.pre) {
		rest := e.Key[len(x.pre):]
		size, n := binary.Uvarint(rest)
		if n > 0 && size <= uint64(len(rest)-n) {
			return x.tree(r, rest[n:n+int(size)]), nil
		}
	}
	return nil, fmt.Errorf("%w: ranked entry %x", ErrCorrupt, e.Key)
}
