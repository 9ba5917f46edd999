package counted

import (
	"bytes"
	"errors"
	"fmt"

	"stoa/store/key"
	"stoa/store/kv"
)

// address is where a node is stored; the root is node 0.
type address struct {
	tree *Tree
	id   uint64
}

func (a address) counts() []byte { return a.key(a.tree.Counts) }
func (a address) shape() []byte  { return a.key(a.tree.Shapes) }

func (a address) key(base []byte) []byte {
	k := make(key.Key, 0, len(base)+9)
	return append(k, base...).Uint(a.id)
}

// node is a node of a tree in memory. Stored it is two values: its counts,
// which nearly every write changes, and its shape, which only splits and removals
// change. The counts begin with level, last child and the key where that begins:
// enough to go down the right edge without the shape, which is read when needed.
type node struct {
	at       address
	level    int // 0: children are ranges of entries, else nodes
	counts   []int
	lastID   uint64 // node id of the last child; 0 on level 0
	lastFrom []byte // first key of the last child; empty if it is the only one

	open     bool     // what follows has been read
	next     uint64   // root only: the highest node id given out
	from     [][]byte // first key of each child; of child 0 empty: all lower keys
	children []uint64 // node ids; empty on level 0

	newShape, newCounts, gone bool
}

// load reads a node's counts. The root of a tree without entries exists nowhere
// and is one empty range.
func load(at address) (*node, error) {
	n := &node{at: at}
	value, err := lookup(at.tree.Nodes.r, at.counts())
	if err != nil {
		return nil, err
	}
	if value == nil && at.id == 0 {
		n.reset()
		n.gone = false
		return n, nil
	}
	if value == nil || !n.decodeCounts(value) {
		return nil, n.damaged("counts")
	}
	return n, nil
}

func (n *node) damaged(what string) error {
	return fmt.Errorf("%w: node %x: %s", ErrDamaged, n.at.counts(), what)
}

// unfold reads the shape unless it is there.
func (n *node) unfold() error {
	if n.open {
		return nil
	}
	value, err := lookup(n.at.tree.Nodes.r, n.at.shape())
	if err != nil {
		return err
	}
	shape := node{from: [][]byte{nil}} // of a root with one range, which has none stored
	if value != nil && !shape.decodeShape(value) {
		return n.damaged("shape")
	}
	shape.tell()
	if len(shape.from) != len(n.counts) || shape.level != n.level || shape.lastID != n.lastID || !bytes.Equal(shape.lastFrom, n.lastFrom) {
		return n.damaged("counts and shape do not match")
	}
	n.open, n.next, n.from, n.children = true, shape.next, shape.from, shape.children
	return nil
}

// tell derives what the counts say of the shape.
func (n *node) tell() {
	n.lastFrom, n.lastID = n.from[len(n.from)-1], 0
	if n.level > 0 {
		n.lastID = n.children[len(n.children)-1]
	}
}

// save writes what changed.
func (n *node) save(tx kv.Txn) error {
	if n.gone {
		if err := tx.Delete(n.at.counts()); err != nil {
			return err
		}
		return tx.Delete(n.at.shape())
	}
	if n.newShape {
		n.tell()
		if err := tx.Put(n.at.shape(), n.encodeShape()); err != nil {
			return err
		}
	}
	if n.newShape || n.newCounts {
		return tx.Put(n.at.counts(), n.encodeCounts())
	}
	return nil
}

// reset makes n the root of a tree without entries.
func (n *node) reset() {
	*n = node{at: n.at, open: true, from: [][]byte{nil}, counts: []int{0}, gone: true}
}

func (n *node) last() int { return len(n.counts) - 1 }

// begin is the first key of child i. The node is unfolded unless i is the last.
func (n *node) begin(i int) []byte {
	if n.open {
		return n.from[i]
	}
	return n.lastFrom
}

// childID is the node id of child i; as begin.
func (n *node) childID(i int) uint64 {
	if n.open {
		return n.children[i]
	}
	return n.lastID
}

func (n *node) sum() int {
	s := 0
	for _, c := range n.counts {
		s += c
	}
	return s
}

// lookup is the value of key, nil if it is absent.
func lookup(r kv.Reader, key []byte) ([]byte, error) {
	value, err := r.Get(key)
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	if err == nil && value == nil {
		value = []byte{}
	}
	return value, err
}
