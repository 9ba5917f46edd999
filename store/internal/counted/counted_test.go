package counted_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"stoa/store/internal/counted"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

func tree(ns *counted.Nodes) *counted.Tree {
	return &counted.Tree{
		Nodes: ns, Entries: []byte("e"), Counts: []byte("c"), Shapes: []byte("s"),
		Size: counted.Size{Entries: 6, Children: 4},
	}
}

// change runs fn and saves the nodes, in one transaction.
func change(t *testing.T, engine kv.Store, fn func(tx kv.Txn, tree *counted.Tree) error) {
	t.Helper()
	err := engine.Update(t.Context(), func(tx kv.Txn) error {
		nodes := counted.NewNodes(tx)
		if err := fn(tx, tree(&nodes)); err != nil {
			return err
		}
		return nodes.Save(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func add(tx kv.Txn, tree *counted.Tree, key string) error {
	if err := tx.Put([]byte(key), nil); err != nil {
		return err
	}
	return tree.Insert([]byte(key))
}

func drop(tx kv.Txn, tree *counted.Tree, key string) error {
	if err := tx.Delete([]byte(key)); err != nil {
		return err
	}
	return tree.Remove([]byte(key))
}

// agree finds every entry by its position, from both sides.
func agree(t *testing.T, engine kv.Store, want []string) {
	t.Helper()
	err := engine.View(t.Context(), func(r kv.Reader) error {
		nodes := counted.NewNodes(r)
		tree := tree(&nodes)
		if n, err := tree.Total(); err != nil || n != len(want) {
			t.Fatalf("total %d, %v; want %d", n, err, len(want))
		}
		for i, key := range want {
			for _, reverse := range []bool{false, true} {
				if got, err := at(r, tree, i, reverse); err != nil || got != key {
					t.Fatalf("position %d, reverse %v: %q, %v; want %q", i, reverse, got, err, key)
				}
			}
		}
		return tree.Check(func(_, _ []byte) {}, func(node []byte, text string) { t.Errorf("%q: %s", node, text) })
	})
	if err != nil {
		t.Fatal(err)
	}
}

func at(r kv.Reader, tree *counted.Tree, position int, reverse bool) (found string, err error) {
	keys, skip, err := tree.From(position, reverse)
	if err != nil {
		return "", err
	}
	err = r.Scan(keys, func(key, _ []byte) bool {
		found = string(key)
		skip--
		return skip >= 0
	})
	return found, err
}

// TestTreeAgainstSortedSlice grows at the right edge and in the middle, shrinks
// to nothing and grows again.
func TestTreeAgainstSortedSlice(t *testing.T) {
	engine := memkv.Open(nil)
	defer engine.Close()
	rnd := rand.New(rand.NewPCG(3, 5))
	var want []string
	steps := []struct{ changes, inserts int }{{300, 10}, {300, 7}, {300, 4}, {600, 1}, {200, 9}}
	for phase, step := range steps {
		for done := 0; done < step.changes; done += 10 {
			change(t, engine, func(tx kv.Txn, tree *counted.Tree) error {
				for n := range 10 {
					if rnd.IntN(10) >= step.inserts && len(want) > 0 {
						i := rnd.IntN(len(want))
						if err := drop(tx, tree, want[i]); err != nil {
							return err
						}
						want = slices.Delete(want, i, i+1)
						continue
					}
					key := fmt.Sprintf("e%04d", rnd.IntN(9000))
					if phase == 0 {
						key = fmt.Sprintf("e%04d", done+n)
					}
					i, found := slices.BinarySearch(want, key)
					if found {
						continue
					}
					want = slices.Insert(want, i, key)
					if err := add(tx, tree, key); err != nil {
						return err
					}
				}
				return nil
			})
		}
		agree(t, engine, want)
		t.Logf("%d entries", len(want))
	}
	change(t, engine, func(tx kv.Txn, tree *counted.Tree) error {
		for _, key := range want {
			if err := drop(tx, tree, key); err != nil {
				return err
			}
		}
		return nil
	})
	if keys := stored(t, engine); len(keys) > 0 {
		t.Errorf("a tree without entries leaves %q", keys)
	}
}

func stored(t *testing.T, engine kv.Store) (keys []string) {
	t.Helper()
	err := engine.View(t.Context(), func(r kv.Reader) error {
		return r.Scan(kv.Range{}, func(key, _ []byte) bool { keys = append(keys, string(key)); return true })
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestCheckTellsOfWrongCounts(t *testing.T) {
	engine := memkv.Open(nil)
	defer engine.Close()
	change(t, engine, func(tx kv.Txn, tree *counted.Tree) error {
		for n := range 40 {
			if err := add(tx, tree, fmt.Sprintf("e%02d", n)); err != nil {
				return err
			}
		}
		return tx.Put([]byte("e05x"), nil) // not counted
	})
	var told []string
	err := engine.View(t.Context(), func(r kv.Reader) error {
		nodes := counted.NewNodes(r)
		return tree(&nodes).Check(func(_, _ []byte) {}, func(_ []byte, text string) { told = append(told, text) })
	})
	if err != nil || len(told) == 0 {
		t.Errorf("told %q, %v", told, err)
	}
}

// FuzzNode puts arbitrary nodes under a tree: calls may fail, not panic or go on
// for ever.
func FuzzNode(f *testing.F) {
	f.Add([]byte{0, 1, 'x', 3, 4}, []byte{1, 0, 0, 2, 0, 1, 'x'})
	f.Add([]byte{1, 0, 1, 'x', 3, 4}, []byte{1, 1, 9, 2, 0, 1, 'x', 0, 0})
	f.Add([]byte{0, 0, '0', 'A'}, []byte{1, '0', '0', 1, '0'}) // counts and shape of different lengths
	f.Fuzz(func(t *testing.T, counts, shape []byte) {
		engine := memkv.Open(nil)
		defer engine.Close()
		err := engine.Update(t.Context(), func(tx kv.Txn) error {
			return errors.Join(tx.Put([]byte("c\x10"), counts), tx.Put([]byte("s\x10"), shape), tx.Put([]byte("e1"), nil))
		})
		if err != nil {
			t.Skip(err)
		}
		err = engine.View(t.Context(), func(r kv.Reader) error {
			nodes := counted.NewNodes(r)
			tree := tree(&nodes)
			if total, err := tree.Total(); err == nil && total > 1 {
				_, _, _ = tree.From(total/2, true)
			}
			return tree.Check(func(_, _ []byte) {}, func([]byte, string) {})
		})
		if err != nil {
			t.Error(err)
		}
		_ = engine.Update(t.Context(), func(tx kv.Txn) error {
			nodes := counted.NewNodes(tx)
			if err := add(tx, tree(&nodes), "e2"); err != nil {
				return err
			}
			return nodes.Save(tx)
		})
	})
}
