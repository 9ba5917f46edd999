package audit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/store"
	"stoa/store/kv"
)

// fill writes a mixed log: three tenants, several people, actions and outcomes;
// the newest entries stay unsealed. It returns all entries, newest first.
func fill(w *world) []Entry {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 1400 {
		by := admin(uint64(1 + rng.IntN(3)))
		by.Account += uint64(rng.IntN(4))
		e := Entry{Action: []string{"account.create", "account.delete", "session.login"}[rng.IntN(3)], ObjectKind: "account",
			ObjectID: fmt.Sprint(rng.IntN(20)), ObjectName: fmt.Sprintf("person-%d", rng.IntN(50)), Outcome: []string{OK, OK, Failed}[rng.IntN(3)]}
		check(w.t, w.Add(context.Background(), by, e))
		switch {
		case rng.IntN(40) == 0:
			w.pass(-30 * time.Second)
		case rng.IntN(2) == 0:
			w.pass(time.Duration(rng.IntN(20)) * time.Second)
		}
		if i < 1300 && rng.IntN(150) == 0 {
			w.sealAll()
		}
	}
	var all []Entry
	for cursor := ""; ; {
		p := w.list(super(), Filter{Limit: 500, Cursor: cursor})
		all = append(all, p.Items...)
		if cursor = p.Next; cursor == "" {
			return all
		}
	}
}

// TestFilters compares the list with a plain loop over all entries, for many
// filters, by page and by cursor.
func TestFilters(t *testing.T) {
	w := open(t)
	all := fill(w)
	if len(all) != 1400 || !slices.IsSortedFunc(all, func(a, b Entry) int { return strings.Compare(b.ID, a.ID) }) {
		t.Fatalf("%d entries, or not newest first", len(all))
	}
	middle, early := all[700].At, all[1100].At
	filters := []Filter{{}, {Account: 12}, {Action: "account.delete"}, {Action: "account."}, {Outcome: Failed}, {Tenant: 2}, {Tenant: 2, Account: 22, Outcome: OK},
		{From: middle}, {To: middle}, {From: early, To: middle}, {From: early, To: middle, Action: "session.login", Tenant: 3}, {Text: "PERSON-4"},
		{Object: "account/7"}, {Object: "7", Outcome: Failed}, {Object: "account", Text: "person-1", To: middle}, {Text: "nobody"}, {Account: 4711}}
	for _, f := range filters {
		var want []string
		for _, e := range all {
			if plainly(f, e) {
				want = append(want, e.ID)
			}
		}
		pages, cursors := walkAll(w, f, false), walkAll(w, f, true)
		if !slices.Equal(pages, want) {
			t.Errorf("%+v by page: %d entries, want %d", f, len(pages), len(want))
		}
		if !slices.Equal(cursors, want) {
			t.Errorf("%+v by cursor: %d entries, want %d", f, len(cursors), len(want))
		}
		if p := w.list(super(), f); p.Total != len(want) || p.Capped {
			t.Errorf("%+v: total %d (capped %v), want %d", f, p.Total, p.Capped, len(want))
		}
	}
}

func plainly(f Filter, e Entry) bool {
	return (f.Tenant == 0 || f.Tenant == e.Tenant) && (f.Account == 0 || f.Account == e.Account) &&
		(f.Action == "" || f.Action == e.Action || strings.HasSuffix(f.Action, ".") && strings.HasPrefix(e.Action, f.Action)) &&
		(f.Outcome == "" || f.Outcome == e.Outcome) && (f.From.IsZero() || !e.At.Before(f.From)) && (f.To.IsZero() || e.At.Before(f.To)) &&
		(f.Text == "" || strings.Contains(strings.ToLower(e.ObjectName), strings.ToLower(f.Text))) &&
		(f.Object == "" || f.Object == "account" || f.Object == e.ObjectID || f.Object == "account/"+e.ObjectID)
}

func walkAll(w *world, f Filter, byCursor bool) (ids []string) {
	f.Limit = 37
	for f.Page = 1; ; f.Page++ {
		p := w.list(super(), f)
		for _, e := range p.Items {
			ids = append(ids, e.ID)
		}
		if byCursor {
			f.Cursor = p.Next
		}
		if p.Next == "" {
			return ids
		}
	}
}

func TestListRefusesWhatItCannotMean(t *testing.T) {
	w := open(t)
	for _, f := range []Filter{{Limit: 501}, {Limit: -1}, {Cursor: "x"}} {
		if _, err := w.List(context.Background(), super(), f); err == nil {
			t.Errorf("%+v is accepted", f)
		}
	}
	if p := w.list(super(), Filter{Page: 1 << 62, Limit: 500}); len(p.Items) != 0 {
		t.Errorf("a page behind the end has %d items", len(p.Items))
	}
}

// counting counts what a list reads.
type counting struct {
	kv.Store
	reads *int
}

func (c counting) View(ctx context.Context, fn func(kv.Reader) error) error {
	return c.Store.View(ctx, func(r kv.Reader) error { return fn(countingReader{r, c.reads}) })
}

type countingReader struct {
	kv.Reader
	reads *int
}

func (r countingReader) Get(key []byte) ([]byte, error) {
	*r.reads++
	return r.Reader.Get(key)
}

func (r countingReader) Scan(k kv.Range, fn func(key, value []byte) bool) error {
	return r.Reader.Scan(k, func(key, value []byte) bool {
		*r.reads++
		return fn(key, value)
	})
}

// TestAnyPageCostsTheSame counts reads, not time: the last page of a long log may
// read no more than a block and a few steps of a binary search.
func TestAnyPageCostsTheSame(t *testing.T) {
	w := open(t)
	reads := 0
	w.engine = counting{w.engine, &reads}
	w.bind()
	const n = 8_000
	w.write(admin(1), n, act("a.b"))
	w.sealAll()
	w.write(admin(1), 30, act("a.b"))
	for _, by := range []access.Actor{super(), admin(1)} {
		for _, page := range []int{1, 2, 200, (n + 30) / 20} {
			reads = 0
			p := w.list(by, Filter{Page: page, Limit: 20})
			if len(p.Items) != 20 || p.Total != n+30 {
				t.Fatalf("page %d: %d items of %d", page, len(p.Items), p.Total)
			}
			if reads > 1100 {
				t.Errorf("%s, page %d: %d reads", by.Name, page, reads)
			}
		}
		reads = 0
		if w.list(by, Filter{Action: "x.y"}); reads > n/10 {
			t.Errorf("a filter that matches nothing reads %d rows of %d", reads, n)
		}
	}
}

func BenchmarkAddTx(b *testing.B) {
	w := open(b)
	for b.Loop() {
		check(b, w.db.Update(context.Background(), func(tx *store.Tx) error { return w.AddTx(tx, admin(1), act("a.b")(1)) }))
	}
}
