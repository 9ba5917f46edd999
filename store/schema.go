package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// Schema is the set of tables, indexes, sequences and migrations of a program.
// It is filled before Open and not changed after.
type Schema struct {
	codec      codec
	tables     []table
	sequences  []*Sequence
	migrations []migration
	problems   []string
}

// NewSchema is an empty schema.
func NewSchema() *Schema {
	c, err := newCodec()
	s := &Schema{codec: c}
	if err != nil {
		s.problem("row codec: %v", err)
	}
	return s
}

// Define adds a table of rows of type T. id is permanent and shared with the
// sequences; 0 is taken. key computes the primary key, which never changes for
// a row. Mistakes in the schema are reported by Open.
func Define[T any](s *Schema, id uint16, name string, key func(*T) Key) *Table[T] {
	t := &Table[T]{schema: s, id: id, name: name, key: key}
	t.rows = binary.BigEndian.AppendUint16(nil, id)
	t.rows = append(t.rows, kindRow)
	s.tables = append(s.tables, t)
	return t
}

// table is a Table[T] without its type.
type table interface {
	describe() definition
	hasExpiry() bool
	due(r Reader, limit int) (due []entry, next time.Time, err error)
	expire(tx *Tx, e entry) (bool, error)
	verify(ctx context.Context, r Reader, rep *Report) error
	build(tx *Tx, which []indexName, after Key, limit int) (next Key, done bool, err error)
}

// definition is what the store remembers about a table or sequence, so that an
// id is not used for something else later.
type definition struct {
	ID       uint16      `cbor:"1,keyasint"`
	Name     string      `cbor:"2,keyasint"`
	Sequence bool        `cbor:"3,keyasint,omitempty"`
	Indexes  []indexName `cbor:"4,keyasint,omitempty"`
}

type indexName struct {
	Kind byte   `cbor:"1,keyasint"`
	ID   uint8  `cbor:"2,keyasint"`
	Name string `cbor:"3,keyasint"`
}

func (s *Schema) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// definitions lists tables and sequences by id.
func (s *Schema) definitions() []definition {
	var defs []definition
	for _, t := range s.tables {
		defs = append(defs, t.describe())
	}
	for _, q := range s.sequences {
		defs = append(defs, definition{ID: q.id, Name: q.name, Sequence: true})
	}
	slices.SortStableFunc(defs, func(a, b definition) int { return int(a.ID) - int(b.ID) })
	return defs
}

// check finds contradictions within the schema.
func (s *Schema) check() error {
	problems := slices.Clone(s.problems)
	ids, names := map[uint16]string{}, map[string]bool{}
	for _, d := range s.definitions() {
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
	problems = append(problems, s.checkMigrations()...)
	if len(problems) > 0 {
		return fmt.Errorf("%w: %s", ErrSchema, problems[0])
	}
	return nil
}

func (d definition) check() (problems []string) {
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

// indexPrefix is the beginning of the keys of one kind of an index's entries.
func indexPrefix(table uint16, kind byte, id uint8) []byte {
	p := binary.BigEndian.AppendUint16(nil, table)
	if kind == kindExpiry {
		return append(p, kind)
	}
	return append(p, kind, id)
}

// join is a and b in one new slice of exactly that size.
func join[B ~[]byte](a []byte, b ...B) []byte {
	n := len(a)
	for _, p := range b {
		n += len(p)
	}
	out := append(make([]byte, 0, n), a...)
	for _, p := range b {
		out = append(out, p...)
	}
	return out
}
