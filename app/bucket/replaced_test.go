package bucket_test

import (
	"bytes"
	"testing"

	"stoa/app/apptest"
	"stoa/app/bucket"
	"stoa/app/fault"
)

// A file that is replaced between the moment at which it was found and that at which
// its bytes are read has not gone: its reader is told to ask again, not that there is
// none.
func TestReplacedBeforeItIsRead(t *testing.T) {
	a := apptest.Open(t)
	by := admin(a)
	b := newBucket(t, a, by, "one-files")
	data := bytes.Repeat([]byte("x"), 100_000)
	if err := put(t, a, by, bucket.Put{Bucket: b, Key: "file"}, data); err != nil {
		t.Fatal(err)
	}
	f, err := a.Bucket.Open(t.Context(), by, b, "file")
	if err != nil {
		t.Fatal(err)
	}
	if err := put(t, a, by, bucket.Put{Bucket: b, Key: "file", Mode: bucket.Overwrite}, data[1:]); err != nil {
		t.Fatal(err)
	}
	if err := a.Depot.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Range(t.Context(), 0, f.Size); fault.KindOf(err) != fault.Unavailable || fault.Of(err).Retry == 0 {
		t.Errorf("replaced: %v", err)
	}
	if f, err = a.Bucket.Open(t.Context(), by, b, "file"); err != nil {
		t.Fatal(err)
	}
	if err := a.Bucket.Remove(t.Context(), by, b, "file"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Range(t.Context(), 0, f.Size); fault.KindOf(err) != fault.NotFound {
		t.Errorf("removed: %v", err)
	}
}
