package store

import (
	"bytes"
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
// change. The counts begin with level, last child and the key where that begins:
// enough to go down the right edge without the shape, which is read when needed.
type node struct {
	at       nodeAddress
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

const shapeFormat = 1

// loadNode reads a node's counts. The root of a group without rows exists nowhere
// and is one empty range.
func loadNode(r Reader, at nodeAddress) (*node, error) {
	n := &node{at: at}
	value, err := getOrNil(r, at.key(kindRankCount))
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
	return fmt.Errorf("%w: ranked node %x: %s", ErrCorrupt, n.at.key(kindRankCount), what)
}

// unfold reads the shape unless it is there.
func (n *node) unfold(r Reader) error {
	if n.open {
		return nil
	}
	value, err := getOrNil(r, n.at.key(kindRankShape))
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
func (n *node) save(tx *Tx) error {
	if n.gone {
		if err := tx.del(n.at.key(kindRankCount)); err != nil {
			return err
		}
		return tx.del(n.at.key(kindRankShape))
	}
	if n.newShape {
		n.tell()
		if err := tx.put(n.at.key(kindRankShape), n.encodeShape()); err != nil {
			return err
		}
	}
	if n.newShape || n.newCounts {
		return tx.put(n.at.key(kindRankCount), n.encodeCounts())
	}
	return nil
}

// reset makes n the root of a group without rows.
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

func (n *node) encodeCounts() []byte {
	out := make([]byte, 0, 16+len(n.lastFrom)+2*len(n.counts))
	out = append(out, byte(n.level))
	if n.level > 0 {
		out = binary.AppendUvarint(out, n.lastID)
	}
	out = binary.AppendUvarint(out, uint64(len(n.lastFrom)))
	out = append(out, n.lastFrom...)
	for _, c := range n.counts {
		out = binary.AppendUvarint(out, uint64(c))
	}
	return out
}

func (n *node) decodeCounts(b []byte) bool {
	if len(b) < 2 {
		return false
	}
	n.level = int(b[0])
	d := shapeReader{rest: b[1:]}
	if n.level > 0 {
		n.lastID = d.number(1 << 62)
	}
	n.lastFrom = bytes.Clone(d.bytes(int(d.number(kv.MaxKey))))
	n.counts = make([]int, 0, len(d.rest)+2)
	for len(d.rest) > 0 {
		n.counts = append(n.counts, int(d.number(1<<40)))
	}
	return !d.bad && len(n.counts) > 0
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
