package directory_test

import (
	"context"
	"fmt"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/fault"
)

// bcryptHash is of no password that anybody knows.
const bcryptHash = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

func TestWhoSeesWhom(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	here, there := a.Organisation("here", true), a.Organisation("there", true)
	admin := a.Account(here.ID, "admin-here", access.RoleAdmin)
	owner := a.Account(here.ID, "owner-here", access.RoleOwner)
	second := a.Secondary(owner, "second-here")
	member := a.Account(here.ID, "member-here")
	stranger := a.Account(there.ID, "admin-there", access.RoleAdmin)
	all := []*account.Account{admin, owner, second, member, stranger}
	for _, c := range []struct {
		by   *account.Account
		sees string
	}{{admin, "11110"}, {owner, "01100"}, {second, "00100"}, {member, "00010"}, {stranger, "00001"}} {
		got := ""
		for _, other := range all {
			_, err := a.App.Account.Get(ctx, a.Actor(c.by), other.ID)
			got += map[bool]string{true: "1", false: "0"}[err == nil]
			if err != nil {
				apptest.Want(t, err, "account.not_found")
			}
		}
		page, err := a.App.Account.List(ctx, a.Actor(c.by), account.Filter{})
		if err != nil || got != c.sees {
			t.Errorf("%s sees %s, want %s (%v)", c.by.Name, got, c.sees, err)
		}
		n := 0
		for _, r := range c.sees {
			n += int(r - '0')
		}
		if page.Total != n || len(page.Items) != n {
			t.Errorf("%s lists %d of %d, want %d", c.by.Name, len(page.Items), page.Total, n)
		}
	}
	if _, err := a.App.Account.List(ctx, a.Actor(admin), account.Filter{Tenant: there.ID}); fault.Of(err).Code != "account.tenant" {
		t.Errorf("an administrator asked for another organisation: %v", err)
	}
	_, err := a.App.Account.Get(ctx, access.Actor{}, member.ID)
	apptest.Want(t, err, "session.required")
}

func TestListsPageSortAndCount(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	org := a.Organisation("big", true)
	const n = 57
	for i := range n {
		in := account.New{Name: fmt.Sprintf("user-%02d", (i*31)%n), Tenant: org.ID, PasswordHash: bcryptHash, Phone: apptest.Phone(i), Nickname: "昵称" + fmt.Sprint(i)}
		if i%10 == 0 {
			in.Roles, in.State = []uint64{access.RoleAdmin}, account.Disabled
		}
		if _, err := a.App.Account.Create(ctx, a.Super, in); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []account.Filter{{}, {Sort: account.SortName}, {Sort: account.SortModified, Reverse: true}, {Text: "USER-"},
		{Text: "user-", Sort: account.SortName, Reverse: true}, {Phone: "19", Sort: account.SortModified}} {
		f.Tenant, f.Limit = org.ID, 10
		byPage, byCursor := walk(t, a, f, false), walk(t, a, f, true)
		if len(byPage) != n || fmt.Sprint(byPage) != fmt.Sprint(byCursor) {
			t.Errorf("%+v: %d by page, %d by cursor, equal %v", f, len(byPage), len(byCursor), fmt.Sprint(byPage) == fmt.Sprint(byCursor))
		}
	}
	for _, c := range []struct {
		f    account.Filter
		want int
	}{{account.Filter{Text: "昵称5"}, 8}, {account.Filter{Phone: "100000003"}, 1}, {account.Filter{Roles: []uint64{access.RoleAdmin}}, 6},
		{account.Filter{State: account.Active}, 51}, {account.Filter{Text: "nothing"}, 0}, {account.Filter{IDs: []uint64{2, 3, 3, 99999}}, 2},
		{account.Filter{State: account.Disabled, Text: "user-0"}, 1}} {
		c.f.Tenant = org.ID
		p, err := a.App.Account.List(ctx, a.Super, c.f)
		if err != nil || p.Total != c.want {
			t.Errorf("%+v: total %d, want %d (%v)", c.f, p.Total, c.want, err)
		}
	}
	all, err := a.App.Account.All(ctx, a.Super, account.Filter{Tenant: org.ID, Text: "USER-", Limit: 3, Page: 9})
	if err != nil || all.Count != n {
		t.Fatalf("all of them: %+v, %v", all, err)
	}
	got := 0
	for _, err := range all.Accounts {
		if got++; err != nil {
			t.Fatal(err)
		}
	}
	if got != n {
		t.Errorf("%d of %d accounts came", got, n)
	}
	for _, f := range []account.Filter{{Limit: 501}, {Limit: -1}, {Page: -1}, {Sort: "colour"}, {Cursor: "zzz"}, {State: "odd"}} {
		if _, err := a.App.Account.List(ctx, a.Super, f); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func walk(t *testing.T, a *apptest.App, f account.Filter, cursor bool) []string {
	t.Helper()
	var names []string
	for f.Page = 1; ; f.Page++ {
		p, err := a.App.Account.List(t.Context(), a.Super, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range p.Items {
			names = append(names, item.Name)
		}
		if p.Next == "" || len(p.Items) == 0 {
			return names
		}
		if cursor {
			f.Cursor = p.Next
		}
	}
}

func BenchmarkList(b *testing.B) {
	a := apptest.OpenDisk(b)
	for i := range 2000 {
		in := account.New{Name: fmt.Sprintf("user%08d", i), Email: fmt.Sprintf("user%08d@example.com", i), Tenant: 1, PasswordHash: bcryptHash}
		if _, err := a.App.Account.Create(context.Background(), a.Super, in); err != nil {
			b.Fatal(err)
		}
	}
	for name, f := range map[string]account.Filter{"first": {Limit: 10}, "page150": {Limit: 10, Page: 150}, "text": {Limit: 10, Text: "user000019"}} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				if _, err := a.App.Account.List(context.Background(), a.Super, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
