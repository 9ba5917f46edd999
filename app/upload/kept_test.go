package upload_test

import (
	"bytes"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/bucket"
	"stoa/app/upload"
)

// The end of an upload whose file is there already, the same, answers the same when it
// is asked again, as one that makes a file does: a client that missed the answer is
// not told that there is no such upload. Then its parts go.
func TestCompletedAgainWhereTheSameFileIs(t *testing.T) {
	a := apptest.Open(t)
	by := a.Actor(a.Account(2, "keeper", access.RoleAdmin))
	b, err := a.Bucket.Create(t.Context(), by, bucket.New{Name: "one-files"})
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("0123456789abcdef"), 5000)
	for n := range 2 {
		key := "file"
		u, err := a.Upload.Start(t.Context(), by, b, &key)
		if err != nil {
			t.Fatal(err)
		}
		p, err := a.Upload.PutPart(t.Context(), by, b, u.ID, 1, bytes.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		for again := range 2 {
			if err := a.Upload.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			o, err := a.Upload.Complete(t.Context(), by, bucket.Put{Bucket: b, Key: key}, u.ID, []upload.PartRef{{Number: 1, Hash: p.Hash}})
			if err != nil || o.Key != key {
				t.Errorf("upload %d, time %d: %v", n, again, err)
			}
			a.Clock.Add(time.Minute)
		}
	}
	sound(t, a)
	a.Clock.Add(time.Hour)
	if err := a.Upload.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if room, err := a.Usage.RoomOf(t.Context(), 2); err != nil || room.Pending != 0 || room.Bytes != int64(len(body)) {
		t.Errorf("%+v %v", room, err)
	}
	sound(t, a)
}
