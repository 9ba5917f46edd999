package store

import (
	"encoding/binary"
	"fmt"

	"stoa/store/kv"
)

// nodeAddress names a node of a ranked tree; the root is node 0.
type nodeAddress struct {
	table uint16
	index uint8
	group Key
	id    uint64
}

func (a nodeAddress) key(kind byte) []byte {
	k := make(Key, 0, 6+len(a.group)+9)
	k = binary.BigEndian.AppendUint16(k, a.table)
	k = append(k, kind, a.index)
	k = binary.AppendUvarint(k, uint64(len(a.group)))
	return append(k, a.group...).Uint(a.id)
}

func (a nodeAddress) child(id uint64) nodeAddress {
	a.id = id
	return a
}

// node is a node of a ranked tree in memory. Stored it is two values: its counts,
// which nearly every write changes, and its shape, which only splits and removals
// change and which is absent while the node is a root with one range.
type node struct {
	at       nodeAddress
	level    int      // 0: children are ranges of entries, else nodes
	next     uint64   // root only: the highest node id given out
	from     [][]byte // first key of each child; of child 0 empty: all lower keys
	children []uint64 // node ids; empty on level 0
	counts   []int    // entries under each child; see rankTree.implied

	newShape, newCounts, gone bool
}

const shapeFormat = 1

// loadNode reads a node. The root of a group without rows exists nowhere and is
// one empty range.
func loadNode(r Reader, at nodeAddress) (*node, error) {
	n := &node{at: at, from: [][]byte{nil}}
	counts, err := getOrNil(r, at.key(kindRankCount))
	if err != nil {
		return nil, err
	}
	if counts == nil {
		if at.id != 0 {
			return nil, fmt.Errorf("%w: ranked node %x is missing", ErrCorrupt, at.key(kindRankCount))
		}
		n.counts = []int{0}
		return n, nil
	}
	shape, err := getOrNil(r, at.key(kindRankShape))
	if err != nil {
		return nil, err
	}
	if n.counts = decodeCounts(counts); n.counts == nil || shape != nil && !n.decodeShape(shape) {
		return nil, fmt.Errorf("%w: ranked node %x", ErrCorrupt, at.key(kindRankCount))
	}
	if len(n.counts) != len(n.from) || n.level > 0 && len(n.children) != len(n.from) {
		return nil, fmt.Errorf("%w: ranked node %x: lengths differ", ErrCorrupt, at.key(kindRankCount))
	}
	return n, nil
}

// save writes what changed.
func (n *node) save(tx *Tx) error {
	if n.gone {
		if err := tx.del(n.at.key(kindRankCount)); err != nil {
			return err
		}
		return tx.del(n.at.key(kindRankShape))
	}
	if n.newShape {
		if err := tx.put(n.at.key(kindRankShape), n.encodeShape()); err != nil {
			return err
		}
	}
	if n.newShape || n.newCounts {
		return tx.put(n.at.key(kindRankCount), encodeCounts(n.counts))
	}
	return nil
}

// reset makes n the root of a group without rows.
func (n *node) reset() {
	*n = node{at: n.at, from: [][]byte{nil}, counts: []int{0}, gone: true}
}

func (n *node) last() int { return len(n.counts) - 1 }

func (n *node) sum() int {
	s := 0
	for _, c := range n.counts {
		s += c
	}
	return s
}

func encodeCounts(counts []int) []byte {
	out := make([]byte, 0, len(counts)+len(counts)/2)
	for _, c := range counts {
		out = binary.AppendUvarint(out, uint64(c))
	}
	return out
}

// decodeCounts returns nil for what is no list of counts.
func decodeCounts(b []byte) []int {
	counts := make([]int, 0, len(b))
	for len(b) > 0 {
		c, n := binary.Uvarint(b)
		if n <= 0 || c > 1<<40 {
			return nil
		}
		counts, b = append(counts, int(c)), b[n:]
	}
	if len(counts) == 0 {
		return nil
	}
	return counts
}

// encodeShape writes format, level, next, and for each child but the first how
// many bytes its key shares with the one before and the rest of it; then ids.
func (n *node) encodeShape() []byte {
	out := binary.AppendUvarint([]byte{shapeFormat, byte(n.level)}, n.next)
	out = binary.AppendUvarint(out, uint64(len(n.from)))
	var before []byte
	for _, key := range n.from[1:] {
		shared := sharedPrefix(before, key)
		out = binary.AppendUvarint(out, uint64(shared))
		out = binary.AppendUvarint(out, uint64(len(key)-shared))
		out = append(out, key[shared:]...)
		before = key
	}
	for _, id := range n.children {
		out = binary.AppendUvarint(out, id)
	}
	return out
}

func (n *node) decodeShape(b []byte) bool {
	if len(b) < 2 || b[0] != shapeFormat {
		return false
	}
	n.level = int(b[1])
	d := shapeReader{rest: b[2:]}
	n.next = d.number(1 << 62)
	count := int(d.number(uint64(len(b))))
	if d.bad || count == 0 {
		return false
	}
	n.from = make([][]byte, 1, count+1)
	arena := make([]byte, 0, 24*count)
	var before []byte
	for range count - 1 {
		shared := int(d.number(uint64(len(before))))
		rest := d.bytes(int(d.number(kv.MaxKey)))
		if d.bad {
			return false
		}
		start := len(arena)
		arena = append(append(arena, before[:shared]...), rest...)
		before = arena[start:len(arena):len(arena)]
		n.from = append(n.from, before)
	}
	if n.level > 0 {
		n.children = make([]uint64, count, count+1)
		for i := range n.children {
			n.children[i] = d.number(1 << 62)
		}
	}
	return !d.bad && len(d.rest) == 0
}

type shapeReader struct {
	rest []byte
	bad  bool
}

func (d *shapeReader) number(limit uint64) uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 || v > limit {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *shapeReader) bytes(n int) []byte {
	if n > len(d.rest) {
		d.bad, d.rest = true, nil
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func sharedPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
