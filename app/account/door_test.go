package account_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"
	"golang.org/x/crypto/bcrypt"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/fault"
	"stoa/app/onetime"
	"stoa/app/session"
)

func TestSignUpWithCode(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("casdao")
	phone := apptest.Phone(1)
	apptest.Want(t, a.App.Account.SendCode(ctx, o, onetime.SignUp, phone, 1), "account.tenant_closed")
	apptest.Want(t, a.App.Account.SendCode(ctx, o, onetime.SignUp, "12", 2), "account.phone")
	if err := a.App.Account.SendCode(ctx, o, onetime.SignUp, phone, 2); err != nil {
		t.Fatal(err)
	}
	apptest.Want(t, a.App.Account.SendCode(ctx, o, onetime.SignUp, phone, 2), "throttle.sms_phone_minute")
	digits := a.Code(phone)
	in := account.SignUp{Name: "newcomer", Password: apptest.Password, Phone: phone, Code: digits, Tenant: 5}
	_, err := a.App.Account.SignUp(ctx, o, in)
	apptest.Want(t, err, "account.code") // bound to the organisation
	in.Tenant = 2
	in.Password = "newcomer1"
	_, err = a.App.Account.SignUp(ctx, o, in)
	apptest.Want(t, err, "password.own_words") // and the code is still good
	in.Password = apptest.Password
	made, err := a.App.Account.SignUp(ctx, o, in)
	if err != nil {
		t.Fatal(err)
	}
	if made.Tenant != 2 || made.Role() != access.RoleOwner || !made.PhoneConfirmed || made.MustChange || made.ModifiedBy != "newcomer" {
		t.Errorf("made %+v", made)
	}
	in.Name = "again"
	_, err = a.App.Account.SignUp(ctx, o, in)
	apptest.Want(t, err, "account.code") // used
	a.Login("newcomer")
}

func TestSignInWithCode(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("pcloud")
	phone := apptest.Phone(3)
	if _, err := a.App.Account.Create(ctx, a.Super, account.New{Phone: phone, Tenant: 2, PasswordHash: bcryptHash}); err != nil {
		t.Fatal(err)
	}
	unknown := apptest.Phone(4)
	if err := a.App.Account.SendCode(ctx, o, onetime.SignIn, unknown, 0); err != nil || a.Count(unknown) != 0 {
		t.Errorf("a phone of nobody: %v, %d messages", err, a.Count(unknown))
	}
	if err := a.App.Account.SendCode(ctx, o, onetime.SignIn, phone, 0); err != nil {
		t.Fatal(err)
	}
	in := session.CodeLogin{Phone: phone, Code: a.Code(phone)}
	if g, err := a.Session.LoginCode(ctx, o, in); err != nil || g.Account.Phone != phone {
		t.Fatalf("%+v %v", g, err)
	}
	_, err := a.Session.LoginCode(ctx, o, in)
	apptest.Want(t, err, "session.refused")
	_, err = a.Session.LoginCode(ctx, o, session.CodeLogin{Phone: unknown, Code: "123456"})
	apptest.Want(t, err, "session.refused")
}

func TestRegister(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("gallery")
	in := account.Registration{Name: "painter", Email: "painter@example.com", Password: apptest.Password}
	made, err := a.App.Account.Register(ctx, o, in)
	if err != nil || made.Tenant != 1 || made.Role() != access.RoleMember {
		t.Fatalf("%+v %v", made, err)
	}
	_, err = a.App.Account.Register(ctx, o, in)
	apptest.Want(t, err, "account.name_taken")
	in.Name = "other"
	_, err = a.App.Account.Register(ctx, o, in)
	apptest.Want(t, err, "account.email_taken")
	closed := apptest.Open(t, func(c *app.Config) { c.Signup.Enabled = false })
	_, err = closed.App.Account.Register(ctx, o, in)
	apptest.Want(t, err, "account.sign_up_closed")
}

