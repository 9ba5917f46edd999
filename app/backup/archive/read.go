package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"path"
	"path/filepath"
	"strings"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"
)

// Sink takes what a backup holds, in the order of the file. Slices are its own
// until the call returns.
type Sink interface {
	Header(Header) error
	Pair(key, value []byte) error
	// File is a file that follows by Data; name is relative and clean. It ends
	// with the next call of File, Key or Done.
	File(name string, size int64) error
	Data(part []byte) error
	Key(text []byte) error
	Done() error
}

// reader goes through one file.
type reader struct {
	in     io.Reader
	sum    []byte
	whole  hash.Hash
	size   int64
	number int // of the frame, from 1
	unpack *zstd.Decoder
	sink   Sink
	total  Summary
	last   []byte // key
	file   *fileState
	head   [headSize]byte
	stored []byte
	raw    []byte
}

// fileState is the file whose parts are being read.
type fileState struct {
	name string
	left int64
	sum  hash.Hash
}

// Read reads a whole backup and gives its content to sink; nil only looks
// whether it is what was written. It reads every byte to the end of in and
// refuses everything that is not exactly a backup: ErrForeign, ErrDamaged.
func Read(ctx context.Context, in io.Reader, sink Sink) (Summary, error) {
	unpack, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxPayload))
	if err != nil {
		return Summary{}, err
	}
	defer unpack.Close()
	if sink == nil {
		sink = nowhere{}
	}
	first := sha256.Sum256([]byte(magic))
	r := &reader{in: in, sum: first[:], whole: sha256.New(), unpack: unpack, sink: sink, total: Summary{Rows: map[uint16]uint64{}}}
	if err := r.begin(); err != nil {
		return Summary{}, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return Summary{}, err
		}
		before := r.whole.Sum(nil)
		kind, payload, raw, err := r.next()
		if err != nil {
			return Summary{}, err
		}
		if kind == frameTrailer {
			return r.end(payload, before)
		}
		if err := r.take(kind, payload, raw); err != nil {
			return Summary{}, err
		}
	}
}

// begin reads the first line and the header.
func (r *reader) begin() error {
	line := make([]byte, len(magic))
	n, err := r.read(line)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	switch {
	case n == len(magic) && string(line) == magic:
	case bytes.HasPrefix(line[:n], []byte(magic[:len("stoa backup ")])):
		return fmt.Errorf("%w: it is a backup in a form that this version does not know: take a newer version of the program", ErrForeign)
	default:
		return fmt.Errorf("%w: it is no backup, or its beginning is damaged", ErrForeign)
	}
	kind, payload, _, err := r.next()
	if err != nil {
		return err
	}
	if kind != frameHeader || cbor.Unmarshal(payload, &r.total.Header) != nil {
		return damaged("it has no header")
	}
	if r.total.Header.Format != Format {
		return fmt.Errorf("%w: its form is %d, this version knows %d", ErrForeign, r.total.Header.Format, Format)
	}
	return r.sink.Header(r.total.Header)
}

// read fills b and adds it to the sums.
func (r *reader) read(b []byte) (int, error) {
	n, err := io.ReadFull(r.in, b)
	r.whole.Write(b[:n])
	r.size += int64(n)
	return n, err
}

// next reads one frame and holds it against its sum.
func (r *reader) next() (kind byte, payload []byte, raw int, err error) {
	r.number++
	if err := r.need(r.head[:]); err != nil {
		return 0, nil, 0, err
	}
	size := int(binary.BigEndian.Uint32(r.head[1:]))
	raw = int(binary.BigEndian.Uint32(r.head[5:]))
	if size > maxPayload || raw > maxRaw {
		return 0, nil, 0, damaged("chunk %d says it is larger than any chunk is", r.number)
	}
	if cap(r.stored) < size {
		r.stored = make([]byte, size)
	}
	payload = r.stored[:size]
	if err := r.need(payload); err != nil {
		return 0, nil, 0, err
	}
	var sum [sumSize]byte
	if err := r.need(sum[:]); err != nil {
		return 0, nil, 0, err
	}
	if r.sum = chained(r.sum, r.head[:], payload); !bytes.Equal(r.sum, sum[:]) {
		return 0, nil, 0, damaged("chunk %d is not the one that was written there", r.number)
	}
	return r.head[0], payload, raw, nil
}

func (r *reader) need(b []byte) error {
	_, err := r.read(b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("it is cut off in chunk %d", r.number)
	}
	return err
}

