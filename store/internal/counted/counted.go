// Package counted keeps count of ordered entries, so that the number of them and
// the one at any position are found with a few reads. It knows the entries' keys,
// not what they stand for: no tables, no rows, no transactions but the reader it
// is given.
//
// A tree is the positions of the entries that begin with a prefix: a B-tree of
// counts over the entries, which stay plain pairs in key order.
//
//	             root, level 1:  |a: 3700 |m: implied|
//	            /                                     \
//	level 0: |a: 60 |c: 64 |…                |m: 64 |p: 64 |r: 12|
//	entries:  a1 a2 …                         m1 … p1 … r1 … r12
//
// A child of level 0 is a range of entries, a child above is a node; Size says how
// many at most. To reach a position is to add up counts on the way down and to
// pass over less than one range.
//
// The count of the last child is implied, that is not kept, along the right edge
// above level 0: the node itself knows. So an entry behind all others, the usual
// case, changes the counts of one node, 64 bytes or so, whatever the depth.
//
// A range that overflows at the right edge is cut near its end, elsewhere in the
// middle; nodes likewise. Ranges and nodes that become empty are removed, none
// are merged: at worst the tree is as deep as it was when it held the most.
package counted

import (
	"errors"

	"stoa/store/kv"
)

// ErrDamaged is what errors about stored nodes that do not read, or contradict
// each other, wrap.
var ErrDamaged = errors.New("counted: damaged tree")

// Tree is a tree as one transaction sees it.
type Tree struct {
	Nodes   *Nodes // of the transaction
	Entries []byte // beginning of the keys of the entries, and of nothing else
	Counts  []byte // beginning of the keys of the nodes' counts; the node's number follows
	Shapes  []byte // beginning of the keys of the nodes' shapes, likewise
	Size    Size
}

// Size is how many entries a range and how many children a node has at most.
// Less does not make stored trees wrong: what is larger is cut when it grows.
type Size struct{ Entries, Children int }

// Nodes are the nodes that one transaction has read or changed, of all trees.
type Nodes struct {
	r     kv.Reader
	byKey map[string]*node
	order []string // keys in the order they came
}

// NewNodes are no nodes yet; r is the transaction that they are read from.
func NewNodes(r kv.Reader) Nodes { return Nodes{r: r} }

// Len is how many nodes there are: Save makes at most twice as many writes.
func (ns *Nodes) Len() int { return len(ns.order) }

// Save writes the changed nodes: each once, however often it changed.
func (ns *Nodes) Save(tx kv.Txn) error {
	for _, name := range ns.order {
		if err := ns.byKey[name].save(tx); err != nil {
			return err
		}
	}
	return nil
}

func (ns *Nodes) remember(name string, n *node) {
	if ns.byKey == nil {
		ns.byKey = map[string]*node{}
	}
	if _, ok := ns.byKey[name]; !ok {
		ns.order = append(ns.order, name)
	}
	ns.byKey[name] = n
}

// node reads a node's counts, or answers with what the transaction made of it.
func (t *Tree) node(id uint64) (*node, error) {
	at := address{t, id}
	name := string(at.counts())
	if n, ok := t.Nodes.byKey[name]; ok {
		return n, nil
	}
	n, err := load(at)
	if err != nil {
		return nil, err
	}
	t.Nodes.remember(name, n)
	return n, nil
}
