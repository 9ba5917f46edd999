package session_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/admission"
	"stoa/app/application"
	"stoa/app/apptest"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/app/session"
)

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

func login(t *testing.T, a *apptest.App, in session.Login) (*session.Grant, error) {
	t.Helper()
	if in.Password == "" {
		in.Password = apptest.Password
	}
	return a.Session.Login(t.Context(), apptest.Origin("test"), in)
}

func alive(t *testing.T, a *apptest.App, token string) bool {
	t.Helper()
	_, err := a.Session.Authenticate(t.Context(), apptest.Origin("test"), token)
	if err != nil {
		want(t, err, "session.required")
	}
	return err == nil
}

func TestSignInByNameMailAndPhone(t *testing.T) {
	a := apptest.Open(t)
	keep := false
	made, err := a.App.Account.Create(t.Context(), a.Super, account.New{Name: "Li.Si", Email: "li@example.com", Phone: "13900000001",
		Tenant: 2, Password: apptest.Password, MustChange: &keep})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		login  string
		tenant uint64
		shape  session.Shape
	}{{"li.si", 0, session.ShapeOpaque}, {"LI.SI", 2, session.ShapeUUID}, {"Li@Example.com", 0, session.ShapeUUID}, {"13900000001", 0, session.ShapeOpaque},
		{"+86 139-0000-0001", 2, session.ShapeOpaque}} {
		g, err := login(t, a, session.Login{Login: c.login, Tenant: c.tenant, Shape: c.shape})
		if err != nil {
			t.Errorf("%q: %v", c.login, err)
			continue
		}
		actor, err := a.Session.Authenticate(t.Context(), apptest.Origin("other"), g.Token)
		if err != nil || actor.Account != made.ID || actor.Tenant != 2 || actor.Session != g.Session || actor.Origin.Dialect != "other" {
			t.Errorf("%q: actor %+v, %v", c.login, actor, err)
		}
		if uuid := len(g.Token) == 36; uuid != (c.shape == session.ShapeUUID) {
			t.Errorf("%q: token %q", c.login, g.Token)
		}
	}
}

