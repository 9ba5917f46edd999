package bucket_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/bucket"
	"stoa/app/bucket/etag"
	"stoa/app/fault"
)

func admin(a *apptest.App) access.Actor {
	return a.Actor(a.Account(2, "keeper", access.RoleAdmin))
}

func newBucket(t *testing.T, a *apptest.App, by access.Actor, name string) *bucket.Bucket {
	t.Helper()
	b, err := a.Bucket.Create(t.Context(), by, bucket.New{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put(t *testing.T, a *apptest.App, by access.Actor, p bucket.Put, data []byte) error {
	t.Helper()
	d, err := a.Bucket.Receive(t.Context(), p.Bucket.Tenant, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	o, err := a.Bucket.Commit(t.Context(), by, d, p)
	if err == nil && (o.Size != int64(len(data)) || o.Hash != etag.Of(data)) {
		t.Fatalf("%s: %d bytes, hash %s", p.Key, o.Size, o.Hash)
	}
	return errors.Join(err, d.Discard(t.Context()))
}

func read(t *testing.T, a *apptest.App, by access.Actor, b *bucket.Bucket, key string) []byte {
	t.Helper()
	f, err := a.Bucket.Open(t.Context(), by, b, key)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	r, err := f.Range(t.Context(), 0, f.Size)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func sound(t *testing.T, a *apptest.App) {
	t.Helper()
	if problems, err := a.CheckStorage(t.Context(), true); err != nil || len(problems) > 0 {
		t.Fatalf("%v %v", problems, err)
	}
}

// random data of a size that is sometimes small, sometimes several pieces' worth.
func random(r *rand.Rand) []byte {
	data := make([]byte, []int{0, 1, 300, bucket.SmallObject, bucket.SmallObject + 1, 70_000}[r.IntN(6)])
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// TestFilesAgainstAMap does what clients do in any order and holds the files
// against a map, the counts against a new count, and the bytes against the rows.
func TestFilesAgainstAMap(t *testing.T) {
	a := apptest.Open(t)
	by := admin(a)
	buckets := []*bucket.Bucket{newBucket(t, a, by, "one-files"), newBucket(t, a, by, "two-files")}
	type name struct{ bucket, key int }
	model := map[name][]byte{}
	r := rand.New(rand.NewPCG(7, 7))
	for step := range 600 {
		n, to := name{r.IntN(2), r.IntN(6)}, name{r.IntN(2), r.IntN(6)}
		key := func(n name) string { return fmt.Sprintf("dir/%d.bin", n.key) }
		b := buckets[n.bucket]
		_, there := model[n]
		_, taken := model[to]
		mode := bucket.Mode(r.IntN(2))
		var err error
		var want fault.Kind
		fails := false
		switch r.IntN(6) {
		case 0, 1:
			data := random(r)
			err = put(t, a, by, bucket.Put{Bucket: b, Key: key(n), Mode: mode}, data)
			if fails, want = there && mode == bucket.Insert && !bytes.Equal(model[n], data), fault.Exists; !fails {
				model[n] = data
			}
		case 2:
			err = a.Bucket.Remove(t.Context(), by, b, key(n))
			fails, want = !there, fault.NotFound
			delete(model, n)
		case 3, 4:
			move := r.IntN(2) == 0
			do := a.Bucket.Copy
			if move {
				do = a.Bucket.Move
			}
			err = do(t.Context(), by, b, key(n), buckets[to.bucket], key(to), mode)
			switch {
			case !there:
				fails, want = true, fault.NotFound
			case n == to:
			case taken && mode == bucket.Insert && !bytes.Equal(model[n], model[to]):
				fails, want = true, fault.Exists
			default:
				model[to] = model[n]
				if move {
					delete(model, n)
				}
			}
		case 5:
			err = a.Bucket.Sweep(t.Context())
		}
		if fails != (err != nil) || fails && fault.KindOf(err) != want {
			t.Fatalf("step %d: %v, a failure was expected: %v", step, err, fails)
		}
	}
	for n, data := range model {
		if got := read(t, a, by, buckets[n.bucket], fmt.Sprintf("dir/%d.bin", n.key)); !bytes.Equal(got, data) {
			t.Errorf("%v: %d bytes, want %d", n, len(got), len(data))
		}
	}
	sound(t, a)
	a.Verify()
}

func TestListing(t *testing.T) {
	a := apptest.Open(t)
	by := admin(a)
	b := newBucket(t, a, by, "one-files")
	for _, key := range []string{"a", "dir/", "dir/1", "dir/2", "dir/sub/1", "dir/sub/2", "dir0", "z/1"} {
		if err := put(t, a, by, bucket.Put{Bucket: b, Key: key}, []byte(key)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		ask  bucket.Ask
		want string
	}{
		{bucket.Ask{}, "a dir/ dir/1 dir/2 dir/sub/1 dir/sub/2 dir0 z/1 "},
		{bucket.Ask{Delimiter: "/"}, "a [dir/] dir0 [z/] "},
		{bucket.Ask{Prefix: "dir/", Delimiter: "/"}, "dir/ dir/1 dir/2 [dir/sub/] "},
		{bucket.Ask{Prefix: "di"}, "dir/ dir/1 dir/2 dir/sub/1 dir/sub/2 dir0 "},
		{bucket.Ask{Prefix: "none"}, ""},
	} {
		for limit := 1; limit < 5; limit++ {
			got, ask := "", c.ask
			ask.Limit = limit
			for {
				l, err := a.Bucket.Objects(t.Context(), by, b, ask)
				if err != nil {
					t.Fatal(err)
				}
				if n := len(l.Objects) + len(l.Prefixes); n > limit {
					t.Fatalf("%d of %d", n, limit)
				}
				got += merged(l)
				if ask.After = l.Next; l.Next == "" {
					break
				}
			}
			if got != c.want {
				t.Errorf("%+v by %d: %s, want %s", c.ask, limit, got, c.want)
			}
		}
	}
}

// merged is what was listed, in the order of names.
func merged(l *bucket.Listing) string {
	out := ""
	for len(l.Objects)+len(l.Prefixes) > 0 {
		if len(l.Prefixes) == 0 || len(l.Objects) > 0 && l.Objects[0].Key < l.Prefixes[0] {
			out += l.Objects[0].Key + " "
			l.Objects = l.Objects[1:]
			continue
		}
		out += "[" + l.Prefixes[0] + "] "
		l.Prefixes = l.Prefixes[1:]
	}
	return out
}
