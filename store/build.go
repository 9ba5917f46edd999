package store

import (
	"context"
	"fmt"
	"slices"

	"stoa/store/internal/catalog"
	"stoa/store/kv"
)

// buildBatch is how many rows one transaction of a build reads.
const buildBatch = 64

// prepareTables compares the schema with the definitions stored beside the data:
// refuses an id that means something else, builds indexes that the data lacks
// and drops those that the schema no longer has. Tables that the schema does not
// know are left alone.
func (db *DB) prepareTables(ctx context.Context) error {
	stored, err := db.storedDefinitions(ctx)
	if err != nil {
		return err
	}
	tables := map[uint16]anyTable{}
	for _, t := range db.schema.tables {
		tables[t.describe().ID] = t
	}
	for _, want := range db.schema.definitions() {
		have, found := stored[want.ID]
		if !found {
			have = want
			if err := db.define(ctx, want, nil); err != nil {
				return err
			}
		}
		added, dropped, err := want.Compare(have)
		if err != nil {
			return err
		}
		if len(added)+len(dropped) == 0 {
			continue
		}
		if err := db.dropIndexes(ctx, want.ID, dropped); err != nil {
			return err
		}
		if err := db.buildIndexes(ctx, tables[want.ID], want, added); err != nil {
			return fmt.Errorf("store: building indexes of %s: %w", want.Name, err)
		}
	}
	return nil
}

// storedDefinitions reads the definitions and forgets builds that are not gone on
// with.
func (db *DB) storedDefinitions(ctx context.Context) (stored map[uint16]catalog.Definition, err error) {
	var abandoned [][]byte
	err = db.View(ctx, func(r Reader) (err error) {
		if stored, err = catalog.Definitions(r.reader(), db.schema.codec); err != nil {
			return err
		}
		abandoned, err = catalog.Abandoned(r.reader(), stored, db.schema.definitions())
		return err
	})
	if err != nil || len(abandoned) == 0 {
		return stored, err
	}
	return stored, db.Update(ctx, func(tx *Tx) error { return catalog.Forget(&tx.pairs, abandoned) })
}

func (db *DB) define(ctx context.Context, d catalog.Definition, built []catalog.Index) error {
	return db.Update(ctx, func(tx *Tx) error {
		return catalog.Define(&tx.pairs, db.schema.codec, d, built)
	})
}

// dropIndexes removes all entries of indexes.
func (db *DB) dropIndexes(ctx context.Context, table uint16, dropped []catalog.Index) error {
	for _, x := range dropped {
		kinds := []byte{x.Kind}
		if x.Kind == kindRankEntry {
			kinds = []byte{kindRankEntry, kindRankCount, kindRankShape}
		}
		for _, kind := range kinds {
			p := indexPrefix(table, kind, x.ID)
			if err := db.engine.DropRange(ctx, p, kv.PrefixEnd(p)); err != nil {
				return err
			}
		}
	}
	return nil
}

// buildIndexes fills new indexes from the rows, batch by batch, and then stores
// the definition. All of them go through the rows together; an interrupted build
// goes on where it was if it is the same indexes, or starts again.
func (db *DB) buildIndexes(ctx context.Context, t anyTable, want catalog.Definition, added []catalog.Index) error {
	if len(added) == 0 {
		return db.define(ctx, want, nil)
	}
	after, err := db.startBuild(ctx, want.ID, added)
	for done := false; !done; {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		var next Key
		err = db.Update(ctx, func(tx *Tx) (err error) {
			if next, done, err = t.build(tx, added, after, buildBatch); err != nil {
				return err
			}
			return catalog.SetBuild(&tx.pairs, want.ID, added, next)
		})
		after = next
	}
	if err != nil {
		return err
	}
	return db.define(ctx, want, added)
}

// startBuild answers where to go on: nil after clearing what there was.
func (db *DB) startBuild(ctx context.Context, table uint16, added []catalog.Index) (after Key, err error) {
	var fresh bool
	err = db.View(ctx, func(r Reader) error {
		after, fresh, err = catalog.Build(r.reader(), table, added)
		return err
	})
	if err != nil || !fresh {
		return after, err
	}
	return nil, db.dropIndexes(ctx, table, added)
}

// build adds the entries of up to limit rows behind after.
func (t *table[P]) build(tx *Tx, which []catalog.Index, after Key, limit int) (next Key, done bool, err error) {
	next, rows := after, 0
	for e, err := range scanEntries(tx, t.rows, Scan{After: after, Limit: limit}, false) {
		if err != nil {
			return nil, false, err
		}
		next = slices.Clone(e.Key[len(t.rows):])
		row, err := t.decode(next, e.Value)
		if err != nil {
			return nil, false, err
		}
		if err := t.addTo(tx, which, row, next); err != nil {
			return nil, false, err
		}
		if rows++; tx.Full() {
			return next, false, nil
		}
	}
	return next, rows < limit, nil
}

func (t *table[P]) addTo(tx *Tx, which []catalog.Index, row P, pk Key) error {
	c := change[P]{}
	for _, x := range t.indexes {
		if !slices.Contains(which, x.describe()) {
			continue
		}
		c.index, c.add = x, x.entries(row, pk)
		if u, ok := x.(*unique[P]); ok {
			if err := u.free(tx, c.add); err != nil {
				return fmt.Errorf("row %x: %w", []byte(pk), err)
			}
		}
		if err := applyChanges(tx, []change[P]{c}); err != nil {
			return err
		}
	}
	return nil
}
