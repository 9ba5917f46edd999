// Package key is the order-preserving encoding of keys: values composed so that
// their bytes sort as the values do. It knows no engine and no tables.
package key

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"time"
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
// beginning that all Str parts have whose text begins with s.
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
func (k Key) Reader() *Reader { return &Reader{rest: k} }

// Reader reads the parts of a Key. The first part that does not decode makes
// it and all later ones zero and is remembered as Err.
type Reader struct {
	rest []byte
	err  error
}

// Err is the first error, nil if every part so far decoded.
func (r *Reader) Err() error { return r.err }

// Rest is what has not been read yet.
func (r *Reader) Rest() Key { return r.rest }

// NextUint reads a part that Uint appended.
func (r *Reader) NextUint() uint64 {
	v := r.integer()
	if v.negative {
		r.fail("uint")
		return 0
	}
	return v.magnitude
}

// NextInt reads a part that Int appended.
func (r *Reader) NextInt() int64 {
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
func (r *Reader) NextStr() string { return string(r.NextBytes()) }

// NextBytes reads a part that Bytes or Str appended, as a copy.
func (r *Reader) NextBytes() []byte {
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
func (r *Reader) NextTime() time.Time {
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
func (r *Reader) NextBool() bool {
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

func (r *Reader) integer() signed {
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

func (r *Reader) fail(part string) {
	if r.err == nil {
		r.err = fmt.Errorf("key: part is no %s", part)
	}
	r.rest = nil
}
