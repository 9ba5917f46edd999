package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"time"
)

// All keys of a store. A table, ranked index or sequence is "t", two bytes, big
// endian; "i" is the one-byte id of an index of that table; pk is a row's
// primary key; every Key part is self-delimiting (see Key).
//
//	00 00 00                              format of the store: uvarint
//	00 00 01                              schema version: uvarint
//	00 00 02 t                            definition of table or sequence t: CBOR
//	00 00 03 version                      resume position of a running migration
//	00 00 04 t kind i                     resume position of an index being built
//	t  t  10 pk                           row: format byte, CBOR
//	t  t  20 i key                        unique entry: pk
//	t  t  30 i key pk                     index entry: uvarint length of pk
//	t  t  40 i len(group) group sort pk   ranked entry: uvarint length of pk
//	t  t  41 i len(group) group node      counts of a ranked node: level, last child, its key, counts
//	t  t  42 i len(group) group node      shape of a ranked node: separators, children
//	t  t  50 time pk                      expiry entry: empty
//	t  t  60                              sequence: last number given out, uvarint
const (
	metaFormat     = 0x00
	metaVersion    = 0x01
	metaDefinition = 0x02
	metaMigration  = 0x03
	metaBuild      = 0x04

	kindRow       = 0x10
	kindUnique    = 0x20
	kindIndex     = 0x30
	kindRankEntry = 0x40
	kindRankCount = 0x41
	kindRankShape = 0x42
	kindExpiry    = 0x50
	kindSequence  = 0x60
)

// Key is a composition of values whose byte order is the order of the values,
// part by part. Each part delimits itself, so that no key is the beginning of
// another key of the same shape and two compositions can be joined. The methods
// append to the receiver as append does: start from K().
type Key []byte

// K is the empty key.
func K() Key { return nil }

const intZero = 0x10 // head of an integer: intZero ± count of its bytes

// Uint appends v in 1 to 9 bytes; small numbers are short.
func (k Key) Uint(v uint64) Key {
	n := (bits.Len64(v) + 7) / 8
	k = append(k, byte(intZero+n))
	for i := n - 1; i >= 0; i-- {
		k = append(k, byte(v>>(8*i)))
	}
	return k
}

// Int appends v in 1 to 9 bytes; numbers near zero are short.
func (k Key) Int(v int64) Key {
	if v >= 0 {
		return k.Uint(uint64(v))
	}
	u := ^uint64(v) // -1 is 0, and greater is lower
	n := max(1, (bits.Len64(u)+7)/8)
	k = append(k, byte(intZero-n))
	for i := n - 1; i >= 0; i-- {
		k = append(k, ^byte(u>>(8*i)))
	}
	return k
}

// Str appends s: its bytes, a zero byte written as 00 ff, and the end 00 01.
func (k Key) Str(s string) Key {
	k = k.StrPrefix(s)
	return append(k, 0, 1)
}

// StrPrefix appends s without an end. The result is no whole key: it is the
// Scan.Prefix that matches every Str that begins with s.
func (k Key) StrPrefix(s string) Key {
	for i := range len(s) {
		if k = append(k, s[i]); s[i] == 0 {
			k = append(k, 0xff)
		}
	}
	return k
}

// Bytes appends b as Str does.
func (k Key) Bytes(b []byte) Key {
	for _, c := range b {
		if k = append(k, c); c == 0 {
			k = append(k, 0xff)
		}
	}
	return append(k, 0, 1)
}

// Time appends t to the nanosecond in 8 bytes. The zero time sorts before all
// others; times outside 1678 to 2261 are held to those ends.
func (k Key) Time(t time.Time) Key {
	return binary.BigEndian.AppendUint64(k, uint64(timeNanos(t))^(1<<63))
}

// Bool appends one byte; false sorts before true.
func (k Key) Bool(b bool) Key {
	if b {
		return append(k, 1)
	}
	return append(k, 0)
}

func timeNanos(t time.Time) int64 {
	switch {
	case t.IsZero():
		return math.MinInt64
	case t.Year() < 1678:
		return math.MinInt64 + 1
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

// Reader takes the parts of a key back, in the order they were appended.
func (k Key) Reader() *KeyReader { return &KeyReader{rest: k} }

// KeyReader reads the parts of a Key. The first part that does not decode makes
// it and all later ones zero and is remembered as Err.
type KeyReader struct {
	rest []byte
	err  error
}

// Err is the first error, nil if every part so far decoded.
func (r *KeyReader) Err() error { return r.err }

// Rest is what has not been read yet.
func (r *KeyReader) Rest() Key { return r.rest }

// NextUint reads a part that Uint appended.
func (r *KeyReader) NextUint() uint64 {
	v := r.integer()
	if v.negative {
		r.fail("uint")
		return 0
	}
	return v.magnitude
}

// NextInt reads a part that Int appended.
func (r *KeyReader) NextInt() int64 {
	v := r.integer()
	if v.magnitude > math.MaxInt64 {
		r.fail("int")
		return 0
	}
	if v.negative {
		return ^int64(v.magnitude)
	}
	return int64(v.magnitude)
}

// NextStr reads a part that Str appended.
func (r *KeyReader) NextStr() string { return string(r.NextBytes()) }

// NextBytes reads a part that Bytes or Str appended, as a copy.
func (r *KeyReader) NextBytes() []byte {
	out := []byte{}
	for i := 0; i < len(r.rest); i++ {
		c := r.rest[i]
		if c != 0 {
			out = append(out, c)
			continue
		}
		if i++; i == len(r.rest) {
			break
		}
		if r.rest[i] == 1 {
			r.rest = r.rest[i+1:]
			return out
		}
		if r.rest[i] != 0xff {
			break
		}
		out = append(out, 0)
	}
	r.fail("string")
	return nil
}

// NextTime reads a part that Time appended, in UTC.
func (r *KeyReader) NextTime() time.Time {
	if len(r.rest) < 8 {
		r.fail("time")
		return time.Time{}
	}
	nanos := int64(binary.BigEndian.Uint64(r.rest) ^ (1 << 63))
	r.rest = r.rest[8:]
	if nanos == math.MinInt64 {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}

// NextBool reads a part that Bool appended.
func (r *KeyReader) NextBool() bool {
	if len(r.rest) == 0 || r.rest[0] > 1 {
		r.fail("bool")
		return false
	}
	b := r.rest[0] == 1
	r.rest = r.rest[1:]
	return b
}

type signed struct {
	magnitude uint64 // of a negative number, its complement
	negative  bool
}

func (r *KeyReader) integer() signed {
	if len(r.rest) == 0 {
		r.fail("integer")
		return signed{}
	}
	n := int(r.rest[0]) - intZero
	negative := n < 0
	if negative {
		n = -n
	}
	if n > 8 || len(r.rest) < 1+n {
		r.fail("integer")
		return signed{}
	}
	var u uint64
	for _, c := range r.rest[1 : 1+n] {
		if negative {
			c = ^c
		}
		u = u<<8 | uint64(c)
	}
	r.rest = r.rest[1+n:]
	return signed{u, negative}
}

func (r *KeyReader) fail(part string) {
	if r.err == nil {
		r.err = fmt.Errorf("store: key part is no %s", part)
	}
	r.rest = nil
}
