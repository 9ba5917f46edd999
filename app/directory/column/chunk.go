package column

import (
	"bytes"
	"sort"
)

// signature says which runs of three bytes may be in a chunk: a bit for each, by a
// hash. One that is not set is in no text of it.
type signature [512]uint64

func (g *signature) add(text string) {
	for i := 2; i < len(text); i++ {
		bit := place(text[i-2], text[i-1], text[i])
		g[bit>>6] |= 1 << (bit & 63)
	}
}

// may reports whether part can be in the chunk.
func (g *signature) may(part []byte) bool {
	for i := 2; i < len(part); i++ {
		if bit := place(part[i-2], part[i-1], part[i]); g[bit>>6]&(1<<(bit&63)) == 0 {
			return false
		}
	}
	return true
}

// place is the bit of a run, below 512 × 64 (Knuth's multiplicative hash).
func place(a, b, c byte) uint32 {
	return (uint32(a) | uint32(b)<<8 | uint32(c)<<16) * 2654435761 >> 17
}

// sign is k with the signature of a chunk that grows no more. It changes nothing
// that a search may hold.
func (k *chunk) sign() *chunk {
	out := *k
	out.signed = &signature{}
	out.signed.add(string(k.text))
	return &out
}

// start is where the text of an entry begins.
func (k *chunk) start(i int) int {
	if i == 0 {
		return 0
	}
	return int(k.ends[i-1])
}

// of is the text of an entry, without its closing byte.
func (k *chunk) of(i int) []byte { return k.text[k.start(i) : k.ends[i]-1] }

// append is k with an entry behind the others; it may share k's memory.
func (k *chunk) append(row fixed, text string) *chunk {
	body := append(append(k.text, text...), 0)
	return &chunk{text: body, ends: append(k.ends, uint32(len(body))), rows: append(k.rows, row)}
}

// with is a copy of k with an entry at i.
func (k *chunk) with(i int, row fixed, text string) *chunk {
	out := k.copy(0, i)
	out.add(row, text)
	out.take(k, i, len(k.rows))
	if k.signed != nil { // what is gone from the texts may stay in the signature
		signed := *k.signed
		signed.add(text)
		out.signed = &signed
	}
	return out
}

// without is a copy of k without the entry at i.
func (k *chunk) without(i int) *chunk {
	out := k.copy(0, i)
	out.take(k, i+1, len(k.rows))
	out.signed = k.signed
	return out
}

// copy is the entries from i to before j, with room for more.
func (k *chunk) copy(i, j int) *chunk {
	n := max(len(k.rows)+1, chunkSize)
	out := &chunk{text: make([]byte, 0, len(k.text)+64), ends: make([]uint32, 0, n), rows: make([]fixed, 0, n)}
	out.take(k, i, j)
	return out
}

func (k *chunk) add(row fixed, text string) {
	k.text = append(append(k.text, text...), 0)
	k.ends, k.rows = append(k.ends, uint32(len(k.text))), append(k.rows, row)
}

// take appends the entries of another chunk from i to before j.
func (k *chunk) take(from *chunk, i, j int) {
	if i >= j {
		return
	}
	shift := uint32(len(k.text)) - uint32(from.start(i))
	k.text = append(k.text, from.text[from.start(i):from.ends[j-1]]...)
	for _, end := range from.ends[i:j] {
		k.ends = append(k.ends, end+shift)
	}
	k.rows = append(k.rows, from.rows[i:j]...)
}

// hits are the entries whose text has part in it, ascending.
func (k *chunk) hits(part []byte, found []int) []int {
	if k.signed != nil && !k.signed.may(part) {
		return found
	}
	for from := 0; ; {
		at := bytes.Index(k.text[from:], part)
		if at < 0 {
			return found
		}
		at += from
		i := sort.Search(len(k.ends), func(i int) bool { return int(k.ends[i]) > at })
		found = append(found, i)
		from = int(k.ends[i])
	}
}
