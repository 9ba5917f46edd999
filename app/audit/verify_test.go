package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"stoa/app/access"
	"stoa/app/audit/chain"
	"stoa/app/fault"
	"stoa/store"
	"stoa/store/kv"
)

// raw changes the engine below the store, as somebody with the disk in hand does.
func (w *world) raw(fn func(kv.Txn) error) {
	w.t.Helper()
	check(w.t, w.engine.Update(context.Background(), fn))
}

func entryKey(s *Service, id string) []byte {
	n, _ := chain.ParseID(id)
	return append(s.log.Entries.Prefix(), store.K().Uint(n)...)
}

func blockKey(s *Service, which, number uint64) []byte {
	return append(s.log.Blocks.Prefix(), store.K().Uint(which).Uint(number)...)
}

// edit rewrites a stored row.
func edit[T any](tx kv.Txn, key []byte, change func(*T)) error {
	value, err := tx.Get(key)
	if err != nil {
		return err
	}
	var row T
	if err := cbor.Unmarshal(value[1:], &row); err != nil {
		return err
	}
	change(&row)
	text, err := chain.Canonical(row)
	if err != nil {
		return err
	}
	return tx.Put(key, append(bytes.Clone(value[:1]), text...))
}

// log is a sealed log of two tenants; ids are tenant 5's entries, newest first.
func sealedLog(t *testing.T) (w *world, ids []string) {
	w = open(t)
	w.write(admin(5), 300, act("account.create"))
	w.write(admin(2), 10, act("account.update"))
	w.write(admin(5), 300, act("account.delete"))
	w.sealAll()
	if r := w.verify(); !r.OK || len(r.Chains) != 3 || r.Chains[0].Entries != 610 {
		t.Fatalf("an untouched log: %+v", r)
	}
	for _, page := range []int{1, 2} {
		for _, e := range w.list(super(), Filter{Tenant: 5, Limit: 500, Page: page}).Items {
			ids = append(ids, e.ID)
		}
	}
	return w, ids
}

func problems(r Report) string {
	var out []string
	for _, c := range r.Chains {
		if c.Problem != "" {
			out = append(out, c.Problem)
		}
	}
	return strings.Join(out, "\n")
}

func TestVerifyFindsTampering(t *testing.T) {
	cases := []struct {
		name   string
		tamper func(w *world, ids []string) func(kv.Txn) error
		want   func(ids []string) []string
	}{
		{"entry changed", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error {
				return edit(tx, entryKey(w.Service, ids[100]), func(r *chain.Row) { r.AccountName = "somebody else" })
			}
		}, func(ids []string) []string { return []string{"entry " + ids[100], "was changed", "block "} }},
		{"entry removed", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error { return tx.Delete(entryKey(w.Service, ids[200])) }
		}, func(ids []string) []string { return []string{"entry " + ids[200] + " was removed"} }},
		{"first entry removed", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error { return tx.Delete(entryKey(w.Service, ids[len(ids)-1])) }
		}, func(ids []string) []string { return []string{"entry " + ids[len(ids)-1] + " was removed"} }},
		{"entry inserted", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error { return insertAfter(w, tx, ids[300], 5) }
		}, func(ids []string) []string { return []string{"was inserted", "forged"} }},
		{"entry of an unknown tenant inserted", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error { return insertAfter(w, tx, ids[300], 99) }
		}, func(ids []string) []string { return []string{"was inserted", "forged"} }},
		{"entries swapped", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error { return swap(tx, entryKey(w.Service, ids[41]), entryKey(w.Service, ids[40])) }
		}, func(ids []string) []string { return []string{"was moved", ids[41]} }},
		{"times of two entries exchanged", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error {
				return edit(tx, entryKey(w.Service, ids[10]), func(r *chain.Row) { r.At++ })
			}
		}, func(ids []string) []string { return []string{"entry " + ids[10], "was changed"} }},
		{"entry damaged", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error { return tx.Put(entryKey(w.Service, ids[100]), []byte{1, 0xff}) }
		}, func(ids []string) []string { return []string{"entry " + ids[100]} }},
		{"block removed", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error { return tx.Delete(blockKey(w.Service, chain.Of(5), 2)) }
		}, func([]string) []string { return []string{"block 2 is missing"} }},
		{"round removed", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error { return tx.Delete(blockKey(w.Service, chain.All, 2)) }
		}, func([]string) []string { return []string{"round 2 is missing"} }},
		{"block changed", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error {
				return edit(tx, blockKey(w.Service, chain.Of(5), 1), func(b *chain.Block) { b.Tally[0].Count++ })
			}
		}, func([]string) []string { return []string{"block 1 was changed"} }},
		{"hashes recomputed, not signed", func(w *world, ids []string) func(kv.Txn) error {
			return func(tx kv.Txn) error { return resign(w, tx) }
		}, func([]string) []string { return []string{"not signed by this installation"} }},
		{"last round cut off", cutLast, func([]string) []string { return []string{"cut off"} }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w, ids := sealedLog(t)
			w.raw(c.tamper(w, ids))
			r := w.verify()
			for _, want := range c.want(ids) {
				if !strings.Contains(problems(r), want) {
					t.Errorf("%q is not in:\n%s", want, problems(r))
				}
			}
			if r.OK {
				t.Error("the report says OK")
			}
		})
	}
}

