package upload_test

import (
	"bytes"
	"testing"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/bucket"
	"stoa/app/bucket/etag"
	"stoa/app/fault"
)

// A block is in one place of one file. A client that names it twice is refused: the
// file would hold its bytes twice and count them twice, and could never be deleted.
func TestBlockTwiceInOneFile(t *testing.T) {
	a := apptest.Open(t)
	by := a.Actor(a.Account(2, "keeper", access.RoleAdmin))
	b, err := a.Bucket.Create(t.Context(), by, bucket.New{Name: "one-files"})
	if err != nil {
		t.Fatal(err)
	}
	whole := bytes.Repeat([]byte("0123456789abcdef"), etag.BlockSize/16)
	var ids [][]byte
	for range 2 {
		k, err := a.Upload.MakeBlock(t.Context(), by, etag.BlockSize, bytes.NewReader(whole), etag.BlockSize)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, k.ID)
	}
	twice := [][]byte{ids[0], ids[0]}
	if _, err := a.Upload.Blocks(t.Context(), by, twice); fault.KindOf(err) != fault.Invalid {
		t.Errorf("looked at: %v", err)
	}
	if o, err := a.Upload.Join(t.Context(), by, bucket.Put{Bucket: b, Key: "twice"}, twice); fault.KindOf(err) != fault.Invalid {
		t.Errorf("joined: %+v %v", o, err)
	}
	sound(t, a)
	if _, err := a.Upload.Join(t.Context(), by, bucket.Put{Bucket: b, Key: "once"}, ids); err != nil {
		t.Error(err)
	}
	sound(t, a)
}
