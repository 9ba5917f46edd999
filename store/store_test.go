package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/badgerkv"
	"stoa/store/kv/memkv"
)

// engines runs test on every driver that needs no server.
func engines(t *testing.T, test func(t *testing.T, engine kv.Store)) {
	t.Run("memkv", func(t *testing.T) {
		engine := memkv.Open(nil)
		t.Cleanup(func() { _ = engine.Close() })
		test(t, engine)
	})
	t.Run("badgerkv", func(t *testing.T) { test(t, openBadger(t)) })
}

func openBadger(t testing.TB) kv.Store {
	engine, err := badgerkv.Open(t.TempDir(), badgerkv.Options{MinFreeBytes: -1, MinFreePercent: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	return engine
}

// person is a row as a program would have it.
type person struct {
	ID     uint64    `cbor:"1,keyasint,omitempty"`
	Login  string    `cbor:"2,keyasint,omitempty"`
	Name   string    `cbor:"3,keyasint,omitempty"`
	Tags   []string  `cbor:"4,keyasint,omitempty"`
	Team   string    `cbor:"5,keyasint,omitempty"`
	Joined time.Time `cbor:"6,keyasint,omitzero"`
	Ends   time.Time `cbor:"7,keyasint,omitzero"`
}

// people is the schema of most tests.
type people struct {
	schema *store.Schema
	rows   store.Table[person]
	login  store.Unique[person]
	tags   store.Index[person]
	teams  store.Ranked[person]
	ids    *store.Sequence
}

func newPeople() *people {
	p := &people{schema: store.NewSchema()}
	p.rows = store.Define(p.schema, 7, "people", func(r *person) store.Key { return store.K().Uint(r.ID) })
	p.login = p.rows.Unique(1, "login", func(r *person) (store.Key, bool) {
		return store.K().Str(strings.ToLower(r.Login)), r.Login != ""
	})
	p.tags = p.rows.Index(1, "tags", func(r *person) []store.Key {
		var keys []store.Key
		for _, tag := range r.Tags {
			keys = append(keys, store.K().Str(tag))
		}
		return keys
	})
	p.teams = p.rows.Ranked(1, "teams", func(r *person) []store.Key {
		return []store.Key{store.K(), store.K().Str(r.Team)}
	}, func(r *person) store.Key { return store.K().Time(r.Joined) })
	p.rows.Expires(func(r *person) time.Time { return r.Ends })
	p.ids = store.NewSequence(p.schema, 8, "people-ids", 100)
	return p
}

func id(n uint64) store.Key { return store.K().Uint(n) }

func open(t testing.TB, engine kv.Store, s *store.Schema) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), engine, s, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func update(t testing.TB, db *store.DB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, db *store.DB, fn func(r store.Reader) error) {
	t.Helper()
	if err := db.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// sound fails the test unless every index is right.
func sound(t testing.TB, db *store.DB) store.Report {
	t.Helper()
	rep, err := db.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range rep.Problems[:min(5, len(rep.Problems))] {
		t.Error(p)
	}
	return rep
}

func insert(t testing.TB, db *store.DB, p *people, rows ...person) {
	t.Helper()
	update(t, db, func(tx *store.Tx) error {
		for _, r := range rows {
			if err := p.rows.Insert(tx, &r); err != nil {
				return fmt.Errorf("%d: %w", r.ID, err)
			}
		}
		return nil
	})
}

func TestRowComesBackAsItWas(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		db := open(t, engine, p.schema)
		at := time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.FixedZone("", 7200))
		want := person{ID: 1, Login: "Ada", Name: "Ada Test", Tags: []string{"x"}, Joined: at.UTC()}
		given := want
		given.Joined = at
		insert(t, db, p, given)
		view(t, db, func(r store.Reader) error {
			got, err := p.rows.Get(r, id(1))
			if err != nil {
				return err
			}
			if fmt.Sprint(*got) != fmt.Sprint(want) {
				t.Errorf("got %v, want %v", *got, want)
			}
			if _, err := p.rows.Get(r, id(2)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("absent row: %v", err)
			}
			got, err = p.login.Get(r, store.K().Str("ada"))
			if err != nil || got.ID != 1 {
				t.Errorf("by login: %v, %v", got, err)
			}
			_, err = p.login.Get(r, store.K().Str("bob"))
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("absent login: %v", err)
			}
			return nil
		})
		sound(t, db)
	})
}

