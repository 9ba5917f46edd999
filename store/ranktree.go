package store

import (
	"bytes"
	"fmt"

	"stoa/store/kv"
)

// A ranked tree is the positions of a group's entries: a B-tree of counts over
// the entries, which stay plain pairs in key order.
//
//	             root, level 1:  |a: 3700 |m: implied|
//	            /                                     \
//	level 0: |a: 60 |c: 64 |…                |m: 64 |p: 64 |r: 12|
//	entries:  a1 a2 …                         m1 … p1 … r1 … r12
//
// A child of level 0 is a range of entries, a child above is a node; treeSize says
// how many at most. To reach a position is to add up counts on the way down and
// to pass over less than one range.
//
// The count of the last child is implied, that is not kept, along the right edge
// above level 0: the node itself knows. So a row behind all others, the usual
// case, changes the counts of one node, 64 bytes or so, whatever the depth.
//
// A range that overflows at the right edge is cut near its end, elsewhere in the
// middle; nodes likewise. Ranges and nodes that become empty are removed, none
// are merged: at worst the tree is as deep as it was when it held the most.
type rankTree struct {
	at      nodeAddress
	entries []byte // beginning of the group's entries
	size    treeSize
}

// treeSize is how many entries a range and how many children a node has at most.
// Less does not make stored trees wrong: what is larger is cut when it grows.
type treeSize struct{ entries, children int }

// step is one node on a way down and which of its children it continues with.
type step struct {
	n     *node
	child int
	edge  bool // every step above took the last child: n is on the right edge
}

// implied reports whether the count of the step's child is not kept.
func (s step) implied() bool { return s.edge && s.n.level > 0 && s.child == s.n.last() }

func (t rankTree) all() kv.Range { return kv.Prefix(t.entries) }

func (t rankTree) child(r Reader, n *node, i int) (*node, error) {
	c, err := r.node(t.at.child(n.childID(i)))
	if err == nil && c.level != n.level-1 {
		err = c.damaged("wrong level")
	}
	return c, err
}

// total is the number of entries: all counts along the right edge.
func (t rankTree) total(r Reader) (int, error) {
	n, err := r.node(t.at)
	if err != nil {
		return 0, err
	}
	total := 0
	for n.level > 0 {
		total += n.sum() - n.counts[n.last()]
		if n, err = t.child(r, n, n.last()); err != nil {
			return 0, err
		}
	}
	return total + n.sum(), nil
}

// place is where a position is: in the range [lower, upper) with count entries,
// behind the first skip of them.
type place struct {
	lower, upper []byte
	skip, count  int
}

// seek finds a position below total.
func (t rankTree) seek(r Reader, position int) (place, error) {
	n, err := r.node(t.at)
	if err != nil {
		return place{}, err
	}
	all := t.all()
	p := place{lower: all.Start, upper: all.End, skip: position}
	for {
		i := 0
		for i < n.last() && p.skip >= n.counts[i] {
			p.skip -= n.counts[i]
			i++
		}
		if err := t.narrow(r, &p, n, i); err != nil {
			return place{}, err
		}
		if n.level == 0 {
			p.count = n.counts[i]
			return p, nil
		}
		if n, err = t.child(r, n, i); err != nil {
			return place{}, err
		}
	}
}

// narrow makes p the part of it that is child i of n.
func (t rankTree) narrow(r Reader, p *place, n *node, i int) error {
	if i < n.last() {
		if err := n.unfold(r); err != nil {
			return err
		}
		p.upper = join(t.entries, n.from[i+1])
	}
	if i > 0 {
		p.lower = join(t.entries, n.begin(i))
	}
	return nil
}

// find goes down to the range that key belongs to.
func (t rankTree) find(r Reader, key []byte) ([]step, error) {
	n, err := r.node(t.at)
	if err != nil {
		return nil, err
	}
	key = key[len(t.entries):]
	path, edge := make([]step, 0, 4), true
	for {
		i, err := n.search(r, key)
		if err != nil {
			return nil, err
		}
		path = append(path, step{n, i, edge})
		if n.level == 0 {
			return path, nil
		}
		edge = edge && i == n.last()
		if n, err = t.child(r, n, i); err != nil {
			return nil, err
		}
	}
}

