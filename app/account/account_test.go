package account_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/fault"
)

// code is the code of a fault; "" for no error.
func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

func want(t *testing.T, err error, codes string) {
	t.Helper()
	if got := code(err); got != codes {
		t.Errorf("answer %q (%v), want %q", got, err, codes)
	}
}

// bcryptHash is of no password that anybody knows.
const bcryptHash = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

func TestOneOfManyWinsAName(t *testing.T) {
	a := apptest.OpenDisk(t)
	const racers = 64
	var wg sync.WaitGroup
	errs := make([]error, racers)
	for i := range racers {
		wg.Go(func() {
			name := "Wanted"
			if i%2 == 1 {
				name = "wanted" // folded the same
			}
			_, errs[i] = a.App.Account.Create(context.Background(), a.Super, account.New{Name: name, Tenant: 1, PasswordHash: bcryptHash})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			want(t, err, "account.name_taken")
		}
	}
	if won != 1 {
		t.Errorf("%d of %d made the account", won, racers)
	}
	a.Verify()
}

func TestUniqueFields(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	first, err := a.App.Account.Create(ctx, a.Super, account.New{Name: "Zhang.San", Email: "Zhang@Example.com", Phone: "+86 139 0000 0001", Tenant: 1, PasswordHash: bcryptHash})
	if err != nil {
		t.Fatal(err)
	}
	if first.Phone != "13900000001" || first.Email != "Zhang@example.com" {
		t.Errorf("stored phone %q and e-mail %q", first.Phone, first.Email)
	}
	for _, c := range []struct {
		in   account.New
		code string
	}{
		{account.New{Name: "ZHANG.SAN", Tenant: 2}, "account.name_taken"},
		{account.New{Name: "other", Email: "zhang@EXAMPLE.com", Tenant: 2}, "account.email_taken"},
		{account.New{Name: "other", Phone: "13900000001", Tenant: 1}, "account.phone_taken"},
		{account.New{Name: "other", Phone: "13900000001", Tenant: 2}, ""},
		{account.New{Name: "x", Tenant: 1}, "account.name"},
		{account.New{Tenant: 1}, "account.name_missing"},
		{account.New{Name: "a b", Tenant: 1}, "account.name"},
		{account.New{Name: "someone@example.com", Tenant: 1}, "account.name_is_email"},
		{account.New{Name: "someone@example.com", Email: "someone@example.com", Tenant: 1}, ""},
		{account.New{Name: "13900000077", Tenant: 1}, "account.name_is_phone"},
		{account.New{Name: "fine", Email: "no-address", Tenant: 1}, "account.email"},
		{account.New{Name: "fine", Phone: "123", Tenant: 1}, "account.phone"},
		{account.New{Name: "fine", Tenant: 77}, "account.tenant"},
		{account.New{Name: "fine", Tenant: 1, Department: 77}, "account.department"},
		{account.New{Name: "fine", Tenant: 1, Roles: []uint64{access.RoleSecondary}}, "account.role_secondary"},
		{account.New{Name: "fine", Tenant: 1, Roles: []uint64{55}}, "account.role_unknown"},
		{account.New{Name: "fine", Tenant: 1, Avatar: "javascript:alert(1)"}, "account.avatar"},
		{account.New{Name: "system", Tenant: 1}, "account.name_reserved"},
	} {
		c.in.PasswordHash = bcryptHash
		_, err := a.App.Account.Create(ctx, a.Super, c.in)
		if code(err) != c.code {
			t.Errorf("%+v: %v, want %q", c.in, err, c.code)
		}
	}
	a.Verify()
}

func TestPhoneServesAsName(t *testing.T) {
	a := apptest.Open(t)
	for tenant, name := range map[uint64]string{1: "13900000009"} {
		made, err := a.App.Account.Create(t.Context(), a.Super, account.New{Phone: "13900000009", Tenant: tenant, PasswordHash: bcryptHash})
		if err != nil || made.Name != name {
			t.Errorf("tenant %d: name %v, %v", tenant, made, err)
		}
	}
	second, err := a.App.Account.Create(t.Context(), a.Super, account.New{Phone: "13900000009", Tenant: 2, PasswordHash: bcryptHash})
	if err != nil || second.Name != "13900000009.2" {
		t.Errorf("the second organisation's account is %+v, %v", second, err)
	}
	phone := "13900000010"
	second, err = a.App.Account.Update(t.Context(), a.Super, 2, account.Change{Phone: &phone}, 0)
	if err != nil || second.Name != phone {
		t.Errorf("a name that was the phone did not follow: %+v, %v", second, err)
	}
}

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
				want(t, err, "account.not_found")
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
	if _, err := a.App.Account.List(ctx, a.Actor(admin), account.Filter{Tenant: there.ID}); code(err) != "account.tenant" {
		t.Errorf("an administrator asked for another organisation: %v", err)
	}
	_, err := a.App.Account.Get(ctx, access.Actor{}, member.ID)
	want(t, err, "session.required")
}

