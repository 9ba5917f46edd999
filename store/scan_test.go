package store_test

import (
	"slices"
	"testing"

	"stoa/store"
	"stoa/store/kv"
)

func TestScans(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		db := open(t, engine, p.schema)
		tagThirds(t, db, p)
		cases := []struct {
			name string
			scan store.Scan
			want []uint64 // first, last, count
		}{
			{"all", store.Scan{}, []uint64{1, 300, 300}},
			{"reverse", store.Scan{Reverse: true}, []uint64{300, 1, 300}},
			{"limit", store.Scan{Limit: 70}, []uint64{1, 70, 70}},
			{"after", store.Scan{After: id(290)}, []uint64{291, 300, 10}},
			{"after in reverse", store.Scan{After: id(11), Reverse: true}, []uint64{10, 1, 10}},
			{"limit over batches", store.Scan{After: id(100), Limit: 150}, []uint64{101, 250, 150}},
			{"prefix", store.Scan{Prefix: id(5)}, []uint64{5, 5, 1}},
		}
		view(t, db, func(r store.Reader) error {
			for _, c := range cases {
				var got []uint64
				for row, err := range p.rows.Scan(r, c.scan) {
					if err != nil {
						return err
					}
					got = append(got, row.ID)
				}
				if len(got) == 0 || got[0] != c.want[0] || got[len(got)-1] != c.want[1] || len(got) != int(c.want[2]) {
					t.Errorf("%s: %v, want %v", c.name, got, c.want)
				}
			}
			return nil
		})
	})
}

// tagThirds inserts rows 1 to 300, all tagged "all" and every third one "third".
func tagThirds(t *testing.T, db *store.DB, p *people) {
	t.Helper()
	for from := uint64(1); from <= 300; from += 30 {
		var rows []person
		for n := from; n < from+30; n++ {
			tags := []string{"all"}
			if n%3 == 0 {
				tags = append(tags, "third", "third")
			}
			rows = append(rows, person{ID: n, Tags: tags})
		}
		insert(t, db, p, rows...)
	}
}

func TestIndexScans(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		db := open(t, engine, p.schema)
		tagThirds(t, db, p)
		view(t, db, func(r store.Reader) error {
			var third []uint64
			var cursor store.Key
			for range 10 { // ten at a time, by cursor
				n := 0
				for e, err := range p.tags.Keys(r, store.Scan{Prefix: store.K().Str("third"), After: cursor, Limit: 10}) {
					if err != nil {
						return err
					}
					if tag := e.Index.Reader().NextStr(); tag != "third" {
						t.Errorf("entry of %q", tag)
					}
					third = append(third, e.Primary.Reader().NextUint())
					cursor = e.Cursor()
					n++
				}
				if n != 10 {
					t.Errorf("page of %d", n)
				}
			}
			if len(third) != 100 || third[0] != 3 || third[99] != 300 {
				t.Errorf("entries %v", third)
			}
			n := 0
			for row, err := range p.tags.Scan(r, store.Scan{Prefix: store.K().StrPrefix("th"), Reverse: true, Limit: 5}) {
				if err != nil {
					return err
				}
				if want := uint64(300 - 3*n); row.ID != want {
					t.Errorf("row %d, want %d", row.ID, want)
				}
				n++
			}
			if n != 5 {
				t.Errorf("%d rows", n)
			}
			return nil
		})
	})
}

func TestLoopsOverAScanMayWrite(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		db := open(t, engine, p.schema)
		for n := uint64(1); n <= 60; n++ {
			insert(t, db, p, person{ID: n, Tags: []string{"old"}})
		}
		update(t, db, func(tx *store.Tx) error {
			var met []uint64
			for row, err := range p.tags.Scan(tx, store.Scan{Prefix: store.K().Str("old")}) {
				if err != nil {
					return err
				}
				met = append(met, row.ID)
				if row.ID%2 == 1 { // deletes its right neighbour
					if err := p.rows.Delete(tx, id(row.ID+1)); err != nil {
						return err
					}
				}
				row.Tags = []string{"new"}
				if err := p.rows.Update(tx, row); err != nil {
					return err
				}
			}
			if len(met) != 30 || slices.ContainsFunc(met, func(n uint64) bool { return n%2 == 0 }) {
				t.Errorf("met %v", met)
			}
			return nil
		})
		if rep := sound(t, db); rep.Rows != 30 {
			t.Errorf("%d rows left, want 30", rep.Rows)
		}
	})
}