func insertAfter(w *world, tx kv.Txn, id string, tenant uint64) error {
	n, _ := chain.ParseID(id)
	text, err := chain.Canonical(chain.Row{ID: n + 1, Tenant: tenant, Action: "forged"})
	if err != nil {
		return err
	}
	return tx.Put(entryKey(w.Service, chain.FormatID(n+1)), append([]byte{1}, text...))
}

func swap(tx kv.Txn, a, b []byte) error {
	x, err := tx.Get(a)
	if err != nil {
		return err
	}
	x = bytes.Clone(x)
	y, err := tx.Get(b)
	if err != nil {
		return err
	}
	if err := tx.Put(a, bytes.Clone(y)); err != nil {
		return err
	}
	return tx.Put(b, x)
}

// resign rebuilds the last round over changed times with a key of the forger's.
func resign(w *world, tx kv.Txn) error {
	_, forged, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	return edit(tx, blockKey(w.Service, chain.All, 3), func(b *chain.Block) {
		b.Made++
		if b.Hash, err = b.Sum(nil); err == nil {
			b.Sign = ed25519.Sign(forged, b.Hash)
		}
	})
}

// cutLast takes the last round back completely: its entries, its blocks, the
// heads set to where the round before ended.
func cutLast(w *world, ids []string) func(kv.Txn) error {
	return func(tx kv.Txn) error {
		for _, id := range ids[:130] {
			if err := tx.Delete(entryKey(w.Service, id)); err != nil {
				return err
			}
		}
		for _, which := range []uint64{chain.All, chain.Of(5)} {
			if err := cutChain(w, tx, which); err != nil {
				return err
			}
		}
		return nil
	}
}

func cutChain(w *world, tx kv.Txn, which uint64) error {
	var before chain.Head
	err := edit(tx, blockKey(w.Service, which, 2), func(b *chain.Block) { before = *b.End() })
	if err != nil {
		return err
	}
	if err := tx.Delete(blockKey(w.Service, which, 3)); err != nil {
		return err
	}
	key := append(w.log.Heads.Prefix(), store.K().Uint(which)...)
	return edit(tx, key, func(h *chain.Head) { *h = before })
}

func TestVerifyIsForSuperAdministrators(t *testing.T) {
	w := open(t)
	for _, by := range []access.Actor{admin(1), {}} {
		if _, err := w.Verify(context.Background(), by); fault.KindOf(err) != fault.Denied && fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("%s: %v", by.Name, err)
		}
	}
}

func TestStoreVerifiesClean(t *testing.T) {
	w, _ := sealedLog(t)
	r, err := w.db.Verify(context.Background())
	check(t, err)
	if !r.OK() {
		t.Errorf("%v", r.Problems)
	}
}
