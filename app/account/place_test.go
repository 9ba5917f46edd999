package account_test

import (
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/org"
)

// What an administrator of some departments can do with accounts, and where.
func TestAdministratorsStayInTheirDepartments(t *testing.T) {
	a, ctx := apptest.Open(t), t.Context()
	tenant := a.Organisation("acme", false).ID
	unit := func(name string) uint64 {
		u, err := a.Org.CreateDepartment(ctx, a.Super, org.NewDepartment{Parent: tenant, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return u.ID
	}
	north, south, east := unit("north"), unit("south"), unit("east")
	into := func(name string, department uint64) *account.Account {
		made := a.Account(tenant, name)
		if department != 0 {
			var err error
			if made, err = a.App.Account.Update(ctx, a.Super, made.ID, account.Change{Department: &department}, 0); err != nil {
				t.Fatal(err)
			}
		}
		return made
	}
	boss, mine, theirs, nowhere := into("boss", south), into("mine", north), into("theirs", east), into("nowhere", 0)
	by := a.Actor(boss)
	by.Set, by.Sight, by.Units = access.SetOf([]uint64{access.RoleAdmin}), access.ScopeUnits, []uint64{north, south}
	if north > south {
		by.Units = []uint64{south, north}
	}

	for _, outside := range []*account.Account{theirs, nowhere} {
		nickname := "x"
		_, err := a.App.Account.Update(ctx, by, outside.ID, account.Change{Nickname: &nickname}, 0)
		apptest.Want(t, err, "account.not_found")
		apptest.Want(t, a.App.Account.SetPassword(ctx, by, outside.ID, "tall reeds bend 27"), "account.not_found")
		_, refused, err := a.App.Account.Delete(ctx, by, []uint64{outside.ID})
		if err != nil || len(refused) != 1 {
			t.Fatal(refused, err)
		}
		apptest.Want(t, refused[0].Err, "account.not_found")
	}
	zero := uint64(0)
	for to, code := range map[uint64]string{south: "", east: "account.department", zero: "account.department_beyond"} {
		_, err := a.App.Account.Update(ctx, by, mine.ID, account.Change{Department: &to}, 0)
		apptest.Want(t, err, code)
	}
	for _, c := range []struct {
		name       string
		department uint64
		code       string
		lands      uint64
	}{{"new1", north, "", north}, {"new2", 0, "", south}, {"new3", east, "account.department", 0}, {"new4", tenant, "account.department", 0}} {
		made, err := a.App.Account.Create(ctx, by, account.New{Name: c.name, Password: apptest.Password, Department: c.department})
		if apptest.Want(t, err, c.code); err == nil && made.Department != c.lands {
			t.Errorf("%s is in %d, want %d", c.name, made.Department, c.lands)
		}
	}
	by.Sight, by.Units = access.ScopeSelf, nil
	_, err := a.App.Account.Create(ctx, by, account.New{Name: "new5", Password: apptest.Password})
	apptest.Want(t, err, "account.scope")

	// Who manages a department and is deleted manages it no more.
	if _, err := a.Org.UpdateDepartment(ctx, a.Super, east, org.DepartmentChange{Manager: &theirs.ID}, 0); err != nil {
		t.Fatal(err)
	}
	if _, refused, err := a.App.Account.Delete(ctx, a.Super, []uint64{theirs.ID}); err != nil || len(refused) > 0 {
		t.Fatal(refused, err)
	}
	if u, err := a.Org.Department(ctx, a.Super, east); err != nil || u.Manager != 0 {
		t.Errorf("the manager: %+v, %v", u, err)
	}
	a.Verify()
}