func TestConstraints(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		db := open(t, engine, p.schema)
		insert(t, db, p, person{ID: 1, Login: "ada"}, person{ID: 2, Login: "bob"}, person{ID: 3}, person{ID: 4})
		update(t, db, func(tx *store.Tx) error {
			if err := p.rows.Insert(tx, &person{ID: 1, Login: "new"}); !errors.Is(err, store.ErrExists) {
				t.Errorf("same key: %v", err)
			}
			err := p.rows.Insert(tx, &person{ID: 5, Login: "ADA", Tags: []string{"left"}})
			var taken *store.TakenError
			if !errors.As(err, &taken) || taken.Table != "people" || taken.Index != "login" {
				t.Errorf("same login: %v", err)
			}
			if err := p.rows.Update(tx, &person{ID: 2, Login: "ada"}); !errors.Is(err, store.ErrTaken) {
				t.Errorf("update to a taken login: %v", err)
			}
			if err := p.rows.Update(tx, &person{ID: 9}); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("update of an absent row: %v", err)
			}
			if err := p.rows.Delete(tx, id(9)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("delete of an absent row: %v", err)
			}
			return nil // refusals leave nothing behind, so this commits
		})
		update(t, db, func(tx *store.Tx) error { // a login is free once its row is gone, within the transaction
			if err := p.rows.Delete(tx, id(1)); err != nil {
				return err
			}
			return p.rows.Update(tx, &person{ID: 2, Login: "ada"})
		})
		if rep := sound(t, db); rep.Rows != 3 {
			t.Errorf("%d rows, want 3", rep.Rows)
		}
	})
}

func TestConcurrentClaimsOfOneUniqueValue(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		db := open(t, engine, p.schema)
		var wg sync.WaitGroup
		results := make([]error, 16)
		for i := range results {
			wg.Go(func() {
				results[i] = db.Update(context.Background(), func(tx *store.Tx) error {
					n, err := p.ids.Next(tx)
					if err != nil {
						return err
					}
					return p.rows.Insert(tx, &person{ID: n, Login: "ada"})
				})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
			} else if !errors.Is(err, store.ErrTaken) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d writers got the login", won)
		}
		view(t, db, func(r store.Reader) error {
			if n, err := p.ids.Peek(r); n != 101 || err != nil {
				t.Errorf("next id %d, %v: only the commit should have taken one", n, err)
			}
			return nil
		})
		sound(t, db)
	})
}

func TestSequence(t *testing.T) {
	engines(t, func(t *testing.T, engine kv.Store) {
		p := newPeople()
		db := open(t, engine, p.schema)
		var got []uint64
		update(t, db, func(tx *store.Tx) error {
			got = nil
			for range 3 {
				n, err := p.ids.Next(tx)
				if err != nil {
					return err
				}
				got = append(got, n)
			}
			if err := p.ids.Skip(tx, 50); err != nil {
				return err
			}
			if err := p.ids.Skip(tx, 499); err != nil {
				return err
			}
			n, err := p.ids.Next(tx)
			got = append(got, n)
			return err
		})
		if want := []uint64{100, 101, 102, 500}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestRowThatCouldNotBeReadBackIsRefused(t *testing.T) {
	p := newPeople()
	db := open(t, memkv.Open(nil), p.schema)
	update(t, db, func(tx *store.Tx) error {
		err := p.rows.Insert(tx, &person{ID: 1, Name: "bad \xff text"})
		if err == nil || !strings.Contains(err.Error(), "row of people cannot be stored") {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if rep := sound(t, db); rep.Rows != 0 {
		t.Errorf("%d rows", rep.Rows)
	}
}

func TestStoreIsThereAgainAfterReopening(t *testing.T) {
	dir := t.TempDir()
	options := badgerkv.Options{MinFreeBytes: -1, MinFreePercent: -1}
	for round := range uint64(3) {
		engine, err := badgerkv.Open(dir, options)
		if err != nil {
			t.Fatal(err)
		}
		p := newPeople()
		db := open(t, engine, p.schema)
		for n := range uint64(100) {
			insert(t, db, p, person{ID: round*100 + n, Team: "t", Login: fmt.Sprint(round, n)})
		}
		if rep := sound(t, db); rep.Rows != int(round+1)*100 {
			t.Errorf("round %d: %d rows", round, rep.Rows)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
