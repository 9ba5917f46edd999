package segment_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/segment"
)

func as(tenant uint64, roles ...uint64) access.Actor {
	return access.Actor{Account: 7000 + tenant, Name: fmt.Sprintf("admin-of-%d", tenant), Tenant: tenant, Home: tenant, Roles: roles,
		Set: access.SetOf(roles), Origin: apptest.Origin("test")}
}

func admin() access.Actor { return as(1, access.RoleAdmin) }

func make1(t testing.TB, a *apptest.App, in segment.New) *segment.Segment {
	t.Helper()
	g, err := a.Segment.Create(t.Context(), admin(), in)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func draw(t testing.TB, a *apptest.App, tag string, n int) []uint64 {
	t.Helper()
	ids, err := a.Segment.Draw(t.Context(), admin(), tag, n)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func refused(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind != kind || f.Code != code {
		t.Errorf("got %v, want %s %s", err, kind, code)
	}
}

func run(first, last uint64) []uint64 {
	var ids []uint64
	for id := first; id <= last; id++ {
		ids = append(ids, id)
	}
	return ids
}

func TestNumbersBeginWhereTheSegmentSays(t *testing.T) {
	a := apptest.Open(t)
	g := make1(t, a, segment.New{Tag: " order ", Description: "Orders"})
	if g.Tag != "order" || g.Next != 1 || g.Step != segment.DefaultStep || g.Author != "admin-of-1" || g.Version != 1 {
		t.Errorf("made: %+v", g)
	}
	make1(t, a, segment.New{Tag: "invoice", Next: 5001, Step: 10, Author: "Lin Qiao"})
	if got := draw(t, a, "order", 1); !slices.Equal(got, run(1, 1)) {
		t.Errorf("first: %v", got)
	}
	if got := draw(t, a, "invoice", 25); !slices.Equal(got, run(5001, 5025)) {
		t.Errorf("a batch over several leases: %v", got)
	}
	if got := draw(t, a, "invoice", 3); !slices.Equal(got, run(5026, 5028)) {
		t.Errorf("the next batch: %v", got)
	}
	if got := draw(t, a, "order", segment.MaxDraw); got[0] != 2 || got[len(got)-1] != 1+segment.MaxDraw {
		t.Errorf("the greatest batch: %d to %d", got[0], got[len(got)-1])
	}
	now, err := a.Segment.Get(t.Context(), admin(), "order")
	if err != nil || now.Next <= 1+segment.MaxDraw || now.Version != 1 || now.Leased.IsZero() {
		t.Errorf("the row is past what was handed out: %+v %v", now, err)
	}
	a.Verify()
}

func TestWhatIsRefused(t *testing.T) {
	a := apptest.Open(t)
	make1(t, a, segment.New{Tag: "order", Next: 100})
	for _, c := range []struct {
		in   segment.New
		kind fault.Kind
		code string
	}{
		{segment.New{}, fault.Missing, "segment.tag"},
		{segment.New{Tag: "a/b"}, fault.Invalid, "segment.tag"},
		{segment.New{Tag: "a b"}, fault.Invalid, "segment.tag"},
		{segment.New{Tag: ".."}, fault.Invalid, "segment.tag"},
		{segment.New{Tag: "\xff"}, fault.Invalid, "segment.tag"},
		{segment.New{Tag: strings.Repeat("字", 129)}, fault.Invalid, "segment.tag"},
		{segment.New{Tag: "x", Step: segment.MaxStep + 1}, fault.Invalid, "segment.step"},
		{segment.New{Tag: "x", Next: segment.MaxID + 1}, fault.Invalid, "segment.max_id"},
		{segment.New{Tag: "x", Description: strings.Repeat("x", 256)}, fault.Invalid, "segment.description"},
		{segment.New{Tag: "x", Author: "a\nb"}, fault.Invalid, "segment.author"},
		{segment.New{Tag: "order"}, fault.Exists, "segment.tag_taken"},
	} {
		_, err := a.Segment.Create(t.Context(), admin(), c.in)
		refused(t, err, c.kind, c.code)
	}
	for _, n := range []int{0, -1, segment.MaxDraw + 1} {
		_, err := a.Segment.Draw(t.Context(), admin(), "order", n)
		refused(t, err, fault.Invalid, "segment.n")
	}
	for _, tag := range []string{"none", "", "Order", strings.Repeat("x", 2000)} {
		_, err := a.Segment.Draw(t.Context(), admin(), tag, 1)
		refused(t, err, fault.NotFound, "segment.not_found")
	}
	if f := a.Segment.Figures(); f.Tags != 0 {
		t.Errorf("what does not exist takes memory: %+v", f)
	}
	make1(t, a, segment.New{Tag: strings.Repeat("字", 128), Description: strings.Repeat("说", 255)})
}

func TestModify(t *testing.T) {
	a := apptest.Open(t)
	g := make1(t, a, segment.New{Tag: "order", Step: 100})
	draw(t, a, "order", 1)
	low, high, step, text := uint64(50), uint64(9000), uint64(7), "All orders"
	_, err := a.Segment.Modify(t.Context(), admin(), "order", segment.Change{Next: &low}, 0)
	refused(t, err, fault.Invalid, "segment.lowered")
	if now, err := a.Segment.Get(t.Context(), admin(), "order"); err != nil || now.Version != g.Version {
		t.Errorf("a refused change changes: %+v %v", now, err)
	}
	g, err = a.Segment.Modify(t.Context(), admin(), "order", segment.Change{Next: &high, Step: &step, Description: &text}, g.Version)
	if err != nil || g.Next != high || g.Step != step || g.Description != text || g.Version != 2 || g.ModifiedBy != "admin-of-1" {
		t.Fatalf("changed: %+v %v", g, err)
	}
	_, err = a.Segment.Modify(t.Context(), admin(), "order", segment.Change{Description: &text}, 1)
	refused(t, err, fault.Stale, "segment.stale")
	if got := draw(t, a, "order", 2); !slices.Equal(got, run(9000, 9001)) {
		t.Errorf("numbers go on at once where the segment was raised to: %v", got)
	}
	if l := a.Segment.Lease("order"); l.Size > 4*step {
		t.Errorf("leases are as the new step has it: %+v", l)
	}
	log, err := a.Audit.List(t.Context(), a.Super, audit.Filter{Tenant: 1, Object: "segment/order", Limit: 10})
	if err != nil || len(log.Items) != 2 || log.Items[0].Action != "segment.update" || len(log.Items[0].Changes) != 3 {
		t.Errorf("the action log has both acts and no draw: %+v %v", log.Items, err)
	}
	a.Verify()
}

func TestRights(t *testing.T) {
	a := apptest.Open(t)
	make1(t, a, segment.New{Tag: "order"})
	other := a.Organisation("other", false)
	stranger, member := as(other.ID, access.RoleAdmin), as(1, access.RoleMember)
	for name, try := range map[string]func(by access.Actor) error{
		"get": func(by access.Actor) error { _, err := a.Segment.Get(t.Context(), by, "order"); return err },
		"modify": func(by access.Actor) error {
			_, err := a.Segment.Modify(t.Context(), by, "order", segment.Change{}, 0)
			return err
		},
		"draw": func(by access.Actor) error { _, err := a.Segment.Draw(t.Context(), by, "order", 1); return err },
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time from memory
				if err := try(admin()); err != nil {
					t.Error(err)
				}
				refused(t, try(stranger), fault.NotFound, "segment.not_found")
				refused(t, try(member), fault.Denied, "access.denied")
				refused(t, try(access.Actor{}), fault.Unauthenticated, "session.required")
				if err := try(a.Super); err != nil {
					t.Error(err)
				}
			}
		})
	}
	if _, err := a.Segment.Create(t.Context(), member, segment.New{Tag: "mine"}); fault.KindOf(err) != fault.Denied {
		t.Errorf("a member makes a segment: %v", err)
	}
	_, err := a.Segment.Create(t.Context(), stranger, segment.New{Tag: "order"})
	refused(t, err, fault.Exists, "segment.tag_taken")
	program := access.Actor{Name: "app:shop", Tenant: 1, Home: 1, Set: access.Of(access.SegmentDraw)}
	if _, err := a.Segment.Draw(t.Context(), program, "order", 1); err != nil {
		t.Errorf("an application that was granted it draws: %v", err)
	}
	if _, err := a.Segment.List(t.Context(), program, segment.Filter{}); fault.KindOf(err) != fault.Denied {
		t.Errorf("and does nothing else: %v", err)
	}
}

