package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

// city is version one of a row, town version two.
type city struct {
	ID   uint64 `cbor:"1,keyasint"`
	Name string `cbor:"2,keyasint"`
	Old  string `cbor:"3,keyasint,omitempty"`
}

type town struct {
	ID    uint64 `cbor:"1,keyasint"`
	Name  string `cbor:"2,keyasint"`
	Upper string `cbor:"4,keyasint,omitempty"`
	Size  int    `cbor:"5,keyasint,omitempty"`
}

func cities(n int) func(tx *store.Tx) error {
	table := store.Define(store.NewSchema(), 4, "towns", func(c *city) store.Key { return store.K().Uint(c.ID) })
	return func(tx *store.Tx) error {
		for i := range n {
			if err := table.Put(tx, &city{ID: uint64(i), Name: fmt.Sprintf("n%d", i), Old: "gone"}); err != nil {
				return err
			}
		}
		return nil
	}
}

func citySchema() *store.Schema {
	s := store.NewSchema()
	store.Define(s, 4, "towns", func(c *city) store.Key { return store.K().Uint(c.ID) })
	return s
}

func townSchema() (*store.Schema, store.Table[town]) {
	s := store.NewSchema()
	return s, store.Define(s, 4, "towns", func(c *town) store.Key { return store.K().Uint(c.ID) })
}

func TestOldRowsAreReadByNewerTypes(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		update(t, open(t, engine, citySchema()), cities(3))
		s, towns := townSchema()
		db := open(t, engine, s)
		view(t, db, func(r store.Reader) error {
			got, err := towns.Get(r, id(2))
			if err != nil || *got != (town{ID: 2, Name: "n2"}) {
				t.Errorf("%v, %v", got, err)
			}
			return nil
		})
	})
}

// upper fills a new field, ten rows a step, and fails once at the given step.
func upper(towns store.Table[town], steps *int, failAt int) func(context.Context, *store.DB, []byte) ([]byte, bool, error) {
	return func(ctx context.Context, db *store.DB, resume []byte) (next []byte, done bool, err error) {
		if *steps++; *steps == failAt {
			return nil, false, errors.New("power cut")
		}
		err = db.Update(ctx, func(tx *store.Tx) error {
			next, done = resume, true
			for row, err := range towns.Scan(tx, store.Scan{After: resume, Limit: 10}) {
				if err != nil {
					return err
				}
				row.Upper = strings.ToUpper(row.Name)
				if err := towns.Update(tx, row); err != nil {
					return err
				}
				next, done = id(row.ID), false
			}
			return nil
		})
		return next, done, err
	}
}

func TestMigrationGoesOnWhereItWasInterrupted(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		update(t, open(t, engine, citySchema()), cities(55))
		steps := 0
		start := func(failAt int) (*store.DB, store.Table[town], error) {
			s, towns := townSchema()
			s.Migrate(1, "fill upper", upper(towns, &steps, failAt))
			db, err := store.Open(t.Context(), engine, s, store.Options{})
			return db, towns, err
		}
		if _, _, err := start(4); err == nil || !strings.Contains(err.Error(), "migration 1 (fill upper)") {
			t.Fatalf("interrupted: %v", err)
		}
		db, towns, err := start(0)
		if err != nil {
			t.Fatal(err)
		}
		if steps != 3+1+3+1 {
			t.Errorf("%d steps: the work of the first start was not kept", steps)
		}
		view(t, db, func(r store.Reader) error {
			for row, err := range towns.Scan(r, store.Scan{}) {
				if err != nil || row.Upper != strings.ToUpper(row.Name) {
					t.Errorf("%v, %v", row, err)
				}
			}
			if v, err := db.Version(r); v != 1 || err != nil {
				t.Errorf("version %d, %v", v, err)
			}
			return nil
		})
		if _, _, err := start(0); err != nil || steps != 8 {
			t.Errorf("migrated again: %d steps, %v", steps, err)
		}
		if _, err := store.Open(t.Context(), engine, citySchema(), store.Options{}); !errors.Is(err, store.ErrNewer) {
			t.Errorf("an older program opened it: %v", err)
		}
	})
}

func TestNewStoreRunsNoMigrations(t *testing.T) {
	s, _ := townSchema()
	s.Migrate(1, "never", func(context.Context, *store.DB, []byte) ([]byte, bool, error) {
		t.Error("ran")
		return nil, true, nil
	})
	open(t, memkv.Open(nil), s)
}