// search is the last child that begins at or before key.
func (n *node) search(r Reader, key []byte) (int, error) {
	low, high := 0, n.last()
	if bytes.Compare(n.begin(high), key) <= 0 {
		return high, nil
	}
	if err := n.unfold(r); err != nil {
		return 0, err
	}
	for low < high {
		if middle := (low + high + 1) / 2; bytes.Compare(n.from[middle], key) <= 0 {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low, nil
}

// count adds by to every kept count on the path.
func count(path []step, by int) error {
	for _, s := range path {
		if s.implied() {
			continue
		}
		if s.n.counts[s.child] += by; s.n.counts[s.child] < 0 {
			return s.n.damaged("counts below zero")
		}
		s.n.newCounts = true
	}
	return nil
}

// insert counts an entry that has been put.
func (t rankTree) insert(tx *Tx, key []byte) error {
	path, err := t.find(tx, key)
	if err != nil {
		return err
	}
	if root := path[0].n; root.gone {
		root.gone, root.newShape = false, true
	}
	if err := count(path, 1); err != nil {
		return err
	}
	leaf := path[len(path)-1]
	if leaf.n.counts[leaf.child] <= t.size.entries {
		return nil
	}
	if err := t.splitRange(tx, path); err != nil {
		return err
	}
	return t.splitNodes(tx, path)
}

// splitRange cuts the range at the end of path in two.
func (t rankTree) splitRange(tx *Tx, path []step) error {
	all := t.all()
	p := place{lower: all.Start, upper: all.End}
	for _, s := range path {
		if err := t.narrow(tx, &p, s.n, s.child); err != nil {
			return err
		}
	}
	leaf := path[len(path)-1]
	n, i := leaf.n, leaf.child
	if err := n.unfold(tx); err != nil {
		return err
	}
	found, err := collect(tx, kv.Range{Start: p.lower, End: p.upper, KeysOnly: true}, 0, n.counts[i]+1)
	if err != nil {
		return err
	}
	if len(found) != n.counts[i] {
		return n.damaged(fmt.Sprintf("child %d counts %d entries, there are %d", i, n.counts[i], len(found)))
	}
	cut := cutAt(len(found), leaf.edge && i == n.last())
	from := between(found[cut-1].key[len(t.entries):], found[cut].key[len(t.entries):])
	n.add(i, cut, from, len(found)-cut, 0)
	return nil
}

// cutAt is how many of n children stay in the left part.
func cutAt(n int, rightEdge bool) int {
	if rightEdge {
		return n - max(1, n/8)
	}
	return n / 2
}

// between is the shortest key that is greater than a and at most b.
func between(a, b []byte) []byte {
	return bytes.Clone(b[:min(sharedPrefix(a, b)+1, len(b))])
}

// add makes child i two: it keeps left entries, and a new one behind it begins
// with from and has right entries.
func (n *node) add(i, left int, from []byte, right int, id uint64) {
	n.counts[i] = left
	n.counts = insertAt(n.counts, i+1, right)
	n.from = insertAt(n.from, i+1, from)
	if n.level > 0 {
		n.children = insertAt(n.children, i+1, id)
	}
	n.newShape = true
}

func insertAt[E any](s []E, i int, e E) []E {
	s = append(s, e)
	copy(s[i+1:], s[i:])
	s[i] = e
	return s
}

// splitNodes cuts the nodes of path that have too many children, from below.
func (t rankTree) splitNodes(tx *Tx, path []step) error {
	root := path[0].n
	if len(path[len(path)-1].n.counts) <= t.size.children {
		return nil
	}
	for _, s := range path {
		if err := s.n.unfold(tx); err != nil {
			return err
		}
	}
	for d := len(path) - 1; d > 0 && len(path[d].n.counts) > t.size.children; d-- {
		t.splitNode(tx, root, path[d-1], path[d])
	}
	if len(root.counts) <= t.size.children {
		return nil
	}
	down := t.newNode(tx, root, root.level)
	down.from, down.children, down.counts = root.from, root.children, root.counts
	root.level++
	root.from, root.children, root.counts = [][]byte{nil}, []uint64{down.at.id}, []int{0}
	t.splitNode(tx, root, step{root, 0, true}, step{down, path[0].child, true})
	return nil
}

func (t rankTree) newNode(tx *Tx, root *node, level int) *node {
	root.next++
	root.newShape = true
	n := &node{at: t.at.child(root.next), level: level, open: true, newShape: true}
	tx.remember(string(n.at.key(kindRankCount)), n)
	return n
}

// splitNode moves the right part of low's node to a new node behind it. On the
// right edge the left part has kept counts only, so that its sum is right.
func (t rankTree) splitNode(tx *Tx, root *node, up, low step) {
	n := low.n
	cut := cutAt(len(n.counts), low.edge && low.child >= n.last()-1)
	right := t.newNode(tx, root, n.level)
	from := n.from[cut]
	right.counts = append(right.counts, n.counts[cut:]...)
	right.from = append(append(right.from, nil), n.from[cut+1:]...)
	n.counts, n.from = n.counts[:cut:cut], n.from[:cut:cut]
	if n.level > 0 {
		right.children = append(right.children, n.children[cut:]...)
		n.children = n.children[:cut:cut]
	}
	n.newShape = true
	kept := right.sum()
	if low.edge {
		kept = 0 // implied
	}
	up.n.add(up.child, n.sum(), from, kept, right.at.id)
}

// remove stops counting an entry that has been deleted.
func (t rankTree) remove(tx *Tx, key []byte) error {
	path, err := t.find(tx, key)
	if err != nil {
		return err
	}
	if err := count(path, -1); err != nil {
		return err
	}
	leaf := path[len(path)-1]
	if leaf.n.counts[leaf.child] > 0 {
		return nil
	}
	for d := len(path) - 1; d >= 0; d-- {
		n := path[d].n
		if err := n.unfold(tx); err != nil {
			return err
		}
		n.drop(path[d].child)
		if len(n.counts) > 0 {
			break
		}
		if n.gone = true; d == 0 {
			n.reset()
		}
	}
	return t.lower(tx, path[0].n)
}

// drop removes child i, whose keys then belong to the child before it.
func (n *node) drop(i int) {
	n.counts = removeAt(n.counts, i)
	n.from = removeAt(n.from, i)
	if n.level > 0 {
		n.children = removeAt(n.children, i)
	}
	if len(n.from) > 0 {
		n.from[0] = nil
	}
	n.newShape = true
}

func removeAt[E any](s []E, i int) []E {
	return append(s[:i:i], s[i+1:]...)
}

// lower takes the only child of the root into the root.
func (t rankTree) lower(tx *Tx, root *node) error {
	for root.level > 0 && len(root.counts) == 1 {
		if err := root.unfold(tx); err != nil {
			return err
		}
		c, err := t.child(tx, root, 0)
		if err == nil {
			err = c.unfold(tx)
		}
		if err != nil {
			return err
		}
		root.level, root.from, root.children, root.counts = c.level, c.from, c.children, c.counts
		root.newShape, c.gone = true, true
	}
	return nil
}
