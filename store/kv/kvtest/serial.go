package kvtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"stoa/store/kv"
)

func snapshotsAreIsolated(t *testing.T, s kv.Store) {
	put(t, s, "a", "1", "b", "1")
	err := s.View(context.Background(), func(r kv.Reader) error {
		same(t, "before", get(t, r, "a"), "1")
		put(t, s, "a", "2", "c", "2")
		update(t, s, func(tx kv.Txn) error { return tx.Delete([]byte("b")) })
		same(t, "same snapshot", list(t, r, kv.Range{}), "a=1 b=1")
		same(t, "same snapshot back", list(t, r, kv.Range{Reverse: true}), "b=1 a=1")
		same(t, "same snapshot get", get(t, r, "b")+get(t, r, "c"), "1-")
		same(t, "new snapshot", listAll(t, s, kv.Range{}), "a=2 c=2")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// readsSeeAcknowledgedWrites: what Update acknowledged is in every later View,
// and two keys that are always written together are never seen apart.
func readsSeeAcknowledgedWrites(t *testing.T, s kv.Store) {
	put(t, s, "x", "0", "y", "0")
	var acknowledged atomic.Int64
	together(6, func(i int) {
		for n := range 50 {
			if i > 0 {
				least := acknowledged.Load()
				err := s.View(context.Background(), func(r kv.Reader) error {
					x, y := get(t, r, "x"), get(t, r, "y")
					same(t, "written together", x, y)
					if v, _ := strconv.ParseInt(x, 10, 64); v < least {
						t.Errorf("read %d after %d was acknowledged", v, least)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				continue
			}
			put(t, s, "x", strconv.Itoa(n+1), "y", strconv.Itoa(n+1))
			acknowledged.Store(int64(n + 1))
		}
	})
}

func noLostUpdates(t *testing.T, s kv.Store) {
	const writers, each = 16, 25
	together(writers, func(int) {
		for range each {
			err := s.Update(context.Background(), func(tx kv.Txn) error {
				n := 0
				if v, err := tx.Get([]byte("n")); err == nil {
					n, _ = strconv.Atoi(string(v))
				} else if !errors.Is(err, kv.ErrNotFound) {
					return err
				}
				return tx.Put([]byte("n"), []byte(strconv.Itoa(n+1)))
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	same(t, "counted", read(t, s, "n"), strconv.Itoa(writers*each))
}

// noWriteSkew: each goes off duty only while the other is on; both at once
// would leave nobody.
func noWriteSkew(t *testing.T, s kv.Store) {
	for range 20 {
		put(t, s, "ann", "on", "bob", "on")
		names := []string{"ann", "bob"}
		together(2, func(i int) {
			err := s.Update(context.Background(), func(tx kv.Txn) error {
				if get(t, tx, names[1-i]) == "on" {
					return tx.Put([]byte(names[i]), []byte("off"))
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		if read(t, s, "ann") == "off" && read(t, s, "bob") == "off" {
			t.Fatal("both went off duty: write skew")
		}
	}
}

// noPhantoms: everybody scans the same empty range and writes into it only if
// it is empty; one of them wins.
func noPhantoms(t *testing.T, s kv.Store) {
	for round := range 20 {
		prefix := fmt.Sprintf("r%02d/", round)
		together(4, func(i int) {
			err := s.Update(context.Background(), func(tx kv.Txn) error {
				if list(t, tx, kv.Prefix([]byte(prefix))) != "" {
					return nil
				}
				return tx.Put([]byte(prefix+strconv.Itoa(i)), nil)
			})
			if err != nil {
				t.Error(err)
			}
		})
		if rows := strings.Fields(listAll(t, s, kv.Prefix([]byte(prefix)))); len(rows) != 1 {
			t.Fatalf("%d transactions found the range empty: %v", len(rows), rows)
		}
	}
}

// model drives the store and a plain map with the same random transactions.
func model(t *testing.T, s kv.Store) {
	random := rand.New(rand.NewPCG(1, 2))
	want := map[string]string{}
	key := func() string { return fmt.Sprintf("k%02d", random.IntN(40)) }
	for step := range 150 {
		next := map[string]string{}
		for k, v := range want {
			next[k] = v
		}
		abort := errors.New("abort")
		fails := random.IntN(5) == 0
		state := random.Uint64()
		err := s.Update(context.Background(), func(tx kv.Txn) error {
			random = rand.New(rand.NewPCG(state, 0)) // the same again in a rerun
			clear(next)
			for k, v := range want {
				next[k] = v
			}
			for range random.IntN(8) {
				k := key()
				if random.IntN(3) == 0 {
					delete(next, k)
					_ = tx.Delete([]byte(k))
				} else {
					next[k] = strconv.Itoa(step)
					_ = tx.Put([]byte(k), []byte(next[k]))
				}
				span := kv.Range{Start: []byte(key()), End: []byte(key()), Reverse: random.IntN(2) == 0}
				same(t, "in transaction", list(t, tx, span), listMap(next, span))
			}
			if fails {
				return abort
			}
			return nil
		})
		if fails != errors.Is(err, abort) || !fails && err != nil {
			t.Fatal(err)
		}
		if !fails {
			want = next
		}
		same(t, "after", listAll(t, s, kv.Range{}), listMap(want, kv.Range{}))
		if t.Failed() {
			t.Fatalf("differs from the model at step %d", step)
		}
	}
}

func listMap(m map[string]string, r kv.Range) string {
	var out []string
	for k, v := range m {
		if k >= string(r.Start) && (r.End == nil || k < string(r.End)) {
			out = append(out, k+"="+v)
		}
	}
	sort.Strings(out)
	if r.Reverse {
		sort.Sort(sort.Reverse(sort.StringSlice(out)))
	}
	return strings.Join(out, " ")
}
