package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
)

// Report is what Verify found.
type Report struct {
	Tables   int
	Rows     int
	Entries  int // of indexes
	Problems []Problem
}

// Problem is one thing that is wrong; Key is a primary key, or an engine key
// where there is no row.
type Problem struct {
	Table, Index string
	Key          Key
	Text         string
}

func (p Problem) String() string {
	return fmt.Sprintf("%s.%s %x: %s", p.Table, p.Index, []byte(p.Key), p.Text)
}

// OK reports whether there are no problems.
func (r Report) OK() bool { return len(r.Problems) == 0 }

const maxProblems = 1000 // that a report holds

func (r *Report) add(table, index string, key []byte, format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, Problem{table, index, slices.Clone(key), fmt.Sprintf(format, args...)})
	}
}

// Verify reads all of one snapshot and computes every index again: rows that do
// not decode or stand under a wrong key, entries that are missing, stale or
// wrong, and counts of ranked trees. It answers an error only if it could not
// read; damage is in the report.
func (db *DB) Verify(ctx context.Context) (Report, error) {
	var rep Report
	err := db.View(ctx, func(r Reader) error {
		rep = Report{}
		for _, t := range db.schema.tables {
			rep.Tables++
			if err := t.verify(ctx, r, &rep); err != nil {
				return err
			}
		}
		for _, q := range db.schema.sequences {
			if _, err := q.Peek(r); err != nil {
				rep.add(q.name, "", q.key, "%v", err)
			}
		}
		return nil
	})
	return rep, err
}

func (t *table[P]) verify(ctx context.Context, r Reader, rep *Report) error {
	for e, err := range scanEntries(r, t.rows, Scan{}, false) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		rep.Rows++
		if err := t.verifyRow(r, rep, e.Key[len(t.rows):], e.Value); err != nil {
			return err
		}
	}
	for _, x := range t.indexes {
		if err := t.verifyIndex(ctx, r, rep, x); err != nil {
			return err
		}
		if ranked, ok := x.(*ranked[P]); ok {
			if err := ranked.verifyTrees(ctx, r, rep); err != nil {
				return err
			}
		}
	}
	return nil
}

// verifyRow looks for entries that a row should have.
func (t *table[P]) verifyRow(r Reader, rep *Report, pk Key, value []byte) error {
	row, err := t.decode(pk, value)
	if err != nil {
		rep.add(t.name, "", pk, "%v", err)
		return nil
	}
	if !bytes.Equal(t.primary(row), pk) {
		rep.add(t.name, "", pk, "the row's key is %x", []byte(t.primary(row)))
	}
	for _, x := range t.indexes {
		for _, want := range x.entries(row, pk) {
			have, err := getOrNil(r, want.Key)
			if err != nil {
				return err
			}
			if have == nil {
				rep.add(t.name, x.describe().Name, pk, "entry is missing")
			} else if !bytes.Equal(have, want.Value) {
				rep.add(t.name, x.describe().Name, pk, "entry has value %x, want %x", have, want.Value)
			}
		}
	}
	return nil
}

// verifyIndex looks for entries that no row has.
func (t *table[P]) verifyIndex(ctx context.Context, r Reader, rep *Report, x index[P]) error {
	name := x.describe().Name
	for e, err := range scanEntries(r, x.prefix(), Scan{}, false) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		rep.Entries++
		pk, err := x.primary(e)
		if err != nil {
			rep.add(t.name, name, e.Key, "%v", err)
			continue
		}
		value, err := getOrNil(r, t.rowKey(pk))
		if err != nil {
			return err
		}
		row, err := t.decode(pk, value)
		if value == nil {
			rep.add(t.name, name, pk, "stale entry: there is no row")
			continue
		}
		if err != nil {
			continue // verifyRow has told
		}
		if !slices.ContainsFunc(x.entries(row, pk), func(o entry) bool { return bytes.Equal(o.Key, e.Key) }) {
			rep.add(t.name, name, pk, "stale entry: the row has another key")
		}
	}
	return nil
}

// verifyTrees counts the entries of every group and compares.
func (x *ranked[P]) verifyTrees(ctx context.Context, r Reader, rep *Report) error {
	nodes := map[string]bool{} // keys of those that belong to a tree
	seen := func(counts, shape []byte) { nodes[string(counts)], nodes[string(shape)] = true, true }
	problem := func(node []byte, text string) { rep.add(x.table.name, x.what.Name, node, "%s", text) }
	var done []byte // beginning of the last group's entries
	for e, err := range scanEntries(r, x.pre, Scan{}, true) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if done != nil && bytes.HasPrefix(e.Key, done) {
			continue
		}
		tree, err := x.treeOf(r, e)
		if err != nil {
			continue // verifyIndex has told
		}
		done = tree.Entries
		if err := tree.Check(seen, problem); err != nil {
			return err
		}
	}
	for _, kind := range []byte{kindRankCount, kindRankShape} {
		for e, err := range scanEntries(r, indexPrefix(x.table.id, kind, x.what.ID), Scan{}, true) {
			if err != nil {
				return err
			}
			if !nodes[string(e.Key)] {
				problem(e.Key, "node belongs to no tree")
			}
		}
	}
	return nil
}
