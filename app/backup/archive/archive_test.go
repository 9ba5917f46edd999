package archive_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa/app/backup/archive"
)

// content is a Sink that keeps everything.
type content struct {
	header archive.Header
	pairs  [][2]string
	files  map[string]string
	key    string
	file   string
	done   bool
}

func (c *content) Header(h archive.Header) error { c.header = h; return nil }
func (c *content) Pair(k, v []byte) error {
	c.pairs = append(c.pairs, [2]string{string(k), string(v)})
	return nil
}
func (c *content) File(name string, _ int64) error { c.file, c.files[name] = name, ""; return nil }
func (c *content) Data(part []byte) error          { c.files[c.file] += string(part); return nil }
func (c *content) Key(text []byte) error           { c.key = string(text); return nil }
func (c *content) Done() error                     { c.done = true; return nil }

// rowKey is a key as the store writes it: table, kind of row, primary key.
func rowKey(table uint16, n int) []byte {
	k := append(binary.BigEndian.AppendUint16(nil, table), 0x10)
	return binary.BigEndian.AppendUint64(k, uint64(n))
}

// sample is a backup of several chunks with files, and what went in.
func sample(t testing.TB) ([]byte, archive.Summary, *content) {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 7))
	var out bytes.Buffer
	in := &content{files: map[string]string{}}
	h := archive.Header{Product: "1.2.3", Schema: 4, At: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), ID: "b1", KeyID: "ab12", Tables: map[uint16]string{21: "account"}}
	w, err := archive.NewWriter(&out, h)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6000 {
		value := make([]byte, rng.IntN(1000))
		for j := range value {
			value[j] = byte(rng.IntN(256))
		}
		k := rowKey(uint16(21+i/4000), i)
		in.pairs = append(in.pairs, [2]string{string(k), string(value)})
		if err := w.Pair(k, value); err != nil {
			t.Fatal(err)
		}
	}
	for name, size := range map[string]int{"blobs/aa/one": 0, "blobs/bb/two": 3_000_000} {
		text := strings.Repeat(name, size/len(name)+1)[:size]
		in.files[name] = text
		if err := w.File(name, int64(size), strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	in.key = "invented key"
	if err := w.Key([]byte(in.key)); err != nil {
		t.Fatal(err)
	}
	sum, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), sum, in
}

func TestWhatGoesInComesOut(t *testing.T) {
	text, wrote, in := sample(t)
	got := &content{files: map[string]string{}}
	sum, err := archive.Read(context.Background(), bytes.NewReader(text), got)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.pairs, in.pairs) || !maps.Equal(got.files, in.files) || got.key != in.key || !got.done {
		t.Errorf("%d pairs, %d files, key %q", len(got.pairs), len(got.files), got.key)
	}
	if sum.SHA256 != wrote.SHA256 || sum.Size != int64(len(text)) || sum.Rows[21] != 4000 || sum.Rows[22] != 2000 || sum.Total() != 6000 {
		t.Errorf("%+v", sum)
	}
	if h := got.header; h.Product != "1.2.3" || !h.At.Equal(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)) || h.KeyID != "ab12" {
		t.Errorf("%+v", h)
	}
}

// frames are the boundaries of a backup's chunks.
func frames(text []byte) (at []int) {
	pos := len("stoa backup 1\n")
	for pos < len(text) {
		at = append(at, pos)
		pos += 9 + int(binary.BigEndian.Uint32(text[pos+1:])) + 32
	}
	return append(at, len(text))
}

// corrupt damages text in one of the ways that disks, copies and people do.
func corrupt(rng *rand.Rand, text []byte) (string, []byte) {
	at := frames(text)
	chunk := func(i int) []byte { return text[at[i]:at[i+1]] }
	i := rng.IntN(len(at) - 2)
	switch rng.IntN(7) {
	case 0:
		pos, bit := rng.IntN(len(text)), rng.IntN(8)
		out := bytes.Clone(text)
		out[pos] ^= 1 << bit
		return fmt.Sprintf("bit %d of byte %d is turned over", bit, pos), out
	case 1:
		pos := rng.IntN(len(text))
		return fmt.Sprintf("cut off at byte %d", pos), text[:pos]
	case 2:
		return fmt.Sprintf("cut off behind chunk %d", i), text[:at[i]]
	case 3:
		return fmt.Sprintf("chunks %d and %d are exchanged", i, i+1), slices.Concat(text[:at[i]], chunk(i+1), chunk(i), text[at[i+2]:])
	case 4:
		return fmt.Sprintf("chunk %d stands twice", i), slices.Concat(text[:at[i+1]], chunk(i), text[at[i+1]:])
	case 5:
		return fmt.Sprintf("chunk %d is missing", i), slices.Concat(text[:at[i]], text[at[i+1]:])
	}
	more := make([]byte, 1+rng.IntN(100))
	return fmt.Sprintf("%d bytes are appended", len(more)), slices.Concat(text, more)
}

// A damaged backup is never taken for a whole one, and its refusal says what it is.
func TestHundredCorruptions(t *testing.T) {
	text, _, _ := sample(t)
	rng := rand.New(rand.NewPCG(2026, 11))
	for range 100 {
		what, bad := corrupt(rng, text)
		_, err := archive.Read(context.Background(), bytes.NewReader(bad), nil)
		if !errors.Is(err, archive.ErrDamaged) && !errors.Is(err, archive.ErrForeign) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestForeignFilesAreNamed(t *testing.T) {
	for text, want := range map[string]string{"": "is no backup", "PK\x03\x04 something else": "is no backup", "stoa backup 2\nxxxx": "newer version"} {
		_, err := archive.Read(context.Background(), strings.NewReader(text), nil)
		if !errors.Is(err, archive.ErrForeign) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A disk that fails while it is read is not a damaged backup.
func TestReadErrorsStayThemselves(t *testing.T) {
	text, _, _ := sample(t)
	broken := errors.New("invented disk error")
	in := io.MultiReader(bytes.NewReader(text[:len(text)/2]), failing{broken})
	if _, err := archive.Read(context.Background(), in, nil); !errors.Is(err, broken) || errors.Is(err, archive.ErrDamaged) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzRead(f *testing.F) {
	text, _, _ := sample(f)
	at := frames(text)
	f.Add(text[:at[2]])
	f.Add(text[at[len(at)-2]:])
	f.Add([]byte("stoa backup 1\nH\x00\x00\x00\x01\x00\x00\x00\x01\xa0"))
	var small bytes.Buffer
	w, err := archive.NewWriter(&small, archive.Header{ID: "b"})
	if err == nil {
		err = errors.Join(w.Pair(rowKey(1, 1), nil), w.File("blobs/a", 1, strings.NewReader("x")))
	}
	if err == nil {
		_, err = w.Close()
	}
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		_, err := archive.Read(context.Background(), bytes.NewReader(in), &content{files: map[string]string{}})
		if err == nil && !bytes.Equal(in, small.Bytes()) {
			t.Errorf("accepted %d bytes that nobody wrote", len(in))
		}
	})
}
