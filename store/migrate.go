package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
)

// storeFormat is the version of the layout in keys.go.
const storeFormat = 1

type migration struct {
	version int
	name    string
	step    func(ctx context.Context, db *DB, resume []byte) (next []byte, done bool, err error)
}

// Migrate adds a step from one schema version to the next: versions are 1, 2, 3
// and so on. Open calls step until it is done, each time with the next that it
// returned last (nil at first); next is stored between calls. step does a bounded
// piece of work in its own db.Update. It must bear being called twice with the
// same resume, as after a crash. A new store starts at the last version and runs
// no steps.
func (s *Schema) Migrate(version int, name string, step func(ctx context.Context, db *DB, resume []byte) (next []byte, done bool, err error)) {
	s.migrations = append(s.migrations, migration{version, name, step})
}

func (s *Schema) checkMigrations() (problems []string) {
	slices.SortStableFunc(s.migrations, func(a, b migration) int { return a.version - b.version })
	for i, m := range s.migrations {
		if m.version != i+1 {
			problems = append(problems, fmt.Sprintf("migration %s has version %d, want %d: versions are 1, 2, 3 …", m.name, m.version, i+1))
		}
	}
	return problems
}

// Version is the schema version of the stored data.
func (db *DB) Version(r Reader) (int, error) {
	v, _, err := readNumber(r, metaKey(metaVersion))
	return int(v), err
}

func metaKey(kind byte, rest ...byte) []byte { return append([]byte{0, 0, kind}, rest...) }

// readNumber reads a stored uvarint and reports whether it is there.
func readNumber(r Reader, key []byte) (uint64, bool, error) {
	value, err := getOrNil(r, key)
	if err != nil || value == nil {
		return 0, false, err
	}
	v, n := binary.Uvarint(value)
	if n != len(value) {
		return 0, false, fmt.Errorf("%w: key %x", ErrCorrupt, key)
	}
	return v, true, nil
}

// prepare brings the data up to the schema. It writes only if there is a reason.
func (db *DB) prepare(ctx context.Context) error {
	latest := len(db.schema.migrations)
	var format uint64
	var version int
	err := db.View(ctx, func(r Reader) (err error) {
		if format, _, err = readNumber(r, metaKey(metaFormat)); err != nil {
			return err
		}
		version, err = db.Version(r)
		return err
	})
	if err != nil {
		return err
	}
	if format > storeFormat {
		return fmt.Errorf("%w: its format is %d, this program knows up to %d", ErrNewer, format, storeFormat)
	}
	if format == 0 {
		if err := db.begin(ctx, latest); err != nil {
			return err
		}
		version = latest
	}
	if version > latest {
		return fmt.Errorf("%w: its schema version is %d, this program knows up to %d", ErrNewer, version, latest)
	}
	if err := db.prepareTables(ctx); err != nil {
		return err
	}
	for _, m := range db.schema.migrations[version:] {
		if err := db.migrate(ctx, m); err != nil {
			return fmt.Errorf("store: migration %d (%s): %w", m.version, m.name, err)
		}
	}
	return nil
}

// begin marks an empty store as one of the latest version.
func (db *DB) begin(ctx context.Context, latest int) error {
	return db.Update(ctx, func(tx *Tx) error {
		if err := tx.put(metaKey(metaFormat), binary.AppendUvarint(nil, storeFormat)); err != nil {
			return err
		}
		return tx.put(metaKey(metaVersion), binary.AppendUvarint(nil, uint64(latest)))
	})
}

// migrate runs one migration to its end.
func (db *DB) migrate(ctx context.Context, m migration) error {
	at := metaKey(metaMigration, K().Uint(uint64(m.version))...)
	var resume []byte
	err := db.View(ctx, func(r Reader) error {
		value, err := getOrNil(r, at)
		resume = slices.Clone(value)
		return err
	})
	for done := false; !done; {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if resume, done, err = m.step(ctx, db, resume); err != nil {
			return err
		}
		err = db.Update(ctx, func(tx *Tx) error {
			if !done {
				return tx.put(at, slices.Clone(resume))
			}
			if err := tx.del(at); err != nil {
				return err
			}
			return tx.put(metaKey(metaVersion), binary.AppendUvarint(nil, uint64(m.version)))
		})
	}
	return err
}
