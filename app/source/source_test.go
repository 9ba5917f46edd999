package source_test

import (
	"context"
	"strings"
	"testing"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/session"
	"stoa/app/source"
	"stoa/app/source/ldap"
	"stoa/app/source/slapdtest"
)

const house = 2 // an organisation of the sample data

func directory(s *slapdtest.Server) source.New {
	secret := slapdtest.Password
	return source.New{Tenant: house, Kind: source.LDAP, Name: "Example directory", Enabled: true, Secret: &secret,
		LDAP:   &ldap.Settings{Host: "127.0.0.1", Port: s.TLSPort, Security: ldap.LDAPS, CA: s.CA, Private: true, BindDN: slapdtest.Reader, Base: slapdtest.Base},
		Policy: source.Policy{Create: true, TrustEmail: true, Link: source.LinkByEmail}}
}

func make(t *testing.T, a *apptest.App, in source.New) *source.Source {
	t.Helper()
	x, err := a.Source.Create(t.Context(), a.Super, in)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func login(a *apptest.App, name, password string, tenant uint64) (*session.Grant, error) {
	return a.Session.Login(context.Background(), apptest.Origin("v1"), session.Login{Login: name, Password: password, Tenant: tenant, AsksOTP: true})
}

// people is a house with a directory; jane is in it.
func people(t *testing.T) (*apptest.App, *slapdtest.Server, *source.Source) {
	t.Helper()
	s := slapdtest.Start(t)
	s.Person("jane", "Jane Heron", "")
	a := apptest.Open(t)
	return a, s, make(t, a, directory(s))
}

func TestAPersonOfADirectorySignsIn(t *testing.T) {
	a, s, x := people(t)
	g, err := login(a, "jane", slapdtest.Password, house)
	if err != nil {
		t.Fatal(err)
	}
	if g.Account.Tenant != house || g.Account.Name != "jane" || g.Account.Nickname != "Jane Heron" || g.Account.Email != "jane@example.com" ||
		!g.Account.EmailConfirmed || !g.Account.Has(access.RoleMember) || g.Account.MustChange {
		t.Errorf("%+v", g.Account)
	}
	for _, bad := range []string{"wrong", " ", "x"} {
		_, err := login(a, "jane", bad, house)
		apptest.Want(t, err, "session.refused")
	}
	a.Clock.Add(60e9)
	// By the e-mail, too, and as the same account; a changed name follows.
	s.Set("uid=jane,ou=people,"+slapdtest.Base, "displayName", "Jane Egret")
	again, err := login(a, "jane@example.com", slapdtest.Password, 0)
	if err != nil || again.Account.ID != g.Account.ID {
		t.Fatalf("%+v, %v", again, err)
	}
	if row, err := a.App.Account.Get(t.Context(), a.Super, g.Account.ID); err != nil || row.Nickname != "Jane Egret" {
		t.Errorf("%+v, %v", row, err)
	}
	links, err := a.Source.Links(t.Context(), again.Actor)
	if err != nil || len(links) != 1 || links[0].Source != x.ID || !links[0].Last {
		t.Errorf("%+v, %v", links, err)
	}
	apptest.Want(t, a.Source.Unlink(t.Context(), again.Actor, x.ID), "source.last_link")
	apptest.Want(t, a.Credential.ChangePassword(t.Context(), again.Actor, again.Account.ID, slapdtest.Password, "new herons fly 42"), "account.password_elsewhere")
	a.Verify()
}

func TestADirectoryOfOneHouseSignsInItsPeopleOnly(t *testing.T) {
	a, _, _ := people(t)
	_, err := login(a, "jane", slapdtest.Password, 5)
	apptest.Want(t, err, "session.refused")
	_, err = login(a, "jane", slapdtest.Password, 0) // not shown to a directory of one house
	apptest.Want(t, err, "session.refused")
	if _, err := login(a, "jane", slapdtest.Password, house); err != nil {
		t.Error(err)
	}
	_, err = login(a, "jane", slapdtest.Password, 5) // the account is there by now
	apptest.Want(t, err, "session.refused")
}

func TestWhatIsTypedIsNoFilter(t *testing.T) {
	a, _, _ := people(t)
	for _, name := range []string{"*", "*)(uid=*", "jan*", "jane)(|(uid=*", "*)(objectClass=*"} {
		_, err := login(a, name, slapdtest.Password, house)
		apptest.Want(t, err, "session.refused")
	}
	_, err := login(a, "jane", "", house)
	apptest.Want(t, err, "session.password")
}

func TestADirectoryOutOfReach(t *testing.T) {
	a, s, _ := people(t)
	jane, err := login(a, "jane", slapdtest.Password, house)
	if err != nil {
		t.Fatal(err)
	}
	a.Account(house, "local")
	s.Stop()
	_, err = login(a, "jane", slapdtest.Password, house)
	apptest.Want(t, err, "source.down")
	if text := fault.Of(err).Text; strings.Contains(text, "127.0.0.1") || !strings.Contains(text, "Example directory") {
		t.Errorf("people are told %q", text)
	}
	a.Login("local") // who has a password here does not need it
	a.Login(apptest.SuperName)
	s.Run()
	if again, err := login(a, "jane", slapdtest.Password, house); err != nil || again.Account.ID != jane.Account.ID {
		t.Errorf("after it is back: %v", err)
	}
}

func TestFailuresAreSlowedDownAsWithPasswordsHere(t *testing.T) {
	a, _, _ := people(t)
	if _, err := login(a, "jane", slapdtest.Password, house); err != nil {
		t.Fatal(err)
	}
	plain := func(password string) (*session.Grant, error) { // by a program, which is shown no puzzle
		return a.Session.Login(t.Context(), apptest.Origin("casdao"), session.Login{Login: "jane", Password: password, Tenant: house})
	}
	for range 5 {
		_, err := plain("wrong")
		apptest.Want(t, err, "session.refused")
	}
	_, err := plain(slapdtest.Password)
	apptest.Want(t, err, "throttle.login")
	page, err := a.Audit.List(t.Context(), a.Super, audit.Filter{Action: "session.create", Outcome: audit.Failed})
	if err != nil || len(page.Items) != 5 || !strings.Contains(page.Items[0].Reason, "Example directory") {
		t.Errorf("%+v, %v", page.Items, err)
	}
}

func TestASecondFactorHereIsStillAskedFor(t *testing.T) {
	a, _, x := people(t)
	g, err := login(a, "jane", slapdtest.Password, house)
	if err != nil {
		t.Fatal(err)
	}
	withTOTP(t, a, g.Actor)
	_, err = login(a, "jane", slapdtest.Password, house)
	apptest.Want(t, err, "session.otp_required")
	_, err = login(a, "jane", "wrong", house)
	apptest.Want(t, err, "session.refused")
	in := source.New{Tenant: house, Kind: source.LDAP, Name: x.Name, Enabled: true, LDAP: x.LDAP, Mapping: x.Mapping, Policy: x.Policy}
	in.Policy.Second = source.SecondTrust
	if _, err := a.Source.Modify(t.Context(), a.Super, x.ID, in, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := login(a, "jane", slapdtest.Password, house); err != nil {
		t.Errorf("the source has asked for one: %v", err)
	}
}

// Who controls an e-mail elsewhere does not get the account here, unless both
// sides have verified it; administrators never by themselves.
func TestAccountsAreNotTakenOver(t *testing.T) {
	a, s, x := people(t)
	s.Person("boss", "Somebody", "")
	s.Person("loose", "Somebody", "")
	s.Person("linked", "Somebody", "")
	a.Account(house, "boss", access.RoleAdmin)
	confirmed(t, a, house, "linked.here", "linked@example.com")
	if _, err := a.App.Account.Create(t.Context(), a.Super, account.New{Name: "loose.here", Email: "loose@example.com", Tenant: house,
		Password: apptest.Password}); err != nil {
		t.Fatal(err)
	}
	_, err := login(a, "boss", slapdtest.Password, house) // known here: the directory is not asked for an administrator
	apptest.Want(t, err, "session.refused")
	_, err = login(a, "loose", slapdtest.Password, house) // the account's e-mail was never confirmed
	apptest.Want(t, err, "source.taken")
	g, err := login(a, "linked", slapdtest.Password, house)
	if err != nil || g.Account.Name != "linked.here" {
		t.Errorf("%+v, %v", g, err)
	}
	if _, err := a.Source.Links(t.Context(), g.Actor); err != nil {
		t.Error(err)
	}
	// By hand an administrator links their own.
	boss := a.Login("boss")
	apptest.Want(t, a.Source.LinkLogin(t.Context(), boss.Actor, x.ID, "boss", "wrong"), "source.wrong_password")
	if err := a.Source.LinkLogin(t.Context(), boss.Actor, x.ID, "boss", slapdtest.Password); err != nil {
		t.Fatal(err)
	}
	if _, err := login(a, "boss", slapdtest.Password, house); err != nil {
		t.Errorf("the directory's password counts now: %v", err)
	}
	_, err = login(a, "boss", apptest.Password, house)
	apptest.Want(t, err, "session.refused")
	s.Stop()
	a.Login("boss") // an administrator with a password here gets in
	s.Run()
	apptest.Want(t, a.Source.LinkLogin(t.Context(), g.Actor, x.ID, "boss", slapdtest.Password), "source.linked_elsewhere")
	if err := a.Source.Unlink(t.Context(), boss.Actor, x.ID); err != nil {
		t.Errorf("there is a password: %v", err)
	}
	a.Verify()
}

func TestSourcesAreKeptByThoseWhoMay(t *testing.T) {
	a, s, x := people(t)
	admin := a.Actor(a.Account(house, "keeper", access.RoleAdmin))
	_, err := a.Source.Get(t.Context(), admin, x.ID)
	apptest.Want(t, err, "access.denied")
	admin.Set = admin.Set.Or(access.Of(access.SourceRead, access.SourceWrite))
	in := directory(s)
	_, err = a.Source.Create(t.Context(), admin, in)
	apptest.Want(t, err, "source.private")
	in.LDAP.Private = false
	in.Policy.Roles = []uint64{access.RoleSuper}
	_, err = a.Source.Create(t.Context(), admin, in)
	apptest.Want(t, err, "account.role_beyond")
	in.Policy.Roles = nil
	in.Mapping.Roles = append(in.Mapping.Roles, struct {
		Group string `cbor:"1,keyasint"`
		Role  uint64 `cbor:"2,keyasint"`
	}{"staff", access.RoleSuper})
	_, err = a.Source.Create(t.Context(), admin, in)
	apptest.Want(t, err, "account.role_beyond")
	in.Mapping.Roles = nil
	in.Tenant, in.Policy.Home = 0, house
	_, err = a.Source.Create(t.Context(), admin, in)
	apptest.Want(t, err, "source.tenant")
	in.Tenant = 5
	_, err = a.Source.Create(t.Context(), admin, in)
	apptest.Want(t, err, "source.tenant")
	elsewhere := admin
	elsewhere.Tenant = 5
	_, err = a.Source.Get(t.Context(), elsewhere, x.ID)
	apptest.Want(t, err, "source.not_found")
	// A secret does not go to another address.
	in = directory(s)
	in.Secret, in.LDAP.Host = nil, "other.example.com"
	_, err = a.Source.Modify(t.Context(), a.Super, x.ID, in, 0)
	apptest.Want(t, err, "source.secret")
	_, err = a.Source.Test(t.Context(), a.Super, x.ID, &in, "", "")
	apptest.Want(t, err, "source.secret")
}

func TestATestShowsTheWay(t *testing.T) {
	a, _, x := people(t)
	p, err := a.Source.Test(t.Context(), a.Super, x.ID, nil, "jane", slapdtest.Password)
	if err != nil || !p.OK || p.Person == nil || p.Person.Name != "jane" || len(p.Sample) == 0 {
		t.Errorf("%+v, %v", p, err)
	}
	for _, shown := range p.Sample {
		if strings.Contains(strings.ToLower(shown.Name), "password") {
			t.Errorf("%s is shown", shown.Name)
		}
	}
}
