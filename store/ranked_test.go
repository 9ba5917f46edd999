package store_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"stoa/store"
	"stoa/store/kv"
)

// score is a row in the groups "all" and one per color.
type score struct {
	ID    uint64 `cbor:"1,keyasint,omitempty"`
	Color int    `cbor:"2,keyasint,omitempty"`
	Value int64  `cbor:"3,keyasint,omitempty"`
	Pad   []byte `cbor:"4,keyasint,omitempty"`
}

type scores struct {
	schema *store.Schema
	rows   store.Table[score]
	ranked store.Ranked[score]
}

func newScores() *scores {
	s := &scores{schema: store.NewSchema()}
	s.rows = store.Define(s.schema, 3, "scores", func(r *score) store.Key { return store.K().Uint(r.ID) })
	s.ranked = s.rows.Ranked(1, "by-value", func(r *score) []store.Key {
		if r.Color < 0 {
			return nil
		}
		return []store.Key{store.K(), store.K().Int(int64(r.Color))}
	}, func(r *score) store.Key { return store.K().Int(r.Value) })
	return s
}

// model is what a Ranked should answer: groups as sorted slices.
type model struct {
	rows map[uint64]score
	ids  []uint64 // keys of rows
}

func (m *model) set(r score) {
	if _, ok := m.rows[r.ID]; !ok {
		m.ids = append(m.ids, r.ID)
	}
	m.rows[r.ID] = r
}

func (m *model) remove(i int) uint64 {
	id := m.ids[i]
	m.ids[i] = m.ids[len(m.ids)-1]
	m.ids = m.ids[:len(m.ids)-1]
	delete(m.rows, id)
	return id
}

func (m *model) group(color int) []score {
	var out []score
	for _, r := range m.rows {
		if r.Color >= 0 && (color < 0 || r.Color == color) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b score) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func groupKey(color int) store.Key {
	if color < 0 {
		return store.K()
	}
	return store.K().Int(int64(color))
}

// agree compares every group's count, random pages and a walk by cursor.
func agree(t *testing.T, r store.Reader, s *scores, m *model, colors int, rnd *rand.Rand) {
	t.Helper()
	for color := -1; color < colors; color++ {
		want := m.group(color)
		if n, err := s.ranked.Count(r, groupKey(color)); err != nil || n != len(want) {
			t.Fatalf("color %d: count %d, %v; want %d", color, n, err, len(want))
		}
		for _, reverse := range []bool{false, true} {
			if reverse {
				slices.Reverse(want)
			}
			for range 6 {
				page(t, r, s, want, color, rnd.IntN(len(want)+10), 1+rnd.IntN(30), reverse)
			}
			walk(t, r, s, want, color, 1+rnd.IntN(70), reverse)
		}
	}
}

func page(t *testing.T, r store.Reader, s *scores, want []score, color, offset, limit int, reverse bool) {
	t.Helper()
	rows, total, err := s.ranked.Page(r, groupKey(color), offset, limit, reverse)
	if err != nil || total != len(want) {
		t.Fatalf("color %d page at %d: total %d, %v; want %d", color, offset, total, err, len(want))
	}
	part := want[min(offset, len(want)):min(offset+limit, len(want))]
	if !slices.EqualFunc(rows, part, func(a *score, b score) bool { return a.ID == b.ID }) {
		t.Fatalf("color %d page at %d+%d reverse %v: rows differ", color, offset, limit, reverse)
	}
}

func walk(t *testing.T, r store.Reader, s *scores, want []score, color, limit int, reverse bool) {
	t.Helper()
	var got []*score
	var cursor store.Key
	for {
		rows, next, err := s.ranked.After(r, groupKey(color), cursor, limit, reverse)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, rows...)
		if next == nil {
			break
		}
		cursor = next
	}
	if !slices.EqualFunc(got, want, func(a *score, b score) bool { return a.ID == b.ID }) {
		t.Fatalf("color %d by cursor: %d rows, want %d", color, len(got), len(want))
	}
}

