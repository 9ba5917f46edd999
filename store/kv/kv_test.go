package kv_test

import (
	"bytes"
	"testing"

	"stoa/store/kv"
)

func TestPrefixEnd(t *testing.T) {
	for _, c := range []struct{ prefix, end []byte }{
		{[]byte("a"), []byte("b")},
		{[]byte("a/"), []byte("a0")},
		{[]byte("a\xff"), []byte("b")},
		{[]byte("a\xff\xff"), []byte("b")},
		{[]byte("\xff\xff"), nil},
		{nil, nil},
	} {
		before := bytes.Clone(c.prefix)
		if end := kv.PrefixEnd(c.prefix); !bytes.Equal(end, c.end) || (end == nil) != (c.end == nil) {
			t.Errorf("after all keys that begin with %q: %q, want %q", c.prefix, end, c.end)
		}
		if !bytes.Equal(before, c.prefix) {
			t.Errorf("PrefixEnd changed its argument to %q", c.prefix)
		}
	}
}