func TestNobodyGrantsOrTouchesMoreThanTheyHold(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	here := a.Organisation("here", true)
	admin := a.Actor(a.Account(here.ID, "admin-here", access.RoleAdmin))
	owner := a.Account(here.ID, "owner-here", access.RoleOwner)
	member := a.Account(here.ID, "member-here")
	boss := a.Account(here.ID, "super-here", access.RoleSuper)
	name, disabled := "renamed", account.Disabled
	roles := func(ids ...uint64) *[]uint64 { return &ids }
	for _, c := range []struct {
		by     access.Actor
		id     uint64
		change account.Change
		code   string
	}{
		{admin, member.ID, account.Change{Roles: roles(access.RoleSuper)}, "account.role_beyond"},
		{admin, member.ID, account.Change{Roles: roles(access.RoleChannelAdmin)}, "account.role_beyond"},
		{admin, member.ID, account.Change{Roles: roles(access.RoleAdmin)}, ""},
		{admin, member.ID, account.Change{Roles: roles(access.RoleMember)}, ""},
		{admin, member.ID, account.Change{Roles: roles()}, "account.roles"},
		{admin, boss.ID, account.Change{Name: &name}, "account.holds_more"},
		{admin, boss.ID, account.Change{State: &disabled}, "account.holds_more"},
		{admin, admin.Account, account.Change{Roles: roles(access.RoleMember)}, "account.own"},
		{admin, admin.Account, account.Change{State: &disabled}, "account.own"},
		{a.Actor(owner), owner.ID, account.Change{Name: &name}, "account.own"},
		{a.Actor(owner), owner.ID, account.Change{Nickname: &name}, ""},
		{a.Actor(owner), member.ID, account.Change{Nickname: &name}, "account.not_found"},
		{a.Actor(member), owner.ID, account.Change{Nickname: &name}, "account.not_found"},
	} {
		_, err := a.App.Account.Update(ctx, c.by, c.id, c.change, 0)
		if code(err) != c.code {
			t.Errorf("%s changes %d by %+v: %v, want %q", c.by.Name, c.id, c.change, err, c.code)
		}
	}
	_, err := a.App.Account.Create(ctx, admin, account.New{Name: "new-super", Password: apptest.Password, Roles: []uint64{access.RoleSuper}})
	want(t, err, "account.role_beyond")
	_, err = a.App.Account.Create(ctx, admin, account.New{Name: "elsewhere", Password: apptest.Password, Tenant: 1})
	want(t, err, "account.tenant")
	_, err = a.App.Account.Create(ctx, admin, account.New{Name: "brought", PasswordHash: bcryptHash})
	want(t, err, "account.password_hash")
	_, err = a.App.Account.Create(ctx, a.Actor(member), account.New{Name: "new-one", Password: apptest.Password})
	want(t, err, "access.denied")
}