// TestRankedAgainstModel changes random rows in random transactions, in phases
// that grow, churn and shrink the groups, and compares with sorted slices.
func TestRankedAgainstModel(t *testing.T) {
	phases := []struct {
		name         string
		steps        int
		inserts      int // of ten changes
		rising       bool
		transactions int // changes in each
	}{
		{"rising", 1500, 10, true, 20},
		{"random", 1500, 8, false, 17},
		{"churn", 1500, 4, false, 13},
		{"shrink", 3600, 1, false, 23},
		{"again", 700, 9, true, 21},
	}
	const colors = 3
	engines(t, func(t *testing.T, engine kv.Store) {
		s := newScores()
		store.SetSize(s.ranked, 8, 5)
		db := open(t, engine, s.schema)
		rnd := rand.New(rand.NewPCG(7, 11))
		m, next := &model{rows: map[uint64]score{}}, uint64(0)
		for _, phase := range phases {
			for done := 0; done < phase.steps; done += phase.transactions {
				update(t, db, func(tx *store.Tx) error {
					for range phase.transactions {
						if err := change(tx, s, m, rnd, &next, phase.inserts, phase.rising, colors); err != nil {
							return fmt.Errorf("%s: %w", phase.name, err)
						}
					}
					if rnd.IntN(25) == 0 {
						agree(t, tx, s, m, colors, rnd) // own writes show
					}
					return nil
				})
			}
			view(t, db, func(r store.Reader) error { agree(t, r, s, m, colors, rnd); return nil })
			if rep := sound(t, db); rep.Rows != len(m.ids) {
				t.Fatalf("%s: %d rows, want %d", phase.name, rep.Rows, len(m.ids))
			}
			t.Logf("%s: %d rows", phase.name, len(m.ids))
		}
		for len(m.ids) > 0 {
			update(t, db, func(tx *store.Tx) error { return removeSome(tx, s, m, 30) })
		}
		left := 0
		err := engine.View(t.Context(), func(r kv.Reader) error {
			return r.Scan(kv.Prefix([]byte{0, 3}), func(key, _ []byte) bool { left++; return true })
		})
		if err != nil || left != 0 {
			t.Errorf("%d keys left of an empty table, %v", left, err)
		}
	})
}

// change inserts, moves or deletes one row in both the table and the model.
func change(tx *store.Tx, s *scores, m *model, rnd *rand.Rand, next *uint64, inserts int, rising bool, colors int) error {
	row := score{ID: *next + 1, Color: rnd.IntN(colors+1) - 1, Value: int64(rnd.IntN(500))}
	if rising {
		row.Value = 1000 + int64(*next)
	}
	switch {
	case rnd.IntN(10) < inserts:
		*next++
		m.set(row)
		return s.rows.Insert(tx, &row)
	case len(m.ids) == 0:
		return nil
	case rnd.IntN(4) == 0:
		row.ID = m.ids[rnd.IntN(len(m.ids))]
		m.set(row)
		return s.rows.Update(tx, &row)
	}
	return s.rows.Delete(tx, store.K().Uint(m.remove(rnd.IntN(len(m.ids)))))
}

func removeSome(tx *store.Tx, s *scores, m *model, n int) error {
	for range min(n, len(m.ids)) {
		if err := s.rows.Delete(tx, store.K().Uint(m.remove(len(m.ids)-1))); err != nil {
			return err
		}
	}
	return nil
}

func TestRankedGroupsMayBeOfAnyShape(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		db := open(t, engine, p.schema)
		insert(t, db, p, person{ID: 1, Team: "a"}, person{ID: 2, Team: "a\x00"}, person{ID: 3, Team: ""}, person{ID: 4, Team: "a"})
		view(t, db, func(r store.Reader) error {
			for team, want := range map[string]int{"a": 2, "a\x00": 1, "": 1, "b": 0} {
				if n, err := p.teams.Count(r, store.K().Str(team)); n != want || err != nil {
					t.Errorf("team %q: %d, %v", team, n, err)
				}
			}
			rows, total, err := p.teams.Page(r, store.K(), 1, 2, true)
			if err != nil || total != 4 || len(rows) != 2 || rows[0].ID != 3 || rows[1].ID != 2 {
				t.Errorf("page %v of %d, %v", rows, total, err)
			}
			rows, total, err = p.teams.Page(r, store.K(), 4, 2, false)
			if err != nil || total != 4 || len(rows) != 0 {
				t.Errorf("page behind the end: %v of %d, %v", rows, total, err)
			}
			row, err := p.rows.Get(r, id(2))
			if err != nil {
				return err
			}
			rows, next, err := p.teams.After(r, store.K(), p.teams.Cursor(row), 10, false)
			if err != nil || len(rows) != 2 || next != nil {
				t.Errorf("behind a row: %v, %v", rows, err)
			}
			return nil
		})
	})
}
