package trip_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/session"
	"stoa/app/source"
	"stoa/app/source/dingtalk"
	"stoa/app/source/openid"
	"stoa/app/source/trip"
	"stoa/app/source/wecom"
)

const house = 2 // an organisation of the sample data

func keep(t *testing.T, a *apptest.App, in source.New) *source.Source {
	t.Helper()
	secret := "invented"
	in.Tenant, in.Enabled, in.Secret = house, true, &secret
	in.Name = "Example " + string(in.Kind)
	x, err := a.Source.Create(t.Context(), a.Super, in)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func provider(t *testing.T) (*apptest.App, *peer, *source.Source) {
	t.Helper()
	a := apptest.Open(t)
	p := newPeer(t, a.Clock.Now)
	x := keep(t, a, source.New{Kind: source.OpenID, OpenID: &openid.Settings{Issuer: p.URL, ClientID: "stoa", Private: true},
		Policy: source.Policy{Create: true, Link: source.LinkByEmail}})
	return a, p, x
}

func start(t *testing.T, a *apptest.App, by access.Actor, x *source.Source, link bool) *trip.Departure {
	t.Helper()
	at, err := a.Trip.Start(t.Context(), by, apptest.Origin("v1"), x.ID, link, "/segments")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// finish redeems what came of a trip.
func finish(t *testing.T, a *apptest.App, ticket, browser, otp string) (*session.Grant, error) {
	t.Helper()
	v, take, err := a.Trip.Redeem(t.Context(), apptest.Origin("v1"), ticket, browser)
	if err != nil {
		return nil, err
	}
	return a.Session.LoginProven(t.Context(), apptest.Origin("v1"), session.Proven{Account: v, OTP: otp, Take: take})
}

func signIn(t *testing.T, a *apptest.App, p *peer, x *source.Source) (*session.Grant, error) {
	t.Helper()
	at := start(t, a, access.Actor{}, x, false)
	arrival, err := a.Trip.Arrive(t.Context(), apptest.Origin("v1"), x.ID, at.Browser, p.visit(at.URL))
	if err != nil {
		return nil, err
	}
	if arrival.Next != "/segments" || arrival.Link {
		t.Errorf("%+v", arrival)
	}
	return finish(t, a, arrival.Ticket, at.Browser, "")
}

func TestAnOpenIDProviderSignsIn(t *testing.T) {
	a, p, x := provider(t)
	g, err := signIn(t, a, p, x)
	if err != nil || g.Account.Name != "jane" || g.Account.Tenant != house || g.Account.Email != "jane@example.com" || !g.Account.EmailConfirmed {
		t.Fatalf("%+v, %v", g, err)
	}
	// The e-mail may change: the person is known by issuer and subject.
	p.claims["email"], p.claims["email_verified"] = "other@example.com", false
	again, err := signIn(t, a, p, x)
	if err != nil || again.Account.ID != g.Account.ID {
		t.Errorf("%+v, %v", again, err)
	}
	p.claims = map[string]any{"sub": "person-2", "preferred_username": "jane2", "email": "two@example.com"}
	p.info = map[string]any{"sub": "person-2"}
	other, err := signIn(t, a, p, x)
	if err != nil || other.Account.ID == g.Account.ID {
		t.Errorf("%+v, %v", other, err)
	}
	a.Verify()
}

func TestAnEmailThatIsNotVerifiedOpensNothing(t *testing.T) {
	a, p, x := provider(t)
	no := false
	victim, err := a.App.Account.Create(t.Context(), a.Super, account.New{Name: "victim", Email: "jane@example.com", EmailConfirmed: true, Tenant: house,
		Password: apptest.Password, MustChange: &no})
	if err != nil {
		t.Fatal(err)
	}
	p.claims["email_verified"] = false
	_, err = signIn(t, a, p, x)
	apptest.Want(t, err, "source.taken")
	delete(p.claims, "email_verified")
	p.claims["email"], p.info["email_verified"] = "jane@example.com", true
	p.claims["email_verified"] = "no"
	_, err = signIn(t, a, p, x)
	apptest.Want(t, err, "source.taken")
	p.claims["email_verified"] = true
	g, err := signIn(t, a, p, x)
	if err != nil || g.Account.ID != victim.ID {
		t.Errorf("verified on both sides: %+v, %v", g, err)
	}
}

func TestForgedAnswersAreRefused(t *testing.T) {
	a, p, x := provider(t)
	strange, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(){
		"another issuer":   func() { p.claims["iss"] = "https://evil.example" },
		"another audience": func() { p.claims["aud"] = "other" },
		"another nonce":    func() { p.claims["nonce"] = "other" },
		"long over":        func() { p.claims["exp"] = a.Clock.Now().Add(-3 * time.Minute).Unix() },
		"not yet":          func() { p.claims["nbf"] = a.Clock.Now().Add(time.Hour).Unix() },
		"another key":      func() { p.signer = strange },
		"another person":   func() { p.info["sub"] = "person-9" },
		"no subject":       func() { p.claims["sub"] = "" },
	} {
		p.claims, p.info, p.signer = map[string]any{}, map[string]any{}, nil
		change()
		if _, err := signIn(t, a, p, x); err == nil {
			t.Errorf("%s is let in", what)
		} else {
			apptest.Want(t, err, "source.refused")
		}
	}
	p.claims, p.info, p.signer = map[string]any{"exp": a.Clock.Now().Add(-time.Minute).Unix()}, map[string]any{}, nil
	if _, err := signIn(t, a, p, x); err != nil {
		t.Errorf("clocks may differ by a minute: %v", err)
	}
}

func TestATripBelongsToOneBrowser(t *testing.T) {
	a, p, x := provider(t)
	at, other := start(t, a, access.Actor{}, x, false), start(t, a, access.Actor{}, x, false)
	back := p.visit(at.URL)
	arrive := func(browser string, answer url.Values) error {
		_, err := a.Trip.Arrive(t.Context(), apptest.Origin("v1"), x.ID, browser, answer)
		return err
	}
	apptest.Want(t, arrive(other.Browser, back), "source.lost") // somebody lured another one to the answer
	apptest.Want(t, arrive("", back), "source.lost")
	forged := url.Values{"code": back["code"], "state": {"invented"}}
	apptest.Want(t, arrive(at.Browser, forged), "source.lost")
	arrival, err := a.Trip.Arrive(t.Context(), apptest.Origin("v1"), x.ID, at.Browser, back)
	if err != nil {
		t.Fatal(err)
	}
	apptest.Want(t, arrive(at.Browser, back), "source.lost") // once
	_, err = finish(t, a, arrival.Ticket, other.Browser, "")
	apptest.Want(t, err, "source.lost")
	if _, err := finish(t, a, arrival.Ticket, at.Browser, ""); err != nil {
		t.Error(err)
	}
	_, err = finish(t, a, arrival.Ticket, at.Browser, "")
	apptest.Want(t, err, "source.lost")
	late := start(t, a, access.Actor{}, x, false)
	answer := p.visit(late.URL)
	a.Clock.Add(11 * time.Minute)
	apptest.Want(t, arrive(late.Browser, answer), "source.lost")
}

func TestTheGatesOfASignInHold(t *testing.T) {
	a, p, x := provider(t)
	g, err := signIn(t, a, p, x)
	if err != nil {
		t.Fatal(err)
	}
	begun, err := a.Credential.StartTOTP(t.Context(), g.Actor)
	if err != nil {
		t.Fatal(err)
	}
	code := func() string {
		c, err := totp.GenerateCode(begun.Secret, a.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if _, err := a.Credential.ConfirmTOTP(t.Context(), g.Actor, code()); err != nil {
		t.Fatal(err)
	}
	a.Clock.Add(2 * time.Minute)
	at := start(t, a, access.Actor{}, x, false)
	arrival, err := a.Trip.Arrive(t.Context(), apptest.Origin("v1"), x.ID, at.Browser, p.visit(at.URL))
	if err != nil {
		t.Fatal(err)
	}
	_, err = finish(t, a, arrival.Ticket, at.Browser, "")
	apptest.Want(t, err, "session.otp_required")
	_, err = finish(t, a, arrival.Ticket, at.Browser, "000000")
	apptest.Want(t, err, "session.refused")
	if _, err := finish(t, a, arrival.Ticket, at.Browser, code()); err != nil {
		t.Errorf("with the code: %v", err)
	}
	in := source.New{Tenant: house, Kind: source.OpenID, Name: x.Name, Enabled: true, OpenID: x.OpenID, Mapping: x.Mapping, Policy: x.Policy}
	in.Policy.Second = source.SecondClaimed
	if x, err = a.Source.Modify(t.Context(), a.Super, x.ID, in, 0); err != nil {
		t.Fatal(err)
	}
	_, err = signIn(t, a, p, x)
	apptest.Want(t, err, "session.otp_required")
	p.claims["amr"] = []string{"pwd", "mfa"}
	if _, err = signIn(t, a, p, x); err != nil {
		t.Errorf("the provider has asked for one: %v", err)
	}
	if _, _, err := a.App.Account.SetState(t.Context(), a.Super, []uint64{g.Account.ID}, account.Disabled); err != nil {
		t.Fatal(err)
	}
	_, err = signIn(t, a, p, x)
	apptest.Want(t, err, "session.refused")
	in.Enabled = false
	if _, err := a.Source.Modify(t.Context(), a.Super, x.ID, in, 0); err != nil {
		t.Fatal(err)
	}
	_, err = a.Trip.Start(t.Context(), access.Actor{}, apptest.Origin("v1"), x.ID, false, "")
	apptest.Want(t, err, "source.not_found")
}

func TestPeopleLinkTheirAccounts(t *testing.T) {
	a, p, x := provider(t)
	a.Account(house, "local")
	me := a.Login("local").Actor
	link := func(by access.Actor) error {
		at := start(t, a, by, x, true)
		arrival, err := a.Trip.Arrive(t.Context(), apptest.Origin("v1"), x.ID, at.Browser, p.visit(at.URL))
		if err != nil {
			return err
		}
		if _, err := finish(t, a, arrival.Ticket, at.Browser, ""); err == nil {
			t.Error("a link signs in")
		}
		return a.Trip.LinkTicket(t.Context(), by, arrival.Ticket, at.Browser)
	}
	if err := link(me); err != nil {
		t.Fatal(err)
	}
	g, err := signIn(t, a, p, x)
	if err != nil || g.Account.Name != "local" {
		t.Errorf("%+v, %v", g, err)
	}
	a.Account(house, "second")
	apptest.Want(t, link(a.Login("second").Actor), "source.linked_elsewhere")
	a.Account(5, "foreign")
	apptest.Want(t, link(a.Login("foreign").Actor), "source.other_tenant")
	if err := a.Source.Unlink(t.Context(), me, x.ID); err != nil {
		t.Error(err)
	}
	apptest.Want(t, a.Source.Unlink(t.Context(), me, x.ID), "source.not_linked")
	if _, _, err := a.App.Account.Delete(t.Context(), a.Super, []uint64{g.Account.ID}); err != nil {
		t.Error(err)
	}
	a.Verify()
}

func TestWeComSignsIn(t *testing.T) {
	a := apptest.Open(t)
	at := company(t).URL
	x := keep(t, a, source.New{Kind: source.WeCom, WeCom: &wecom.Settings{CorpID: "ww1", AgentID: "1000002", API: at, Login: at, Private: true},
		Policy: source.Policy{Create: true}})
	try := func(code string) (*session.Grant, error) {
		t.Helper()
		d := start(t, a, access.Actor{}, x, false)
		u, err := url.Parse(d.URL)
		if err != nil || !strings.HasPrefix(d.URL, at+"/wwlogin/sso/login?") || u.Query().Get("appid") != "ww1" || u.Query().Get("agentid") != "1000002" {
			t.Fatalf("%s, %v", d.URL, err)
		}
		arrival, err := a.Trip.Arrive(t.Context(), apptest.Origin("v1"), x.ID, d.Browser, url.Values{"code": {code}, "state": {u.Query().Get("state")}})
		if err != nil {
			return nil, err
		}
		return finish(t, a, arrival.Ticket, d.Browser, "")
	}
	g, err := try("member")
	if err != nil || g.Account.Name != "ZhangSan" || g.Account.Nickname != "Jane Heron" || g.Account.Phone != "13800000000" {
		t.Errorf("%+v, %v", g, err)
	}
	for _, bad := range []string{"guest", "used", ""} {
		_, err := try(bad)
		apptest.Want(t, err, "source.refused")
	}
	if p, err := a.Source.Test(t.Context(), a.Super, x.ID, nil, "", ""); err != nil || !p.OK {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestDingTalkSignsIn(t *testing.T) {
	a := apptest.Open(t)
	at := company(t).URL
	settings := &dingtalk.Settings{ClientID: "ding1", CorpID: "corp1", API: at, Login: at, Private: true}
	x := keep(t, a, source.New{Kind: source.DingTalk, DingTalk: settings, Policy: source.Policy{Create: true}})
	try := func(x *source.Source, code string) (*session.Grant, error) {
		t.Helper()
		d := start(t, a, access.Actor{}, x, false)
		u, err := url.Parse(d.URL)
		if err != nil || u.Query().Get("client_id") != "ding1" || u.Query().Get("response_type") != "code" {
			t.Fatalf("%s, %v", d.URL, err)
		}
		arrival, err := a.Trip.Arrive(t.Context(), apptest.Origin("v1"), x.ID, d.Browser, url.Values{"authCode": {code}, "state": {u.Query().Get("state")}})
		if err != nil {
			return nil, err
		}
		return finish(t, a, arrival.Ticket, d.Browser, "")
	}
	g, err := try(x, "member")
	if err != nil || g.Account.Name != "13800000000" || g.Account.Nickname != "Jane" {
		t.Errorf("%+v, %v", g, err)
	}
	_, err = try(x, "used")
	apptest.Want(t, err, "source.refused")
	other := *settings
	other.CorpID = "corp2"
	y := keep(t, a, source.New{Kind: source.DingTalk, DingTalk: &other, Policy: source.Policy{Create: true}})
	_, err = try(y, "member")
	apptest.Want(t, err, "source.refused")
	other.CorpID = ""
	secret := "invented"
	_, err = a.Source.Create(t.Context(), a.Super, source.New{Tenant: house, Kind: source.DingTalk, Name: "Everybody", Secret: &secret, DingTalk: &other,
		Policy: source.Policy{Create: true}})
	apptest.Want(t, err, "source.corp")
}
