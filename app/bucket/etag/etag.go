// Package etag computes the hash that Qiniu's Kodo gives an object, which its
// clients know as qetag and compare with their own.
//
// An object of at most one block of 4 MiB has base64url(0x16 ‖ SHA1(data)); a
// larger one base64url(0x96 ‖ SHA1(the SHA1s of its blocks, joined)). What was
// uploaded in parts that are not blocks has another one, qetag v2: see FromParts.
package etag

import (
	"crypto/sha1" //nolint:gosec // the protocol's hash; nothing is kept secret or trusted by it
	"encoding/base64"
	"hash"
)

// BlockSize is the size of every block but the last, in bytes.
const BlockSize = 4 << 20

// Empty is the hash of no bytes.
const Empty = "Fto5o-5ea0sNMlW_75VgGJCv2AcJ"

// The first byte says how the digest behind it was made.
const (
	single  = 0x16 // of the data
	blocks  = 0x96 // of the digests of blocks
	inParts = 0x9e // of the digests of parts
)

// Writer hashes what is written to it, block by block. It holds no data.
type Writer struct {
	block hash.Hash
	in    int // bytes of the block under way
	size  int64
	done  [][sha1.Size]byte
}

// New is a Writer that was written nothing.
func New() *Writer { return &Writer{block: sha1.New()} } //nolint:gosec // as above

// Write never fails.
func (w *Writer) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if w.in == BlockSize {
			w.close()
		}
		take := min(len(p), BlockSize-w.in)
		w.block.Write(p[:take])
		w.in += take
		p = p[take:]
	}
	w.size += int64(n)
	return n, nil
}

func (w *Writer) close() {
	w.done = append(w.done, [sha1.Size]byte(w.block.Sum(nil)))
	w.block.Reset()
	w.in = 0
}

// Size is the number of bytes written.
func (w *Writer) Size() int64 { return w.size }

// Blocks are the SHA-1 digests of the blocks written so far, the last of which
// may be short; none for no bytes. Writing may go on.
func (w *Writer) Blocks() [][sha1.Size]byte {
	out := make([][sha1.Size]byte, len(w.done), len(w.done)+1)
	copy(out, w.done)
	if w.in > 0 {
		out = append(out, [sha1.Size]byte(w.block.Sum(nil)))
	}
	return out
}

// Sum is the qetag of what was written so far.
func (w *Writer) Sum() string { return FromBlocks(w.Blocks(), w.size) }

// Of is the qetag of data.
func Of(data []byte) string {
	w := New()
	_, _ = w.Write(data) // never fails
	return w.Sum()
}

// FromBlocks is the qetag of size bytes whose blocks, each of BlockSize but the
// last, have these SHA-1 digests.
func FromBlocks(digests [][sha1.Size]byte, size int64) string {
	if size == 0 || len(digests) == 0 {
		return Empty
	}
	if len(digests) == 1 {
		return encode(single, digests[0])
	}
	return encode(blocks, join(digests))
}

// Part is a part of a resumable upload: its size in bytes, and the SHA-1 of its
// blocks of BlockSize, counted from the part's own start.
type Part struct {
	Size   int64
	Blocks [][sha1.Size]byte
}

// FromParts is the qetag of an object that was uploaded in parts: the common
// one where the parts are the object's blocks, else version 2, base64url(0x9e ‖
// SHA1(the digests of the parts, joined)), which depends on where it was cut.
func FromParts(parts []Part) string {
	digests := make([][sha1.Size]byte, 0, len(parts))
	whole, size := true, int64(0)
	for i, p := range parts {
		whole = whole && p.Size <= BlockSize && (p.Size == BlockSize || i == len(parts)-1)
		size += p.Size
		digests = append(digests, p.digest())
	}
	if whole {
		return FromBlocks(digests, size)
	}
	return encode(inParts, join(digests))
}

// digest is the part's qetag without its first byte.
func (p Part) digest() [sha1.Size]byte {
	switch len(p.Blocks) {
	case 0:
		return sha1.Sum(nil) //nolint:gosec // as above
	case 1:
		return p.Blocks[0]
	}
	return join(p.Blocks)
}

func join(digests [][sha1.Size]byte) [sha1.Size]byte {
	h := sha1.New() //nolint:gosec // as above
	for _, d := range digests {
		h.Write(d[:])
	}
	return [sha1.Size]byte(h.Sum(nil))
}

func encode(kind byte, digest [sha1.Size]byte) string {
	return base64.URLEncoding.EncodeToString(append([]byte{kind}, digest[:]...))
}
