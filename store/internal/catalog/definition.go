package catalog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"stoa/store/internal/codec"
	"stoa/store/kv"
)

// ErrSchema is what errors about wishes that contradict the data wrap.
var ErrSchema = errors.New("store: schema error")

// Definition is a table or sequence and what its id means, so that the id is not
// used for something else later.
type Definition struct {
	ID       uint16  `cbor:"1,keyasint"`
	Name     string  `cbor:"2,keyasint"`
	Sequence bool    `cbor:"3,keyasint,omitempty"`
	Indexes  []Index `cbor:"4,keyasint,omitempty"`
}

// Index is an index of a table; two of different kinds may have the same id.
type Index struct {
	Kind byte   `cbor:"1,keyasint"`
	ID   uint8  `cbor:"2,keyasint"`
	Name string `cbor:"3,keyasint"`
}

// Check lists contradictions among definitions.
func Check(defs []Definition) (problems []string) {
	ids, names := map[uint16]string{}, map[string]bool{}
	for _, d := range defs {
		if d.ID == 0 {
			problems = append(problems, fmt.Sprintf("%s has id 0", d.Name))
		}
		if other, ok := ids[d.ID]; ok {
			problems = append(problems, fmt.Sprintf("%s and %s both have id %d", other, d.Name, d.ID))
		}
		if names[d.Name] {
			problems = append(problems, fmt.Sprintf("the name %s is used twice", d.Name))
		}
		ids[d.ID], names[d.Name] = d.Name, true
		problems = append(problems, d.check()...)
	}
	return problems
}

func (d Definition) check() (problems []string) {
	ids, names := map[[2]byte]bool{}, map[string]bool{}
	for _, x := range d.Indexes {
		at := [2]byte{x.Kind, x.ID}
		if ids[at] {
			problems = append(problems, fmt.Sprintf("%s.%s: index id %d is used twice", d.Name, x.Name, x.ID))
		}
		if names[x.Name] {
			problems = append(problems, fmt.Sprintf("%s.%s: index name is used twice", d.Name, x.Name))
		}
		ids[at], names[x.Name] = true, true
	}
	return problems
}

// Compare lists the indexes that d has and have lacks, and the reverse. It fails
// with ErrSchema if an id has another meaning in have.
func (d Definition) Compare(have Definition) (added, dropped []Index, err error) {
	if have.Name != d.Name || have.Sequence != d.Sequence {
		return nil, nil, fmt.Errorf("%w: id %d belongs to %s in the data and to %s in this program", ErrSchema, d.ID, have.Name, d.Name)
	}
	return d.differences(have)
}

func (d Definition) differences(have Definition) (added, dropped []Index, err error) {
	same := func(a Index) func(Index) bool {
		return func(b Index) bool { return a.Kind == b.Kind && a.ID == b.ID }
	}
	for _, x := range d.Indexes {
		i := slices.IndexFunc(have.Indexes, same(x))
		if i < 0 {
			added = append(added, x)
		} else if have.Indexes[i].Name != x.Name {
			return nil, nil, fmt.Errorf("%w: index %d of %s is %s in the data and %s in this program: give it a new id",
				ErrSchema, x.ID, d.Name, have.Indexes[i].Name, x.Name)
		}
	}
	for _, x := range have.Indexes {
		if !slices.ContainsFunc(d.Indexes, same(x)) {
			dropped = append(dropped, x)
		}
	}
	return added, dropped, nil
}

// Definitions are those of the stored data, by id.
func Definitions(r kv.Reader, c codec.Codec) (map[uint16]Definition, error) {
	out := map[uint16]Definition{}
	var broken error
	err := r.Scan(kv.Prefix(keyOf(definitionKey)), func(key, value []byte) bool {
		var d Definition
		if err := c.Decode(value, &d); err != nil {
			broken = fmt.Errorf("%w: definition %x: %w", codec.ErrCorrupt, key, err)
			return false
		}
		out[d.ID] = d
		return true
	})
	return out, errors.Join(err, broken)
}

// Define stores d and ends the builds of its indexes.
func Define(tx kv.Txn, c codec.Codec, d Definition, built []Index) error {
	value, err := c.Encode(d)
	if err != nil {
		return err
	}
	for _, x := range built {
		if err := tx.Delete(buildAt(d.ID, x)); err != nil {
			return err
		}
	}
	return tx.Put(binary.BigEndian.AppendUint16(keyOf(definitionKey), d.ID), value)
}
