package roster_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/app/session"
	"stoa/app/source"
	"stoa/app/source/claim"
	"stoa/app/source/ldap"
	"stoa/app/source/roster"
	"stoa/app/source/slapdtest"
)

const house = 2 // an organisation of the sample data

// staffed is a house with a directory of so many people, p0 to pn in ou=sales.
func staffed(t *testing.T, n int) (*apptest.App, *slapdtest.Server, *source.Source) {
	t.Helper()
	s := slapdtest.Start(t)
	s.Add("ou=sales,ou=people,"+slapdtest.Base, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"sales"}})
	for i := range n {
		s.Person(name(i), "Person "+name(i), "ou=sales,")
	}
	a := apptest.Open(t)
	secret := slapdtest.Password
	x, err := a.Source.Create(t.Context(), a.Super, source.New{Tenant: house, Kind: source.LDAP, Name: "Example directory", Enabled: true, Secret: &secret,
		LDAP: &ldap.Settings{Host: "127.0.0.1", Port: s.TLSPort, Security: ldap.LDAPS, CA: s.CA, Private: true, BindDN: slapdtest.Reader,
			Base: "ou=people," + slapdtest.Base, Disabled: "employeeType"},
		Mapping: claim.Mapping{Name: "uid", Nickname: "displayName", Email: "mail", Department: ldap.OUPath, Groups: "memberOf",
			Roles: []claim.GroupRole{{Group: "chiefs", Role: access.RoleAdmin}}},
		Policy: source.Policy{TrustEmail: true, Departments: true, Sync: true}})
	if err != nil {
		t.Fatal(err)
	}
	return a, s, x
}

func name(i int) string { return "p" + string(rune('a'+i)) }

func dn(i int) string { return "uid=" + name(i) + ",ou=sales,ou=people," + slapdtest.Base }

func run(t *testing.T, a *apptest.App, x *source.Source, dry bool) *roster.Sync {
	t.Helper()
	did, err := a.Roster.Synchronise(t.Context(), a.Super, x.ID, dry, false)
	if err != nil {
		t.Fatal(err)
	}
	return did
}

func find(t *testing.T, a *apptest.App, name string) *account.Account {
	t.Helper()
	found, err := a.App.Account.GetByLogin(t.Context(), a.Super, name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return found
}

func TestAccountsFollowTheDirectory(t *testing.T) {
	a, s, x := staffed(t, 10)
	dry := run(t, a, x, true)
	if dry.Counts.Added != 10 || dry.Counts.People != 10 || !dry.Dry || len(dry.Steps) != 10 {
		t.Fatalf("%+v", dry)
	}
	if _, err := a.App.Account.GetByLogin(t.Context(), a.Super, name(0)); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a dry run makes accounts: %v", err)
	}
	if did := run(t, a, x, false); did.Counts.Added != 10 || did.Dry {
		t.Fatalf("%+v", did)
	}
	first := find(t, a, name(0))
	dept, err := a.Org.Department(t.Context(), a.Super, first.Department)
	if err != nil || dept.Name != "sales" || dept.Tenant != house || first.Email != "pa@example.com" || !first.EmailConfirmed {
		t.Errorf("%+v in %+v, %v", first, dept, err)
	}
	if again := run(t, a, x, true); len(again.Steps) != 0 {
		t.Errorf("nothing changed, and yet: %+v", again.Steps)
	}

	// Changed, moved into a group, marked, gone.
	s.Set(dn(0), "displayName", "Another Name")
	s.Add("ou=groups,ou=people,"+slapdtest.Base, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"groups"}})
	s.Add("cn=chiefs,ou=groups,ou=people,"+slapdtest.Base, map[string][]string{"objectClass": {"groupOfNames"}, "cn": {"chiefs"}, "member": {dn(1)}})
	s.Set(dn(2), "employeeType", "left")
	grant, err := a.Session.Login(t.Context(), apptest.Origin("v1"), session.Login{Login: name(2), Password: slapdtest.Password})
	if err == nil {
		t.Errorf("who is marked as gone signs in: %+v", grant.Account)
	}
	did := run(t, a, x, false)
	if did.Counts.Updated != 2 || did.Counts.Disabled != 1 {
		t.Errorf("%+v", did)
	}
	if got := find(t, a, name(0)); got.Nickname != "Another Name" {
		t.Errorf("%+v", got)
	}
	if got := find(t, a, name(1)); !got.Has(access.RoleAdmin) {
		t.Errorf("%+v", got)
	}
	if got := find(t, a, name(2)); got.State != account.Disabled {
		t.Errorf("%+v", got)
	}
	// Back again: what a synchronisation disabled, it enables; what an
	// administrator did, it does not.
	if _, _, err := a.App.Account.SetState(t.Context(), a.Super, []uint64{find(t, a, name(3)).ID}, account.Disabled); err != nil {
		t.Fatal(err)
	}
	s.Set(dn(2), "employeeType")
	if did := run(t, a, x, false); did.Counts.Enabled != 1 {
		t.Errorf("%+v", did)
	}
	if find(t, a, name(2)).State != account.Active || find(t, a, name(3)).State != account.Disabled {
		t.Error("states are not as they should be")
	}
	a.Verify()
}

