package source_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
)

// withTOTP gives somebody an authenticator app.
func withTOTP(t *testing.T, a *apptest.App, by access.Actor) string {
	t.Helper()
	begun, err := a.Credential.StartTOTP(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(begun.Secret, a.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Credential.ConfirmTOTP(t.Context(), by, code); err != nil {
		t.Fatal(err)
	}
	a.Clock.Add(2 * time.Minute)
	return begun.Secret
}

// confirmed is an account whose e-mail is known to be its owner's.
func confirmed(t *testing.T, a *apptest.App, tenant uint64, name, email string) *account.Account {
	t.Helper()
	keep := false
	made, err := a.App.Account.Create(t.Context(), a.Super, account.New{Name: name, Email: email, Tenant: tenant, Password: apptest.Password,
		EmailConfirmed: true, MustChange: &keep})
	if err != nil {
		t.Fatal(err)
	}
	return made
}
