package upload_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/bucket"
	"stoa/app/fault"
	"stoa/store"
)

// pieces makes a file of n pieces.
func pieces(t *testing.T, a *apptest.App, by access.Actor, p bucket.Put, n int) {
	t.Helper()
	k, err := a.Upload.MakeBlock(t.Context(), by, int64(n), bytes.NewReader([]byte("x")), 1)
	for i := 1; i < n && err == nil; i++ {
		k, err = a.Upload.Append(t.Context(), by, k.ID, int64(i), bytes.NewReader([]byte("x")), 1)
	}
	if err == nil {
		_, err = a.Upload.Join(t.Context(), by, p, [][]byte{k.ID})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Files that came in parts go as others do, many of them at a time too: by hand, by
// their end, and with their company.
func TestManyFilesOfManyPiecesGo(t *testing.T) {
	for name, remove := range map[string]func(*apptest.App, access.Actor, *bucket.Bucket, []string) error{
		"by hand": func(a *apptest.App, by access.Actor, b *bucket.Bucket, keys []string) error {
			n, err := a.Bucket.RemoveMany(t.Context(), by, b, keys)
			if err == nil && n != len(keys) {
				err = fmt.Errorf("%d went", n)
			}
			return err
		},
		"by their end": func(a *apptest.App, by access.Actor, b *bucket.Bucket, keys []string) error {
			a.Clock.Add(time.Hour)
			return nil
		},
		"with their company": func(a *apptest.App, by access.Actor, b *bucket.Bucket, keys []string) error {
			for more := true; more; {
				if err := a.DB.Update(t.Context(), func(tx *store.Tx) (err error) {
					_, more, err = a.Bucket.PurgeTx(tx, access.System("test"), b.Tenant)
					return err
				}); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		a := apptest.Open(t)
		by := a.Actor(a.Account(2, "keeper", access.RoleAdmin))
		b, err := a.Bucket.Create(t.Context(), by, bucket.New{Name: "one-files"})
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for i := range 30 {
			keys = append(keys, fmt.Sprintf("file-%02d", i))
			pieces(t, a, by, bucket.Put{Bucket: b, Key: keys[i], Expires: a.Clock.Now().Add(time.Hour)}, 12)
		}
		if err := remove(a, by, b, keys); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := errors.Join(a.Upload.Sweep(t.Context()), a.Bucket.Sweep(t.Context()), a.Depot.Sweep(t.Context())); err != nil {
			t.Errorf("%s: sweep: %v", name, err)
		}
		if left, _, err := a.Blob.List(t.Context(), "piece/", "", 1000); err != nil || len(left) > 0 {
			t.Errorf("%s: %d pieces are left, %v", name, len(left), err)
		}
		sound(t, a)
	}
}

// Blocks of as many chunks as there may be, which nothing was made of, go too.
func TestManyBlocksOfManyChunksGo(t *testing.T) {
	for name, purge := range map[string]bool{"by their end": false, "with their company": true} {
		a := apptest.Open(t)
		by := a.Actor(a.Account(2, "keeper", access.RoleAdmin))
		for range 10 {
			k, err := a.Upload.MakeBlock(t.Context(), by, 100, bytes.NewReader([]byte("x")), 1)
			for i := 1; i < 64 && err == nil; i++ {
				k, err = a.Upload.Append(t.Context(), by, k.ID, int64(i), bytes.NewReader([]byte("x")), 1)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for more := purge; more; {
			if err := a.DB.Update(t.Context(), func(tx *store.Tx) (err error) {
				more, err = a.Upload.PurgeTx(tx, 2)
				return err
			}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		a.Clock.Add(8 * 24 * time.Hour)
		if err := errors.Join(a.Upload.Sweep(t.Context()), a.Depot.Sweep(t.Context())); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if left, _, err := a.Blob.List(t.Context(), "piece/", "", 1000); err != nil || len(left) > 0 {
			t.Errorf("%s: %d pieces are left, %v", name, len(left), err)
		}
		sound(t, a)
	}
}

// A client that joins blocks in another order, because the first one was refused, takes
// all of them over, however many there are.
func TestManyBlocksAreTakenOver(t *testing.T) {
	a := apptest.Open(t)
	by := a.Actor(a.Account(2, "keeper", access.RoleAdmin))
	b, err := a.Bucket.Create(t.Context(), by, bucket.New{Name: "one-files"})
	if err != nil {
		t.Fatal(err)
	}
	var ids [][]byte
	for range 450 {
		k, err := a.Upload.MakeBlock(t.Context(), by, 1, bytes.NewReader([]byte("x")), 1)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, k.ID)
	}
	for time := range 2 {
		if _, err := a.Upload.Join(t.Context(), by, bucket.Put{Bucket: b, Key: "short"}, ids); fault.KindOf(err) != fault.Invalid {
			t.Fatal(time, err) // all but the last have 4 MiB
		}
		slices.Reverse(ids)
	}
	sound(t, a)
}
