package org

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/store"
	"stoa/store/kv/memkv"
)

type world struct {
	*Service
	t       testing.TB
	db      *store.DB
	audit   *audit.Service
	now     time.Time
	members map[uint64]int
}

func open(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2030, 3, 1, 8, 0, 0, 0, time.UTC), members: map[uint64]int{}}
	clock := func() time.Time { return w.now }
	box, err := seal.New(bytes.Repeat([]byte{7}, 32))
	w.check(err)
	s := store.NewSchema()
	w.audit = audit.New(s, audit.Deps{Box: box})
	w.Service = New(s, Deps{Audit: w.audit,
		Members: func(_ store.Reader, unit uint64) (int, error) { return w.members[unit], nil },
		Manages: func(_ store.Reader, _ access.Actor, tenant, account uint64) (bool, error) {
			return account == tenant*10, nil
		}})
	w.db, err = store.Open(context.Background(), memkv.Open(clock), s, store.Options{Clock: clock})
	w.check(err)
	w.check(w.audit.Bind(context.Background(), w.db))
	w.Bind(w.db)
	w.check(w.db.Update(context.Background(), w.EnsureDefaultTx))
	return w
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func super() access.Actor {
	a := access.System("v1")
	a.Account, a.Name, a.Tenant, a.Home = 1, "root", Default, Default
	return a
}

func admin(tenant uint64) access.Actor {
	role, _ := access.BuiltinRole(access.RoleAdmin)
	return access.Actor{Account: tenant * 10, Name: "admin", Tenant: tenant, Home: tenant, Roles: []uint64{access.RoleAdmin}, Set: role.Set}
}

func (w *world) organisation(name string) *Unit {
	w.t.Helper()
	u, err := w.CreateOrganisation(context.Background(), super(), NewOrganisation{Name: name})
	w.check(err)
	return u
}

func (w *world) department(by access.Actor, parent uint64, name string) *Unit {
	w.t.Helper()
	u, err := w.CreateDepartment(context.Background(), by, NewDepartment{Parent: parent, Name: name})
	w.check(err)
	return u
}

func (w *world) wants(err error, kind fault.Kind, code string) {
	w.t.Helper()
	if f := fault.Of(err); f == nil || f.Kind != kind || f.Code != code {
		w.t.Errorf("got %v, want %s %s", err, kind, code)
	}
}

func TestOrganisations(t *testing.T) {
	w, ctx := open(t), context.Background()
	a := w.organisation("  Ａcme ")
	if a.ID != FirstID || a.Tenant != a.ID || a.Name != "Ａcme" || a.State != Active {
		t.Errorf("%+v", a)
	}
	_, err := w.CreateOrganisation(ctx, super(), NewOrganisation{Name: "acme"})
	w.wants(err, fault.Exists, "org.name_taken")
	for name, code := range map[string]string{"  ": "org.name_missing", "a\x00b": "org.name_invalid", strings.Repeat("长", 65): "org.name_long"} {
		if _, err := w.CreateOrganisation(ctx, super(), NewOrganisation{Name: name}); fault.Of(err).Code != code {
			t.Errorf("%q: %v", name, err)
		}
	}
	_, err = w.CreateOrganisation(ctx, admin(1), NewOrganisation{Name: "b"})
	w.wants(err, fault.Denied, "access.denied")
	_, err = w.Organisation(ctx, admin(a.ID), Default)
	w.wants(err, fault.Denied, "access.denied")
	own, err := w.Organisation(ctx, admin(a.ID), a.ID)
	if err != nil || own.Name != "Ａcme" {
		t.Errorf("one's own organisation: %+v, %v", own, err)
	}
	open := true
	changed, err := w.UpdateOrganisation(ctx, super(), a.ID, OrganisationChange{SignUp: &open}, a.Version)
	w.check(err)
	_, err = w.UpdateOrganisation(ctx, super(), a.ID, OrganisationChange{SignUp: &open}, a.Version)
	w.wants(err, fault.Stale, "org.stale")
	if list, err := w.Open(ctx); err != nil || len(list) != 1 || list[0].ID != a.ID || !changed.SignUp {
		t.Errorf("open for sign-up: %+v, %v", list, err)
	}
}