func TestIndexesAreBuiltAndDroppedByOpen(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		plain := open(t, engine, citySchema())
		for range 2 {
			update(t, plain, cities(500))
		}
		with := func() (*store.DB, store.Index[town], store.Ranked[town]) {
			s, towns := townSchema()
			last := func(c *town) []store.Key { return []store.Key{store.K().Str(c.Name[len(c.Name)-1:])} }
			index := towns.Index(1, "last", last)
			ranked := towns.Ranked(1, "by last", last, func(c *town) store.Key { return store.K().Str(c.Name) })
			towns.Unique(1, "name", func(c *town) (store.Key, bool) { return store.K().Str(c.Name), true })
			return open(t, engine, s), index, ranked
		}
		db, index, ranked := with()
		if rep := sound(t, db); rep.Entries != 1500 {
			t.Errorf("%d entries, want 1500", rep.Entries)
		}
		view(t, db, func(r store.Reader) error {
			n := 0
			for _, err := range index.Keys(r, store.Scan{Prefix: store.K().Str("7")}) {
				if err != nil {
					return err
				}
				n++
			}
			counted, err := ranked.Count(r, store.K().Str("7"))
			if n != 50 || counted != 50 {
				t.Errorf("%d and %d towns end with 7, want 50", n, counted)
			}
			return err
		})
		open(t, engine, citySchema()) // an older program, which keeps no index up
		left := 0
		err := engine.View(t.Context(), func(r kv.Reader) error {
			return r.Scan(kv.Prefix([]byte{0, 4}), func(_, _ []byte) bool { left++; return true })
		})
		if err != nil || left != 500 {
			t.Errorf("%d keys left beside the rows, %v", left-500, err)
		}
		db, _, _ = with()
		sound(t, db)
	})
}

func TestBuildOfAUniqueIndexNamesTheClash(t *testing.T) {
	engine := memkv.Open(nil)
	update(t, open(t, engine, citySchema()), cities(5))
	s, towns := townSchema()
	towns.Unique(1, "initial", func(c *town) (store.Key, bool) { return store.K().Str(c.Name[:1]), true })
	_, err := store.Open(t.Context(), engine, s, store.Options{})
	var taken *store.TakenError
	if !errors.As(err, &taken) || taken.Index != "initial" {
		t.Errorf("got %v", err)
	}
}

func TestSchemaMistakesAreRefused(t *testing.T) {
	key := func(c *town) store.Key { return store.K().Uint(c.ID) }
	unique := func(c *town) (store.Key, bool) { return nil, false }
	cases := map[string]func(s *store.Schema){
		"both have id 4": func(s *store.Schema) { store.Define(s, 4, "others", key) },
		"both have id 5": func(s *store.Schema) { store.Define(s, 5, "x", key); store.NewSequence(s, 5, "y", 1) },
		"name towns":     func(s *store.Schema) { store.Define(s, 6, "towns", key) },
		"has id 0":       func(s *store.Schema) { store.Define(s, 0, "zero", key) },
		"index id 1 is used": func(s *store.Schema) {
			t := store.Define(s, 6, "x", key)
			t.Unique(1, "a", unique)
			t.Unique(1, "b", unique)
		},
		"index name is used": func(s *store.Schema) {
			t := store.Define(s, 6, "x", key)
			t.Unique(1, "a", unique)
			t.Unique(2, "a", unique)
		},
		"migration x has": func(s *store.Schema) { s.Migrate(2, "x", nil) },
	}
	for want, spoil := range cases {
		s, _ := townSchema()
		spoil(s)
		_, err := store.Open(t.Context(), memkv.Open(nil), s, store.Options{})
		if !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestIdsKeepTheirMeaning(t *testing.T) {
	engine := memkv.Open(nil)
	s, towns := townSchema()
	unique := func(c *town) (store.Key, bool) { return store.K().Str(c.Name), true }
	towns.Unique(1, "name", unique)
	open(t, engine, s)
	other := store.NewSchema()
	store.Define(other, 4, "villages", func(c *town) store.Key { return store.K().Uint(c.ID) })
	if _, err := store.Open(t.Context(), engine, other, store.Options{}); !errors.Is(err, store.ErrSchema) {
		t.Errorf("another table under the id: %v", err)
	}
	s, towns = townSchema()
	towns.Unique(1, "label", unique)
	if _, err := store.Open(t.Context(), engine, s, store.Options{}); !errors.Is(err, store.ErrSchema) {
		t.Errorf("another index under the id: %v", err)
	}
}

// failing is an engine that stops working after a number of commits.
type failing struct {
	kv.Store
	left int
}

var errPower = errors.New("power cut")

func (f *failing) Update(ctx context.Context, fn func(kv.Txn) error) error {
	if f.left--; f.left < 0 {
		return errPower
	}
	return f.Store.Update(ctx, fn)
}

// TestInterruptedBuildGoesOn cuts the building of an index after each number of
// commits in turn; an older program may write between.
func TestInterruptedBuildGoesOn(t *testing.T) {
	for _, between := range []bool{false, true} {
		for commits := 1; ; commits++ {
			engine := memkv.Open(nil)
			update(t, open(t, engine, citySchema()), cities(400))
			start := func(engine kv.Store) (*store.DB, error) {
				s, towns := townSchema()
				towns.Index(1, "name", func(c *town) []store.Key { return []store.Key{store.K().Str(c.Name)} })
				return store.Open(t.Context(), engine, s, store.Options{})
			}
			_, err := start(&failing{engine, commits})
			if err == nil {
				if commits < 5 {
					t.Errorf("the build took %d commits: not in batches", commits)
				}
				break
			}
			if !errors.Is(err, errPower) {
				t.Fatal(err)
			}
			if between {
				s, towns := townSchema()
				update(t, open(t, engine, s), func(tx *store.Tx) error {
					return towns.Update(tx, &town{ID: 1, Name: "moved"})
				})
			}
			db, err := start(engine)
			if err != nil {
				t.Fatal(err)
			}
			if rep := sound(t, db); rep.Entries != 400 {
				t.Fatalf("%d entries after a cut behind commit %d", rep.Entries, commits)
			}
		}
	}
}
