package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

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
	if err := db.dropAbandonedBuilds(ctx, stored); err != nil {
		return err
	}
	tables := map[uint16]table{}
	for _, t := range db.schema.tables {
		tables[t.describe().ID] = t
	}
	for _, want := range db.schema.definitions() {
		have, found := stored[want.ID]
		if !found {
			have = definition{ID: want.ID, Name: want.Name, Sequence: want.Sequence, Indexes: want.Indexes}
			if err := db.storeDefinition(ctx, want, nil); err != nil {
				return err
			}
		}
		if have.Name != want.Name || have.Sequence != want.Sequence {
			return fmt.Errorf("%w: id %d belongs to %s in the data and to %s in this program", ErrSchema, want.ID, have.Name, want.Name)
		}
		added, dropped, err := want.compare(have)
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

// compare lists the indexes that d has and have lacks, and the reverse.
func (d definition) compare(have definition) (added, dropped []indexName, err error) {
	same := func(a indexName) func(indexName) bool {
		return func(b indexName) bool { return a.Kind == b.Kind && a.ID == b.ID }
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

func (db *DB) storedDefinitions(ctx context.Context) (map[uint16]definition, error) {
	out := map[uint16]definition{}
	err := db.View(ctx, func(r Reader) error {
		for e, err := range scanEntries(r, metaKey(metaDefinition), Scan{}, false) {
			if err != nil {
				return err
			}
			var d definition
			if err := db.schema.codec.decode(e.value, &d); err != nil {
				return fmt.Errorf("%w: definition %x: %w", ErrCorrupt, e.key, err)
			}
			out[d.ID] = d
		}
		return nil
	})
	return out, err
}

// storeDefinition writes d and ends the builds of its indexes.
func (db *DB) storeDefinition(ctx context.Context, d definition, built []indexName) error {
	value, err := db.schema.codec.encode(d)
	if err != nil {
		return err
	}
	return db.Update(ctx, func(tx *Tx) error {
		for _, x := range built {
			if err := tx.del(buildKey(d.ID, x)); err != nil {
				return err
			}
		}
		return tx.put(binary.BigEndian.AppendUint16(metaKey(metaDefinition), d.ID), value)
	})
}

func buildKey(table uint16, x indexName) []byte {
	return append(binary.BigEndian.AppendUint16(metaKey(metaBuild), table), x.Kind, x.ID)
}

// dropAbandonedBuilds forgets builds that another version of the program began
// and this one does not go on with: their entries are no longer kept up.
func (db *DB) dropAbandonedBuilds(ctx context.Context, stored map[uint16]definition) error {
	wanted := map[string]bool{}
	for _, d := range db.schema.definitions() {
		added, _, _ := d.compare(stored[d.ID])
		for _, x := range added {
			wanted[string(buildKey(d.ID, x))] = true
		}
	}
	var abandoned [][]byte
	err := db.View(ctx, func(r Reader) error {
		for e, err := range scanEntries(r, metaKey(metaBuild), Scan{}, true) {
			if err != nil {
				return err
			}
			if !wanted[string(e.key)] {
				abandoned = append(abandoned, slices.Clone(e.key))
			}
		}
		return nil
	})
	if err != nil || len(abandoned) == 0 {
		return err
	}
	return db.Update(ctx, func(tx *Tx) error {
		for _, key := range abandoned {
			if err := tx.del(key); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropIndexes removes all entries of indexes.
func (db *DB) dropIndexes(ctx context.Context, table uint16, dropped []indexName) error {
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
func (db *DB) buildIndexes(ctx context.Context, t table, want definition, added []indexName) error {
	if len(added) == 0 {
		return db.storeDefinition(ctx, want, nil)
	}
	after, err := db.startBuild(ctx, want.ID, added)
	if err != nil {
		return err
	}
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var next Key
		err := db.Update(ctx, func(tx *Tx) (err error) {
			if next, done, err = t.build(tx, added, after, buildBatch); err != nil {
				return err
			}
			for _, x := range added {
				if err := tx.put(buildKey(want.ID, x), slices.Clone(next)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		after = next
	}
	return db.storeDefinition(ctx, want, added)
}

// startBuild answers where to go on: nil after clearing what there was.
func (db *DB) startBuild(ctx context.Context, table uint16, added []indexName) (after Key, err error) {
	fresh := false
	err = db.View(ctx, func(r Reader) error {
		for i, x := range added {
			at, err := getOrNil(r, buildKey(table, x))
			if err != nil {
				return err
			}
			if i == 0 {
				after = slices.Clone(at)
			}
			fresh = fresh || at == nil || !slices.Equal(after, Key(at))
		}
		return nil
	})
	if err != nil || !fresh {
		return after, err
	}
	return nil, db.dropIndexes(ctx, table, added)
}

// build adds the entries of up to limit rows behind after.
func (t *Table[T]) build(tx *Tx, which []indexName, after Key, limit int) (next Key, done bool, err error) {
	next, rows := after, 0
	for e, err := range scanEntries(tx, t.rows, Scan{After: after, Limit: limit}, false) {
		if err != nil {
			return nil, false, err
		}
		next = slices.Clone(e.key[len(t.rows):])
		row, err := t.decode(next, e.value)
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

func (t *Table[T]) addTo(tx *Tx, which []indexName, row *T, pk Key) error {
	c := change[T]{}
	for _, x := range t.indexes {
		if !slices.Contains(which, x.describe()) {
			continue
		}
		c.index, c.add = x, x.entries(row, pk)
		if u, ok := x.(*Unique[T]); ok {
			if err := u.free(tx, c.add); err != nil {
				return fmt.Errorf("row %x: %w", []byte(pk), err)
			}
		}
		if err := applyChanges(tx, []change[T]{c}); err != nil {
			return err
		}
	}
	return nil
}
