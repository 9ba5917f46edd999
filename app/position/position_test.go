package position_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/app/position"
)

func make1(t *testing.T, a *apptest.App, by access.Actor, k position.Kind, parent uint64, name string) *position.Position {
	t.Helper()
	p, err := a.Position.Create(t.Context(), by, k, position.New{Parent: parent, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPostsAndGradesOfAnOrganisation(t *testing.T) {
	a, ctx := apptest.Open(t), t.Context()
	here, there := a.Organisation("here", false), a.Organisation("there", false)
	by, stranger := a.Actor(a.Account(here.ID, "admin", access.RoleAdmin)), a.Actor(a.Account(there.ID, "stranger", access.RoleAdmin))
	head := make1(t, a, by, position.Post, 0, "Head")
	clerk := make1(t, a, by, position.Post, head.ID, "Clerk")
	grade := make1(t, a, by, position.Grade, 0, "P5")
	make1(t, a, stranger, position.Grade, 0, "P5") // the same name elsewhere is free
	for _, c := range []struct {
		in   position.New
		k    position.Kind
		by   access.Actor
		code string
	}{{position.New{Parent: head.ID, Name: "ＣＬＥＲＫ"}, position.Post, by, "post.name_taken"}, {position.New{Name: "p5"}, position.Grade, by, "grade.name_taken"},
		{position.New{Name: " "}, position.Post, by, "org.name_missing"}, {position.New{Parent: head.ID, Name: "x"}, position.Grade, by, "grade.parent"},
		{position.New{Parent: head.ID, Name: "x"}, position.Post, stranger, "post.parent_not_found"}, {position.New{Parent: grade.ID, Name: "x"}, position.Post, by, "post.parent_not_found"},
		{position.New{Tenant: here.ID, Name: "x"}, position.Post, stranger, "account.tenant"}, {position.New{Name: "x"}, position.Post, a.Actor(a.Account(here.ID, "member")), "access.denied"}} {
		_, err := a.Position.Create(ctx, c.by, c.k, c.in)
		apptest.Want(t, err, c.code)
		if t.Failed() {
			t.Fatalf("%+v", c.in)
		}
		if c.code == "access.denied" {
			break
		}
	}
	_, err := a.Position.Get(ctx, stranger, position.Post, head.ID)
	apptest.Want(t, err, "post.not_found")
	_, err = a.Position.Get(ctx, by, position.Grade, head.ID)
	apptest.Want(t, err, "grade.not_found")
	name := "Chief"
	changed, err := a.Position.Update(ctx, by, position.Post, head.ID, position.Change{Name: &name}, head.Version)
	if err != nil || changed.Name != name {
		t.Fatal(changed, err)
	}
	_, err = a.Position.Update(ctx, by, position.Post, head.ID, position.Change{Name: &name}, head.Version)
	apptest.Want(t, err, "org.stale")
	_, err = a.Position.Update(ctx, by, position.Post, head.ID, position.Change{Parent: &clerk.ID}, 0)
	apptest.Want(t, err, "post.cycle")

	made, err := a.App.Account.Create(ctx, by, account.New{Name: "clerk", Password: apptest.Password, Posts: []uint64{clerk.ID, clerk.ID}, Grade: grade.ID})
	if err != nil || !slices.Equal(made.Posts, []uint64{clerk.ID}) {
		t.Fatal(made, err)
	}
	for id, k := range map[uint64]position.Kind{clerk.ID: position.Post, grade.ID: position.Grade} {
		err := a.Position.Delete(ctx, by, k, id)
		if apptest.Want(t, err, string(k)+".in_use"); !strings.Contains(err.Error(), "accounts 1") {
			t.Errorf("%v", err)
		}
		page, err := a.App.Account.List(ctx, by, account.Filter{Post: map[bool]uint64{true: id}[k == position.Post], Grade: map[bool]uint64{true: id}[k == position.Grade]})
		if err != nil || page.Total != 1 || page.Items[0].ID != made.ID {
			t.Errorf("who holds %s: %+v, %v", k, page, err)
		}
	}
	apptest.Want(t, a.Position.Delete(ctx, by, position.Post, head.ID), "post.in_use")
	none, zero := []uint64{}, uint64(0)
	if _, err = a.App.Account.Update(ctx, by, made.ID, account.Change{Posts: &none, Grade: &zero}, 0); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*position.Position{clerk, head, grade} {
		if err := a.Position.Delete(ctx, by, p.Kind, p.ID); err != nil {
			t.Error(err)
		}
	}
	_, err = a.App.Account.Update(ctx, by, made.ID, account.Change{Grade: &grade.ID}, 0)
	apptest.Want(t, err, "account.grade")
	wrong := []uint64{grade.ID}
	_, err = a.App.Account.Update(ctx, by, made.ID, account.Change{Posts: &wrong}, 0)
	apptest.Want(t, err, "account.post")
	a.Verify()
}

// Random posts, moves and deletes, against a model kept beside them: never a
// circle, never an orphan.
func TestRandomPosts(t *testing.T) {
	for seed := range uint64(3) {
		a, ctx := apptest.Open(t), t.Context()
		by := a.Actor(a.Account(a.Organisation("acme", false).ID, "admin", access.RoleAdmin))
		rng := rand.New(rand.NewPCG(seed, 3))
		parents, ids := map[uint64]uint64{}, []uint64{0}
		pick := func() uint64 { return ids[rng.IntN(len(ids))] }
		for step := range 200 {
			id, to := pick(), pick()
			switch rng.IntN(4) {
			case 0, 1:
				p := make1(t, a, by, position.Post, to, fmt.Sprintf("p%d", step))
				parents[p.ID], ids = to, append(ids, p.ID)
			case 2:
				circle := false
				for x := to; x != 0; x = parents[x] {
					circle = circle || x == id
				}
				_, err := a.Position.Update(ctx, by, position.Post, id, position.Change{Parent: &to}, 0)
				switch {
				case id == 0:
					apptest.Want(t, err, "post.not_found")
				case circle:
					apptest.Want(t, err, "post.cycle")
				case err != nil:
					t.Fatal(err)
				default:
					parents[id] = to
				}
			case 3:
				used := false
				for _, up := range parents {
					used = used || up == id
				}
				err := a.Position.Delete(ctx, by, position.Post, id)
				switch {
				case id == 0:
					apptest.Want(t, err, "post.not_found")
				case used:
					apptest.Want(t, err, "post.in_use")
				case err != nil:
					t.Fatal(err)
				default:
					delete(parents, id)
					ids = slices.DeleteFunc(ids, func(x uint64) bool { return x == id })
				}
			}
		}
		roots, err := a.Position.Tree(ctx, by, 0)
		if err != nil {
			t.Fatal(err)
		}
		if seen := countPosts(t, roots, 0, parents); seen != len(parents) {
			t.Errorf("the tree has %d posts, want %d", seen, len(parents))
		}
		a.Verify()
	}
}

func countPosts(t *testing.T, nodes []*position.Node, up uint64, parents map[uint64]uint64) int {
	n := len(nodes)
	for _, p := range nodes {
		if p.Parent != up || parents[p.ID] != up {
			t.Errorf("post %d is under %d, hangs under %d, want %d", p.ID, p.Parent, up, parents[p.ID])
		}
		n += countPosts(t, p.Children, p.ID, parents)
	}
	return n
}

func TestPostsByPage(t *testing.T) {
	a, ctx := apptest.Open(t), t.Context()
	by := a.Actor(a.Account(a.Organisation("acme", false).ID, "admin", access.RoleAdmin))
	for i := range 53 {
		make1(t, a, by, position.Grade, 0, fmt.Sprintf("Grade %02d", i))
	}
	for _, text := range []string{"", "GRADE"} {
		for _, byCursor := range []bool{false, true} {
			var got []string
			f := position.Filter{Text: text, Ask: listing.Ask{Limit: 10}}
			for f.Page = 1; ; f.Page++ {
				p, err := a.Position.List(ctx, by, position.Grade, f)
				if err != nil || p.Total != 53 || p.Capped {
					t.Fatalf("%+v: %+v, %v", f, p, err)
				}
				for i := range p.Items {
					got = append(got, p.Items[i].Name)
				}
				if p.Next == "" {
					break
				}
				if byCursor {
					f.Cursor = p.Next
				}
			}
			if len(got) != 53 || !slices.IsSorted(got) {
				t.Errorf("%q by cursor %v: %v", text, byCursor, got)
			}
		}
	}
	for _, ask := range []listing.Ask{{Limit: 501}, {Page: -1}, {Cursor: "%"}} {
		if _, err := a.Position.List(ctx, by, position.Grade, position.Filter{Ask: ask}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", ask, err)
		}
	}
}
