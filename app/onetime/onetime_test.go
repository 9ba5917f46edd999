package onetime_test

import (
	"regexp"
	"testing"
	"time"

	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/onetime"
	"stoa/app/session"
)

var link = regexp.MustCompile(`https?://\S+/console/reset#token=(\S+)`)

func TestCodesEndAndAreCounted(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("casdao")
	send := func(phone string) string {
		a.Clock.Add(61 * time.Second)
		if err := a.App.Account.SendCode(ctx, o, onetime.SignUp, phone, 2); err != nil {
			t.Fatal(err)
		}
		return a.Code(phone)
	}
	try := func(phone, digits string) error {
		_, err := a.App.Account.SignUp(ctx, o, account.SignUp{Name: "newcomer", Password: apptest.Password, Phone: phone, Code: digits, Tenant: 2})
		return err
	}
	one, two := apptest.Phone(1), apptest.Phone(2)
	late := send(one)
	a.Clock.Add(5 * time.Minute)
	apptest.Want(t, try(one, late), "account.code")
	good := send(two)
	wrong := "000000"
	if good == wrong {
		wrong = "000001"
	}
	for range 5 {
		apptest.Want(t, try(two, wrong), "account.code")
	}
	apptest.Want(t, try(two, good), "account.code")
	for range 8 {
		send(two)
	}
	a.Clock.Add(61 * time.Second)
	send(two)
	a.Clock.Add(61 * time.Second)
	apptest.Want(t, a.App.Account.SendCode(ctx, o, onetime.SignUp, two, 2), "throttle.sms_phone_day")
}

func TestResetLinks(t *testing.T) {
	a, box := apptest.OpenSending(t)
	ctx, o := t.Context(), apptest.Origin("v1")
	a.Account(2, "forgetful")
	old := a.Login("forgetful")
	if err := a.Credential.ForgotPassword(ctx, o, "nobody"); err != nil {
		t.Errorf("an unknown name is told: %v", err)
	}
	ask := func() string {
		if err := a.Credential.ForgotPassword(ctx, o, "Forgetful"); err != nil {
			t.Fatal(err)
		}
		a.Deliver()
		got := box.To("forgetful@example.com")
		return link.FindStringSubmatch(got[len(got)-1].Body)[1]
	}
	first, second := ask(), ask()
	apptest.Want(t, a.Credential.ResetPassword(ctx, o, first, "short"), "password.too_short")
	apptest.Want(t, a.Credential.ResetPassword(ctx, o, "wrong", "a brand new secret"), "account.reset_link")
	if err := a.Credential.ResetPassword(ctx, o, second, "a brand new secret"); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{first, second} {
		apptest.Want(t, a.Credential.ResetPassword(ctx, o, token, "yet another secret"), "account.reset_link")
	}
	_, err := a.Session.Authenticate(ctx, o, old.Token)
	apptest.Want(t, err, "session.required")
	if _, err := a.Session.Login(ctx, o, session.Login{Login: "forgetful", Password: "a brand new secret"}); err != nil {
		t.Error(err)
	}
	late := ask()
	a.Clock.Add(31 * time.Minute)
	apptest.Want(t, a.Credential.ResetPassword(ctx, o, late, "yet another secret"), "account.reset_link")
}