func TestLocalAccountsAreLeftAlone(t *testing.T) {
	a, s, x := staffed(t, 3)
	a.Account(house, name(1)) // the same user name as somebody of the directory, and the same e-mail
	did := run(t, a, x, false)
	if did.Counts.Added != 2 || did.Counts.Conflicts != 1 {
		t.Fatalf("%+v", did)
	}
	local := find(t, a, name(1))
	if local.Nickname != "" {
		t.Errorf("a local account was changed: %+v", local)
	}
	// Linked by hand it signs in by the directory, and stays ours otherwise.
	by := a.Login(name(1)).Actor
	if err := a.Source.LinkLogin(t.Context(), by, x.ID, name(1), slapdtest.Password); err != nil {
		t.Fatal(err)
	}
	s.Remove(dn(1))
	if did := run(t, a, x, false); did.Counts.Disabled != 0 || find(t, a, name(1)).State != account.Active {
		t.Errorf("%+v", did)
	}
}

func TestAHouseIsNotLockedOut(t *testing.T) {
	a, s, x := staffed(t, 10)
	run(t, a, x, false)
	for i := range 3 {
		s.Remove(dn(i))
	}
	dry := run(t, a, x, true)
	if dry.Counts.Disabled != 3 || !strings.Contains(dry.Guard, "3 of 10") {
		t.Errorf("%+v", dry)
	}
	_, err := a.Roster.Synchronise(t.Context(), a.Super, x.ID, false, false)
	apptest.Want(t, err, "source.mass_disable")
	if find(t, a, name(0)).State != account.Active {
		t.Error("somebody was disabled all the same")
	}
	reports, err := a.Roster.Reports(t.Context(), a.Super)
	if err != nil || reports[x.ID].Error == "" {
		t.Errorf("%+v, %v", reports, err)
	}
	if did, err := a.Roster.Synchronise(t.Context(), a.Super, x.ID, false, true); err != nil || did.Counts.Disabled != 3 {
		t.Errorf("forced: %+v, %v", did, err)
	}
	for i := 3; i < 10; i++ {
		s.Remove(dn(i))
	}
	_, err = a.Roster.Synchronise(t.Context(), a.Super, x.ID, false, true)
	apptest.Want(t, err, "source.nobody")
	s.Stop()
	_, err = a.Roster.Synchronise(t.Context(), a.Super, x.ID, false, true)
	apptest.Want(t, err, "source.down")
	if find(t, a, name(9)).State != account.Active {
		t.Error("an empty or a lost directory disables people")
	}
}

func TestItIsDoneEveryHour(t *testing.T) {
	a, s, x := staffed(t, 2)
	due := func() {
		t.Helper()
		if err := a.Roster.SynchroniseDue(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	due()
	find(t, a, name(1))
	s.Set(dn(0), "displayName", "Later")
	a.Clock.Add(59 * time.Minute)
	due()
	if find(t, a, name(0)).Nickname == "Later" {
		t.Error("it was done before the hour was over")
	}
	a.Clock.Add(2 * time.Minute)
	due()
	if find(t, a, name(0)).Nickname != "Later" {
		t.Error("it was not done after an hour")
	}
	admin := a.Actor(a.Account(house, "keeper", access.RoleAdmin))
	_, err := a.Roster.Synchronise(t.Context(), admin, x.ID, true, false)
	apptest.Want(t, err, "access.denied")
	page, err := a.Org.Departments(t.Context(), a.Super, org.Filter{Tenant: house})
	if err != nil || page.Total == 0 {
		t.Errorf("%+v, %v", page, err)
	}
}