func TestFreezing(t *testing.T) {
	w, ctx := open(t), context.Background()
	a := w.organisation("acme")
	state := Frozen
	frozen := func() (is bool) {
		w.check(w.db.View(ctx, func(r store.Reader) (err error) { is, err = w.Frozen(r, a.ID); return err }))
		return is
	}
	u, err := w.UpdateOrganisation(ctx, super(), a.ID, OrganisationChange{State: &state}, 0)
	w.check(err)
	if !frozen() || !u.FrozenAt.Equal(w.now) {
		t.Errorf("frozen: %v, %+v", frozen(), u)
	}
	_, err = w.UpdateOrganisation(ctx, super(), Default, OrganisationChange{State: &state}, 0)
	w.wants(err, fault.Conflict, "org.freeze_own")
	state = "gone"
	_, err = w.UpdateOrganisation(ctx, super(), a.ID, OrganisationChange{State: &state}, 0)
	w.wants(err, fault.Invalid, "org.state_invalid")
	state = Active
	u, err = w.UpdateOrganisation(ctx, super(), a.ID, OrganisationChange{State: &state}, 0)
	w.check(err)
	if frozen() || !u.FrozenAt.IsZero() {
		t.Errorf("active again: %+v", u)
	}
	var acts []string
	p, err := w.audit.List(ctx, super(), audit.Filter{Tenant: a.ID})
	w.check(err)
	for _, e := range p.Items {
		acts = append(acts, e.Action)
	}
	if got := strings.Join(acts, " "); got != "organisation.activate organisation.freeze organisation.create" {
		t.Errorf("action log: %s", got)
	}
}

func TestDeletingWhatIsInUseIsRefusedWithCounts(t *testing.T) {
	w, ctx := open(t), context.Background()
	a := w.organisation("acme")
	d := w.department(admin(a.ID), 0, "sales")
	e := w.department(admin(a.ID), d.ID, "north")
	w.members[a.ID], w.members[e.ID] = 7, 3
	err := w.DeleteOrganisation(ctx, super(), a.ID)
	w.wants(err, fault.Conflict, "org.in_use")
	if !strings.Contains(fault.Of(err).Text, "accounts 7, departments 2") {
		t.Errorf("%v", err)
	}
	err = w.DeleteDepartment(ctx, admin(a.ID), d.ID)
	if w.wants(err, fault.Conflict, "org.in_use"); !strings.Contains(fault.Of(err).Text, "accounts 0, departments 1") {
		t.Errorf("%v", err)
	}
	err = w.DeleteDepartment(ctx, admin(a.ID), e.ID)
	if w.wants(err, fault.Conflict, "org.in_use"); !strings.Contains(fault.Of(err).Text, "accounts 3") {
		t.Errorf("%v", err)
	}
	clear(w.members)
	w.check(w.DeleteDepartment(ctx, admin(a.ID), e.ID))
	w.check(w.DeleteDepartment(ctx, admin(a.ID), d.ID))
	w.check(w.DeleteOrganisation(ctx, super(), a.ID))
	w.wants(w.DeleteOrganisation(ctx, super(), a.ID), fault.NotFound, "org.not_found")
	w.wants(w.DeleteOrganisation(ctx, super(), Default), fault.Conflict, "org.default")
}

func TestTenantsDoNotMeet(t *testing.T) {
	w, ctx := open(t), context.Background()
	a, b := w.organisation("a"), w.organisation("b")
	mine, theirs := w.department(admin(a.ID), 0, "mine"), w.department(admin(b.ID), 0, "theirs")
	w.department(admin(b.ID), 0, "mine") // the same name elsewhere is free
	_, err := w.Department(ctx, admin(a.ID), theirs.ID)
	w.wants(err, fault.NotFound, "org.not_found")
	w.wants(w.DeleteDepartment(ctx, admin(a.ID), theirs.ID), fault.NotFound, "org.not_found")
	for _, parent := range []uint64{theirs.ID, b.ID, Default, 4711} {
		_, err = w.CreateDepartment(ctx, admin(a.ID), NewDepartment{Parent: parent, Name: "x"})
		w.wants(err, fault.NotFound, "org.parent_not_found")
		_, err = w.UpdateDepartment(ctx, admin(a.ID), mine.ID, DepartmentChange{Parent: &parent}, 0)
		w.wants(err, fault.NotFound, "org.parent_not_found")
	}
	_, err = w.UpdateDepartment(ctx, super(), mine.ID, DepartmentChange{Parent: &theirs.ID}, 0)
	w.wants(err, fault.Invalid, "org.other_tenant")
	if _, err := w.Tree(ctx, admin(a.ID), b.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another tenant's tree: %v", err)
	}
	foreign := b.ID * 10
	_, err = w.UpdateDepartment(ctx, admin(a.ID), mine.ID, DepartmentChange{Manager: &foreign}, 0)
	w.wants(err, fault.Invalid, "org.manager_unknown")
	own := a.ID * 10
	_, err = w.UpdateDepartment(ctx, admin(a.ID), mine.ID, DepartmentChange{Manager: &own}, 0)
	w.check(err)
}

