package tree_test

import (
	"context"
	"math/rand"
	"testing"
	"time"

	"stoa/app/fault"
	"stoa/app/tree"
	"stoa/store"
	"stoa/store/kv/memkv"
)

// leaf is a row of the tree under test.
type leaf struct {
	ID       uint64 `cbor:"1,keyasint"`
	Parent   uint64 `cbor:"2,keyasint,omitempty"`
	Sequence int    `cbor:"3,keyasint,omitempty"`
}

func at(v *leaf) tree.Place { return tree.Place{ID: v.ID, Parent: v.Parent, Sequence: v.Sequence} }

type forest struct {
	t    *testing.T
	db   *store.DB
	rows *tree.Rows[leaf]
}

func open(t *testing.T) *forest {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) }
	schema := store.NewSchema()
	rows := tree.Define(schema, 1, 2, "leaf", at)
	engine := memkv.Open(now)
	db, err := store.Open(context.Background(), engine, schema, store.Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &forest{t, db, rows}
}

func (f *forest) update(fn func(*store.Tx) error) error { return f.db.Update(f.t.Context(), fn) }

func (f *forest) add(parent uint64, sequence int) (uint64, error) {
	var id uint64
	err := f.update(func(tx *store.Tx) (err error) {
		if id, err = f.rows.NextID(tx); err != nil {
			return err
		}
		return f.rows.Insert(tx, &leaf{ID: id, Parent: parent, Sequence: sequence})
	})
	return id, err
}

func (f *forest) move(id, to uint64) error {
	return f.update(func(tx *store.Tx) error {
		v, err := f.rows.Get(tx, id)
		if err != nil {
			return err
		}
		v.Parent = to
		return f.rows.Update(tx, v, true)
	})
}

func (f *forest) remove(id uint64) error {
	return f.update(func(tx *store.Tx) error { return f.rows.Delete(tx, id) })
}

func (f *forest) all() []leaf {
	f.t.Helper()
	var out []leaf
	err := f.db.View(f.t.Context(), func(r store.Reader) (err error) {
		out, err = f.rows.All(r)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// whole holds that every row reaches the top by rows that are there, within the
// allowed depth.
func (f *forest) whole() {
	f.t.Helper()
	rows := f.all()
	parent := map[uint64]uint64{}
	for _, v := range rows {
		parent[v.ID] = v.Parent
	}
	seen := map[uint64]bool{0: true}
	for _, v := range rows {
		if !seen[v.Parent] {
			f.t.Fatalf("%d is listed before %d, which it stands under", v.ID, v.Parent)
		}
		seen[v.ID] = true
		depth := 0
		for id := v.ID; id != 0; depth++ {
			above, there := parent[id]
			if !there || depth > tree.MaxDepth {
				f.t.Fatalf("%d does not reach the top", v.ID)
			}
			id = above
		}
	}
}

func TestRandomMovesMakeNoCycleAndNoOrphan(t *testing.T) {
	for seed := range int64(8) {
		f, rnd := open(t), rand.New(rand.NewSource(seed))
		var ids []uint64
		pick := func() uint64 {
			if len(ids) == 0 || rnd.Intn(5) == 0 {
				return 0
			}
			return ids[rnd.Intn(len(ids))]
		}
		for range 400 {
			switch n := rnd.Intn(10); {
			case n < 4:
				if id, err := f.add(pick(), rnd.Intn(4)); err == nil {
					ids = append(ids, id)
				}
			case n < 8:
				if id := pick(); id != 0 {
					if err := f.move(id, pick()); err != nil && fault.KindOf(err) == fault.Internal {
						t.Fatal(err)
					}
				}
			case len(ids) > 0:
				i := rnd.Intn(len(ids))
				if f.remove(ids[i]) == nil {
					ids = append(ids[:i], ids[i+1:]...)
				}
			}
		}
		f.whole()
		if got := len(f.all()); got != len(ids) {
			t.Fatalf("%d rows, want %d", got, len(ids))
		}
		rep, err := f.db.Verify(t.Context())
		if err != nil || len(rep.Problems) > 0 {
			t.Fatal(err, rep.Problems)
		}
	}
}

func TestPlacesThatAreRefused(t *testing.T) {
	f := open(t)
	a, err1 := f.add(0, 0)
	b, err2 := f.add(a, 0)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	for name, c := range map[string]struct {
		err  error
		code string
	}{
		"under itself":          {f.move(a, a), "leaf.cycle"},
		"under one below":       {f.move(a, b), "leaf.cycle"},
		"under none":            {f.move(b, 4711), "leaf.parent"},
		"deleting what is used": {f.remove(a), "leaf.in_use"},
	} {
		if got := fault.Of(c.err); got == nil || got.Code != c.code {
			t.Errorf("%s: %v, want %s", name, c.err, c.code)
		}
	}
	deep := b
	for range tree.MaxDepth - 2 {
		id, err := f.add(deep, 0)
		if err != nil {
			t.Fatal(err)
		}
		deep = id
	}
	if _, err := f.add(deep, 0); fault.Of(err) == nil || fault.Of(err).Code != "leaf.too_deep" {
		t.Errorf("one level too many: %v", err)
	}
	c, err := f.add(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.move(a, c); fault.Of(err) == nil || fault.Of(err).Code != "leaf.too_deep" {
		t.Errorf("a whole branch one level too deep: %v", err)
	}
}

func TestSiblingsStandInTheirOrder(t *testing.T) {
	f := open(t)
	root, _ := f.add(0, 0)
	last, _ := f.add(root, 30)
	first, _ := f.add(root, 10)
	nodes := tree.Nest(f.all(), at)
	if len(nodes) != 1 || len(nodes[0].Children) != 2 || nodes[0].Children[0].Row.ID != first || nodes[0].Children[1].Row.ID != last {
		t.Errorf("the tree is %+v", nodes)
	}
}
