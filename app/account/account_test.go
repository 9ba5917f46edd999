package account_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/admission"
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
			apptest.Want(t, err, "account.name_taken")
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
	apptest.Want(t, err, "account.role_beyond")
	_, err = a.App.Account.Create(ctx, admin, account.New{Name: "elsewhere", Password: apptest.Password, Tenant: 1})
	apptest.Want(t, err, "account.tenant")
	_, err = a.App.Account.Create(ctx, admin, account.New{Name: "brought", PasswordHash: bcryptHash})
	apptest.Want(t, err, "account.password_hash")
	_, err = a.App.Account.Create(ctx, a.Actor(member), account.New{Name: "new-one", Password: apptest.Password})
	apptest.Want(t, err, "access.denied")
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
	apptest.Want(t, err, "account.secondary_of_secondary")
	_, err = a.App.Account.CreateSecondary(ctx, a.Actor(a.Account(2, "member")), account.NewSecondary{Name: "third", Password: apptest.Password})
	apptest.Want(t, err, "access.denied")
	_, err = a.App.Account.CreateSecondary(ctx, a.Actor(owner), account.NewSecondary{Name: "third", Password: apptest.Password, Tenant: 5})
	apptest.Want(t, err, "account.tenant")
	_, err = a.App.Account.CreateSecondary(ctx, a.Actor(owner), account.NewSecondary{Name: "third", Password: apptest.Password, Tenant: 2, TenantName: "汴水超算"})
	apptest.Want(t, err, "account.tenant_name")
	roles := []uint64{access.RoleSecondary, access.RoleAdmin}
	_, err = a.App.Account.Update(ctx, a.Super, second.ID, account.Change{Roles: &roles}, 0)
	apptest.Want(t, err, "account.role_secondary")

	_, refused, err := a.App.Account.Delete(ctx, a.Super, []uint64{owner.ID})
	if err != nil || len(refused) != 1 {
		t.Fatalf("delete of an owner with secondaries: %v %v", refused, err)
	}
	apptest.Want(t, refused[0].Err, "account.has_secondaries")
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
	apptest.Want(t, err, "account.last_super")
	_, err = a.App.Account.Update(ctx, system, id, account.Change{Roles: &member}, 0)
	apptest.Want(t, err, "account.last_super")
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
	apptest.Want(t, err, "account.stale")
}

func TestRefusedFaultIsOne(t *testing.T) {
	if !errors.Is(admission.Refused(), admission.Refused()) || admission.Refused().Kind != fault.Unauthenticated {
		t.Error("the refusal can't be told by errors.Is")
	}
}
