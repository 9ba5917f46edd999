package store

import (
	"encoding/binary"
	"fmt"
)

// Sequence gives out rising numbers without gaps in what is committed: a number
// taken by a transaction that fails is given again. It is one key that all its
// users write, so that on a cluster they queue up for it; a number that many
// nodes draw at once should come from a range that each node takes in advance.
type Sequence struct {
	id    uint16
	name  string
	first uint64
	key   []byte
}

// NewSequence adds a sequence that starts with first. id is permanent and shared
// with the tables.
func NewSequence(s *Schema, id uint16, name string, first uint64) *Sequence {
	key := append(binary.BigEndian.AppendUint16(nil, id), kindSequence)
	q := &Sequence{id: id, name: name, first: first, key: key}
	s.sequences = append(s.sequences, q)
	return q
}

// Peek is the number that Next would give.
func (q *Sequence) Peek(r Reader) (uint64, error) {
	value, err := getOrNil(r, q.key)
	if err != nil || value == nil {
		return q.first, err
	}
	last, n := binary.Uvarint(value)
	if n != len(value) {
		return 0, fmt.Errorf("%w: sequence %s", ErrCorrupt, q.name)
	}
	return max(last+1, q.first), nil
}

// Next takes the next number.
func (q *Sequence) Next(tx *Tx) (uint64, error) {
	n, err := q.Peek(tx)
	if err != nil {
		return 0, err
	}
	return n, tx.pairs.Put(q.key, binary.AppendUvarint(nil, n))
}

// Skip makes the sequence go on after last, if it has not got there: for numbers
// that came from elsewhere, such as an import.
func (q *Sequence) Skip(tx *Tx, last uint64) error {
	n, err := q.Peek(tx)
	if err != nil || last < n {
		return err
	}
	return tx.pairs.Put(q.key, binary.AppendUvarint(nil, last))
}
