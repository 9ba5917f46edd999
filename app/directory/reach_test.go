package directory_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/directory"
	"stoa/app/org"
	"stoa/app/position"
)

// limited is an account as an actor that holds what an administrator does, and
// sees some departments only.
func limited(a *apptest.App, of *account.Account, units []uint64) access.Actor {
	by := a.Actor(of)
	by.Set = access.SetOf([]uint64{access.RoleAdmin})
	by.Sight, by.Units = access.ScopeUnits, slices.Compact(slices.Sorted(slices.Values(units)))
	return by
}

// crowd is an organisation with a random tree and random people in it.
type crowd struct {
	*apptest.App
	rng         *rand.Rand
	tenant      uint64
	departments []uint64
	parents     map[uint64]uint64
	posts       []uint64
	grade       uint64
	people      []*account.Account
}

func newCrowd(t *testing.T, seed uint64) *crowd {
	c := &crowd{App: apptest.Open(t), rng: rand.New(rand.NewPCG(seed, 7)), parents: map[uint64]uint64{}}
	ctx := t.Context()
	c.tenant = c.Organisation("crowd", true).ID
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 14 {
		parent := c.tenant
		if i > 0 && c.rng.IntN(3) > 0 {
			parent = c.departments[c.rng.IntN(len(c.departments))]
		}
		u, err := c.Org.CreateDepartment(ctx, c.Super, org.NewDepartment{Parent: parent, Name: fmt.Sprintf("d%02d", i)})
		must(err)
		c.departments, c.parents[u.ID] = append(c.departments, u.ID), parent
	}
	for i := range 3 {
		p, err := c.Position.Create(ctx, c.Super, position.Post, position.New{Tenant: c.tenant, Name: fmt.Sprintf("p%d", i)})
		must(err)
		c.posts = append(c.posts, p.ID)
	}
	g, err := c.Position.Create(ctx, c.Super, position.Grade, position.New{Tenant: c.tenant, Name: "g"})
	must(err)
	c.grade = g.ID
	for i := range 120 {
		in := account.New{Name: fmt.Sprintf("u%03d", (i*37)%120), PasswordHash: bcryptHash, Tenant: c.tenant, Roles: []uint64{access.RoleOwner}}
		if c.rng.IntN(6) > 0 {
			in.Department = c.departments[c.rng.IntN(len(c.departments))]
		}
		if c.rng.IntN(3) == 0 {
			in.Posts = []uint64{c.posts[c.rng.IntN(3)], c.posts[c.rng.IntN(3)]}
		}
		if c.rng.IntN(3) == 0 {
			in.Grade = c.grade
		}
		if i%7 > 0 && c.rng.IntN(4) == 0 {
			in.State = account.Disabled
		}
		made, err := c.App.App.Account.Create(ctx, c.Super, in)
		must(err)
		c.people = append(c.people, made)
		c.Clock.Add(1)
	}
	for i := range 3 {
		c.people = append(c.people, c.Secondary(c.people[i*7], fmt.Sprintf("second%d", i)))
	}
	return c
}

// under reports whether a department is another one or below it.
func (c *crowd) under(id, top uint64) bool {
	for ; id != 0; id = c.parents[id] {
		if id == top {
			return true
		}
	}
	return false
}

// brute is what a list should be, found by holding everybody against it.
func (c *crowd) brute(by access.Actor, f directory.Filter) []uint64 {
	var found []*account.Account
	for _, p := range c.people {
		in := by.Account == p.ID || p.Parent == by.Account || p.Department != 0 && slices.Contains(by.Units, p.Department)
		if by.Scope() >= access.ScopeTenant {
			in = true
		}
		switch {
		case f.Department == 0, f.Department == c.tenant:
		case f.Below:
			in = in && c.under(p.Department, f.Department)
		default:
			in = in && p.Department == f.Department
		}
		in = in && (f.State == "" || p.State == f.State) && (f.Post == 0 || slices.Contains(p.Posts, f.Post)) &&
			(f.Grade == 0 || p.Grade == f.Grade) && strings.Contains(p.Name, f.Text) && (f.Parent == 0 || p.Parent == f.Parent)
		if in {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b *account.Account) int {
		order := 0
		switch f.Sort {
		case directory.SortName:
			order = strings.Compare(a.Name, b.Name)
		case directory.SortModified:
			order = a.Modified.Compare(b.Modified)
		}
		if order = cmp.Or(order, cmp.Compare(a.ID, b.ID)); f.Reverse {
			return -order
		}
		return order
	})
	ids := make([]uint64, len(found))
	for i, p := range found {
		ids[i] = p.ID
	}
	return ids
}

