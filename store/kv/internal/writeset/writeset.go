// Package writeset is what one transaction wrote: sorted, within the limits of
// the contract. It also names the two key spaces that a driver keeps apart. It
// knows no engine.
package writeset

import (
	"bytes"
	"fmt"
	"sort"

	"stoa/store/kv"
)

// Spaces of keys inside an engine. The byte goes before each key, so that what
// a driver keeps for itself is in nobody's scan.
const (
	User   = 'd' // rows of the contract's callers
	System = 's' // leases
)

// Write is one key's last write in the transaction.
type Write struct {
	Key     []byte // with its space
	Value   []byte // nil when Deleted
	Deleted bool
}

// Set is sorted by key and holds each key once; the zero Set is empty.
type Set struct {
	writes []Write
	bytes  int
	err    error
}

// Put adds a write of value under key. It keeps copies of both.
func (s *Set) Put(space byte, key, value []byte) error {
	if err := s.fits(key, value); err != nil {
		return err
	}
	buf := make([]byte, 1+len(key)+len(value))
	buf[0] = space
	n := 1 + copy(buf[1:], key)
	copy(buf[n:], value)
	return s.add(Write{Key: buf[:n:n], Value: buf[n:]})
}

// Delete adds the removal of key.
func (s *Set) Delete(space byte, key []byte) error {
	if err := s.fits(key, nil); err != nil {
		return err
	}
	return s.add(Write{Key: Key(space, key), Deleted: true})
}

func (s *Set) fits(key, value []byte) error {
	switch {
	case s.err != nil:
	case len(key) == 0:
		s.err = kv.ErrEmptyKey
	case len(key) > kv.MaxKey:
		s.err = fmt.Errorf("%w: key of %d bytes, at most %d", kv.ErrTooLarge, len(key), kv.MaxKey)
	case len(value) > kv.MaxValue:
		s.err = fmt.Errorf("%w: value of %d bytes, at most %d", kv.ErrTooLarge, len(value), kv.MaxValue)
	}
	return s.err
}

func (s *Set) add(w Write) error {
	i, found := s.search(w.Key)
	if found {
		s.bytes -= size(s.writes[i])
		s.writes[i] = w
	} else {
		s.writes = append(s.writes, Write{})
		copy(s.writes[i+1:], s.writes[i:])
		s.writes[i] = w
	}
	s.bytes += size(w)
	switch {
	case len(s.writes) > kv.MaxTxnOps:
		s.err = fmt.Errorf("%w: more than %d writes", kv.ErrTooLarge, kv.MaxTxnOps)
	case s.bytes > kv.MaxTxnBytes:
		s.err = fmt.Errorf("%w: more than %d bytes written", kv.ErrTooLarge, kv.MaxTxnBytes)
	}
	return s.err
}

func size(w Write) int { return len(w.Key) - 1 + len(w.Value) }

func (s *Set) search(key []byte) (int, bool) {
	if n := len(s.writes); n == 0 || bytes.Compare(s.writes[n-1].Key, key) < 0 {
		return n, false
	}
	i := sort.Search(len(s.writes), func(i int) bool { return bytes.Compare(s.writes[i].Key, key) >= 0 })
	return i, bytes.Equal(s.writes[i].Key, key)
}

// Get returns the write of key (with its space), if there is one.
func (s *Set) Get(key []byte) (Write, bool) {
	if i, found := s.search(key); found {
		return s.writes[i], true
	}
	return Write{}, false
}

// Between returns a copy of the writes in [start, end), in order; a nil end
// means no upper bound. Later writes do not change it.
func (s *Set) Between(start, end []byte) []Write {
	i, _ := s.search(start)
	j := len(s.writes)
	if end != nil {
		j, _ = s.search(end)
	}
	if i >= j {
		return nil
	}
	return append([]Write(nil), s.writes[i:j]...)
}

// All returns the writes in key order; it is the set's own slice.
func (s *Set) All() []Write { return s.writes }

// Bytes of keys and values written.
func (s *Set) Bytes() int { return s.bytes }

// Err is the first limit that the transaction went over. It stays: a caller
// that ignored it must not commit the rest.
func (s *Set) Err() error { return s.err }

// Changes returns the writes of callers' rows as a watcher sees them.
func (s *Set) Changes(revision uint64) []kv.Change {
	out := make([]kv.Change, 0, len(s.writes))
	for _, w := range s.writes {
		if w.Key[0] == User {
			out = append(out, kv.Change{Revision: revision, Key: w.Key[1:], Value: w.Value, Deleted: w.Deleted})
		}
	}
	return out
}

// Key returns key in its space.
func Key(space byte, key []byte) []byte {
	out := make([]byte, 1+len(key))
	out[0] = space
	copy(out[1:], key)
	return out
}

// Bounds returns the bounds of r in the space of callers' rows.
func Bounds(r kv.Range) (start, end []byte) {
	if r.End == nil {
		return Key(User, r.Start), []byte{User + 1}
	}
	return Key(User, r.Start), Key(User, r.End)
}
