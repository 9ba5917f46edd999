package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"stoa/app/apptest"
	"stoa/app/bucket"
	"stoa/app/upload"
	"stoa/store/kv"
)

// failing is an engine whose disk fails behind a commit: it can't tell whether that
// is durable, and it is.
type failing struct {
	kv.Store
	fails atomic.Bool
}

func (f *failing) Update(ctx context.Context, fn func(kv.Txn) error) error {
	if err := f.Store.Update(ctx, fn); err != nil || !f.fails.Load() {
		return err
	}
	return kv.ErrFailed
}

// The disk fails while an upload is committed. Its client is told so; the file is
// there after the restart all the same, in place of the one before, and its bytes are.
func TestBytesOfAnUnsureCommitStay(t *testing.T) {
	var engine *failing
	a := apptest.OpenOn(t, func(s kv.Store) kv.Store {
		engine = &failing{Store: s}
		return engine
	})
	by := admin(a)
	b := newBucket(t, a, by, "one-files")
	before, after := bytes.Repeat([]byte("b"), 100_000), bytes.Repeat([]byte("a"), 100_001)
	if err := put(t, a, by, bucket.Put{Bucket: b, Key: "file"}, before); err != nil {
		t.Fatal(err)
	}
	u, err := a.Upload.Start(t.Context(), by, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	engine.fails.Store(true)
	d, err := a.Bucket.Receive(t.Context(), b.Tenant, bytes.NewReader(after), int64(len(after)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Bucket.Commit(t.Context(), by, d, bucket.Put{Bucket: b, Key: "file", Mode: bucket.Overwrite}); !errors.Is(err, kv.ErrFailed) {
		t.Fatal(err)
	}
	if err := d.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Upload.PutPart(t.Context(), by, b, u.ID, 1, bytes.NewReader(before), int64(len(before))); !errors.Is(err, kv.ErrFailed) {
		t.Fatal(err)
	}
	engine.fails.Store(false)
	if got := read(t, a, by, b, "file"); !bytes.Equal(got, after) {
		t.Errorf("%d bytes", len(got))
	}
	_, parts, err := a.Upload.Parts(t.Context(), by, b, u.ID, 0, 10)
	if err != nil || len(parts) != 1 {
		t.Fatal(parts, err)
	}
	if _, err := a.Upload.Complete(t.Context(), by, bucket.Put{Bucket: b, Key: "parts"}, u.ID, []upload.PartRef{{Number: 1, Hash: parts[0].Hash}}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, a, by, b, "parts"); !bytes.Equal(got, before) {
		t.Errorf("%d bytes", len(got))
	}
	sound(t, a)
}