func TestList(t *testing.T) {
	a := apptest.Open(t)
	for i := range 25 {
		make1(t, a, segment.New{Tag: fmt.Sprintf("tag-%02d", i), Description: []string{"Orders of the shop", "ＩＮＶＯＩＣＥＳ"}[i%2]})
	}
	other := a.Organisation("other", false)
	if _, err := a.Segment.Create(t.Context(), as(other.ID, access.RoleAdmin), segment.New{Tag: "theirs"}); err != nil {
		t.Fatal(err)
	}
	list := func(by access.Actor, f segment.Filter) segment.Page {
		t.Helper()
		p, err := a.Segment.List(t.Context(), by, f)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		by          access.Actor
		f           segment.Filter
		total, rows int
		first       string
	}{
		{admin(), segment.Filter{Limit: 10}, 25, 10, "tag-00"},
		{admin(), segment.Filter{Limit: 10, Page: 3}, 25, 5, "tag-20"},
		{admin(), segment.Filter{Limit: 10, Page: 4}, 25, 0, ""},
		{admin(), segment.Filter{Description: "orders"}, 13, 13, "tag-00"},
		{admin(), segment.Filter{Description: "tag"}, 0, 0, ""},
		{admin(), segment.Filter{Text: "invoices", Limit: 5, Page: 2}, 12, 5, "tag-11"},
		{admin(), segment.Filter{Text: "TAG-1"}, 10, 10, "tag-10"},
		{a.Super, segment.Filter{}, 26, 20, "tag-00"},
	} {
		p := list(c.by, c.f)
		first := ""
		if len(p.Items) > 0 {
			first = p.Items[0].Tag
		}
		if p.Total != c.total || len(p.Items) != c.rows || first != c.first {
			t.Errorf("%+v: %d of %d from %q", c.f, len(p.Items), p.Total, first)
		}
	}
	for _, f := range []segment.Filter{{Limit: 4}, {Limit: 4, Text: "invoices"}} {
		seen := map[string]bool{}
		for f.Cursor = ""; ; {
			p := list(admin(), f)
			for _, g := range p.Items {
				if seen[g.Tag] {
					t.Errorf("%s comes twice", g.Tag)
				}
				seen[g.Tag] = true
			}
			if f.Cursor = p.Next; f.Cursor == "" {
				if len(seen) != p.Total {
					t.Errorf("by cursor %d of %d", len(seen), p.Total)
				}
				break
			}
		}
	}
	for _, f := range []segment.Filter{{Limit: 501}, {Limit: -1}, {Page: -1}, {Cursor: "!"}} {
		if _, err := a.Segment.List(t.Context(), admin(), f); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

// A tag that uses its leases up soon gets larger ones, one that is slow smaller
// ones again, never below its own step nor above the limit.
func TestLeasesAdapt(t *testing.T) {
	a := apptest.Open(t)
	make1(t, a, segment.New{Tag: "order", Step: 600_000})
	make1(t, a, segment.New{Tag: "slow", Step: 10})
	settle := func(tag string) segment.Lease { // the lease taken in advance has come
		t.Helper()
		for range 10_000 {
			if l := a.Segment.Lease(tag); l.Left > 0 && l.Left*2 >= l.Size {
				return l
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatal("no lease is taken in advance")
		return segment.Lease{}
	}
	draw(t, a, "order", 1)
	for range 100 {
		draw(t, a, "order", segment.MaxDraw)
	}
	if l := settle("order"); l.Step != 600_000 {
		t.Errorf("a lease would get too large: %+v", l)
	}
	for range 20 {
		draw(t, a, "slow", 10)
		settle("slow")
	}
	grown := a.Segment.Lease("slow").Step
	if grown < 40 {
		t.Errorf("leases do not grow: %d", grown)
	}
	for range 40 {
		a.Clock.Add(time.Hour)
		draw(t, a, "slow", int(settle("slow").Left))
		settle("slow")
	}
	if l := a.Segment.Lease("slow"); l.Step != 10 {
		t.Errorf("leases do not shrink again: %+v", l)
	}
}

func TestNumbersEnd(t *testing.T) {
	a := apptest.Open(t)
	make1(t, a, segment.New{Tag: "order", Next: segment.MaxID - 4, Step: 3})
	if got := draw(t, a, "order", 5); !slices.Equal(got, run(segment.MaxID-4, segment.MaxID)) {
		t.Errorf("the last numbers: %v", got)
	}
	for range 3 {
		_, err := a.Segment.Draw(t.Context(), admin(), "order", 1)
		refused(t, err, fault.Conflict, "segment.exhausted")
	}
}

// What a tag has at hand goes back when nobody draws from it for a while: the
// next draw goes on without a gap.
func TestIdleLeasesAreGivenBack(t *testing.T) {
	a := apptest.Open(t)
	make1(t, a, segment.New{Tag: "order", Step: 100})
	make1(t, a, segment.New{Tag: "busy", Step: 100})
	draw(t, a, "order", 80)
	a.Clock.Add(25 * time.Minute)
	draw(t, a, "busy", 1)
	a.Clock.Add(10 * time.Minute)
	if n, err := a.Segment.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("given back: %d %v", n, err)
	}
	if l := a.Segment.Lease("order"); l != (segment.Lease{}) {
		t.Errorf("still at hand: %+v", l)
	}
	if l := a.Segment.Lease("busy"); l.Left == 0 {
		t.Errorf("one in use was given back: %+v", l)
	}
	if g, err := a.Segment.Get(t.Context(), admin(), "order"); err != nil || g.Next != 81 {
		t.Errorf("the row: %+v %v", g, err)
	}
	if got := draw(t, a, "order", 2); !slices.Equal(got, run(81, 82)) {
		t.Errorf("goes on with %v", got)
	}
}

// Draws that meet leases being given back and segments being raised lose
// nothing and get nothing twice.
func TestDrawsWhileLeasesGoBack(t *testing.T) {
	a := apptest.Open(t)
	make1(t, a, segment.New{Tag: "order", Step: 5})
	seen := newSeen()
	var all sync.WaitGroup
	for drawer := range 16 {
		all.Go(func() {
			for i := range 100 {
				ids, err := a.Segment.Draw(t.Context(), admin(), "order", 1+(drawer+i)%20)
				if err != nil {
					t.Error(err)
					return
				}
				seen.add(t, drawer, ids)
				switch {
				case drawer == 0 && i%3 == 0:
					a.Clock.Add(time.Hour)
					if _, err := a.Segment.Sweep(t.Context()); err != nil {
						t.Error(err)
					}
				case drawer == 1 && i%10 == 0:
					next := ids[0] + 10_000
					_, err := a.Segment.Modify(t.Context(), admin(), "order", segment.Change{Next: &next}, 0)
					if err != nil && fault.KindOf(err) != fault.Invalid {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	a.Verify()
}

func TestRateAndFigures(t *testing.T) {
	a := apptest.Open(t)
	make1(t, a, segment.New{Tag: "order"})
	draw(t, a, "order", 100)
	if l := a.Segment.Lease("order"); l.Rate != 10 || l.Left < 900 {
		t.Errorf("100 within ten seconds: %+v", l)
	}
	a.Clock.Add(time.Minute)
	if l := a.Segment.Lease("order"); l.Rate != 0 {
		t.Errorf("long after: %+v", l)
	}
	if f := a.Segment.Figures(); f.Drawn != 100 || f.Leases == 0 || f.Tags != 1 {
		t.Errorf("figures: %+v", f)
	}
}

// seen is every number handed out so far, and the last of every drawer.
type seen struct {
	mu   sync.Mutex
	by   map[uint64]int
	last map[int]uint64
}

func newSeen() *seen { return &seen{by: map[uint64]int{}, last: map[int]uint64{}} }

func (s *seen) add(t *testing.T, drawer int, ids []uint64) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if first, twice := s.by[id]; twice {
			t.Errorf("%d is handed out twice: to drawer %d and to drawer %d", id, first, drawer)
		}
		s.by[id] = drawer
		if id <= s.last[drawer] {
			t.Errorf("drawer %d got %d after %d", drawer, id, s.last[drawer])
		}
		s.last[drawer] = id
	}
}
