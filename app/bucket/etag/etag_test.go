package etag_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"testing"

	"stoa/app/bucket/etag"
)

const block = etag.BlockSize

func data(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(i*7 + i>>9)
	}
	return out
}

// plain is the definition, in memory.
func plain(d []byte) string {
	var all []byte
	for rest := d; len(rest) > 0; {
		n := min(len(rest), block)
		s := sha1.Sum(rest[:n])
		all, rest = append(all, s[:]...), rest[n:]
	}
	kind := byte(0x96)
	switch {
	case len(all) == 0:
		kind = 0x16
		s := sha1.Sum(nil)
		all = s[:]
	case len(all) == sha1.Size:
		kind = 0x16
	default:
		s := sha1.Sum(all)
		all = s[:]
	}
	return base64.URLEncoding.EncodeToString(append([]byte{kind}, all...))
}

func TestKnown(t *testing.T) {
	for text, want := range map[string]string{
		"":                      etag.Empty,
		"etag":                  "FpLiADEaVoALPkdb8tJEJyRTXoe_",
		"Hello World! qiniu.io": plain([]byte("Hello World! qiniu.io")),
	} {
		if got := etag.Of([]byte(text)); got != want {
			t.Errorf("Of(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestSizesAroundBlocks(t *testing.T) {
	for _, n := range []int{1, block - 1, block, block + 1, 2 * block, 2*block + 3} {
		d := data(n)
		w := etag.New()
		for i, step := 0, 1; i < n; i, step = min(n, i+step), step*3 { // writes of odd sizes
			w.Write(d[i:min(n, i+step)])
		}
		want := plain(d)
		if got := w.Sum(); got != want || w.Size() != int64(n) {
			t.Errorf("%d bytes: %s, want %s", n, got, want)
		}
		if got := etag.FromBlocks(w.Blocks(), w.Size()); got != want {
			t.Errorf("%d bytes from blocks: %s, want %s", n, got, want)
		}
	}
}

func parts(d []byte, sizes ...int) []etag.Part {
	var out []etag.Part
	for _, n := range sizes {
		w := etag.New()
		w.Write(d[:n])
		out = append(out, etag.Part{Size: int64(n), Blocks: w.Blocks()})
		d = d[n:]
	}
	return out
}

func TestParts(t *testing.T) {
	d := data(2*block + 100)
	if got := etag.FromParts(parts(d, block, block, 100)); got != plain(d) {
		t.Errorf("parts that are blocks: %s, want %s", got, plain(d))
	}
	if got := etag.FromParts(parts(d[:77], 77)); got != plain(d[:77]) {
		t.Errorf("one short part: %s, want %s", got, plain(d[:77]))
	}
	if got := etag.FromParts(nil); got != etag.Empty {
		t.Errorf("no parts: %s", got)
	}
	for _, sizes := range [][]int{{1 << 20, 2*block - 1<<20 + 100}, {2 * block, 100}, {2*block + 100}} {
		var all []byte
		rest := d
		for _, n := range sizes {
			raw, err := base64.URLEncoding.DecodeString(plain(rest[:n]))
			if err != nil {
				t.Fatal(err)
			}
			all, rest = append(all, raw[1:]...), rest[n:]
		}
		s := sha1.Sum(all)
		want := base64.URLEncoding.EncodeToString(append([]byte{0x9e}, s[:]...))
		if got := etag.FromParts(parts(d, sizes...)); got != want {
			t.Errorf("parts %v: %s, want %s", sizes, got, want)
		}
	}
}

func FuzzWriter(f *testing.F) {
	f.Add([]byte("abc"), uint8(1))
	f.Fuzz(func(t *testing.T, d []byte, cut uint8) {
		d = bytes.Repeat(d, 1+int(cut))
		w := etag.New()
		n := min(len(d), int(cut))
		w.Write(d[:n])
		if w.Sum() != plain(d[:n]) {
			t.Fatal("the hash in between")
		}
		w.Write(d[n:])
		if w.Sum() != plain(d) {
			t.Fatal("the hash of the whole")
		}
	})
}