func TestExists(t *testing.T) {
	a := apptest.Open(t)
	a.Account(2, "taken")
	for name, exists := range map[string]bool{"TAKEN": true, "free": false, " taken ": true} {
		if got, err := a.App.Account.Exists(t.Context(), apptest.Origin("casdao"), name); err != nil || got != exists {
			t.Errorf("%q: %v %v", name, got, err)
		}
	}
	var err error
	for range 100 {
		if _, err = a.App.Account.Exists(t.Context(), apptest.Origin("casdao"), "free"); err != nil {
			break
		}
	}
	if fault.KindOf(err) != fault.TooMany {
		t.Errorf("a hundred questions in a row: %v", err)
	}
}

var link = regexp.MustCompile(`https?://\S+/console/reset#token=(\S+)`)

func TestNoticeCarriesNoPassword(t *testing.T) {
	a, box := apptest.OpenSending(t)
	owner := a.Account(2, "owner", access.RoleOwner)
	_, err := a.App.Account.CreateSecondary(t.Context(), a.Actor(owner), account.NewSecondary{Name: "invited", Email: "invited@example.com",
		Phone: apptest.Phone(5), Password: apptest.Password, Notify: true})
	if err != nil {
		t.Fatal(err)
	}
	a.Deliver()
	for _, to := range []string{"invited@example.com", apptest.Phone(5)} {
		got := box.To(to)
		if len(got) != 1 || strings.Contains(got[0].Body, apptest.Password) || !strings.Contains(got[0].Body, "owner") || !link.MatchString(got[0].Body) {
			t.Fatalf("to %s: %+v", to, got)
		}
	}
	token := link.FindStringSubmatch(box.To("invited@example.com")[0].Body)[1]
	if err := a.Credential.ResetPassword(t.Context(), apptest.Origin("v1"), token, "a brand new secret"); err != nil {
		t.Error(err)
	}
}

func TestLockedOutAdministratorComesBack(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	by := a.Login(apptest.SuperName).Actor
	start, err := a.Credential.StartTOTP(ctx, by)
	if err != nil {
		t.Fatal(err)
	}
	code, _ := totp.GenerateCode(start.Secret, a.Clock.Now())
	if _, err := a.Credential.ConfirmTOTP(ctx, by, code); err != nil {
		t.Fatal(err)
	}
	url, until, err := a.Credential.ResetLink(ctx, access.System("cli"), apptest.SuperName)
	if err != nil || !until.After(a.Clock.Now()) {
		t.Fatal(url, until, err)
	}
	if err := a.Credential.ResetPassword(ctx, apptest.Origin("v1"), link.FindStringSubmatch(url)[1], "back in the house 9"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session.Login(ctx, apptest.Origin("v1"), session.Login{Login: apptest.SuperName, Password: "back in the house 9"}); err != nil {
		t.Error(err)
	}
	_, _, err = a.Credential.ResetLink(ctx, a.Actor(a.Account(2, "admin", access.RoleAdmin)), apptest.SuperName)
	apptest.Want(t, err, "access.denied")
}

func TestImportedHashServesAndIsUpgraded(t *testing.T) {
	a := apptest.Open(t)
	raw, err := bcrypt.GenerateFromPassword([]byte("imported secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	made, err := a.App.Account.Create(t.Context(), a.Super, account.New{Name: "imported", Tenant: 2, PasswordHash: string(raw)})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := a.Session.Login(t.Context(), apptest.Origin("v1"), session.Login{Login: "imported", Password: "imported secret"}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := a.App.Account.Get(t.Context(), a.Super, made.ID); err != nil || got.LastSeen.IsZero() {
		t.Errorf("%+v %v", got, err)
	}
	_, err = a.App.Account.Create(t.Context(), a.Super, account.New{Name: "broken", Tenant: 2, PasswordHash: "$2a$04$x"})
	apptest.Want(t, err, "account.password_hash")
	_, err = a.App.Account.Create(t.Context(), a.Super, account.New{Name: "costly", Tenant: 2, PasswordHash: "$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"})
	apptest.Want(t, err, "account.password_hash")
	a.Verify()
}