func TestSecondaryAccounts(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	owner := a.Account(2, "owner", access.RoleOwner)
	second := a.Secondary(owner, "second")
	if second.Parent != owner.ID || second.Tenant != 2 || second.Role() != access.RoleSecondary || !second.MustChange {
		t.Errorf("made %+v", second)
	}
	_, err := a.App.Account.CreateSecondary(ctx, a.Actor(second), account.NewSecondary{Name: "third", Password: apptest.Password})
	want(t, err, "account.secondary_of_secondary")
	_, err = a.App.Account.CreateSecondary(ctx, a.Actor(a.Account(2, "member")), account.NewSecondary{Name: "third", Password: apptest.Password})
	want(t, err, "access.denied")
	_, err = a.App.Account.CreateSecondary(ctx, a.Actor(owner), account.NewSecondary{Name: "third", Password: apptest.Password, Tenant: 5})
	want(t, err, "account.tenant")
	_, err = a.App.Account.CreateSecondary(ctx, a.Actor(owner), account.NewSecondary{Name: "third", Password: apptest.Password, Tenant: 2, TenantName: "汴水超算"})
	want(t, err, "account.tenant_name")
	roles := []uint64{access.RoleSecondary, access.RoleAdmin}
	_, err = a.App.Account.Update(ctx, a.Super, second.ID, account.Change{Roles: &roles}, 0)
	want(t, err, "account.role_secondary")

	_, refused, err := a.App.Account.Delete(ctx, a.Super, []uint64{owner.ID})
	if err != nil || len(refused) != 1 {
		t.Fatalf("delete of an owner with secondaries: %v %v", refused, err)
	}
	want(t, refused[0].Err, "account.has_secondaries")
	done, _, err := a.App.Account.Delete(ctx, a.Actor(owner), []uint64{second.ID})
	if err != nil || len(done) != 1 {
		t.Errorf("an owner deletes a secondary account: %v %v", done, err)
	}
	done, _, err = a.App.Account.Delete(ctx, a.Super, []uint64{owner.ID})
	if err != nil || len(done) != 1 {
		t.Errorf("delete of the owner then: %v %v", done, err)
	}
	a.Verify()
}

func TestLastSuperAdministratorStays(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	id := a.Super.Account
	disabled, member := account.Disabled, []uint64{access.RoleMember}
	system := access.System("test")
	_, err := a.App.Account.Update(ctx, system, id, account.Change{State: &disabled}, 0)
	want(t, err, "account.last_super")
	_, err = a.App.Account.Update(ctx, system, id, account.Change{Roles: &member}, 0)
	want(t, err, "account.last_super")
	_, refused, err := a.App.Account.Delete(ctx, system, []uint64{id})
	if err != nil || len(refused) != 1 || code(refused[0].Err) != "account.last_super" {
		t.Errorf("delete: %v %v", refused, err)
	}
	other := a.Account(1, "other-super", access.RoleSuper)
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, victim := range []uint64{id, other.ID} {
		wg.Go(func() {
			_, errs[i] = a.App.Account.Update(ctx, system, victim, account.Change{State: &disabled}, 0)
		})
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("two at once: %v and %v, want one refused", errs[0], errs[1])
	}
}

func TestLostUpdateIsRefused(t *testing.T) {
	a := apptest.Open(t)
	m := a.Account(1, "member")
	one, two := "one", "two"
	after, err := a.App.Account.Update(t.Context(), a.Super, m.ID, account.Change{Nickname: &one}, m.Version)
	if err != nil || after.Version == m.Version {
		t.Fatalf("%+v %v", after, err)
	}
	_, err = a.App.Account.Update(t.Context(), a.Super, m.ID, account.Change{Nickname: &two}, m.Version)
	want(t, err, "account.stale")
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

func TestRefusedFaultIsOne(t *testing.T) {
	if !errors.Is(account.Refused(), account.Refused()) || account.Refused().Kind != fault.Unauthenticated {
		t.Error("the refusal can't be told by errors.Is")
	}
}
