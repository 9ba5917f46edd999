package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"stoa/store/internal/catalog"
	"stoa/store/internal/codec"
)

// Schema is the set of tables, indexes, sequences and migrations of a program.
// It is filled before Open and not changed after.
type Schema struct {
	codec      codec.Codec
	tables     []anyTable
	sequences  []*Sequence
	migrations []migration
	problems   []string
}

// NewSchema is an empty schema.
func NewSchema() *Schema {
	c, err := codec.New()
	s := &Schema{codec: c}
	if err != nil {
		s.problem("row codec: %v", err)
	}
	return s
}

// Define adds a table of rows of type T. id is permanent and shared with the
// sequences; 0 is taken. key computes the primary key, which never changes for
// a row. Mistakes in the schema are reported by Open.
func Define[T any](s *Schema, id uint16, name string, key func(*T) Key) Table[T] {
	t := &table[*T]{schema: s, id: id, name: name, fresh: func() *T { return new(T) }, primary: key}
	t.rows = binary.BigEndian.AppendUint16(nil, id)
	t.rows = append(t.rows, kindRow)
	s.tables = append(s.tables, t)
	return t
}

// anyTable is a table without its type.
type anyTable interface {
	describe() catalog.Definition
	hasExpiry() bool
	due(r Reader, limit int) (due []entry, next time.Time, err error)
	expire(tx *Tx, e entry) (bool, error)
	verify(ctx context.Context, r Reader, rep *Report) error
	build(tx *Tx, which []catalog.Index, after Key, limit int) (next Key, done bool, err error)
}

func (s *Schema) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// Tables are the names of the tables by their ids.
func (db *DB) Tables() map[uint16]string {
	out := map[uint16]string{}
	for _, t := range db.schema.tables {
		d := t.describe()
		out[d.ID] = d.Name
	}
	return out
}

// definitions lists tables and sequences by id.
func (s *Schema) definitions() []catalog.Definition {
	var defs []catalog.Definition
	for _, t := range s.tables {
		defs = append(defs, t.describe())
	}
	for _, q := range s.sequences {
		defs = append(defs, catalog.Definition{ID: q.id, Name: q.name, Sequence: true})
	}
	slices.SortStableFunc(defs, func(a, b catalog.Definition) int { return int(a.ID) - int(b.ID) })
	return defs
}

// check finds contradictions within the schema.
func (s *Schema) check() error {
	problems := append(slices.Clone(s.problems), catalog.Check(s.definitions())...)
	problems = append(problems, s.checkMigrations()...)
	if len(problems) > 0 {
		return fmt.Errorf("%w: %s", ErrSchema, problems[0])
	}
	return nil
}