func (c *crowd) filter() directory.Filter {
	f := directory.Filter{Limit: 1 + c.rng.IntN(25), Reverse: c.rng.IntN(2) == 0}
	f.Sort = []directory.Sort{"", directory.SortID, directory.SortName, directory.SortModified}[c.rng.IntN(4)]
	if c.rng.IntN(2) == 0 {
		f.Department, f.Below = c.departments[c.rng.IntN(len(c.departments))], c.rng.IntN(2) == 0
	}
	if c.rng.IntN(12) == 0 {
		f.Department = c.tenant
	}
	if c.rng.IntN(5) == 0 {
		f.State = account.Active
	}
	if c.rng.IntN(5) == 0 {
		f.Text = "u0"
	}
	if c.rng.IntN(6) == 0 {
		f.Post = c.posts[c.rng.IntN(3)]
	}
	if c.rng.IntN(6) == 0 {
		f.Grade = c.grade
	}
	if c.rng.IntN(10) == 0 {
		f.Parent = c.people[0].ID
	}
	return f
}

// actor sees some departments, or now and then the whole organisation.
func (c *crowd) actor() access.Actor {
	by := c.people[c.rng.IntN(len(c.people)-3)]
	var units []uint64
	for range c.rng.IntN(6) {
		units = append(units, c.departments[c.rng.IntN(len(c.departments))])
	}
	out := limited(c.App, by, units)
	if c.rng.IntN(6) == 0 {
		out.Sight, out.Units = access.ScopeTenant, nil
	}
	return out
}

// Whatever the tree, the people, the actor's departments and the conditions: a list
// is everybody held against them, in every order, by page and by cursor.
func TestListsAreWhoTheActorSees(t *testing.T) {
	for seed := range uint64(3) {
		c := newCrowd(t, seed)
		for range 150 {
			by, f := c.actor(), c.filter()
			want := c.brute(by, f)
			for _, byCursor := range []bool{false, true} {
				if got := pages(t, c, by, f, byCursor, len(want)); !slices.Equal(got, want) {
					t.Fatalf("seed %d, %+v, units %v, by cursor %v:\n%v\nwant\n%v", seed, f, by.Units, byCursor, got, want)
				}
			}
			sifted, err := c.App.App.Account.Sifted(t.Context(), by, f)
			if err != nil {
				t.Fatal(err)
			}
			var got []uint64
			for a, err := range sifted.Accounts {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, a.ID)
			}
			if !slices.Equal(got, want) || sifted.Count != len(want) {
				t.Fatalf("seed %d, %+v, units %v, sifted %d: %v want %v", seed, f, by.Units, sifted.Count, got, want)
			}
			for _, p := range c.people {
				_, err := c.App.App.Account.Get(t.Context(), by, p.ID)
				if seen := slices.Contains(c.brute(by, directory.Filter{}), p.ID); seen != (err == nil) {
					t.Fatalf("%s (%d) is read: %v, listed %v", p.Name, p.Department, err, seen)
				}
			}
		}
		c.Verify()
	}
}

func pages(t *testing.T, c *crowd, by access.Actor, f directory.Filter, byCursor bool, total int) []uint64 {
	t.Helper()
	var got []uint64
	for f.Page = 1; ; f.Page++ {
		p, err := c.App.App.Account.List(t.Context(), by, f)
		if err != nil {
			t.Fatal(err)
		}
		if p.Total != total || p.Capped {
			t.Fatalf("%+v, units %v: total %d, want %d", f, by.Units, p.Total, total)
		}
		for i := range p.Items {
			got = append(got, p.Items[i].ID)
		}
		if p.Next == "" {
			return got
		}
		if byCursor {
			f.Cursor = p.Next
		}
	}
}
