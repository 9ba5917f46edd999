package store_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

// TestVerifyFindsDamage changes one stored pair of each kind and expects to be
// told, and to be told of nothing else while the store is sound.
func TestVerifyFindsDamage(t *testing.T) {
	kinds := map[byte][]string{
		0x10: {"entry: there is no row", "does not decode"},
		0x20: {"login", "login"},
		0x30: {"tags", "tags"},
		0x40: {"teams", "teams"},
		0x41: {"teams", "teams"},
		0x42: {"teams", "teams"},
		0x50: {"expiry", ""},
		0x60: {"", "people-ids"},
	}
	for kind, want := range kinds {
		for way, text := range want {
			if text == "" {
				continue
			}
			p := newPeople()
			engine := memkv.Open(nil)
			db := open(t, engine, p.schema)
			grow(t, db, p)
			if rep := sound(t, db); rep.Rows != 200 || rep.Tables != 1 {
				t.Fatalf("report %+v", rep)
			}
			damage(t, engine, kind, way == 0)
			rep, err := db.Verify(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if rep.OK() || !strings.Contains(problems(rep), text) {
				t.Errorf("kind %x, way %d: %s", kind, way, problems(rep))
			}
		}
	}
}

func problems(rep store.Report) string {
	var b strings.Builder
	for _, p := range rep.Problems {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

func grow(t *testing.T, db *store.DB, p *people) {
	for n := uint64(1); n <= 200; n++ {
		insert(t, db, p, person{ID: n, Login: strconv.FormatUint(n, 10), Tags: []string{"x"}, Team: "t", Ends: time.Unix(int64(n), 0)})
	}
	update(t, db, func(tx *store.Tx) error { _, err := p.ids.Next(tx); return err })
}

// damage deletes the first pair of a kind, or spoils its value.
func damage(t *testing.T, engine kv.Store, kind byte, remove bool) {
	t.Helper()
	err := engine.Update(t.Context(), func(tx kv.Txn) error {
		var key, value []byte
		for _, table := range []byte{7, 8} {
			err := tx.Scan(kv.Prefix([]byte{0, table, kind}), func(k, v []byte) bool { key, value = k, v; return false })
			if err != nil {
				return err
			}
			if key != nil {
				break
			}
		}
		if key == nil {
			t.Fatalf("nothing of kind %x", kind)
		}
		if remove {
			return tx.Delete(key)
		}
		spoiled := append(slices.Clone(value), 0xff)
		return tx.Put(key, spoiled)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDamagedRowIsAnErrorThatNamesIt(t *testing.T) {
	p := newPeople()
	engine := memkv.Open(nil)
	db := open(t, engine, p.schema)
	grow(t, db, p)
	damage(t, engine, 0x10, false)
	view(t, db, func(r store.Reader) error {
		_, err := p.rows.Get(r, id(1))
		var broken *store.DecodeError
		if !errors.As(err, &broken) || broken.Table != "people" || broken.Key.Reader().NextUint() != 1 || !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("got %v", err)
		}
		return nil
	})
}

// stored is the value of the engine key of row 1.
func put(t testing.TB, engine kv.Store, value []byte) {
	t.Helper()
	err := engine.Update(t.Context(), func(tx kv.Txn) error {
		return tx.Put(append([]byte{0, 7, 0x10}, id(1)...), value)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestStoredFormStays: bytes written by the first release read as they did.
func TestStoredFormStays(t *testing.T) {
	old := "\x01" + // row format
		"\xa5" + // map of 5
		"\x01\x01" + // 1: id 1
		"\x02\x63ada" + // 2: login
		"\x04\x82\x61x\x61y" + // 4: tags
		"\x06\x74" + "2026-03-04T05:06:07Z" + // 6: joined
		"\x18\x63\x65later" // 99: a field that this type does not know
	p := newPeople()
	engine := memkv.Open(nil)
	db := open(t, engine, p.schema)
	put(t, engine, []byte(old))
	view(t, db, func(r store.Reader) error {
		row, err := p.rows.Get(r, id(1))
		if err != nil {
			return err
		}
		if row.Login != "ada" || len(row.Tags) != 2 || !row.Joined.Equal(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)) {
			t.Errorf("%+v", row)
		}
		return nil
	})
}

func FuzzRow(f *testing.F) {
	f.Add([]byte("\x01\xa1\x01\x01"))
	f.Add([]byte("\x01\xa2\x01\x01\x04\x82\x61x\x61y"))
	f.Add([]byte("\x01\xa1\x06\xc1\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x01\xa1\x06\x1b\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, value []byte) {
		p := newPeople()
		engine := memkv.Open(nil)
		defer engine.Close()
		db := open(t, engine, p.schema)
		put(t, engine, value)
		view(t, db, func(r store.Reader) error {
			row, err := p.rows.Get(r, id(1))
			if err != nil && !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("error of another kind: %v", err)
			}
			if err == nil && row == nil {
				t.Error("no row and no error")
			}
			return nil
		})
		if _, err := db.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestDamagedCountsStopTheTransaction: whoever goes on after the error commits
// nothing, since the row and its entries were written in part.
func TestDamagedCountsStopTheTransaction(t *testing.T) {
	p := newPeople()
	engine := memkv.Open(nil)
	db := open(t, engine, p.schema)
	grow(t, db, p)
	damage(t, engine, 0x41, false)
	view(t, db, func(r store.Reader) error {
		_, err := p.teams.Count(r, store.K())
		if !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "people.teams") {
			t.Errorf("got %v", err)
		}
		return nil
	})
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := p.rows.Insert(tx, &person{ID: 900, Team: "t"}); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("insert: %v", err)
		}
		return nil
	})
	if !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("commit: %v", err)
	}
}
