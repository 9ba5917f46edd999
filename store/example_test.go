package store_test

import (
	"context"
	"fmt"
	"time"

	"stoa/store"
	"stoa/store/kv/memkv"
)

func Example() {
	type book struct {
		ID    uint64    `cbor:"1,keyasint"`
		ISBN  string    `cbor:"2,keyasint,omitempty"`
		Shelf string    `cbor:"3,keyasint,omitempty"`
		Added time.Time `cbor:"4,keyasint,omitzero"`
	}
	shelf := func(name string) store.Key { return store.K().Str(name) } // writer and reader use the same
	s := store.NewSchema()
	books := store.Define(s, 1, "books", func(b *book) store.Key { return store.K().Uint(b.ID) })
	byISBN := books.Unique(1, "isbn", func(b *book) (store.Key, bool) { return store.K().Str(b.ISBN), b.ISBN != "" })
	byShelf := books.Ranked(1, "shelf", func(b *book) []store.Key { return []store.Key{shelf(b.Shelf)} },
		func(b *book) store.Key { return store.K().Time(b.Added) })
	ids := store.NewSequence(s, 2, "book-ids", 1)

	ctx := context.Background()
	db, err := store.Open(ctx, memkv.Open(nil), s, store.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = db.Update(ctx, func(tx *store.Tx) error {
		for _, isbn := range []string{"one", "two", "three"} {
			id, err := ids.Next(tx)
			if err != nil {
				return err
			}
			if err := books.Insert(tx, &book{ID: id, ISBN: isbn, Shelf: "sea", Added: tx.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	fmt.Println(err)
	err = db.View(ctx, func(r store.Reader) error {
		b, err := byISBN.Get(r, store.K().Str("two"))
		if err != nil {
			return err
		}
		newest, total, err := byShelf.Page(r, shelf("sea"), 0, 1, true)
		fmt.Println(b.ID, newest[0].ISBN, total)
		return err
	})
	fmt.Println(err)
	// Output:
	// <nil>
	// 2 three 3
	// <nil>
}
