package counted

import (
	"bytes"
	"fmt"
)

// Insert counts an entry that has been put under key.
func (t *Tree) Insert(key []byte) error {
	path, err := t.find(key)
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
	if leaf.n.counts[leaf.child] <= t.Size.Entries {
		return nil
	}
	if err := t.splitRange(path); err != nil {
		return err
	}
	return t.splitNodes(path)
}

// splitRange cuts the range at the end of path in two.
func (t *Tree) splitRange(path []step) error {
	p := t.everywhere()
	for _, s := range path {
		if err := t.narrow(&p, s.n, s.child); err != nil {
			return err
		}
	}
	leaf := path[len(path)-1]
	n, i := leaf.n, leaf.child
	if err := n.unfold(); err != nil {
		return err
	}
	found := make([][]byte, 0, t.Size.Entries+1)
	err := t.Nodes.r.Scan(p.keys(), func(key, _ []byte) bool {
		found = append(found, key)
		return len(found) <= n.counts[i]
	})
	if err != nil {
		return err
	}
	if len(found) != n.counts[i] {
		return n.damaged(fmt.Sprintf("child %d counts %d entries, there are %d", i, n.counts[i], len(found)))
	}
	cut := cutAt(len(found), leaf.edge && i == n.last())
	from := between(found[cut-1][len(t.Entries):], found[cut][len(t.Entries):])
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
func (t *Tree) splitNodes(path []step) error {
	root := path[0].n
	if len(path[len(path)-1].n.counts) <= t.Size.Children {
		return nil
	}
	for _, s := range path {
		if err := s.n.unfold(); err != nil {
			return err
		}
	}
	for d := len(path) - 1; d > 0 && len(path[d].n.counts) > t.Size.Children; d-- {
		t.splitNode(root, path[d-1], path[d])
	}
	if len(root.counts) <= t.Size.Children {
		return nil
	}
	down := t.newNode(root, root.level)
	down.from, down.children, down.counts = root.from, root.children, root.counts
	root.level++
	root.from, root.children, root.counts = [][]byte{nil}, []uint64{down.at.id}, []int{0}
	t.splitNode(root, step{root, 0, true}, step{down, path[0].child, true})
	return nil
}

func (t *Tree) newNode(root *node, level int) *node {
	root.next++
	root.newShape = true
	n := &node{at: address{t, root.next}, level: level, open: true, newShape: true}
	t.Nodes.remember(string(n.at.counts()), n)
	return n
}

// splitNode moves the right part of low's node to a new node behind it. On the
// right edge the left part has kept counts only, so that its sum is right.
func (t *Tree) splitNode(root *node, up, low step) {
	n := low.n
	cut := cutAt(len(n.counts), low.edge && low.child >= n.last()-1)
	right := t.newNode(root, n.level)
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

// Remove stops counting an entry that has been deleted from key.
func (t *Tree) Remove(key []byte) error {
	path, err := t.find(key)
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
		if err := n.unfold(); err != nil {
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
	return t.lower(path[0].n)
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
func (t *Tree) lower(root *node) error {
	for root.level > 0 && len(root.counts) == 1 {
		if err := root.unfold(); err != nil {
			return err
		}
		c, err := t.child(root, 0)
		if err == nil {
			err = c.unfold()
		}
		if err != nil {
			return err
		}
		root.level, root.from, root.children, root.counts = c.level, c.from, c.children, c.counts
		root.newShape, c.gone = true, true
	}
	return nil
}
