package store

import (
	"context"
	"fmt"
	"slices"

	"stoa/store/internal/catalog"
)

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
	return catalog.Version(r.reader())
}

// prepare brings the data up to the schema. It writes only if there is a reason.
func (db *DB) prepare(ctx context.Context) error {
	latest := len(db.schema.migrations)
	var format uint64
	var version int
	err := db.View(ctx, func(r Reader) (err error) {
		if format, err = catalog.StoredFormat(r.reader()); err != nil {
			return err
		}
		version, err = db.Version(r)
		return err
	})
	if err != nil {
		return err
	}
	if format > catalog.Format {
		return fmt.Errorf("%w: its format is %d, this program knows up to %d", ErrNewer, format, catalog.Format)
	}
	if format == 0 {
		if err := db.Update(ctx, func(tx *Tx) error { return catalog.Begin(&tx.pairs, latest) }); err != nil {
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

// migrate runs one migration to its end.
func (db *DB) migrate(ctx context.Context, m migration) error {
	var resume []byte
	err := db.View(ctx, func(r Reader) error {
		value, err := catalog.Resume(r.reader(), m.version)
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
				return catalog.SetResume(&tx.pairs, m.version, slices.Clone(resume))
			}
			return catalog.Migrated(&tx.pairs, m.version)
		})
	}
	return err
}
