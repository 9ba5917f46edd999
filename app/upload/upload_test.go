package upload_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/bucket"
	"stoa/app/bucket/etag"
	"stoa/app/fault"
	"stoa/app/upload"
)

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

// TestPartsAndBlocks makes files of parts and of blocks, ends some half way, and
// asks again for what is done.
func TestPartsAndBlocks(t *testing.T) {
	a := apptest.Open(t)
	by := a.Actor(a.Account(2, "keeper", access.RoleAdmin))
	b, err := a.Bucket.Create(t.Context(), by, bucket.New{Name: "one-files"})
	if err != nil {
		t.Fatal(err)
	}
	whole := bytes.Repeat([]byte("0123456789abcdef"), 9<<20/16)
	whole = append(whole, "the end"...)
	u, err := a.Upload.Start(t.Context(), by, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	var list []upload.PartRef
	for i, part := range [][]byte{whole[:4<<20], []byte("left out"), whole[4<<20 : 8<<20], whole[8<<20:]} {
		p, err := a.Upload.PutPart(t.Context(), by, b, u.ID, i+1, bytes.NewReader(part), int64(len(part)))
		if err != nil {
			t.Fatal(err)
		}
		if i != 1 {
			list = append(list, upload.PartRef{Number: i + 1, Hash: p.Hash})
		}
	}
	for again := range 2 {
		o, err := a.Upload.Complete(t.Context(), by, bucket.Put{Bucket: b, Key: "parts"}, u.ID, list)
		if err != nil || o.Hash != etag.Of(whole) {
			t.Fatalf("time %d: %+v %v", again, o, err)
		}
	}
	var ids [][]byte
	for _, part := range [][]byte{whole[:4<<20], whole[4<<20 : 8<<20], whole[8<<20:]} {
		half := int64(len(part) / 2)
		k, err := a.Upload.MakeBlock(t.Context(), by, int64(len(part)), bytes.NewReader(part[:half]), half)
		if err == nil {
			k, err = a.Upload.Append(t.Context(), by, k.ID, half, bytes.NewReader(part[half:]), int64(len(part))-half)
		}
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, k.ID)
	}
	if _, err := a.Upload.Append(t.Context(), by, ids[0], 5, bytes.NewReader([]byte("x")), 1); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a chunk in the wrong place: %v", err)
	}
	sound(t, a)
	for again := range 2 {
		o, err := a.Upload.Join(t.Context(), by, bucket.Put{Bucket: b, Key: "blocks"}, ids)
		if err != nil || o.Hash != etag.Of(whole) {
			t.Fatalf("time %d: %+v %v", again, o, err)
		}
	}
	if _, err := a.Upload.Join(t.Context(), by, bucket.Put{Bucket: b, Key: "others"}, ids[:2]); fault.KindOf(err) != fault.NotFound {
		t.Errorf("blocks that are a file already: %v", err)
	}
	for _, key := range []string{"parts", "blocks"} {
		if !bytes.Equal(read(t, a, by, b, key), whole) {
			t.Errorf("%s: other bytes", key)
		}
	}
	if _, err := a.Upload.MakeBlock(t.Context(), by, 10, bytes.NewReader([]byte("half")), 4); err != nil {
		t.Fatal(err)
	}
	sound(t, a)
	a.Clock.Add(8 * 24 * time.Hour)
	if err := errors.Join(a.Upload.Sweep(t.Context()), a.Bucket.Sweep(t.Context())); err != nil {
		t.Fatal(err)
	}
	sound(t, a)
	room, err := a.Usage.RoomOf(t.Context(), 2)
	if err != nil || room.Pending != 0 || room.Bytes != 2*int64(len(whole)) {
		t.Errorf("%+v %v", room, err)
	}
	if err := errors.Join(a.Bucket.Remove(t.Context(), by, b, "parts"), a.Bucket.Remove(t.Context(), by, b, "blocks"), a.Bucket.Sweep(t.Context()), a.Depot.Sweep(t.Context())); err != nil {
		t.Fatal(err)
	}
	sound(t, a)
	if left, _, err := a.Blob.List(t.Context(), "piece/", "", 10); err != nil || len(left) > 0 {
		t.Errorf("bytes that nobody names: %v %v", left, err)
	}
	a.Verify()
}
