package bucket_test

import (
	"bytes"
	"testing"
	"time"

	"stoa/app/apptest"
	"stoa/app/bucket"
	"stoa/app/fault"
)

// A file whose time has come is not there, though its row may be for a moment: who
// puts a file of its name puts a new one, and what was acknowledged stays.
func TestPutWhereAFileHasExpired(t *testing.T) {
	a := apptest.Open(t)
	by := admin(a)
	b := newBucket(t, a, by, "one-files")
	same, other := []byte("the same"), []byte("another")
	soon := a.Clock.Now().Add(time.Hour)
	for _, key := range []string{"same", "other", "copied", "moved"} {
		if err := put(t, a, by, bucket.Put{Bucket: b, Key: key, Expires: soon}, same); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"source", "leaving"} {
		if err := put(t, a, by, bucket.Put{Bucket: b, Key: key}, same); err != nil {
			t.Fatal(err)
		}
	}
	a.Clock.Add(time.Hour)
	want := map[string][]byte{"same": same, "other": other, "copied": same, "moved": same, "source": same}
	for _, key := range []string{"same", "other"} {
		if err := put(t, a, by, bucket.Put{Bucket: b, Key: key}, want[key]); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if err := a.Bucket.Copy(t.Context(), by, b, "source", b, "copied", bucket.Insert); err != nil {
		t.Error(err)
	}
	if err := a.Bucket.Move(t.Context(), by, b, "leaving", b, "moved", bucket.Insert); err != nil {
		t.Error(err)
	}
	if err := a.Bucket.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for key, data := range want {
		if _, err := a.Bucket.Stat(t.Context(), by, b, key); err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		if got := read(t, a, by, b, key); !bytes.Equal(got, data) {
			t.Errorf("%s: %q", key, got)
		}
	}
	sound(t, a)
}

// The same content again is success and changes nothing, but that the file stays as
// long as the longer of the two was to stay: nobody's file goes before its time.
func TestSameContentStaysTheLonger(t *testing.T) {
	a := apptest.Open(t)
	by := admin(a)
	b := newBucket(t, a, by, "one-files")
	now, data := a.Clock.Now(), []byte("the same")
	for i, c := range []struct{ first, then, want int }{{1, 3, 3}, {3, 1, 3}, {1, 0, 0}, {0, 1, 0}} {
		at := func(days int) time.Time {
			if days == 0 {
				return time.Time{}
			}
			return now.AddDate(0, 0, days)
		}
		key, copied := string(rune('a'+i)), string(rune('A'+i))
		for _, d := range []int{c.first, c.then} {
			if err := put(t, a, by, bucket.Put{Bucket: b, Key: key, Expires: at(d)}, data); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range []bucket.Put{{Bucket: b, Key: copied, Expires: at(c.first)}, {Bucket: b, Key: "from", Expires: at(c.then), Mode: bucket.Overwrite}} {
			if err := put(t, a, by, p, data); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Bucket.Copy(t.Context(), by, b, "from", b, copied, bucket.Insert); err != nil {
			t.Fatal(err)
		}
		for _, k := range []string{key, copied} {
			o, err := a.Bucket.Stat(t.Context(), by, b, k)
			if err != nil || !o.Expires.Equal(at(c.want)) {
				t.Errorf("%d days, then %d: %s ends %v, %v", c.first, c.then, k, o.Expires, err)
			}
		}
	}
	if err := put(t, a, by, bucket.Put{Bucket: b, Key: "a"}, []byte("another")); fault.KindOf(err) != fault.Exists {
		t.Error(err)
	}
	sound(t, a)
}

// Copying over a file replaces all that is known of it, whatever its content is.
func TestCopyOverTheSameContent(t *testing.T) {
	a := apptest.Open(t)
	by := admin(a)
	b := newBucket(t, a, by, "one-files")
	if err := put(t, a, by, bucket.Put{Bucket: b, Key: "from", Type: "text/plain"}, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := a.Bucket.Copy(t.Context(), by, b, "from", b, "to", bucket.Insert); err != nil {
		t.Fatal(err)
	}
	if err := a.Bucket.Expire(t.Context(), by, b, "to", a.Clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := a.Bucket.Copy(t.Context(), by, b, "from", b, "to", bucket.Overwrite); err != nil {
		t.Fatal(err)
	}
	if o, err := a.Bucket.Stat(t.Context(), by, b, "to"); err != nil || !o.Expires.IsZero() {
		t.Errorf("%+v %v", o, err)
	}
	sound(t, a)
}
