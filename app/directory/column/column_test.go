package column_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"stoa/app/directory/column"
)

func entry(id, version uint64, text string) column.Entry {
	return column.Entry{ID: id, Tenant: 1 + id%3, Department: id % 7, Active: id%2 == 0, Roles: []uint64{id % 5}, Modified: int64(id * 31 % 101), Version: version, Text: text}
}

func ids(found []column.Found) []uint64 {
	out := make([]uint64, len(found))
	for i, f := range found {
		out[i] = f.ID
	}
	return out
}

// Whatever was put and dropped, in whatever order, a search finds what a walk over
// a map of it would.
func TestSearchIsAWalkOverTheEntries(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 9))
	c := column.New()
	if err := c.Fill(func(func(column.Entry)) error { return nil }); err != nil {
		t.Fatal(err)
	}
	model := map[uint64]column.Entry{}
	gone := map[uint64]bool{}
	for step := range 30_000 {
		id := 1 + r.Uint64N(3000)
		switch {
		case gone[id]:
		case r.IntN(20) == 0:
			c.Drop(id)
			delete(model, id)
			gone[id] = true
		default:
			e := entry(id, r.Uint64N(5), fmt.Sprintf("name%d\nnick%d\n\n1%d", r.IntN(500), r.IntN(50), r.IntN(1000)))
			c.Put(e)
			if old, ok := model[id]; !ok || old.Version <= e.Version {
				model[id] = e
			}
		}
		if step%1000 == 0 {
			compare(t, c, model, r)
		}
	}
	if c.Len() != len(model) {
		t.Errorf("%d entries, want %d", c.Len(), len(model))
	}
}

func compare(t *testing.T, c *column.Column, model map[uint64]column.Entry, r *rand.Rand) {
	t.Helper()
	active := r.IntN(2) == 0
	for _, q := range []column.Query{{}, {Text: fmt.Sprint("name", r.IntN(50))}, {Text: "1", Reverse: true}, {LastLine: "12"}, {Tenant: 2, Active: &active},
		{Roles: []uint64{1, 4}, Text: "nick3"}, {Text: "nick", LastLine: "7", Reverse: true},
		{Keep: func(_, _, department, _ uint64) bool { return department == 3 }}} {
		q.Limit = 1 << 30
		var want []uint64
		for id, e := range model {
			last := e.Text[strings.LastIndexByte(e.Text, '\n')+1:]
			if strings.Contains(e.Text, q.Text) && strings.Contains(last, q.LastLine) && (q.Tenant == 0 || e.Tenant == q.Tenant) && (q.Active == nil || e.Active == *q.Active) &&
				(q.Roles == nil || slices.Contains(q.Roles, e.Roles[0])) && (q.Keep == nil || q.Keep(id, e.Tenant, e.Department, e.Parent)) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		if q.Reverse {
			slices.Reverse(want)
		}
		got, more := c.Search(q)
		if more || !slices.Equal(ids(got), want) {
			t.Fatalf("%+v: %v, want %v (more %v)", q, ids(got), want, more)
		}
		if q.Limit = len(want) / 2; q.Limit > 0 {
			if got, more = c.Search(q); !more || !slices.Equal(ids(got), want[:q.Limit]) {
				t.Fatalf("%+v: the first %d are %v (more %v)", q, q.Limit, ids(got), more)
			}
		}
	}
}

// What changes while the column is filled counts, and what is dropped stays so.
func TestChangesWhileItIsFilled(t *testing.T) {
	c := column.New()
	c.Put(entry(9, 1, "before")) // not yet asked for: the filling will give it
	err := c.Fill(func(add func(column.Entry)) error {
		c.Put(entry(2, 5, "newer"))
		c.Drop(3)
		for id := range uint64(4) {
			add(entry(id+1, 1, "older"))
		}
		c.Put(entry(8, 1, "added"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]uint64{"older": {1, 4}, "newer": {2}, "added": {8}, "before": {}} {
		if got, _ := c.Search(column.Query{Text: text, Limit: 10}); !slices.Equal(ids(got), want) {
			t.Errorf("%s: %v, want %v", text, ids(got), want)
		}
	}
	if got, _ := c.Search(column.Query{Text: "r\x00o", Limit: 10}); len(got) != 0 {
		t.Errorf("a text over two entries: %v", ids(got))
	}
}

func TestAFailedFillingIsRepeated(t *testing.T) {
	c := column.New()
	if err := c.Fill(func(add func(column.Entry)) error { add(entry(1, 1, "a")); return fmt.Errorf("disk") }); err == nil {
		t.Fatal("no error")
	}
	if err := c.Fill(func(add func(column.Entry)) error { add(entry(2, 1, "a")); return nil }); err != nil || c.Len() != 1 {
		t.Errorf("%d entries, %v", c.Len(), err)
	}
}

// Searches and changes go on together; run with the race detector.
func TestTogether(t *testing.T) {
	c := column.New()
	if err := c.Fill(func(func(column.Entry)) error { return nil }); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for w := range uint64(4) {
		all.Go(func() {
			for i := range uint64(2000) {
				c.Put(entry(i*4+w+1, 1, "same text"))
				if i%10 == 9 {
					c.Drop(i*4 + w + 1)
				}
			}
		})
		all.Go(func() {
			for range 50 {
				found, _ := c.Search(column.Query{Text: "e t", Limit: 1 << 20})
				if !slices.IsSorted(ids(found)) {
					t.Error("not in order")
				}
			}
		})
	}
	all.Wait()
	if c.Len() != 4*1800 {
		t.Errorf("%d entries", c.Len())
	}
}

func BenchmarkSearch(b *testing.B) {
	c := column.New()
	if err := c.Fill(func(add func(column.Entry)) error {
		for id := range uint64(1_000_000) {
			add(entry(id+1, 1, fmt.Sprintf("user%07d\n李四%d\nuser%07d@example.com\n139%08d", id, id%1000, id, id)))
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	for name, q := range map[string]column.Query{"few": {Text: "r012345"}, "none": {Text: "nobody at all"}, "many": {Text: "user"}, "name": {Text: "李四77"}, "state": {Tenant: 2}} {
		q.Limit = 10_000
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c.Search(q)
			}
		})
	}
	b.Run("append", func(b *testing.B) {
		id := uint64(2_000_000)
		for b.Loop() {
			id++
			c.Put(entry(id, 1, "user0000001\nsomebody\nuser0000001@example.com\n13900000000"))
		}
	})
	b.Run("change", func(b *testing.B) {
		for b.Loop() {
			c.Put(entry(500_000, 1, "user0000001\nsomebody\nuser0000001@example.com\n13900000000"))
		}
	})
}
