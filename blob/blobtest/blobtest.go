// Package blobtest is the definition of the blob contract in tests. A driver is
// right when Run passes.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"stoa/blob"
)

// Open returns an empty store. Run closes it.
type Open func(t *testing.T) blob.Store

// Run holds the driver to the contract.
func Run(t *testing.T, open Open) {
	tests := []struct {
		name string
		run  func(*testing.T, blob.Store)
	}{
		{"PutGetDelete", putGetDelete},
		{"Replace", replace},
		{"Ranges", ranges},
		{"Names", names},
		{"Announced", announced},
		{"FailedPutChangesNothing", failedPut},
		{"List", list},
		{"OpenReaderKeepsItsBytes", openReader},
		{"Concurrent", concurrent},
		{"Cancelled", cancelled},
		{"Closed", closed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { _ = s.Close() })
			test.run(t, s)
		})
	}
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// noise is n bytes that no file system packs.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = r.Read(b)
	return b
}

func put(t *testing.T, s blob.Store, name string, body []byte) blob.Info {
	t.Helper()
	info, err := s.Put(t.Context(), name, bytes.NewReader(body), blob.Put{})
	if err != nil {
		t.Fatalf("put %s: %v", name, err)
	}
	return info
}

func get(t *testing.T, s blob.Store, name string, r blob.Range) []byte {
	t.Helper()
	body, _, err := s.Get(t.Context(), name, r)
	if err != nil {
		t.Fatalf("get %s %v: %v", name, r, err)
	}
	defer body.Close()
	all, err := io.ReadAll(body)
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	return all
}

func want(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("got %v, want %v", err, target)
	}
}

