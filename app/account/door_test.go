package account_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/crypto/bcrypt"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/fault"
	"stoa/app/session"
)

func TestSignUpWithCode(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("casdao")
	phone := apptest.Phone(1)
	want(t, a.App.Account.SendCode(ctx, o, account.PurposeSignUp, phone, 1), "account.tenant_closed")
	want(t, a.App.Account.SendCode(ctx, o, account.PurposeSignUp, "12", 2), "account.phone")
	if err := a.App.Account.SendCode(ctx, o, account.PurposeSignUp, phone, 2); err != nil {
		t.Fatal(err)
	}
	want(t, a.App.Account.SendCode(ctx, o, account.PurposeSignUp, phone, 2), "throttle.sms_phone_minute")
	digits := a.Code(phone)
	in := account.SignUp{Name: "newcomer", Password: apptest.Password, Phone: phone, Code: digits, Tenant: 5}
	_, err := a.App.Account.SignUp(ctx, o, in)
	want(t, err, "account.code") // bound to the organisation
	in.Tenant = 2
	in.Password = "newcomer1"
	_, err = a.App.Account.SignUp(ctx, o, in)
	want(t, err, "password.own_words") // and the code is still good
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
	want(t, err, "account.code") // used
	a.Login("newcomer")
}

func TestCodesEndAndAreCounted(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("casdao")
	send := func(phone string) string {
		a.Clock.Add(61 * time.Second)
		if err := a.App.Account.SendCode(ctx, o, account.PurposeSignUp, phone, 2); err != nil {
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
	want(t, try(one, late), "account.code")
	good := send(two)
	wrong := "000000"
	if good == wrong {
		wrong = "000001"
	}
	for range 5 {
		want(t, try(two, wrong), "account.code")
	}
	want(t, try(two, good), "account.code")
	for range 8 {
		send(two)
	}
	a.Clock.Add(61 * time.Second)
	send(two)
	a.Clock.Add(61 * time.Second)
	want(t, a.App.Account.SendCode(ctx, o, account.PurposeSignUp, two, 2), "throttle.sms_phone_day")
}

func TestSignInWithCode(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("pcloud")
	phone := apptest.Phone(3)
	if _, err := a.App.Account.Create(ctx, a.Super, account.New{Phone: phone, Tenant: 2, PasswordHash: bcryptHash}); err != nil {
		t.Fatal(err)
	}
	unknown := apptest.Phone(4)
	if err := a.App.Account.SendCode(ctx, o, account.PurposeLogin, unknown, 0); err != nil || a.Count(unknown) != 0 {
		t.Errorf("a phone of nobody: %v, %d messages", err, a.Count(unknown))
	}
	if err := a.App.Account.SendCode(ctx, o, account.PurposeLogin, phone, 0); err != nil {
		t.Fatal(err)
	}
	in := session.CodeLogin{Phone: phone, Code: a.Code(phone)}
	if g, err := a.Session.LoginCode(ctx, o, in); err != nil || g.Account.Phone != phone {
		t.Fatalf("%+v %v", g, err)
	}
	_, err := a.Session.LoginCode(ctx, o, in)
	want(t, err, "session.refused")
	_, err = a.Session.LoginCode(ctx, o, session.CodeLogin{Phone: unknown, Code: "123456"})
	want(t, err, "session.refused")
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
	want(t, err, "account.name_taken")
	in.Name = "other"
	_, err = a.App.Account.Register(ctx, o, in)
	want(t, err, "account.email_taken")
	closed := apptest.Open(t, func(c *app.Config) { c.Signup.Enabled = false })
	_, err = closed.App.Account.Register(ctx, o, in)
	want(t, err, "account.sign_up_closed")
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

func TestResetLinks(t *testing.T) {
	a, box := apptest.OpenSending(t)
	ctx, o := t.Context(), apptest.Origin("v1")
	a.Account(2, "forgetful")
	old := a.Login("forgetful")
	if err := a.App.Account.ForgotPassword(ctx, o, "nobody"); err != nil {
		t.Errorf("an unknown name is told: %v", err)
	}
	ask := func() string {
		if err := a.App.Account.ForgotPassword(ctx, o, "Forgetful"); err != nil {
			t.Fatal(err)
		}
		a.Deliver()
		got := box.To("forgetful@example.com")
		return link.FindStringSubmatch(got[len(got)-1].Body)[1]
	}
	first, second := ask(), ask()
	want(t, a.App.Account.ResetPassword(ctx, o, first, "short"), "password.too_short")
	want(t, a.App.Account.ResetPassword(ctx, o, "wrong", "a brand new secret"), "account.reset_link")
	if err := a.App.Account.ResetPassword(ctx, o, second, "a brand new secret"); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{first, second} {
		want(t, a.App.Account.ResetPassword(ctx, o, token, "yet another secret"), "account.reset_link")
	}
	_, err := a.Session.Authenticate(ctx, o, old.Token)
	want(t, err, "session.required")
	if _, err := a.Session.Login(ctx, o, session.Login{Login: "forgetful", Password: "a brand new secret"}); err != nil {
		t.Error(err)
	}
	late := ask()
	a.Clock.Add(31 * time.Minute)
	want(t, a.App.Account.ResetPassword(ctx, o, late, "yet another secret"), "account.reset_link")
}

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
	if err := a.App.Account.ResetPassword(t.Context(), apptest.Origin("v1"), token, "a brand new secret"); err != nil {
		t.Error(err)
	}
}

func TestSecondFactor(t *testing.T) {
	a := apptest.Open(t)
	ctx, o := t.Context(), apptest.Origin("v1")
	m := a.Account(2, "careful")
	by := a.Login("careful").Actor
	start, err := a.App.Account.StartTOTP(ctx, by)
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
	_, err = a.App.Account.ConfirmTOTP(ctx, by, "12345x")
	want(t, err, "account.totp_code")
	a.Login("careful") // not in force yet
	recovery, err := a.App.Account.ConfirmTOTP(ctx, by, now())
	if err != nil || len(recovery) != 10 {
		t.Fatalf("%v %v", recovery, err)
	}
	try := func(otp string, asks bool) error {
		_, err := a.Session.Login(ctx, o, session.Login{Login: "careful", Password: apptest.Password, OTP: otp, AsksOTP: asks})
		return err
	}
	want(t, try("", false), "session.refused")
	want(t, try("", true), "session.otp_required")
	want(t, try(now(), true), "session.refused") // the code that confirmed it was used
	a.Clock.Add(30 * time.Second)
	code := now()
	want(t, try(code, false), "")
	want(t, try(code, false), "session.refused") // replayed
	want(t, try(strings.ToUpper(recovery[3]), true), "")
	want(t, try(recovery[3], true), "session.refused")
	_, err = a.Session.Login(ctx, o, session.Login{Login: "careful", Password: "wrong", AsksOTP: true})
	want(t, err, "session.refused") // a wrong password learns nothing of the factor

	a.Clock.Add(time.Hour)
	want(t, a.App.Account.StopTOTP(ctx, by, "wrong"), "account.wrong_password")
	fresh, err := a.App.Account.RecoveryCodes(ctx, by, apptest.Password)
	if err != nil || slices.Contains(fresh, recovery[0]) {
		t.Errorf("new codes: %v", err)
	}
	want(t, try(recovery[0], true), "session.refused")
	if err := a.App.Account.StopTOTP(ctx, by, apptest.Password); err != nil {
		t.Fatal(err)
	}
	want(t, try("", false), "")
	if got, err := a.App.Account.Get(ctx, a.Super, m.ID); err != nil || got.SecondFactor {
		t.Errorf("%+v %v", got, err)
	}
	a.Verify()
}

func TestLockedOutAdministratorComesBack(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	by := a.Login(apptest.SuperName).Actor
	start, err := a.App.Account.StartTOTP(ctx, by)
	if err != nil {
		t.Fatal(err)
	}
	code, _ := totp.GenerateCode(start.Secret, a.Clock.Now())
	if _, err := a.App.Account.ConfirmTOTP(ctx, by, code); err != nil {
		t.Fatal(err)
	}
	url, until, err := a.App.Account.ResetLink(ctx, access.System("cli"), apptest.SuperName)
	if err != nil || !until.After(a.Clock.Now()) {
		t.Fatal(url, until, err)
	}
	if err := a.App.Account.ResetPassword(ctx, apptest.Origin("v1"), link.FindStringSubmatch(url)[1], "back in the house 9"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session.Login(ctx, apptest.Origin("v1"), session.Login{Login: apptest.SuperName, Password: "back in the house 9"}); err != nil {
		t.Error(err)
	}
	_, _, err = a.App.Account.ResetLink(ctx, a.Actor(a.Account(2, "admin", access.RoleAdmin)), apptest.SuperName)
	want(t, err, "access.denied")
}

func TestFollow(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	one, two := a.Account(1, "one"), a.Account(2, "two")
	for range 2 {
		if err := a.App.Account.Follow(ctx, a.Actor(one), "TWO", true); err != nil {
			t.Fatal(err)
		}
	}
	want(t, a.App.Account.Follow(ctx, a.Actor(one), "one", true), "account.follow_self")
	want(t, a.App.Account.Follow(ctx, a.Actor(one), "nobody", true), "account.not_found")
	p, err := a.App.Account.Profile(ctx, a.Actor(one), "two")
	if err != nil || fmt.Sprint(p.Followed) != "[one]" || len(p.Follow) != 0 || p.Email != "" {
		t.Errorf("%+v %v", p, err)
	}
	if p, err = a.App.Account.Profile(ctx, a.Actor(two), "two"); err != nil || p.Email != "two@example.com" {
		t.Errorf("one's own profile: %+v %v", p, err)
	}
	if _, _, err := a.App.Account.Delete(ctx, a.Super, []uint64{one.ID}); err != nil {
		t.Fatal(err)
	}
	if _, followed, err := a.App.Account.Follows(ctx, two.ID); err != nil || len(followed) != 0 {
		t.Errorf("a deleted account still follows: %v %v", followed, err)
	}
	if n, err := a.App.Account.Sweep(ctx); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
	a.Verify()
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
	want(t, err, "account.password_hash")
	_, err = a.App.Account.Create(t.Context(), a.Super, account.New{Name: "costly", Tenant: 2, PasswordHash: "$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"})
	want(t, err, "account.password_hash")
	a.Verify()
}
