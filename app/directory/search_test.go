package directory_test

import (
	"errors"
	"fmt"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/directory"
)

// A search finds what was written before it began, and nothing that is gone.
func TestSearchFollowsChanges(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	total := func(f directory.Filter) int {
		t.Helper()
		p, err := a.App.Account.List(ctx, a.Super, f)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Items) != p.Total {
			t.Errorf("%+v: %d of %d", f, len(p.Items), p.Total)
		}
		return p.Total
	}
	if n := total(directory.Filter{Text: "wren"}); n != 0 {
		t.Errorf("before: %d", n)
	}
	one := a.Account(1, "wren.one")
	two := a.Account(1, "wren.two")
	if n := total(directory.Filter{Text: "WREN"}); n != 2 {
		t.Errorf("two were made: %d", n)
	}
	nickname, off := "Kingfisher", account.Disabled
	if _, err := a.App.Account.Update(ctx, a.Super, one.ID, account.Change{Nickname: &nickname, State: &off}, 0); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f    directory.Filter
		want int
	}{{directory.Filter{Text: "kingf"}, 1}, {directory.Filter{Text: "wren", State: account.Disabled}, 1}, {directory.Filter{Text: "wren", State: account.Active}, 1},
		{directory.Filter{Text: "wren", Roles: []uint64{access.RoleAdmin}}, 0}} {
		if n := total(c.f); n != c.want {
			t.Errorf("%+v: %d, want %d", c.f, n, c.want)
		}
	}
	if _, _, err := a.App.Account.Delete(ctx, a.Super, []uint64{two.ID}); err != nil {
		t.Fatal(err)
	}
	if n := total(directory.Filter{Text: "wren"}); n != 1 {
		t.Errorf("one was deleted: %d", n)
	}
	refused := account.New{Name: "wren.one", Tenant: 1, PasswordHash: bcryptHash, Nickname: "cuckoo"}
	if _, err := a.App.Account.Create(ctx, a.Super, refused); err == nil {
		t.Error(errors.New("the same name twice"))
	}
	if n := total(directory.Filter{Text: "cuckoo"}); n != 0 {
		t.Errorf("a refused account is found: %d", n)
	}
}

// The order by the time of change shows who was changed last first, on every page,
// and counts everybody.
func TestLatestChanged(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	birds := a.Organisation("birds", true).ID
	var made []uint64
	for i := range 45 {
		a.Clock.Add(1)
		made = append(made, a.Account(birds, fmt.Sprintf("bird%02d", i)).ID)
	}
	nickname := "moulted"
	for _, i := range []int{7, 30} {
		a.Clock.Add(1_000_000)
		if _, err := a.App.Account.Update(ctx, a.Super, made[i], account.Change{Nickname: &nickname}, 0); err != nil {
			t.Fatal(err)
		}
	}
	want := []uint64{made[30], made[7]}
	for i := len(made) - 1; i >= 0; i-- {
		if i != 7 && i != 30 {
			want = append(want, made[i])
		}
	}
	f := directory.Filter{Tenant: birds, Sort: directory.SortModified, Reverse: true, Limit: 10}
	for page := 1; page <= 4; page++ {
		f.Page = page
		p, err := a.App.Account.List(ctx, a.Super, f)
		if err != nil || p.Total != len(made) {
			t.Fatalf("page %d: %d accounts, %v", page, p.Total, err)
		}
		for i, item := range p.Items {
			if item.ID != want[(page-1)*10+i] {
				t.Errorf("page %d, line %d: %d, want %d", page, i, item.ID, want[(page-1)*10+i])
			}
		}
	}
}
