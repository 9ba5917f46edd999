// Package tree keeps rows that stand under one another: each names its parent, 0
// is the top. It sees to it that no row ever stands below itself or below one that
// is not there, whatever is moved and deleted, and knows nothing of what the rows
// are.
package tree

import (
	"cmp"
	"errors"
	"slices"

	"stoa/app/fault"
	"stoa/store"
)

// Limits that keep a tree quick to show.
const (
	MaxRows  = 2000
	MaxDepth = 8
)

// Place is where a row stands.
type Place struct {
	ID       uint64
	Parent   uint64 // 0 = top
	Sequence int    // order among its siblings, then by id
	Key      string // of a row that came with the product; "" = made by somebody
}

// Rows are the rows of one tree.
type Rows[T any] struct {
	noun   string
	at     func(*T) Place
	ids    *store.Sequence
	table  store.Table[T]
	byKey  store.Unique[T]
	ranked store.Ranked[T]
}

// Define defines the tables: a sequence and the rows. noun is what a row is called
// in faults ("menu"), at tells where one stands.
func Define[T any](s *store.Schema, sequence, table uint16, noun string, at func(*T) Place) *Rows[T] {
	t := &Rows[T]{noun: noun, at: at}
	t.ids = store.NewSequence(s, sequence, noun+"_id", 1)
	t.table = store.Define(s, table, noun, func(v *T) store.Key { return key(at(v).ID) })
	t.byKey = t.table.Unique(1, "key", func(v *T) (store.Key, bool) { return store.K().Str(at(v).Key), at(v).Key != "" })
	t.ranked = t.table.Ranked(2, "tree", func(v *T) []store.Key { return []store.Key{all(), under(at(v).Parent)} },
		func(*T) store.Key { return nil })
	return t
}

func key(id uint64) store.Key   { return store.K().Uint(id) }
func all() store.Key            { return store.K().Uint(0) }
func under(id uint64) store.Key { return store.K().Uint(1).Uint(id) }

// Get is a row; a NotFound fault if there is none.
func (t *Rows[T]) Get(r store.Reader, id uint64) (*T, error) {
	v, err := t.table.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New(fault.NotFound, t.noun+".not_found", "id", "there is no such %s", t.noun)
	}
	return v, err
}

// ByKey is a row that came with the product; store.ErrNotFound.
func (t *Rows[T]) ByKey(r store.Reader, key string) (*T, error) {
	return t.byKey.Get(r, store.K().Str(key))
}

// NextID is an id that no row ever had.
func (t *Rows[T]) NextID(tx *store.Tx) (uint64, error) { return t.ids.Next(tx) }

// Insert adds a row under its parent.
func (t *Rows[T]) Insert(tx *store.Tx, v *T) error {
	n, err := t.ranked.Count(tx, all())
	if err != nil {
		return err
	}
	if n >= MaxRows {
		return fault.New(fault.TooLarge, t.noun+".too_many", "", "there are %d already, the most that a tree has", n)
	}
	if err := t.stands(tx, t.at(v), 1); err != nil {
		return err
	}
	return t.table.Insert(tx, v)
}

// Update replaces a row; moved tells that it may stand elsewhere than before, with
// all below it.
func (t *Rows[T]) Update(tx *store.Tx, v *T, moved bool) error {
	if moved {
		height, err := t.height(tx, t.at(v).ID)
		if err != nil {
			return err
		}
		if err := t.stands(tx, t.at(v), height); err != nil {
			return err
		}
	}
	return t.table.Update(tx, v)
}

// Delete removes a row that nothing stands under, else a Conflict fault with the
// count.
func (t *Rows[T]) Delete(tx *store.Tx, id uint64) error {
	n, err := t.ranked.Count(tx, under(id))
	if err != nil {
		return err
	}
	if n > 0 {
		return fault.New(fault.Conflict, t.noun+".in_use", "id", "%d stand under it: move or delete them first", n)
	}
	return t.table.Delete(tx, key(id))
}

// stands refuses a place below the row itself, below none that is there, or too
// deep; height is how many levels come to stand there.
func (t *Rows[T]) stands(r store.Reader, p Place, height int) error {
	depth := 0
	for at := p.Parent; at != 0; depth++ {
		if at == p.ID {
			return fault.New(fault.Conflict, t.noun+".cycle", "parent", "a %s can't stand under itself or under one below it", t.noun)
		}
		above, err := t.table.Get(r, key(at))
		if errors.Is(err, store.ErrNotFound) {
			return fault.New(fault.Invalid, t.noun+".parent", "parent", "there is no %s %d to stand under", t.noun, at)
		}
		if err != nil {
			return err
		}
		at = t.at(above).Parent
	}
	if depth+height > MaxDepth {
		return fault.New(fault.TooLarge, t.noun+".too_deep", "parent", "a tree has at most %d levels", MaxDepth)
	}
	return nil
}

// height counts the levels of what begins with a row.
func (t *Rows[T]) height(r store.Reader, id uint64) (int, error) {
	level, n := []uint64{id}, 0
	for ; len(level) > 0; n++ {
		var next []uint64
		for _, at := range level {
			children, _, err := t.ranked.After(r, under(at), nil, MaxRows, false)
			if err != nil {
				return 0, err
			}
			for _, c := range children {
				next = append(next, t.at(c).ID)
			}
		}
		level = next
	}
	return n, nil
}

// All are all rows, parents before what stands under them, siblings in order.
func (t *Rows[T]) All(r store.Reader) ([]T, error) {
	var rows []T
	for v, err := range t.table.Scan(r, store.Scan{}) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, *v)
	}
	out := make([]T, 0, len(rows))
	var down func(nodes []*Node[T])
	down = func(nodes []*Node[T]) {
		for _, n := range nodes {
			out = append(out, n.Row)
			down(n.Children)
		}
	}
	down(Nest(rows, t.at))
	return out, nil
}

// Node is a row with those under it.
type Node[T any] struct {
	Row      T
	Children []*Node[T]
}

// Nest makes trees of rows, siblings in order. A row whose parent is not among
// them becomes a root.
func Nest[T any](rows []T, at func(*T) Place) []*Node[T] {
	nodes := make(map[uint64]*Node[T], len(rows))
	for i := range rows {
		nodes[at(&rows[i]).ID] = &Node[T]{Row: rows[i]}
	}
	var roots []*Node[T]
	for i := range rows {
		p := at(&rows[i])
		if above := nodes[p.Parent]; above != nil {
			above.Children = append(above.Children, nodes[p.ID])
		} else {
			roots = append(roots, nodes[p.ID])
		}
	}
	order := func(a, b *Node[T]) int {
		x, y := at(&a.Row), at(&b.Row)
		return cmp.Or(cmp.Compare(x.Sequence, y.Sequence), cmp.Compare(x.ID, y.ID))
	}
	slices.SortFunc(roots, order)
	for _, n := range nodes {
		slices.SortFunc(n.Children, order)
	}
	return roots
}
