package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"

	"stoa/store"
)

// Writer writes one backup. It holds a chunk or two in memory, whatever the size
// of what it writes.
type Writer struct {
	out    io.Writer
	sum    []byte    // of the chain
	whole  hash.Hash // of the file so far
	pack   *zstd.Encoder
	pairs  []byte // the chunk being filled
	packed []byte
	last   []byte // key
	total  Summary
}

// NewWriter begins a backup with its header.
func NewWriter(out io.Writer, h Header) (*Writer, error) {
	pack, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(chunkSize), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	first := sha256.Sum256([]byte(magic))
	w := &Writer{out: out, sum: first[:], whole: sha256.New(), pack: pack, total: Summary{Rows: map[uint16]uint64{}, Header: h}}
	if err := w.write([]byte(magic)); err != nil {
		return nil, err
	}
	h.Format = Format
	text, err := cbor.Marshal(h)
	if err != nil {
		return nil, err
	}
	return w, w.frame(frameHeader, text, len(text))
}

func (w *Writer) write(b []byte) error {
	w.whole.Write(b)
	w.total.Size += int64(len(b))
	_, err := w.out.Write(b)
	return err
}

// frame writes one frame.
func (w *Writer) frame(kind byte, payload []byte, raw int) error {
	head := frameHead(kind, len(payload), raw)
	w.sum = chained(w.sum, head, payload)
	for _, b := range [][]byte{head, payload, w.sum} {
		if err := w.write(b); err != nil {
			return err
		}
	}
	return nil
}

func frameHead(kind byte, payload, raw int) []byte {
	head := append(make([]byte, 0, headSize), kind)
	head = binary.BigEndian.AppendUint32(head, uint32(payload))
	return binary.BigEndian.AppendUint32(head, uint32(raw))
}

func chained(sum, head, payload []byte) []byte {
	h := sha256.New()
	h.Write(sum)
	h.Write(head)
	h.Write(payload)
	return h.Sum(nil)
}

func (w *Writer) packedFrame(kind byte, raw []byte) error {
	w.packed = w.pack.EncodeAll(raw, w.packed[:0])
	return w.frame(kind, w.packed, len(raw))
}

// Pair adds a key of the store with its value. Keys come in rising order.
func (w *Writer) Pair(key, value []byte) error {
	if bytes.Compare(key, w.last) <= 0 {
		return errors.New("archive: keys must rise")
	}
	w.last = append(w.last[:0], key...)
	w.pairs = binary.AppendUvarint(w.pairs, uint64(len(key)))
	w.pairs = append(w.pairs, key...)
	w.pairs = binary.AppendUvarint(w.pairs, uint64(len(value)))
	w.pairs = append(w.pairs, value...)
	w.total.count(key)
	if len(w.pairs) < chunkSize {
		return nil
	}
	return w.flush()
}

func (s *Summary) count(key []byte) {
	s.Pairs++
	if table, ok := store.RowOf(key); ok {
		s.Rows[table]++
	}
}

func (w *Writer) flush() error {
	if len(w.pairs) == 0 {
		return nil
	}
	err := w.packedFrame(framePairs, w.pairs)
	w.pairs = w.pairs[:0]
	return err
}

// File adds a file of size bytes; name is relative, with slashes.
func (w *Writer) File(name string, size int64, content io.Reader) error {
	if err := w.flush(); err != nil {
		return err
	}
	text, err := cbor.Marshal(fileHead{Name: name, Size: size})
	if err != nil {
		return err
	}
	if err := w.frame(frameFile, text, len(text)); err != nil {
		return err
	}
	sum, buffer := sha256.New(), make([]byte, chunkSize)
	content = io.TeeReader(io.LimitReader(content, size), sum)
	for left := size; left > 0; {
		n := min(left, chunkSize)
		if _, err := io.ReadFull(content, buffer[:n]); err != nil {
			return fmt.Errorf("%s was changed while it was read: %w", name, err)
		}
		if err := w.packedFrame(frameData, buffer[:n]); err != nil {
			return err
		}
		left -= n
	}
	w.total.Files++
	w.total.FileBytes += uint64(size)
	return w.frame(frameFileEnd, sum.Sum(nil), sumSize)
}

// Key adds the master key.
func (w *Writer) Key(text []byte) error {
	if err := w.flush(); err != nil {
		return err
	}
	w.total.WithKey = true
	return w.frame(frameKey, text, len(text))
}

// Written is how much has been written so far.
func (w *Writer) Written() (pairs uint64, size int64) { return w.total.Pairs, w.total.Size }

// Close writes what is left and the trailer. Without it the file is refused as
// one that was cut off.
func (w *Writer) Close() (Summary, error) {
	if err := w.flush(); err != nil {
		return Summary{}, err
	}
	w.total.Before = w.whole.Sum(nil)
	text, err := cbor.Marshal(w.total)
	if err != nil {
		return Summary{}, err
	}
	if err := w.frame(frameTrailer, text, len(text)); err != nil {
		return Summary{}, err
	}
	w.total.SHA256 = hex.EncodeToString(w.whole.Sum(nil))
	return w.total, w.pack.Close()
}
