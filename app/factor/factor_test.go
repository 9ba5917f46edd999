package factor_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"stoa/app/apptest"
	"stoa/app/session"
)

func TestSecondFactor(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("v1")
	m := a.Account(2, "careful")
	by := a.Login("careful").Actor
	start, err := a.Credential.StartTOTP(ctx, by)
	if err != nil || !strings.HasPrefix(start.URL, "otpauth://totp/") {
		t.Fatalf("%+v %v", start, err)
	}
	now := func() string {
		code, err := totp.GenerateCode(start.Secret, a.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	_, err = a.Credential.ConfirmTOTP(ctx, by, "12345x")
	apptest.Want(t, err, "account.totp_code")
	a.Login("careful") // not in force yet
	recovery, err := a.Credential.ConfirmTOTP(ctx, by, now())
	if err != nil || len(recovery) != 10 {
		t.Fatalf("%v %v", recovery, err)
	}
	tries := 0
	try := func(otp string, asks bool) error {
		tries++ // each from another address: how often one may fail is tested elsewhere
		o.Address = fmt.Sprintf("192.0.2.%d", tries)
		_, err := a.Session.Login(ctx, o, session.Login{Login: "careful", Password: apptest.Password, OTP: otp, AsksOTP: asks})
		return err
	}
	apptest.Want(t, try("", false), "session.refused")
	apptest.Want(t, try("", true), "session.otp_required")
	apptest.Want(t, try(now(), true), "session.refused") // the code that confirmed it was used
	a.Clock.Add(30 * time.Second)
	code := now()
	apptest.Want(t, try(code, false), "")
	apptest.Want(t, try(code, false), "session.refused") // replayed
	apptest.Want(t, try(strings.ToUpper(recovery[3]), true), "")
	apptest.Want(t, try(recovery[3], true), "session.refused")
	_, err = a.Session.Login(ctx, o, session.Login{Login: "careful", Password: "wrong", AsksOTP: true})
	apptest.Want(t, err, "session.refused") // a wrong password learns nothing of the factor

	a.Clock.Add(time.Hour)
	apptest.Want(t, a.Credential.StopTOTP(ctx, by, "wrong"), "account.wrong_password")
	fresh, err := a.Credential.RecoveryCodes(ctx, by, apptest.Password)
	if err != nil || slices.Contains(fresh, recovery[0]) {
		t.Errorf("new codes: %v", err)
	}
	apptest.Want(t, try(recovery[0], true), "session.refused")
	if err := a.Credential.StopTOTP(ctx, by, apptest.Password); err != nil {
		t.Fatal(err)
	}
	apptest.Want(t, try("", false), "")
	if got, err := a.App.Account.Get(ctx, a.Super, m.ID); err != nil || got.SecondFactor {
		t.Errorf("%+v %v", got, err)
	}
	a.Verify()
}
