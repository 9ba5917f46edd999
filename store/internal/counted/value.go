package counted

import (
	"bytes"
	"encoding/binary"

	"stoa/store/kv"
)

const shapeFormat = 1

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
	d := valueReader{rest: b[1:]}
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
	d := valueReader{rest: b[2:]}
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

type valueReader struct {
	rest []byte
	bad  bool
}

func (d *valueReader) number(limit uint64) uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 || v > limit {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *valueReader) bytes(n int) []byte {
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