func TestTreeShape(t *testing.T) {
	w, ctx := open(t), context.Background()
	a := w.organisation("acme")
	by := admin(a.ID)
	tree := func() *Node {
		n, err := w.Tree(ctx, by, 0)
		w.check(err)
		return n
	}
	if n := tree(); n.ID != 0 || n.Name != "acme" || len(n.Children) != 0 {
		t.Errorf("empty: %+v", n)
	}
	head := w.department(by, 0, "head")
	w.department(by, head.ID, "b")
	w.department(by, head.ID, "a")
	if n := tree(); n.ID != head.ID || len(n.Children) != 2 || n.Children[0].Name != "a" {
		t.Errorf("one root: %+v", n)
	}
	w.department(by, 0, "second")
	if n := tree(); n.ID != 0 || len(n.Children) != 2 || len(n.Children[0].Children) != 2 {
		t.Errorf("two roots: %+v", n)
	}
	_, err := w.CreateDepartment(ctx, by, NewDepartment{Parent: head.ID, Name: "A"})
	w.wants(err, fault.Exists, "org.name_taken")
	at := head.ID
	for i := 1; i < maxDepth; i++ {
		at = w.department(by, at, "deeper").ID
	}
	_, err = w.CreateDepartment(ctx, by, NewDepartment{Parent: at, Name: "too deep"})
	w.wants(err, fault.TooLarge, "org.too_deep")
}

// TestRandomTrees makes, moves and deletes at random and checks after each step
// that the tree has no circle and no orphan, against a model kept beside it.
func TestRandomTrees(t *testing.T) {
	for seed := range uint64(4) {
		w, ctx := open(t), context.Background()
		a := w.organisation("acme")
		by := admin(a.ID)
		rng := rand.New(rand.NewPCG(seed, 1))
		parents := map[uint64]uint64{}
		ids := []uint64{a.ID}
		pick := func() uint64 { return ids[rng.IntN(len(ids))] }
		for step := range 400 {
			switch rng.IntN(4) {
			case 0, 1:
				up := pick()
				if u, err := w.CreateDepartment(ctx, by, NewDepartment{Parent: up, Name: fmt.Sprintf("d%d", step)}); err == nil {
					parents[u.ID] = up
					ids = append(ids, u.ID)
				} else if fault.KindOf(err) != fault.TooLarge {
					t.Fatal(err)
				}
			case 2:
				id, to := pick(), pick()
				circle := false
				for x := to; x != 0; x = parents[x] {
					circle = circle || x == id
				}
				_, err := w.UpdateDepartment(ctx, by, id, DepartmentChange{Parent: &to}, 0)
				switch {
				case id == a.ID:
					w.wants(err, fault.NotFound, "org.not_found")
				case circle:
					w.wants(err, fault.Conflict, "org.cycle")
				default:
					w.check(err)
					parents[id] = to
				}
			case 3:
				id := pick()
				err := w.DeleteDepartment(ctx, by, id)
				used := false
				for _, up := range parents {
					used = used || up == id
				}
				switch {
				case id == a.ID:
				case used:
					w.wants(err, fault.Conflict, "org.in_use")
				default:
					w.check(err)
					delete(parents, id)
					ids = without(ids, id)
				}
			}
			w.same(by, parents)
		}
		w.sound()
	}
}

