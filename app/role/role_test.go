package role_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/fault"
	"stoa/app/menu"
	"stoa/app/org"
	"stoa/app/resource"
	"stoa/app/role"
)

// house is an installation with an administrator of organisation 1.
type house struct {
	*apptest.App
	t     *testing.T
	admin access.Actor
}

func open(t *testing.T) *house {
	a := apptest.Open(t)
	return &house{a, t, a.Actor(a.Account(1, "admin", access.RoleAdmin))}
}

// resources are the ids of those that stand for permissions.
func (h *house) resources(ps ...access.Permission) []uint64 {
	h.t.Helper()
	all, err := h.Resource.List(h.t.Context(), h.Super)
	if err != nil {
		h.t.Fatal(err)
	}
	var ids []uint64
	for _, v := range all {
		if p, ok := access.PermissionOf(v.URL); ok && slices.Contains(ps, p) {
			ids = append(ids, v.ID)
		}
	}
	if len(ids) != len(ps) {
		h.t.Fatalf("%d resources for %d permissions", len(ids), len(ps))
	}
	return ids
}

func (h *house) menu(page string) uint64 {
	h.t.Helper()
	all, err := h.Menu.List(h.t.Context(), h.Super)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, m := range all {
		if m.Page == page {
			return m.ID
		}
	}
	h.t.Fatalf("no menu shows %s", page)
	return 0
}

// role makes a role of organisation 1 that allows ps.
func (h *house) role(name string, scope role.Scope, ps ...access.Permission) *role.Role {
	h.t.Helper()
	v, err := h.Role.Create(h.t.Context(), h.admin, role.New{Name: name, Scope: scope})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.grant(h.Super, v.ID, ps...)
}

