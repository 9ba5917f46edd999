package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"stoa/app/access"
	"stoa/app/audit/chain"
	"stoa/app/audit/proof"
	"stoa/app/fault"
	"stoa/store/kv"
)

func (w *world) export() []byte {
	w.t.Helper()
	var out bytes.Buffer
	check(w.t, w.Export(context.Background(), super(), &out))
	return out.Bytes()
}

func verifyFile(t testing.TB, text []byte, key string) proof.Report {
	t.Helper()
	r, err := proof.Verify(context.Background(), bytes.NewReader(text), key)
	check(t, err)
	return r
}

func TestExportProvesItself(t *testing.T) {
	w, ids := sealedLog(t)
	w.write(admin(7), 5, act("account.late"))
	text := w.export()
	r := verifyFile(t, text, w.Key())
	if len(r.Problems) > 0 || r.Entries != 616 || r.Tenants != 4 || r.Product != "1.2.3" || r.Key != w.Key() {
		t.Fatalf("%+v", r)
	}
	if first, _ := w.Get(context.Background(), super(), ids[len(ids)-1]); !r.From.Equal(first.At) || !r.To.Equal(w.now) {
		t.Errorf("from %s to %s", r.From, r.To)
	}
	if v := w.verify(); r.Head != v.Head {
		t.Errorf("head %s, the log's is %s", r.Head, v.Head)
	}
	if last := w.list(super(), Filter{Limit: 1}).Items[0]; last.Action != "audit.export" {
		t.Errorf("the export is not in the log: %+v", last)
	}
	if err := w.Export(context.Background(), admin(5), &bytes.Buffer{}); fault.KindOf(err) != fault.Denied {
		t.Errorf("an administrator of one organisation exports all: %v", err)
	}
}

func TestExportAfterACut(t *testing.T) {
	w := open(t)
	months(w, 50)
	check(t, w.SetRetention(context.Background(), super(), 0, 30))
	check(t, w.SetRetention(context.Background(), super(), 3, 0))
	for step := 0; ; step++ {
		more, err := w.Cut(context.Background())
		check(t, err)
		if step%40 == 0 || !more {
			r := verifyFile(t, w.export(), w.Key())
			if len(r.Problems) > 0 {
				t.Fatalf("after %d steps: %+v", step, r.Problems)
			}
			if !more && (len(r.Cuts) != 2 || r.Cuts[0].Days != 30 || r.Cuts[0].Entries < 150) {
				t.Fatalf("%+v", r.Cuts)
			}
		}
		if !more {
			return
		}
	}
}

// lineOf finds an entry's line.
func lineOf(lines [][]byte, id string) int {
	return slices.IndexFunc(lines, func(l []byte) bool { return bytes.HasPrefix(l, []byte(`{"entry":{"id":"`+id)) })
}

// Every change of an entry is named, the first one first.
func TestExportNamesWhatWasChanged(t *testing.T) {
	w, ids := sealedLog(t)
	text := w.export()
	id := ids[100]
	for _, c := range []struct {
		name   string
		tamper func(lines [][]byte, i int) [][]byte
		want   string
	}{
		{"changed", func(l [][]byte, i int) [][]byte {
			l[i] = bytes.Replace(l[i], []byte("admin5"), []byte("somebody"), 1)
			return l
		}, "entry " + id + " (account.delete) was changed"},
		{"changed, and another later", func(l [][]byte, i int) [][]byte {
			l[i] = bytes.Replace(l[i], []byte("admin5"), []byte("somebody"), 1)
			return slices.Delete(l, i+3, i+4)
		}, "entry " + id + " (account.delete) was changed"},
		{"spelled otherwise", func(l [][]byte, i int) [][]byte {
			l[i] = bytes.Replace(l[i], []byte(`,"tenant"`), []byte(`, "tenant"`), 1)
			return l
		}, "entry " + id + " was changed"},
		{"given twice in one line", func(l [][]byte, i int) [][]byte {
			l[i] = bytes.Replace(l[i], []byte(`"action":`), []byte(`"action":"account.read","action":`), 1)
			return l
		}, "entry " + id + " was changed"},
		{"removed", func(l [][]byte, i int) [][]byte { return slices.Delete(l, i, i+1) }, "entry " + id + " was removed"},
		{"put in", func(l [][]byte, i int) [][]byte {
			n, _ := chain.ParseID(id)
			return slices.Insert(l, i+1, bytes.Replace(bytes.Clone(l[i]), []byte(id), []byte(chain.FormatID(n+1)), 1))
		}, "(account.delete) was put in"},
		{"moved", func(l [][]byte, i int) [][]byte {
			l[i], l[i+1] = l[i+1], l[i]
			return l
		}, "entry " + id + " (account.delete) was moved"},
		{"together with its hash", func(l [][]byte, i int) [][]byte {
			l[i] = bytes.Replace(l[i], []byte("admin5"), []byte("somebody"), 1)
			return forgeHash(t, l, w, id)
		}, "was changed: one of its entries"},
		{"the last round", func(l [][]byte, _ int) [][]byte {
			at := 0
			for i := range l {
				if bytes.HasPrefix(l[i], []byte(`{"round":`)) {
					at = i
				}
			}
			return slices.Delete(l, at, len(l)-2)
		}, "are missing"},
		{"the end", func(l [][]byte, _ int) [][]byte { return append(l[:len(l)-2], nil) }, "cut off"},
	} {
		lines := bytes.Split(bytes.Clone(text), []byte("\n"))
		r := verifyFile(t, bytes.Join(c.tamper(lines, lineOf(lines, id)), []byte("\n")), w.Key())
		if len(r.Problems) == 0 || !strings.Contains(r.Problems[0].Text, c.want) {
			t.Errorf("%s: %+v, want %q first", c.name, r.Problems, c.want)
		}
	}
}