// take hands on one frame that is neither header nor trailer.
func (r *reader) take(kind byte, payload []byte, raw int) error {
	if r.file != nil && kind != frameData && kind != frameFileEnd {
		return damaged("chunk %d: the file %s has no end", r.number, r.file.name)
	}
	switch kind {
	case framePairs:
		return r.pairs(payload, raw)
	case frameFile:
		return r.begins(payload)
	case frameData:
		return r.data(payload, raw)
	case frameFileEnd:
		return r.ends(payload)
	case frameKey:
		r.total.WithKey = true
		return r.sink.Key(payload)
	}
	return damaged("chunk %d is of no kind that there is", r.number)
}

func (r *reader) unpacked(payload []byte, raw int) ([]byte, error) {
	out, err := r.unpack.DecodeAll(payload, r.raw[:0])
	if err != nil || len(out) != raw {
		return nil, damaged("chunk %d does not unpack", r.number)
	}
	r.raw = out
	return out, nil
}

func (r *reader) pairs(payload []byte, raw int) error {
	rest, err := r.unpacked(payload, raw)
	if err != nil {
		return err
	}
	for len(rest) > 0 {
		var key, value []byte
		var ok bool
		if key, rest, ok = field(rest, maxKey); ok {
			value, rest, ok = field(rest, maxValue)
		}
		if !ok || bytes.Compare(key, r.last) <= 0 {
			return damaged("chunk %d holds something that is no row", r.number)
		}
		r.last = append(r.last[:0], key...)
		r.total.count(key)
		if err := r.sink.Pair(key, value); err != nil {
			return err
		}
	}
	return nil
}

// field takes one counted text off b.
func field(b []byte, most uint64) (text, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > most || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	end := n + int(size)
	return b[n:end:end], b[end:], true
}

func (r *reader) begins(payload []byte) error {
	var f fileHead
	if cbor.Unmarshal(payload, &f) != nil || f.Size < 0 {
		return damaged("chunk %d names no file", r.number)
	}
	if !filepath.IsLocal(filepath.FromSlash(f.Name)) || path.Clean(f.Name) != f.Name || f.Name == "." || strings.ContainsAny(f.Name, "\\\x00") {
		return damaged("chunk %d names a file outside the backup", r.number)
	}
	r.file = &fileState{name: f.Name, left: f.Size, sum: sha256.New()}
	r.total.Files++
	r.total.FileBytes += uint64(f.Size)
	return r.sink.File(f.Name, f.Size)
}

func (r *reader) data(payload []byte, raw int) error {
	part, err := r.unpacked(payload, raw)
	if err != nil {
		return err
	}
	if r.file == nil || int64(len(part)) > r.file.left || len(part) == 0 {
		return damaged("chunk %d belongs to no file", r.number)
	}
	r.file.left -= int64(len(part))
	r.file.sum.Write(part)
	return r.sink.Data(part)
}

func (r *reader) ends(payload []byte) error {
	if r.file == nil || r.file.left != 0 || !bytes.Equal(r.file.sum.Sum(nil), payload) {
		return damaged("chunk %d: a file is not what was written", r.number)
	}
	r.file = nil
	return nil
}

// end holds the trailer against what was read, and sees that nothing follows.
func (r *reader) end(payload, before []byte) (Summary, error) {
	var said Summary
	if r.file != nil || cbor.Unmarshal(payload, &said) != nil {
		return Summary{}, damaged("its end can't be read")
	}
	if !bytes.Equal(said.Before, before) {
		return Summary{}, damaged("its SHA-256 is not the one at its end")
	}
	t := &r.total
	if !maps.Equal(said.Rows, t.Rows) || said.Pairs != t.Pairs || said.Files != t.Files || said.FileBytes != t.FileBytes || said.WithKey != t.WithKey {
		return Summary{}, damaged("it does not hold what its end counts")
	}
	var more [1]byte
	switch _, err := io.ReadFull(r.in, more[:]); {
	case err == nil:
		return Summary{}, damaged("something stands behind its end")
	case !errors.Is(err, io.EOF):
		return Summary{}, err
	}
	t.Before, t.Size, t.SHA256 = said.Before, r.size, hex.EncodeToString(r.whole.Sum(nil))
	return *t, r.sink.Done()
}

// nowhere is the Sink of a verification.
type nowhere struct{}

func (nowhere) Header(Header) error      { return nil }
func (nowhere) Pair(_, _ []byte) error   { return nil }
func (nowhere) File(string, int64) error { return nil }
func (nowhere) Data([]byte) error        { return nil }
func (nowhere) Key([]byte) error         { return nil }
func (nowhere) Done() error              { return nil }