func TestEveryRefusalIsTheSame(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	frozen := a.Organisation("cold", true)
	a.Account(2, "good")
	a.Account(2, "off")
	a.Account(frozen.ID, "cold")
	owner := a.Account(2, "owner", access.RoleOwner)
	a.Secondary(owner, "second")
	disabled, state := account.Disabled, org.Frozen
	for _, name := range []string{"off", "owner"} {
		found, err := a.App.Account.GetByLogin(ctx, a.Super, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.App.Account.Update(ctx, a.Super, found.ID, account.Change{State: &disabled}, 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Org.UpdateOrganisation(ctx, a.Super, frozen.ID, org.OrganisationChange{State: &state}, 0); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		in     session.Login
		reason string
	}{
		{session.Login{Login: "good", Password: "wrong"}, "wrong password"},
		{session.Login{Login: "nobody"}, "unknown account"},
		{session.Login{Login: "good", Tenant: 5}, "another organisation"},
		{session.Login{Login: "off"}, "account disabled"},
		{session.Login{Login: "cold"}, "organisation frozen"},
		{session.Login{Login: "second"}, "parent account disabled"},
	} {
		_, err := login(t, a, c.in)
		f := fault.Of(err)
		if f == nil || f.Code != "session.refused" || f.Text != admission.Refused().Text || f.Field != "" || f.Retry != 0 {
			t.Errorf("%d %+v: %v", i, c.in, err)
		}
		page, err := a.Audit.List(ctx, a.Super, audit.Filter{Action: "session.create", Outcome: audit.Failed, Limit: 1})
		if err != nil || len(page.Items) != 1 || page.Items[0].Reason != c.reason {
			t.Errorf("%d: the log says %+v, want %q (%v)", i, page.Items, c.reason, err)
		}
	}
}

func TestAmbiguousPhoneIsRefused(t *testing.T) {
	a := apptest.Open(t)
	for tenant, name := range map[uint64]string{2: "first", 5: "second"} {
		if _, err := a.App.Account.Create(t.Context(), a.Super, account.New{Name: name, Phone: "13900000001", Tenant: tenant, Password: apptest.Password}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := login(t, a, session.Login{Login: "13900000001"})
	want(t, err, "session.refused")
	g, err := login(t, a, session.Login{Login: "13900000001", Tenant: 5})
	if err != nil || g.Account.Name != "second" {
		t.Errorf("with the organisation named: %+v %v", g, err)
	}
}

func TestIdleAndAbsoluteEnds(t *testing.T) {
	a := apptest.Open(t)
	a.Account(2, "member")
	a.Account(2, "chief", access.RoleAdmin)
	member, chief, idle := a.Login("member"), a.Login("chief"), a.Login("member")
	for range 11 {
		a.Clock.Add(time.Hour)
		if !alive(t, a, member.Token) || !alive(t, a, chief.Token) {
			t.Fatal("a session in use ended before its absolute limit")
		}
	}
	if alive(t, a, idle.Token) {
		t.Error("a session unused for eleven hours is alive")
	}
	a.Clock.Add(time.Hour)
	if !alive(t, a, member.Token) || alive(t, a, chief.Token) {
		t.Error("an administrator's session outlived twelve hours")
	}
	for range 708 {
		a.Clock.Add(time.Hour)
		if !alive(t, a, member.Token) {
			break
		}
	}
	if a.Clock.Now().Sub(apptest.Start()) != 720*time.Hour {
		t.Errorf("a session in use ended after %s, want 30 days", a.Clock.Now().Sub(apptest.Start()))
	}
	if _, _, err := a.DB.Reap(t.Context(), 1000); err != nil {
		t.Fatal(err)
	}
	a.Verify()
}

func TestWhatEndsSessions(t *testing.T) {
	ctx := context.Background()
	disabled, active, frozen, thaw, pass := account.Disabled, account.Active, org.Frozen, org.Active, "another staple 48 horse"
	for name, end := range map[string]func(*apptest.App, *account.Account) error{
		"disable": func(a *apptest.App, m *account.Account) error {
			_, err := a.App.Account.Update(ctx, a.Super, m.ID, account.Change{State: &disabled}, 0)
			if err == nil {
				_, err = a.App.Account.Update(ctx, a.Super, m.ID, account.Change{State: &active}, 0)
			}
			return err
		},
		"delete": func(a *apptest.App, m *account.Account) error {
			_, _, err := a.App.Account.Delete(ctx, a.Super, []uint64{m.ID})
			return err
		},
		"new password": func(a *apptest.App, m *account.Account) error {
			return a.App.Account.SetPassword(ctx, a.Super, m.ID, pass)
		},
		"forced sign-out": func(a *apptest.App, m *account.Account) error {
			_, err := a.Session.EndAll(ctx, a.Super, m.ID)
			return err
		},
		"freeze": func(a *apptest.App, m *account.Account) error {
			_, err := a.Org.UpdateOrganisation(ctx, a.Super, m.Tenant, org.OrganisationChange{State: &frozen}, 0)
			return err
		},
		"freeze and thaw": func(a *apptest.App, m *account.Account) error {
			_, err := a.Org.UpdateOrganisation(ctx, a.Super, m.Tenant, org.OrganisationChange{State: &frozen}, 0)
			if err == nil {
				_, err = a.Org.UpdateOrganisation(ctx, a.Super, m.Tenant, org.OrganisationChange{State: &thaw}, 0)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := apptest.Open(t)
			m := a.Account(a.Organisation("here", true).ID, "member")
			tokens := []string{a.Login("member").Token, a.Login("member").Token}
			if err := end(a, m); err != nil {
				t.Fatal(err)
			}
			for _, token := range tokens {
				if alive(t, a, token) {
					t.Error("a session is alive")
				}
			}
			a.Verify()
		})
	}
}

func TestOwnPasswordEndsOtherSessions(t *testing.T) {
	a := apptest.Open(t)
	m := a.Account(2, "member")
	mine, other := a.Login("member"), a.Login("member")
	err := a.Credential.ChangePassword(t.Context(), mine.Actor, m.ID, "wrong", "another staple 48 horse")
	want(t, err, "account.wrong_password")
	err = a.Credential.ChangePassword(t.Context(), mine.Actor, m.ID, apptest.Password, "member1234")
	want(t, err, "password.own_words")
	if err := a.Credential.ChangePassword(t.Context(), mine.Actor, m.ID, apptest.Password, "another staple 48 horse"); err != nil {
		t.Fatal(err)
	}
	if !alive(t, a, mine.Token) || alive(t, a, other.Token) {
		t.Error("want the changing session alive and the other ended")
	}
	_, err = login(t, a, session.Login{Login: "member"})
	want(t, err, "session.refused")
}

func TestSecondaryActsForItsParent(t *testing.T) {
	a := apptest.Open(t)
	owner := a.Account(2, "owner", access.RoleOwner)
	a.Secondary(owner, "second")
	token := a.Login("second").Token
	actor, err := a.Session.Authenticate(t.Context(), apptest.Origin("test"), token)
	if err != nil || actor.Parent != owner.ID || !actor.Set.Within(access.SetOf(owner.Roles)) {
		t.Fatalf("%+v %v", actor, err)
	}
	disabled := account.Disabled
	if _, err := a.App.Account.Update(t.Context(), a.Super, owner.ID, account.Change{State: &disabled}, 0); err != nil {
		t.Fatal(err)
	}
	if alive(t, a, token) {
		t.Error("it acts while its parent is disabled")
	}
}

func TestPersonalToken(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	a.Account(2, "member")
	by := a.Login("member").Actor
	_, err := a.Session.Token(ctx, by)
	want(t, err, "session.no_token")
	first, err := a.Session.RotateToken(ctx, by)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := a.Session.Token(ctx, by)
	if err != nil || shown.Token != first.Token {
		t.Errorf("shown again: %+v %v", shown, err)
	}
	a.Clock.Add(90 * 24 * time.Hour)
	if !alive(t, a, first.Token) {
		t.Error("a personal token ended by itself")
	}
	second, err := a.Session.RotateToken(ctx, by)
	if err != nil || alive(t, a, first.Token) || !alive(t, a, second.Token) {
		t.Errorf("after rotation: %v", err)
	}
	if err := a.Session.RevokeToken(ctx, by); err != nil || alive(t, a, second.Token) {
		t.Errorf("after revoking: %v", err)
	}
}

func TestRefreshTokens(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("channel")
	a.Account(2, "member")
	first, err := login(t, a, session.Login{Login: "member", Refresh: true})
	if err != nil {
		t.Fatal(err)
	}
	a.Clock.Add(5 * time.Hour)
	if _, _, err := a.DB.Reap(ctx, 100); err != nil {
		t.Fatal(err)
	}
	if alive(t, a, first.Token) {
		t.Error("the token outlived its idle limit")
	}
	second, err := a.Session.RefreshGrant(ctx, o, first.Refresh)
	if err != nil || !alive(t, a, second.Token) || second.Session != first.Session {
		t.Fatalf("%+v %v", second, err)
	}
	_, err = a.Session.RefreshGrant(ctx, o, first.Refresh)
	want(t, err, "session.refresh")
	if alive(t, a, second.Token) {
		t.Error("a stolen refresh token came back and the session lives")
	}
	_, err = a.Session.RefreshGrant(ctx, o, second.Refresh)
	want(t, err, "session.refresh")
	_, err = a.Session.RefreshGrant(ctx, o, "garbage")
	want(t, err, "session.refresh")
	a.Verify()
}

func TestSessionsAreBounded(t *testing.T) {
	a := apptest.Open(t)
	m := a.Account(2, "member")
	first := a.Login("member")
	for range 100 {
		a.Clock.Add(time.Second)
		a.Login("member")
	}
	list, err := a.Session.List(t.Context(), a.Actor(m), m.ID)
	if err != nil || len(list) != 100 || alive(t, a, first.Token) {
		t.Errorf("%d sessions, %v", len(list), err)
	}
	if n, err := a.Session.EndAll(t.Context(), a.Super, m.ID); err != nil || n != 100 {
		t.Errorf("ended %d, %v", n, err)
	}
	a.Verify()
}

func TestSessionsOfOthers(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	m, other := a.Account(2, "member"), a.Account(2, "other")
	boss := a.Actor(a.Account(2, "boss", access.RoleAdmin))
	foreign := a.Actor(a.Account(5, "foreign", access.RoleAdmin))
	g := a.Login("member")
	_, err := a.Session.List(ctx, a.Actor(other), m.ID)
	want(t, err, "account.not_found")
	want(t, a.Session.End(ctx, a.Actor(other), g.Session), "session.not_found")
	want(t, a.Session.End(ctx, foreign, g.Session), "session.not_found")
	want(t, a.Session.End(ctx, access.Actor{}, g.Session), "session.required")
	list, err := a.Session.List(ctx, boss, m.ID)
	if err != nil || len(list) != 1 || list[0].Current {
		t.Errorf("the administrator sees %+v, %v", list, err)
	}
	on, err := a.Session.OnlineAll(ctx, []uint64{m.ID, other.ID})
	if err != nil || !on[m.ID] || on[other.ID] {
		t.Errorf("online: %v %v", on, err)
	}
	if err := a.Session.End(ctx, boss, g.Session); err != nil || alive(t, a, g.Token) {
		t.Errorf("ended by the administrator: %v", err)
	}
}

func TestSwitchTenant(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	g := a.Login(apptest.SuperName)
	if _, err := a.Session.SwitchTenant(ctx, g.Actor, 5); err != nil {
		t.Fatal(err)
	}
	actor, err := a.Session.Authenticate(ctx, apptest.Origin("test"), g.Token)
	if err != nil || actor.Tenant != 5 || actor.Home != 1 {
		t.Errorf("%+v %v", actor, err)
	}
	_, err = a.Session.SwitchTenant(ctx, actor, 999)
	want(t, err, "session.tenant")
	a.Account(2, "boss", access.RoleAdmin)
	_, err = a.Session.SwitchTenant(ctx, a.Login("boss").Actor, 5)
	want(t, err, "access.denied")
	a.Account(1, "channel", access.RoleChannelAdmin)
	_, err = a.Session.SwitchTenant(ctx, a.Login("channel").Actor, 5)
	want(t, err, "session.tenant")
}

func TestGuessingIsSlowed(t *testing.T) {
	a := apptest.Open(t, func(c *app.Config) {})
	a.Account(2, "member")
	for _, name := range []string{"member", "nobody"} {
		for range 5 {
			_, err := login(t, a, session.Login{Login: name, Password: "wrong"})
			want(t, err, "session.refused")
		}
		_, err := login(t, a, session.Login{Login: name})
		if f := fault.Of(err); f == nil || f.Kind != fault.TooMany || f.Retry <= 0 {
			t.Errorf("%s, sixth try: %v", name, err)
		}
	}
	a.Clock.Add(time.Minute)
	a.Login("member")
}

func TestApplicationActsWithItsGrants(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("pcloud")
	boss := a.Account(2, "boss", access.RoleAdmin)
	member := a.Account(2, "member")
	by := a.Actor(boss)
	_, _, err := a.Application.Create(ctx, by, newApp("greedy", "outbox.read"))
	want(t, err, "application.grant")
	app, secret, err := a.Application.Create(ctx, by, newApp("reader", "account.read"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Session.LoginApplication(ctx, o, app.ClientID, "wrong", session.ShapeOpaque)
	want(t, err, "application.refused")
	_, err = a.Session.LoginApplication(ctx, o, "unknown", secret, session.ShapeOpaque)
	want(t, err, "application.refused")
	g, err := a.Session.LoginApplication(ctx, o, app.ClientID, secret, session.ShapeOpaque)
	if err != nil {
		t.Fatal(err)
	}
	actor, err := a.Session.Authenticate(ctx, o, g.Token)
	if err != nil || actor.Account != 0 || actor.Set != access.Of(access.AccountRead) || actor.Tenant != 2 {
		t.Fatalf("%+v %v", actor, err)
	}
	if _, err := a.App.Account.Get(ctx, actor, member.ID); err != nil {
		t.Errorf("it can't read: %v", err)
	}
	nick := "x"
	_, err = a.App.Account.Update(ctx, actor, member.ID, account.Change{Nickname: &nick}, 0)
	want(t, err, "access.denied")
	_, err = a.Session.RotateToken(ctx, actor)
	want(t, err, "session.required")
	a.Clock.Add(time.Second)
	if _, secret, err = a.Application.Rotate(ctx, by, app.ID, 0); err != nil || alive(t, a, g.Token) {
		t.Errorf("after a new secret: %v", err)
	}
	a.Clock.Add(time.Second)
	if g, err = a.Session.LoginApplication(ctx, o, app.ClientID, secret, session.ShapeOpaque); err != nil || !alive(t, a, g.Token) {
		t.Fatalf("with the new secret: %v", err)
	}
	if err := a.Application.Delete(ctx, by, app.ID); err != nil || alive(t, a, g.Token) {
		t.Errorf("after deletion: %v", err)
	}
}

func TestGarbageIsNoToken(t *testing.T) {
	a := apptest.Open(t)
	g := a.Login(apptest.SuperName)
	for _, token := range []string{"", "x", g.Token + "x", strings.ToUpper(g.Token), g.Token[:len(g.Token)-1], strings.Repeat("a", 100_000), "stoa_p_" + g.Token[7:]} {
		if alive(t, a, token) {
			t.Errorf("%.60q is taken", token)
		}
	}
}

func newApp(name string, grants ...string) application.New {
	return application.New{Name: name, Grants: grants}
}