func putGetDelete(t *testing.T, s blob.Store) {
	ctx := t.Context()
	_, _, err := s.Get(ctx, "a/one", blob.Range{})
	want(t, err, blob.ErrNotFound)
	_, err = s.Stat(ctx, "a/one")
	want(t, err, blob.ErrNotFound)
	for _, n := range []int{0, 1, 4096, 3<<20 + 7} {
		name, body := fmt.Sprintf("a/of-%d", n), noise(n)
		info := put(t, s, name, body)
		if info.Name != name || info.Size != int64(n) || info.SHA256 != sum(body) || info.Modified.IsZero() {
			t.Errorf("put: %+v", info)
		}
		if !bytes.Equal(get(t, s, name, blob.Range{}), body) {
			t.Errorf("%s comes back changed", name)
		}
		st, err := s.Stat(ctx, name)
		if err != nil || st.Size != int64(n) || st.Name != name || !st.Modified.Equal(info.Modified) {
			t.Errorf("stat: %+v %v", st, err)
		}
		if err := blob.Check(ctx, s, name, int64(n), info.SHA256); err != nil {
			t.Errorf("check: %v", err)
		}
	}
	want(t, blob.Check(ctx, s, "a/of-1", 1, sum([]byte("else"))), blob.ErrSum)
	for range 2 {
		if err := s.Delete(ctx, "a/of-1"); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	_, err = s.Stat(ctx, "a/of-1")
	want(t, err, blob.ErrNotFound)
	if err := s.Delete(ctx, "a/never"); err != nil {
		t.Errorf("delete what never was: %v", err)
	}
}

func replace(t *testing.T, s blob.Store) {
	put(t, s, "x", []byte("a long beginning"))
	put(t, s, "x", []byte("short"))
	if got := get(t, s, "x", blob.Range{}); string(got) != "short" {
		t.Errorf("got %q", got)
	}
}

func ranges(t *testing.T, s blob.Store) {
	put(t, s, "x", []byte("0123456789"))
	for _, c := range []struct {
		r    blob.Range
		want string
	}{
		{blob.Range{}, "0123456789"},
		{blob.Range{Offset: 3}, "3456789"},
		{blob.Range{Offset: 3, Length: 4}, "3456"},
		{blob.Range{Length: 1}, "0"},
		{blob.Range{Offset: 8, Length: 100}, "89"},
		{blob.Range{Offset: 10}, ""},
	} {
		if got := get(t, s, "x", c.r); string(got) != c.want {
			t.Errorf("%+v: %q, want %q", c.r, got, c.want)
		}
	}
	for _, r := range []blob.Range{{Offset: 11}, {Offset: -1}, {Length: -1}} {
		_, _, err := s.Get(t.Context(), "x", r)
		want(t, err, blob.ErrRange)
	}
}

func names(t *testing.T, s blob.Store) {
	ctx := t.Context()
	for _, good := range []string{"a", "0", "a/b", "a/b/c.png", "a-b_c.d", "a.b/c", "tmp", "tmp/x", strings.Repeat("n", blob.MaxName)} {
		put(t, s, good, []byte(good))
	}
	for _, bad := range []string{"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.b", "a./b", "A", "a b", "a\x00b", "a\\b", "a+b", "é",
		strings.Repeat("n", blob.MaxName+1)} {
		_, err := s.Put(ctx, bad, strings.NewReader("x"), blob.Put{})
		want(t, err, blob.ErrName)
		_, _, err = s.Get(ctx, bad, blob.Range{})
		want(t, err, blob.ErrName)
		_, err = s.Stat(ctx, bad)
		want(t, err, blob.ErrName)
		want(t, s.Delete(ctx, bad), blob.ErrName)
	}
	if got := get(t, s, "a", blob.Range{}); string(got) != "a" {
		t.Errorf("a holds %q", got)
	}
}

func announced(t *testing.T, s blob.Store) {
	ctx, body := t.Context(), "twelve bytes"
	for _, ok := range []blob.Put{{Size: 12}, {SHA256: sum([]byte(body))}, {Limit: 12}, {Size: 12, SHA256: sum([]byte(body)), Limit: 13, Type: "text/plain"}} {
		if _, err := s.Put(ctx, "x", strings.NewReader(body), ok); err != nil {
			t.Errorf("%+v: %v", ok, err)
		}
	}
	for _, c := range []struct {
		o   blob.Put
		err error
	}{{blob.Put{Size: 13}, blob.ErrSum}, {blob.Put{Size: 11}, blob.ErrSum}, {blob.Put{SHA256: sum(nil)}, blob.ErrSum}, {blob.Put{Limit: 11}, blob.ErrTooLarge}} {
		_, err := s.Put(ctx, "y", strings.NewReader(body), c.o)
		want(t, err, c.err)
		_, err = s.Stat(ctx, "y")
		want(t, err, blob.ErrNotFound)
	}
}

func failedPut(t *testing.T, s blob.Store) {
	put(t, s, "x", []byte("as it was"))
	away := errors.New("the sender went away")
	for _, broken := range []error{away, io.ErrUnexpectedEOF, fmt.Errorf("cut off: %w", io.ErrUnexpectedEOF), fmt.Errorf("not the end: %w", io.EOF)} {
		for _, came := range []int{0, 100, 1 << 20} {
			for _, name := range []string{"x", "fresh"} {
				_, err := s.Put(t.Context(), name, io.MultiReader(bytes.NewReader(noise(came)), iotest.ErrReader(broken)), blob.Put{})
				want(t, err, broken)
			}
		}
	}
	if got := get(t, s, "x", blob.Range{}); string(got) != "as it was" {
		t.Errorf("a failed put left %d bytes", len(got))
	}
	if all, _, err := s.List(t.Context(), "", "", 10); err != nil || len(all) != 1 {
		t.Errorf("left: %v %v", all, err)
	}
}

// listed pages through all names, size at a time.
func listed(t *testing.T, s blob.Store, prefix string, size int) map[string]int {
	t.Helper()
	got, cursor := map[string]int{}, ""
	for range 1000 {
		page, next, err := s.List(t.Context(), prefix, cursor, size)
		if err != nil || len(page) > size {
			t.Fatalf("list: %d of %d, %v", len(page), size, err)
		}
		for _, b := range page {
			got[b.Name]++
		}
		if next == "" {
			return got
		}
		cursor = next
	}
	t.Fatal("the list has no end")
	return nil
}

func list(t *testing.T, s blob.Store) {
	if got := listed(t, s, "", 10); len(got) != 0 {
		t.Errorf("an empty store lists %v", got)
	}
	for i := range 60 {
		put(t, s, fmt.Sprintf("a/%d", i), []byte("a"))
		put(t, s, fmt.Sprintf("b/%d", i), []byte("bb"))
	}
	for _, size := range []int{1, 7, 60, 500} {
		for prefix, n := range map[string]int{"": 120, "a/": 60, "b/1": 11, "c": 0, "a/59": 1} {
			got := listed(t, s, prefix, size)
			if len(got) != n {
				t.Errorf("%q by %d: %d names, want %d", prefix, size, len(got), n)
			}
			for name, times := range got {
				if times != 1 || !strings.HasPrefix(name, prefix) {
					t.Errorf("%q by %d: %s came %d times", prefix, size, name, times)
				}
			}
		}
	}
	page, next, err := s.List(t.Context(), "a/", "", 30)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range page {
		if b.Size != 1 || b.Modified.IsZero() {
			t.Errorf("listed: %+v", b)
		}
		if err := s.Delete(t.Context(), b.Name); err != nil {
			t.Fatal(err)
		}
	}
	rest, _, err := s.List(t.Context(), "a/", next, 500)
	if err != nil || len(rest) != 30 {
		t.Errorf("behind deleted ones: %d, %v", len(rest), err)
	}
}

func openReader(t *testing.T, s blob.Store) {
	before := noise(1 << 20)
	put(t, s, "x", before)
	body, _, err := s.Get(t.Context(), "x", blob.Range{})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	put(t, s, "x", noise(1<<19))
	if err := s.Delete(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, before) {
		t.Errorf("an open reader gives %d other bytes, %v", len(got), err)
	}
}

// concurrent writers of one name: what is read is always what one of them put.
func concurrent(t *testing.T, s blob.Store) {
	bodies := map[string]bool{}
	for i := range 4 {
		bodies[sum(noise(100_000+i))] = true
	}
	put(t, s, "x", noise(100_000))
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 10 {
				if _, err := s.Put(t.Context(), "x", bytes.NewReader(noise(100_000+i)), blob.Put{}); err != nil {
					t.Errorf("put: %v", err)
				}
			}
		})
		all.Go(func() {
			for range 20 {
				body, _, err := s.Get(t.Context(), "x", blob.Range{})
				if err != nil {
					t.Errorf("get: %v", err)
					return
				}
				got, err := io.ReadAll(body)
				if err != nil || !bodies[sum(got)] {
					t.Errorf("read %d bytes that nobody put (%v)", len(got), err)
				}
				_ = body.Close()
			}
		})
	}
	all.Wait()
}

func cancelled(t *testing.T, s blob.Store) {
	put(t, s, "x", []byte("x"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Put(ctx, "y", strings.NewReader("y"), blob.Put{})
	want(t, err, context.Canceled)
	_, _, err = s.Get(ctx, "x", blob.Range{})
	want(t, err, context.Canceled)
	_, _, err = s.List(ctx, "", "", 10)
	want(t, err, context.Canceled)
	ctx, cancel = context.WithCancel(t.Context())
	slow := io.MultiReader(strings.NewReader("some"), readerFunc(func([]byte) (int, error) { cancel(); return 0, nil }), strings.NewReader("more"))
	_, err = s.Put(ctx, "y", slow, blob.Put{})
	want(t, err, context.Canceled)
	_, err = s.Stat(t.Context(), "y")
	want(t, err, blob.ErrNotFound)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func closed(t *testing.T, s blob.Store) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Put(t.Context(), "x", strings.NewReader("x"), blob.Put{})
	want(t, err, blob.ErrClosed)
	_, err = s.Stat(t.Context(), "x")
	want(t, err, blob.ErrClosed)
	want(t, s.Delete(t.Context(), "x"), blob.ErrClosed)
	if err := s.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}