func (h *house) grant(by access.Actor, id uint64, ps ...access.Permission) *role.Role {
	h.t.Helper()
	ids := h.resources(ps...)
	v, _, err := h.Role.SetGrants(h.t.Context(), by, id, role.Grants{Resources: &ids}, 0, false)
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

func TestRunningSessionFeelsAChangedRole(t *testing.T) {
	h := open(t)
	clerk := h.role("clerk", role.All, access.AccountRead)
	h.Account(1, "somebody", clerk.ID)
	token := h.Login("somebody").Token
	can := func(p access.Permission) bool {
		t.Helper()
		by, err := h.Session.Authenticate(t.Context(), apptest.Origin("test"), token)
		if err != nil {
			t.Fatal(err)
		}
		return by.Can(p)
	}
	if !can(access.AccountRead) || can(access.AccountDelete) {
		t.Error("the session does not have what its role allows")
	}
	h.grant(h.admin, clerk.ID, access.AccountDelete)
	if can(access.AccountRead) || !can(access.AccountDelete) {
		t.Error("the next request does not feel the change")
	}
	h.Verify()
}

// Who hears of a change of rights asks at once what they are now: never what they
// were, however busy the machine is.
func TestWhoHearsOfAChangeReadsTheNewRights(t *testing.T) {
	h := open(t)
	clerk := h.role("clerk", role.Self)
	holder := h.Actor(h.Account(1, "holder", clerk.ID))
	const rounds = 100
	watch, want, heard := h.Events.Watch(""), make(chan access.Set, 1), make(chan bool, 1)
	go func() {
		for range rounds {
			_, err := watch.Next(t.Context(), holder)
			v, _ := h.Role.Find(clerk.ID)
			heard <- err == nil && v.Set == <-want
		}
	}()
	for n := range rounds {
		p := []access.Permission{access.AccountRead, access.AccountCreate}[n%2]
		want <- access.Of(p)
		h.grant(h.Super, clerk.ID, p)
		if !<-heard {
			t.Fatalf("change %d is heard of before it is felt", n)
		}
	}
}

func TestNobodyGrantsMoreThanTheyHold(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	clerk := h.role("clerk", role.Self)
	system, outbox := h.resources(access.SystemRead), h.menu("outbox")
	menus := []uint64{outbox}
	_, _, err := h.Role.SetGrants(ctx, h.admin, clerk.ID, role.Grants{Resources: &system}, 0, false)
	apptest.Want(t, err, "role.beyond")
	if err == nil || !strings.Contains(err.Error(), "system.read") {
		t.Errorf("the refusal does not name what is beyond: %v", err)
	}
	_, _, err = h.Role.SetGrants(ctx, h.admin, clerk.ID, role.Grants{Menus: &menus}, 0, false)
	apptest.Want(t, err, "role.beyond")
	if err == nil || !strings.Contains(err.Error(), "发件箱") {
		t.Errorf("the refusal does not name the menu: %v", err)
	}

	// Who sees but themselves gives no wider sight, and no role that has it.
	keeper := h.Actor(h.Account(1, "keeper", h.role("keeper", role.Self, access.RoleRead, access.RoleWrite, access.AccountCreate).ID))
	wide := role.All
	_, _, err = h.Role.SetGrants(ctx, keeper, clerk.ID, role.Grants{Scope: &wide}, 0, false)
	apptest.Want(t, err, "role.beyond")
	all := h.role("all", role.All)
	_, err = h.App.App.Account.Create(ctx, keeper, account.New{Name: "lifted", Password: apptest.Password, Roles: []uint64{all.ID}})
	apptest.Want(t, err, "account.role_beyond")

	// Nor does anybody change a role, or give it, that has more than they hold.
	strong := h.role("strong", role.All, access.SystemRead)
	name := "renamed"
	_, err = h.Role.Modify(ctx, h.admin, strong.ID, role.Change{Name: &name}, 0)
	apptest.Want(t, err, "role.holds_more")
	_, err = h.App.App.Account.Create(ctx, h.admin, account.New{Name: "lifted", Password: apptest.Password, Roles: []uint64{strong.ID}})
	apptest.Want(t, err, "account.role_beyond")
	holder := h.Account(1, "holder", strong.ID)
	_, err = h.App.App.Account.Update(ctx, h.admin, holder.ID, account.Change{Nickname: &name}, 0)
	apptest.Want(t, err, "account.holds_more")

	// A role of shared use is for super administrators.
	_, err = h.Role.Create(ctx, h.admin, role.New{Name: "shared", Shared: true})
	apptest.Want(t, err, "role.shared")
	h.Verify()
}

func TestCopyLeavesOutWhatItsMakerDoesNotHold(t *testing.T) {
	h := open(t)
	v, err := h.Role.Create(t.Context(), h.admin, role.New{Name: "copy", CopyOf: access.RoleSuper})
	if err != nil {
		t.Fatal(err)
	}
	if !v.Set.Within(h.admin.Set) || !v.Set.Has(access.AccountDelete) || v.Set.Has(access.SystemRead) || v.Scope != role.All {
		t.Errorf("the copy allows %v at %s", v.Set.Names(), v.Scope)
	}
	if slices.Contains(v.Menus, h.menu("outbox")) || !slices.Contains(v.Menus, h.menu("accounts")) {
		t.Error("the copy's menus are not those that its maker has")
	}
}

func TestBuiltinRolesAreFixed(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	name, on := "Boss", true
	_, err := h.Role.Modify(ctx, h.Super, access.RoleAdmin, role.Change{Name: &name}, 0)
	apptest.Want(t, err, "role.builtin")
	_, _, err = h.Role.SetGrants(ctx, h.Super, access.RoleAdmin, role.Grants{Menus: &[]uint64{}}, 0, false)
	apptest.Want(t, err, "role.builtin")
	apptest.Want(t, h.Role.Delete(ctx, h.Super, access.RoleAdmin), "role.builtin")
	_, err = h.Role.Modify(ctx, h.admin, access.RoleAdmin, role.Change{SecondFactor: &on}, 0)
	apptest.Want(t, err, "role.shared")
	if h.Role.NeedsSecondFactor([]uint64{access.RoleAdmin}) {
		t.Error("administrators need a second factor before anybody said so")
	}
	if _, err = h.Role.Modify(ctx, h.Super, access.RoleAdmin, role.Change{SecondFactor: &on}, 0); err != nil {
		t.Fatal(err)
	}
	if !h.Role.NeedsSecondFactor([]uint64{access.RoleAdmin}) || h.Role.NeedsSecondFactor([]uint64{access.RoleMember}) {
		t.Error("a second factor is asked of the wrong roles")
	}
	_, err = h.Role.Create(ctx, h.admin, role.New{Name: "false", Code: "ROLE_SUPER_ADMIN"})
	apptest.Want(t, err, "role.code_taken")
	h.Verify()
}

func TestRoleInUseIsKeptWithTheCount(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	clerk := h.role("clerk", role.Self)
	var held []*account.Account
	for i := range 3 {
		held = append(held, h.Account(1, fmt.Sprint("clerk-", i), clerk.ID, access.RoleMember))
	}
	err := h.Role.Delete(ctx, h.admin, clerk.ID)
	apptest.Want(t, err, "role.in_use")
	if err == nil || !strings.Contains(err.Error(), "3 accounts") {
		t.Errorf("the count is missing: %v", err)
	}
	page, err := h.App.App.Account.List(ctx, h.admin, account.Filter{Roles: []uint64{clerk.ID}, Limit: 2})
	if err != nil || page.Total != 3 || len(page.Items) != 2 || page.Next == "" {
		t.Fatalf("who has it: %d of %d, %v", len(page.Items), page.Total, err)
	}
	for _, a := range held {
		if _, err := h.App.App.Account.Update(ctx, h.admin, a.ID, account.Change{Roles: &[]uint64{access.RoleMember}}, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Role.Delete(ctx, h.admin, clerk.ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.App.App.Account.Create(ctx, h.admin, account.New{Name: "late", Password: apptest.Password, Roles: []uint64{clerk.ID}})
	apptest.Want(t, err, "account.role_unknown")
	h.Verify()
}

func TestRolesStayInTheirTenant(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	clerk := h.role("clerk", role.All, access.AccountRead)
	other := h.Organisation("elsewhere", false)
	foreign := h.Actor(h.Account(other.ID, "foreign", access.RoleAdmin))
	_, err := h.Role.Get(ctx, foreign, clerk.ID)
	apptest.Want(t, err, "role.not_found")
	apptest.Want(t, h.Role.Delete(ctx, foreign, clerk.ID), "role.not_found")
	_, err = h.App.App.Account.Create(ctx, foreign, account.New{Name: "borrowed", Password: apptest.Password, Roles: []uint64{clerk.ID}})
	apptest.Want(t, err, "account.role_unknown")
	// the same code may be used by another organisation
	v, err := h.Role.Create(ctx, foreign, role.New{Name: "clerk", Code: clerk.Code})
	if err != nil || v.Code != clerk.Code {
		t.Errorf("%v %v", v, err)
	}
	all, err := h.Role.List(ctx, foreign, role.Filter{})
	if err != nil || slices.ContainsFunc(all, func(r role.Role) bool { return r.ID == clerk.ID }) {
		t.Errorf("another organisation's role is listed: %v", err)
	}
	shared, err := h.Role.Create(ctx, h.Super, role.New{Name: "everywhere", Shared: true, Scope: role.Self})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.App.App.Account.Create(ctx, foreign, account.New{Name: "sharing", Password: apptest.Password, Roles: []uint64{shared.ID}}); err != nil {
		t.Error(err)
	}
}

func TestSightIsTheWidestOfTheRoles(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	top, err1 := h.Org.CreateDepartment(ctx, h.admin, org.NewDepartment{Name: "top"})
	mid, err2 := h.Org.CreateDepartment(ctx, h.admin, org.NewDepartment{Name: "mid", Parent: top.ID})
	side, err3 := h.Org.CreateDepartment(ctx, h.admin, org.NewDepartment{Name: "side"})
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	own, below := h.role("own", role.Department), h.role("below", role.Below)
	chosen, err := h.Role.Create(ctx, h.admin, role.New{Name: "chosen", Scope: role.Custom, Departments: []uint64{side.ID}})
	if err != nil {
		t.Fatal(err)
	}
	all, self := h.role("all", role.All), h.role("self", role.Self)
	for name, c := range map[string]struct {
		roles []uint64
		sight access.Scope
		units []uint64
	}{
		"self":             {[]uint64{self.ID}, access.ScopeSelf, nil},
		"department":       {[]uint64{own.ID}, access.ScopeUnits, []uint64{top.ID}},
		"below":            {[]uint64{below.ID}, access.ScopeUnits, []uint64{top.ID, mid.ID}},
		"chosen and own":   {[]uint64{chosen.ID, own.ID}, access.ScopeUnits, []uint64{top.ID, side.ID}},
		"chosen and below": {[]uint64{chosen.ID, below.ID, self.ID}, access.ScopeUnits, []uint64{top.ID, mid.ID, side.ID}},
		"all wins":         {[]uint64{own.ID, all.ID}, access.ScopeTenant, nil},
	} {
		a := &account.Account{Tenant: 1, Department: top.ID, Roles: c.roles}
		by := h.Actor(a)
		if by.Scope() != c.sight || !slices.Equal(by.Units, c.units) {
			t.Errorf("%s: sees %d and %v, want %d and %v", name, by.Scope(), by.Units, c.sight, c.units)
		}
	}
	// the tree moves, and the sight with it
	to := uint64(0)
	if _, err := h.Org.UpdateDepartment(ctx, h.admin, mid.ID, org.DepartmentChange{Parent: &to}, 0); err != nil {
		t.Fatal(err)
	}
	if by := h.Actor(&account.Account{Tenant: 1, Department: top.ID, Roles: []uint64{below.ID}}); !slices.Equal(by.Units, []uint64{top.ID}) {
		t.Errorf("after the move it sees %v", by.Units)
	}
	if by := h.Actor(&account.Account{Tenant: 1, Roles: []uint64{below.ID, own.ID}}); by.Scope() != access.ScopeSelf {
		t.Errorf("who is in no department sees %d", by.Scope())
	}
}

func TestDryRunTellsWhoLosesWhat(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	clerk := h.role("clerk", role.All, access.AccountRead, access.AccountDelete)
	second := h.role("second", role.All, access.AccountDelete)
	h.Account(1, "one", clerk.ID)
	h.Account(1, "two", clerk.ID)
	h.Account(1, "three", clerk.ID, second.ID)
	ids, menus := h.resources(access.AccountRead, access.SegmentRead), []uint64{h.menu("segments")}
	g := role.Grants{Resources: &ids, Menus: &menus}
	v, d, err := h.Role.SetGrants(ctx, h.admin, clerk.ID, g, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	if d.Accounts != 3 || len(d.Lost) != 1 || d.Lost[0].Permission != access.AccountDelete || d.Lost[0].Accounts != 2 {
		t.Errorf("lost %+v of %d accounts; one keeps it by another role", d.Lost, d.Accounts)
	}
	if len(d.Gained) != 1 || d.Gained[0].Accounts != 3 || len(d.MenusGained) != 1 || v.Set.Has(access.AccountDelete) {
		t.Errorf("gained %+v, menus %+v", d.Gained, d.MenusGained)
	}
	now, err := h.Role.Get(ctx, h.admin, clerk.ID)
	if err != nil || !now.Set.Has(access.AccountDelete) || now.Version != clerk.Version {
		t.Fatalf("the dry run changed the role: %+v %v", now, err)
	}
	_, _, err = h.Role.SetGrants(ctx, h.admin, clerk.ID, g, clerk.Version-1, true)
	apptest.Want(t, err, "role.stale")
	after, d2, err := h.Role.SetGrants(ctx, h.admin, clerk.ID, g, clerk.Version, false)
	if err != nil || after.Set.Has(access.AccountDelete) || len(d2.Lost) != 1 {
		t.Fatal(after, d2, err)
	}
}

// The reckoning counts everybody, whichever way it goes: through the holders of the
// role, or of the others that give the same.
func TestDryRunCountsEverybody(t *testing.T) {
	h := open(t)
	big := h.role("big", role.All, access.AccountDelete)
	small := h.role("small", role.All, access.AccountDelete)
	other := h.role("other", role.All, access.AccountDelete, access.SegmentRead)
	for i := range 60 {
		roles := []uint64{big.ID}
		if i%10 == 0 {
			roles = append(roles, small.ID)
		}
		if i%20 == 0 {
			roles = append(roles, other.ID)
		}
		h.Account(1, fmt.Sprintf("holder-%d", i), roles...)
	}
	h.Account(1, "apart", small.ID, other.ID)
	ids := h.resources(access.SegmentRead)
	for _, c := range []struct {
		of           *role.Role
		lost, gained int
	}{{big, 54, 57}, {small, 0, 3}} {
		_, d, err := h.Role.SetGrants(t.Context(), h.Super, c.of.ID, role.Grants{Resources: &ids}, 0, true)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Lost) != 1 || d.Lost[0].Accounts != c.lost || len(d.Gained) != 1 || d.Gained[0].Accounts != c.gained {
			t.Errorf("%s: lost %+v, gained %+v of %d", c.of.Name, d.Lost, d.Gained, d.Accounts)
		}
	}
}

func TestPagesFollowMenusAndNeeds(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	clerk := h.role("clerk", role.All, access.AccountRead)
	menus := []uint64{h.menu("accounts"), h.menu("segments")}
	if _, _, err := h.Role.SetGrants(ctx, h.admin, clerk.ID, role.Grants{Menus: &menus}, 0, false); err != nil {
		t.Fatal(err)
	}
	by := h.Actor(h.Account(1, "somebody", clerk.ID))
	if got := h.Role.Pages(by); !slices.Equal(got, []string{"accounts"}) {
		t.Errorf("the pages are %v: segments lacks segment.read, and the rest is not granted", got)
	}
	seen, err := h.Role.As(ctx, h.admin, clerk.ID)
	if err != nil {
		t.Fatal(err)
	}
	if at := seen[h.menu("segments")]; !at.Granted || at.Shown || at.Missing != access.Of(access.SegmentRead) {
		t.Errorf("the preview says %+v", at)
	}
	if got := h.Role.Pages(h.admin); !slices.Contains(got, "roles") || slices.Contains(got, "outbox") {
		t.Errorf("an administrator has %v", got)
	}
	if nav := h.Role.Navigation(by); len(nav) != 1 || len(nav[0].Children) != 1 {
		t.Errorf("the navigation has %d roots", len(nav))
	}
	hide := true
	m, err := h.Menu.Get(ctx, h.Super, h.menu("accounts"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Menu.Modify(ctx, h.Super, m.Parent, menu.Change{Hidden: &hide}, 0); err != nil {
		t.Fatal(err)
	}
	if got := h.Role.Pages(by); len(got) != 0 {
		t.Errorf("a hidden group shows %v", got)
	}
	if got := h.Role.Pages(h.Actor(h.Account(1, "plain"))); slices.Contains(got, "accounts") {
		t.Errorf("a member has %v", got)
	}
}

func TestGroupsStandForNothing(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	clerk := h.role("clerk", role.Self)
	all, err := h.Resource.List(ctx, h.admin)
	if err != nil {
		t.Fatal(err)
	}
	leaf := h.resources(access.AccountRead)[0]
	i := slices.IndexFunc(all, func(v resource.Resource) bool { return v.ID == leaf })
	group := all[i].Parent
	ids := []uint64{group, leaf}
	v, _, err := h.Role.SetGrants(ctx, h.admin, clerk.ID, role.Grants{Resources: &ids}, 0, false)
	if err != nil || !slices.Equal(v.Resources, []uint64{leaf}) || v.Set != access.Of(access.AccountRead) {
		t.Errorf("granted %v: %v", v, err)
	}
	unknown := []uint64{4711}
	_, _, err = h.Role.SetGrants(ctx, h.admin, clerk.ID, role.Grants{Menus: &unknown}, 0, false)
	apptest.Want(t, err, "role.menus")
}

func TestGrantedMenusAndResourcesAreKept(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	m, err1 := h.Menu.Create(ctx, h.Super, menu.New{Name: "Extra", Type: menu.Page, Page: "extra"})
	r, err2 := h.Resource.Create(ctx, h.Super, resource.New{Name: "Extra", URL: "/v1/accounts"})
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	clerk := h.role("clerk", role.Self)
	g := role.Grants{Menus: &[]uint64{m.ID}, Resources: &[]uint64{r.ID}}
	if _, _, err := h.Role.SetGrants(ctx, h.Super, clerk.ID, g, 0, false); err != nil {
		t.Fatal(err)
	}
	apptest.Want(t, h.Menu.Delete(ctx, h.Super, m.ID), "menu.granted")
	apptest.Want(t, h.Resource.Delete(ctx, h.Super, r.ID), "resource.granted")
	apptest.Want(t, h.Menu.Delete(ctx, h.Super, h.menu("accounts")), "menu.builtin")
	apptest.Want(t, h.Resource.Delete(ctx, h.Super, h.resources(access.AccountRead)[0]), "resource.builtin")
	none := []uint64{}
	if _, _, err := h.Role.SetGrants(ctx, h.Super, clerk.ID, role.Grants{Menus: &none, Resources: &none}, 0, false); err != nil {
		t.Fatal(err)
	}
	if err := h.Menu.Delete(ctx, h.Super, m.ID); err != nil {
		t.Error(err)
	}
	if err := h.Resource.Delete(ctx, h.Super, r.ID); err != nil {
		t.Error(err)
	}
	h.Verify()
}

func TestPathsStandForWhatTheirCallsNeed(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	r, err := h.Resource.Create(ctx, h.Super, resource.New{Name: "People", URL: "/v1/people/**"})
	if err != nil {
		t.Fatal(err)
	}
	clerk := h.role("clerk", role.Self)
	if _, _, err := h.Role.SetGrants(ctx, h.Super, clerk.ID, role.Grants{Resources: &[]uint64{r.ID}}, 0, false); err != nil {
		t.Fatal(err)
	}
	calls := []resource.Call{{Method: "GET", Path: "/v1/people/{id}", Needs: access.Of(access.AccountRead), Name: "get"},
		{Method: "DELETE", Path: "/v1/people/{id}", Needs: access.Of(access.AccountDelete), Name: "delete"}}
	if err := h.Role.Serve(ctx, calls); err != nil {
		t.Fatal(err)
	}
	v, _ := h.Role.Find(clerk.ID)
	if v.Set != access.Of(access.AccountRead, access.AccountDelete) {
		t.Errorf("the path stands for %v", v.Set.Names())
	}
	// to point a granted resource at more than one holds is to grant it
	keeper := h.Actor(h.Account(1, "keeper", h.role("keeper", role.All, access.ResourceRead, access.ResourceWrite).ID))
	url := "system.read"
	_, err = h.Resource.Modify(ctx, keeper, r.ID, resource.Change{URL: &url}, 0)
	apptest.Want(t, err, "resource.beyond")

	answer, err := h.Role.Check(ctx, h.admin, role.Question{Method: "DELETE", Path: "/v1/people/7", Roles: []uint64{access.RoleMember}})
	if err != nil || answer.Allowed || answer.Missing != access.Of(access.AccountDelete) {
		t.Fatalf("%+v %v", answer, err)
	}
	if !slices.ContainsFunc(answer.Givers, func(r role.Role) bool { return r.ID == clerk.ID }) {
		t.Error("the role that would let it through is not named")
	}
	answer, err = h.Role.Check(ctx, h.admin, role.Question{Method: "DELETE", Path: "/v1/people/7", Account: h.Account(1, "somebody", clerk.ID).ID})
	if err != nil || !answer.Allowed {
		t.Errorf("%+v %v", answer, err)
	}
	_, err = h.Role.Check(ctx, h.admin, role.Question{Method: "GET", Path: "/nowhere", Roles: []uint64{6}})
	apptest.Want(t, err, "access.no_call")
}

func TestRefusalsNameWhatWasMissing(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	somebody := h.Actor(h.Account(1, "somebody"))
	other := h.Organisation("elsewhere", false)
	stranger := h.Actor(h.Account(other.ID, "stranger"))
	for range 250 {
		h.Role.Refused(somebody, "v1.accounts.delete", access.Of(access.AccountDelete), access.Refused(access.AccountDelete))
	}
	h.Role.Refused(stranger, "v1.accounts.delete", access.Of(access.AccountDelete), access.Refused(access.AccountDelete))
	h.Role.Refused(somebody, "v1.accounts.get", access.Of(access.AccountRead), fault.New(fault.NotFound, "x", "", "not there"))
	got, err := h.Role.Refusals(ctx, h.admin, 0)
	if err != nil || len(got) != 200 {
		t.Fatalf("%d refusals are kept: %v", len(got), err)
	}
	if got[0].Missing != access.Of(access.AccountDelete) || !slices.ContainsFunc(got[0].Givers, func(r role.Role) bool { return r.ID == access.RoleAdmin }) {
		t.Errorf("the refusal says %+v", got[0])
	}
	if all, err := h.Role.Refusals(ctx, h.Super, stranger.Account); err != nil || len(all) != 1 {
		t.Errorf("%d of the stranger: %v", len(all), err)
	}
	_, err = h.Role.Refusals(ctx, somebody, 0)
	apptest.Want(t, err, "access.denied")
}

func TestLastSuperKeepsTheRole(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	_, err := h.App.App.Account.Update(ctx, h.Super, h.Super.Account, account.Change{Roles: &[]uint64{access.RoleMember}}, 0)
	apptest.Want(t, err, "account.last_super")
	state := account.Disabled
	_, err = h.App.App.Account.Update(ctx, h.Super, h.Super.Account, account.Change{State: &state}, 0)
	apptest.Want(t, err, "account.last_super")
	_, refused, err := h.App.App.Account.Delete(ctx, access.System("test"), []uint64{h.Super.Account})
	if err != nil || len(refused) != 1 {
		t.Fatal(refused, err)
	}
	apptest.Want(t, refused[0].Err, "account.last_super")
	second := h.Account(1, "second-super", access.RoleSuper)
	if _, err := h.App.App.Account.Update(ctx, h.Super, second.ID, account.Change{State: &state}, 0); err != nil {
		t.Fatal(err)
	}
	_, err = h.App.App.Account.Update(ctx, h.Super, h.Super.Account, account.Change{Roles: &[]uint64{access.RoleMember}}, 0)
	apptest.Want(t, err, "account.last_super")
}

func TestSecondaryAccountsStayWithinTheirParent(t *testing.T) {
	h := open(t)
	owner := h.Account(1, "owner", access.RoleOwner)
	secondary := h.Secondary(owner, "secondary")
	by := h.Actor(secondary)
	if !by.Set.Within(h.Actor(owner).Set) {
		t.Errorf("it holds %v", by.Set.Names())
	}
	clerk := h.role("clerk", role.Self, access.AccountRead)
	_, err := h.App.App.Account.Update(t.Context(), h.Super, secondary.ID, account.Change{Roles: &[]uint64{clerk.ID}}, 0)
	apptest.Want(t, err, "account.role_secondary")
}
