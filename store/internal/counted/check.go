package counted

import "fmt"

// Check counts the entries below every node, as the tree is stored, and tells of
// each node that does not read or counts wrong. seen hears the keys of every node
// on the way. It answers an error only if it could not read.
func (t *Tree) Check(seen func(counts, shape []byte), problem func(node []byte, text string)) error {
	c := checker{t, seen, problem}
	_, err := c.node(0, t.everywhere(), true, -1)
	return err
}

type checker struct {
	tree    *Tree
	seen    func(counts, shape []byte)
	problem func(node []byte, text string)
}

// node returns how many entries are really under a node, which must have the
// given level unless that is negative.
func (c checker) node(id uint64, p place, edge bool, level int) (int, error) {
	at := address{c.tree, id}
	c.seen(at.counts(), at.shape())
	n, err := load(at)
	if err == nil {
		err = n.unfold()
	}
	if err != nil {
		c.problem(at.counts(), err.Error())
		return 0, nil
	}
	if level >= 0 && n.level != level {
		c.problem(at.counts(), fmt.Sprintf("node has level %d, want %d", n.level, level))
		return 0, nil
	}
	total := 0
	for i := range n.counts {
		part := p
		if err := c.tree.narrow(&part, n, i); err != nil {
			return 0, err
		}
		found := 0
		if n.level == 0 {
			err = c.tree.Nodes.r.Scan(part.keys(), func([]byte, []byte) bool { found++; return true })
		} else {
			found, err = c.node(n.children[i], part, edge && i == n.last(), n.level-1)
		}
		if err != nil {
			return 0, err
		}
		if s := (step{n, i, edge}); !s.implied() && found != n.counts[i] {
			c.problem(at.counts(), fmt.Sprintf("child %d counts %d entries, there are %d", i, n.counts[i], found))
		}
		total += found
	}
	return total, nil
}
