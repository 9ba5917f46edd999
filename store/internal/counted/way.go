package counted

import (
	"bytes"
	"slices"

	"stoa/store/kv"
)

// step is one node on a way down and which of its children it continues with.
type step struct {
	n     *node
	child int
	edge  bool // every step above took the last child: n is on the right edge
}

// implied reports whether the count of the step's child is not kept.
func (s step) implied() bool { return s.edge && s.n.level > 0 && s.child == s.n.last() }

func (t *Tree) child(n *node, i int) (*node, error) {
	c, err := t.node(n.childID(i))
	if err == nil && c.level != n.level-1 {
		err = c.damaged("wrong level")
	}
	return c, err
}

// Total is the number of entries: all counts along the right edge.
func (t *Tree) Total() (int, error) {
	n, err := t.node(0)
	if err != nil {
		return 0, err
	}
	total := 0
	for n.level > 0 {
		total += n.sum() - n.counts[n.last()]
		if n, err = t.child(n, n.last()); err != nil {
			return 0, err
		}
	}
	return total + n.sum(), nil
}

// From is what to read to have the entries from a position below Total on, or
// with reverse from there back: a range, and how many entries at its beginning
// come before the position: less than one range of the tree.
func (t *Tree) From(position int, reverse bool) (keys kv.Range, skip int, err error) {
	at, err := t.seek(position)
	if err != nil {
		return kv.Range{}, 0, err
	}
	keys = kv.Prefix(t.Entries)
	if reverse {
		keys.End, keys.Reverse = at.upper, true
		return keys, at.count - 1 - at.skip, nil
	}
	keys.Start = at.lower
	return keys, at.skip, nil
}

// place is a range of entries on level 0, or of a node, as [lower, upper); of one
// that was sought also how many entries it has and the position in it.
type place struct {
	lower, upper []byte
	skip, count  int
}

func (p place) keys() kv.Range { return kv.Range{Start: p.lower, End: p.upper, KeysOnly: true} }

// everywhere is the place of the root.
func (t *Tree) everywhere() place {
	all := kv.Prefix(t.Entries)
	return place{lower: all.Start, upper: all.End}
}

// seek finds the range that has a position below Total.
func (t *Tree) seek(position int) (place, error) {
	n, err := t.node(0)
	if err != nil {
		return place{}, err
	}
	p := t.everywhere()
	p.skip = position
	for {
		i := 0
		for i < n.last() && p.skip >= n.counts[i] {
			p.skip -= n.counts[i]
			i++
		}
		if err := t.narrow(&p, n, i); err != nil {
			return place{}, err
		}
		if n.level == 0 {
			p.count = n.counts[i]
			return p, nil
		}
		if n, err = t.child(n, i); err != nil {
			return place{}, err
		}
	}
}

// narrow makes p the part of it that is child i of n.
func (t *Tree) narrow(p *place, n *node, i int) error {
	if i < n.last() {
		if err := n.unfold(); err != nil {
			return err
		}
		p.upper = slices.Concat(t.Entries, n.from[i+1])
	}
	if i > 0 {
		p.lower = slices.Concat(t.Entries, n.begin(i))
	}
	return nil
}

// find goes down to the range that key belongs to.
func (t *Tree) find(key []byte) ([]step, error) {
	n, err := t.node(0)
	if err != nil {
		return nil, err
	}
	key = key[len(t.Entries):]
	path, edge := make([]step, 0, 4), true
	for {
		i, err := n.search(key)
		if err != nil {
			return nil, err
		}
		path = append(path, step{n, i, edge})
		if n.level == 0 {
			return path, nil
		}
		edge = edge && i == n.last()
		if n, err = t.child(n, i); err != nil {
			return nil, err
		}
	}
}

// search is the last child that begins at or before key.
func (n *node) search(key []byte) (int, error) {
	low, high := 0, n.last()
	if bytes.Compare(n.begin(high), key) <= 0 {
		return high, nil
	}
	if err := n.unfold(); err != nil {
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