// forgeHash puts the hash of what an entry is now beside its block.
func forgeHash(t *testing.T, lines [][]byte, w *world, id string) [][]byte {
	t.Helper()
	e, err := w.Get(context.Background(), super(), id)
	check(t, err)
	n, _ := chain.ParseID(id)
	r := newRow(*e)
	r.ID, r.At = n, e.At.UnixNano()
	old, err := chain.LeafHash(r)
	check(t, err)
	r.AccountName = "somebody"
	fresh, err := chain.LeafHash(r)
	check(t, err)
	done := false
	for i := range lines {
		text := bytes.Replace(lines[i], []byte(hex.EncodeToString(old)), []byte(hex.EncodeToString(fresh)), 1)
		done = done || !bytes.Equal(text, lines[i])
		lines[i] = text
	}
	if !done {
		t.Fatal("the entry's hash is not in the file")
	}
	return lines
}

// What was changed in the store is named by the file too.
func TestExportOfATamperedLog(t *testing.T) {
	for name, c := range map[string]struct {
		tamper func(w *world, tx kv.Txn, ids []string) error
		want   func(ids []string) string
	}{
		"changed": {func(w *world, tx kv.Txn, ids []string) error {
			return edit(tx, entryKey(w.Service, ids[100]), func(r *chain.Row) { r.AccountName = "somebody else" })
		}, func(ids []string) string { return "entry " + ids[100] + " (account.delete) was changed" }},
		"removed": {func(w *world, tx kv.Txn, ids []string) error { return tx.Delete(entryKey(w.Service, ids[100])) },
			func(ids []string) string { return "entry " + ids[100] + " was removed" }},
		"damaged": {func(w *world, tx kv.Txn, ids []string) error {
			return tx.Put(entryKey(w.Service, ids[100]), []byte{1, 0xff})
		}, func(ids []string) string { return "entry " + ids[100] + " was removed" }},
		"put in": {func(w *world, tx kv.Txn, ids []string) error { return insertAfter(w, tx, ids[100], 5) },
			func([]string) string { return "(forged) was put in" }},
		"round removed": {func(w *world, tx kv.Txn, _ []string) error { return tx.Delete(blockKey(w.Service, chain.All, 2)) },
			func([]string) string { return "rounds 2 to 2 are missing" }},
	} {
		w, ids := sealedLog(t)
		w.raw(func(tx kv.Txn) error { return c.tamper(w, tx, ids) })
		r := verifyFile(t, w.export(), w.Key())
		if len(r.Problems) == 0 || !strings.Contains(r.Problems[0].Text, c.want(ids)) {
			t.Errorf("%s: %+v", name, r.Problems)
		}
	}
}

// Who makes a whole file anew can't sign it.
func TestExportOfAnotherKey(t *testing.T) {
	w, _ := sealedLog(t)
	key := w.Key()
	_, forged, err := ed25519.GenerateKey(nil)
	check(t, err)
	w.key = forged
	text := w.export()
	if r := verifyFile(t, text, key); len(r.Problems) == 0 || !strings.Contains(r.Problems[0].Text, "another key") {
		t.Errorf("%+v", r.Problems)
	}
}

// spoil damages a file in one of the ways that disks, copies and people do.
func spoil(rng *rand.Rand, text []byte) (string, []byte) {
	lines := bytes.SplitAfter(bytes.Clone(text), []byte("\n"))
	lines = lines[:len(lines)-1]
	i := rng.IntN(len(lines) - 1)
	join := func(l [][]byte) []byte { return bytes.Join(l, nil) }
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
		return fmt.Sprintf("line %d is missing", i+1), join(slices.Delete(lines, i, i+1))
	case 3:
		return fmt.Sprintf("line %d stands twice", i+1), join(slices.Insert(lines, i, lines[i]))
	case 4:
		lines[i], lines[i+1] = lines[i+1], lines[i]
		return fmt.Sprintf("lines %d and %d are exchanged", i+1, i+2), join(lines)
	case 5:
		j := rng.IntN(len(lines))
		lines = slices.Insert(lines, j, lines[i])
		return fmt.Sprintf("line %d stands again as %d", i+1, j+1), join(lines)
	}
	return "a line is appended", append(bytes.Clone(text), lines[i]...)
}

func TestSpoiledExportsAreFound(t *testing.T) {
	w, _ := sealedLog(t)
	text := w.export()
	rng := rand.New(rand.NewPCG(2026, 11))
	for range 400 {
		what, bad := spoil(rng, text)
		r, err := proof.Verify(context.Background(), bytes.NewReader(bad), w.Key())
		if err == nil && len(r.Problems) == 0 || err != nil && !errors.Is(err, proof.ErrForeign) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzVerifyExport(f *testing.F) {
	w := open(f)
	w.write(admin(5), 3, act("account.create"))
	text := w.export()
	f.Add(text)
	for _, line := range bytes.SplitAfter(text, []byte("\n")) {
		f.Add(append(bytes.Clone(text[:bytes.IndexByte(text, '\n')+1]), line...))
	}
	key := w.Key()
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := proof.Verify(context.Background(), bytes.NewReader(in), key)
		if err == nil && len(r.Problems) == 0 && !bytes.Equal(in, text) {
			t.Errorf("accepted %d bytes that nobody wrote", len(in))
		}
	})
}

func TestExportNeedsTheRight(t *testing.T) {
	w := open(t)
	if err := w.Export(context.Background(), access.Actor{Account: 4, Tenant: 2}, &bytes.Buffer{}); fault.KindOf(err) != fault.Denied {
		t.Errorf("%v", err)
	}
}
