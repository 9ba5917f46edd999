package bucket_test

import (
	"testing"

	"stoa/app/apptest"
	"stoa/app/bucket"
)

// Whatever the names are, folders are listed once, and what is behind them too.
func TestListingOfUncommonNames(t *testing.T) {
	a := apptest.Open(t)
	by := admin(a)
	b := newBucket(t, a, by, "one-files")
	for _, key := range []string{"a/1", "a/\U0010FFFF", "a/\U0010FFFF\U0010FFFFx", "a/\uFFFFx", "/x", "../x", "a//x", "e\u0301", "\u00e9", "b", "\U0010FFFF/y", "\U0010FFFF\U0010FFFF"} {
		if err := put(t, a, by, bucket.Put{Bucket: b, Key: key}, []byte(key)); err != nil {
			t.Fatal(err)
		}
	}
	const want = "[../] [/] [a/] b e\u0301 \u00e9 [\U0010FFFF/] \U0010FFFF\U0010FFFF "
	for limit := 1; limit < 12; limit++ {
		got, ask := "", bucket.Ask{Delimiter: "/", Limit: limit}
		for range 12 {
			l, err := a.Bucket.Objects(t.Context(), by, b, ask)
			if err != nil {
				t.Fatal(err)
			}
			got += merged(l)
			if ask.After = l.Next; l.Next == "" {
				break
			}
		}
		if got != want {
			t.Errorf("by %d: %q, want %q", limit, got, want)
		}
	}
}