// A tree shows every change at once, also one that is made for another reason, and
// what one reader is not shown stays there for the others.
func TestTreeIsOfNow(t *testing.T) {
	w, ctx := open(t), context.Background()
	a := w.organisation("acme")
	by := admin(a.ID)
	x, y := w.department(by, 0, "x"), w.department(by, 0, "y")
	z := w.department(by, y.ID, "z")
	shown := func(by access.Actor) string {
		t.Helper()
		n, err := w.Tree(ctx, by, 0)
		w.check(err)
		var out strings.Builder
		var visit func(n *Node)
		visit = func(n *Node) {
			fmt.Fprintf(&out, "%s/%d(", n.Name, n.Manager)
			for _, c := range n.Children {
				visit(c)
			}
			out.WriteString(")")
		}
		visit(n)
		return out.String()
	}
	want := func(text string) {
		t.Helper()
		if got := shown(by); got != text {
			t.Errorf("the tree is %s, want %s", got, text)
		}
	}
	want("acme/0(x/0()y/0(z/0()))")
	name, boss := "first", a.ID*10
	_, err := w.UpdateDepartment(ctx, by, y.ID, DepartmentChange{Name: &name, Manager: &boss}, 0)
	w.check(err)
	want(fmt.Sprintf("acme/0(first/%d(z/0())x/0())", boss))
	_, err = w.MoveDepartment(ctx, by, x.ID, 0, y.ID, 0)
	w.check(err)
	want(fmt.Sprintf("acme/0(x/0()first/%d(z/0()))", boss))
	of := by
	of.Roles, of.Sight, of.Units = nil, access.ScopeUnits, []uint64{z.ID}
	if got := shown(of); got != "first/0(z/0())" {
		t.Errorf("who has one department sees %s", got)
	}
	want(fmt.Sprintf("acme/0(x/0()first/%d(z/0()))", boss))
	w.check(w.db.Update(ctx, func(tx *store.Tx) error { return w.ForgetManagerTx(tx, boss) }))
	want("acme/0(x/0()first/0(z/0()))")
	w.check(w.DeleteDepartment(ctx, by, z.ID))
	want("acme/0(x/0()first/0())")
	for i := range maxTrees + 1 { // more than are kept
		o := w.organisation(fmt.Sprint("other ", i))
		if _, err := w.Tree(ctx, super(), o.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.department(by, x.ID, "new")
	want("acme/0(x/0(new/0())first/0())")
}

func without(ids []uint64, id uint64) (out []uint64) {
	for _, x := range ids {
		if x != id {
			out = append(out, x)
		}
	}
	return out
}

func (w *world) same(by access.Actor, parents map[uint64]uint64) {
	w.t.Helper()
	root, err := w.Tree(context.Background(), by, 0)
	w.check(err)
	seen := 0
	var visit func(n *Node)
	visit = func(n *Node) {
		for _, c := range n.Children {
			visit(c)
		}
		if n.ID == 0 {
			return
		}
		if seen++; parents[n.ID] != n.Parent {
			w.t.Errorf("department %d is under %d, want %d", n.ID, n.Parent, parents[n.ID])
		}
	}
	if visit(root); seen != len(parents) {
		w.t.Errorf("the tree has %d departments, want %d", seen, len(parents))
	}
}

// sound holds every row and index against one another.
func (w *world) sound() {
	w.t.Helper()
	rep, err := w.db.Verify(context.Background())
	w.check(err)
	if !rep.OK() {
		w.t.Errorf("%v", rep.Problems)
	}
}

func TestLists(t *testing.T) {
	w, ctx := open(t), context.Background()
	a := w.organisation("acme")
	by := admin(a.ID)
	for i := range 57 {
		w.department(by, 0, fmt.Sprintf("Team %02d", i))
	}
	for _, f := range []Filter{{Limit: 10}, {Limit: 10, Text: "TEAM"}} {
		for _, byCursor := range []bool{false, true} {
			var got []string
			for f.Page, f.Cursor = 1, ""; ; f.Page++ {
				p, err := w.Departments(ctx, by, f)
				w.check(err)
				if p.Total != 57 || p.Capped {
					t.Fatalf("%+v: total %d", f, p.Total)
				}
				for _, u := range p.Items {
					got = append(got, u.Name)
				}
				if byCursor {
					f.Cursor = p.Next
				}
				if p.Next == "" {
					break
				}
			}
			if len(got) != 57 || got[0] != "Team 00" || got[56] != "Team 56" {
				t.Errorf("%+v by cursor %v: %v", f, byCursor, got)
			}
		}
	}
	if p, err := w.Departments(ctx, by, Filter{Text: "m 3"}); err != nil || p.Total != 10 {
		t.Errorf("by name: %+v, %v", p, err)
	}
	for _, f := range []Filter{{Limit: 501}, {Cursor: "%"}, {Tenant: Default}} {
		if _, err := w.Departments(ctx, by, f); err == nil {
			t.Errorf("%+v is accepted", f)
		}
	}
	if p, err := w.Organisations(ctx, super(), Filter{}); err != nil || p.Total != 2 || p.Items[0].ID != Default {
		t.Errorf("organisations: %+v, %v", p, err)
	}
}

func TestSampleComesAndGoes(t *testing.T) {
	w, ctx := open(t), context.Background()
	w.check(w.db.Update(ctx, w.PutSampleTx))
	w.check(w.db.Update(ctx, w.PutSampleTx))
	list, err := w.Open(ctx)
	w.check(err)
	if len(list) != 2 || list[0].ID != 2 || list[0].Name != "算力互联" || list[1].ID != 5 || list[1].Name != "汴水超算" || !list[1].Sample {
		t.Errorf("%+v", list)
	}
	w.members[NextSample] = 1
	w.wants(w.DropSample(ctx, super()), fault.Conflict, "org.in_use")
	if list, err := w.Open(ctx); err != nil || len(list) != 2 {
		t.Errorf("a refused removal took something away: %+v, %v", list, err)
	}
	clear(w.members)
	w.check(w.DropSample(ctx, super()))
	w.check(w.DropSample(ctx, super()))
	if list, err := w.Open(ctx); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func BenchmarkTree(b *testing.B) {
	w := open(b)
	a := w.organisation("acme")
	by := admin(a.ID)
	up := []uint64{a.ID}
	for i := range maxDepartments {
		up = append(up, w.department(by, up[i/10], fmt.Sprintf("d%d", i)).ID)
	}
	for b.Loop() {
		_, err := w.Tree(context.Background(), by, 0)
		w.check(err)
	}
}
