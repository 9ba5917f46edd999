package account

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/app/onetime"
	"stoa/app/throttle"
	"stoa/store"
)

// Refused is the one answer to every sign-in that fails: a wrong password, an
// unknown or disabled account, another organisation, a frozen tenant. The reason
// is in the action log.
func Refused() *fault.Fault {
	return fault.New(fault.Unauthenticated, "session.refused", "", "the user name or the password is wrong")
}

// Verified is an account whose password was right a moment ago.
type Verified struct {
	Account    *Account
	login      string
	origin     access.Origin
	upgrade    string // a better hash of the same password; "" = none
	second     bool   // a second factor was asked for where it was proven
	throttling string
}

// CheckPassword finds the account that login names and compares the password,
// throttled, outside any transaction and at the same cost whether there is such
// an account or not. Every failure that the caller may know of is Refused; it is
// in the action log when CheckPassword returns. What it answers is only good for
// AdmitTx, which looks again at what may have changed meanwhile.
func (s *Service) CheckPassword(ctx context.Context, o access.Origin, login, password string, tenant uint64) (out *Verified, err error) {
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return nil, err
	}
	found, reason, err := s.candidate(ctx, login, tenant)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	v := &Verified{login: login, origin: o, throttling: throttle.LoginKey("login "+naming.Fold(naming.Trim(login)), o.Address)}
	stored := ""
	if found != nil {
		v.Account, stored = &found.Account, found.Password
		v.throttling = throttle.LoginKey("account "+number(found.ID), o.Address)
	}
	if err := s.Throttle.Allow(ctx, throttle.Login, v.throttling); err != nil {
		return nil, err
	}
	ok, upgrade, err := s.verify(ctx, stored, password)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	if reason == "" || found == nil {
		var said Verdict
		found, said, err = s.elsewhere(ctx, o, found, Proof{Login: login, Password: password, Tenant: tenant, Own: ok})
		if err != nil {
			return nil, err
		}
		if said.Asked {
			ok, upgrade, reason = said.Right, false, said.Reason
		}
		if v.second = said.Second; ok && found != nil {
			v.Account = &found.Account
		}
		defer func() {
			if out == nil {
				settle(ctx, said)
			}
		}()
	}
	if !ok && reason == "" {
		reason = "wrong password"
	}
	if reason != "" {
		return nil, s.refuse(ctx, v, reason)
	}
	if upgrade {
		v.upgrade, err = s.Hasher.Hash(ctx, password)
	}
	return v, fault.Wrap(err)
}

// maxTyped bounds what is hashed of a typed password, in bytes.
const maxTyped = 1024

func (s *Service) verify(ctx context.Context, stored, password string) (ok, upgrade bool, err error) {
	if len(password) > maxTyped {
		stored, password = "", password[:maxTyped]
	}
	return s.Hasher.Verify(ctx, stored, password)
}

// candidate looks an account up for a sign-in and says why it may not have one.
func (s *Service) candidate(ctx context.Context, login string, tenant uint64) (found *row, reason string, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		found, err = s.rows.Find(r, login, tenant)
		if errors.Is(err, store.ErrNotFound) && tenant != 0 {
			found, err = s.rows.Find(r, login, 0) // refused all the same; the log says why
		}
		if errors.Is(err, store.ErrNotFound) {
			found, reason = nil, "unknown account"
			return nil
		}
		if err != nil {
			return err
		}
		reason, err = s.barred(r, found, tenant)
		return err
	})
	return found, reason, err
}

// barred says why an account may not sign in; "" if it may.
func (s *Service) barred(r store.Reader, a *row, tenant uint64) (string, error) {
	switch {
	case tenant != 0 && a.Tenant != tenant:
		return "another organisation", nil
	case a.State != Active:
		return "account disabled", nil
	}
	frozen, err := s.Org.Frozen(r, a.Tenant)
	if err != nil {
		return "", err
	}
	if frozen {
		return "organisation frozen", nil
	}
	if a.Parent == 0 {
		return "", nil
	}
	parent, err := s.rows.Get(r, a.Parent)
	if errors.Is(err, store.ErrNotFound) || err == nil && parent.State != Active {
		return "parent account disabled", nil
	}
	return "", err
}

// refuse counts and logs a failed sign-in and answers Refused.
func (s *Service) refuse(ctx context.Context, v *Verified, reason string) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.Throttle.FailTx(tx, throttle.Login, v.throttling); err != nil {
			return err
		}
		if err := s.Throttle.FailTx(tx, throttle.LoginAddress, v.origin.Address); err != nil {
			return err
		}
		e := audit.Entry{Action: "session.create", ObjectKind: "account", ObjectName: v.login}
		if v.Account != nil {
			e = entry("session.create", v.Account)
		}
		e.Outcome, e.Reason = audit.Failed, reason
		return s.Audit.AddTx(tx, access.Nobody(v.origin), e)
	})
	if err != nil {
		return fault.Wrap(err)
	}
	return Refused()
}

// RefuseSignIn counts and logs a sign-in that failed after CheckPassword.
func (s *Service) RefuseSignIn(ctx context.Context, v *Verified, reason string) error {
	return s.refuse(ctx, v, reason)
}

// Second is a second factor as a sign-in brings it.
type Second struct {
	Code   string // TOTP or recovery code; "" = none
	Asks   bool   // the caller can ask for one: it learns that one is needed
	Proven bool   // it was shown in another way, such as by a passkey
}

// OTPRequired is the answer to a right password that lacks the second factor,
// given to callers that can ask for it.
func OTPRequired() *fault.Fault {
	return fault.New(fault.Unauthenticated, "session.otp_required", "otp", "a code from the authenticator app is needed")
}

// Recognise is an account that proved itself without a password, for AdmitTx.
// Refused if there is none.
func (s *Service) Recognise(ctx context.Context, o access.Origin, id uint64) (*Verified, error) {
	var found *row
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		found, err = s.rows.Get(r, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, Refused()
	}
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &Verified{Account: &found.Account, login: found.Name, origin: o, throttling: throttle.LoginKey("account "+number(id), o.Address)}, nil
}

// ErrBarred is a sign-in that AdmitTx refuses; its text is for the action log.
type ErrBarred struct{ Reason string }

func (e *ErrBarred) Error() string { return "account: sign-in refused: " + e.Reason }

// AdmitTx lets a verified account in, as part of the commit that makes its
// session: it reads the account again, takes the second factor, forgets the
// failures, upgrades the hash. *ErrBarred says why not; nothing may be committed
// then, and RefuseSignIn is the answer.
func (s *Service) AdmitTx(tx *store.Tx, v *Verified, second Second) (*Account, error) {
	a, err := s.rows.Get(tx, v.Account.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, &ErrBarred{"account deleted"}
	}
	if err != nil {
		return nil, err
	}
	if reason, err := s.barred(tx, a, 0); err != nil || reason != "" {
		return nil, either(err, reason)
	}
	if a.Credential != v.Account.Credential {
		return nil, &ErrBarred{"password changed meanwhile"}
	}
	if a.SecondFactor && !v.second && !second.Proven {
		if second.Code == "" && second.Asks {
			return nil, OTPRequired()
		}
		ok, err := s.Factor.TakeTx(tx, a.ID, second.Code)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, &ErrBarred{"second factor missing or wrong"}
		}
	}
	if v.upgrade != "" {
		a.Password = v.upgrade
		if err := s.rows.Update(tx, a); err != nil {
			return nil, err
		}
	}
	if err := s.Throttle.ClearTx(tx, throttle.Login, v.throttling); err != nil {
		return nil, err
	}
	return &a.Account, s.NoteTx(tx, a.ID)
}

func either(err error, reason string) error {
	if err != nil {
		return err
	}
	return &ErrBarred{reason}
}

// Check is CheckPassword and AdmitTx without a session: for callers that only
// want to know.
func (s *Service) Check(ctx context.Context, o access.Origin, login, password, otp string, tenant uint64) (*Account, error) {
	v, err := s.CheckPassword(ctx, o, login, password, tenant)
	if err != nil {
		return nil, err
	}
	var out *Account
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		out, err = s.AdmitTx(tx, v, Second{Code: otp})
		return err
	})
	var barred *ErrBarred
	if errors.As(err, &barred) {
		return nil, s.refuse(ctx, v, barred.Reason)
	}
	return out, fault.Wrap(err)
}

// ChangePassword sets by's own password, given the old one. Every other session
// of the account ends.
func (s *Service) ChangePassword(ctx context.Context, by access.Actor, id uint64, old, new string) error {
	if by.Account == 0 {
		return access.SignIn()
	}
	if id != by.Account {
		return fault.New(fault.Denied, "account.password_of_other", "id", "only the owner changes a password with the old one; administrators set a new one")
	}
	if old == "" {
		return fault.New(fault.Missing, "account.old_password", "old", "the old password is needed")
	}
	a, err := s.confirm(ctx, by, old)
	if err != nil {
		return err
	}
	if a.Password == "" {
		return fault.New(fault.Conflict, "account.password_elsewhere", "old", "your password is kept by the system that you sign in with: change it there")
	}
	hash, err := s.newHash(ctx, new, &a.Account)
	if err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		return s.setPassword(tx, by, a, hash, false, "account.password")
	}))
}

// WrongPassword is the answer to a wrong own password of somebody signed in.
func WrongPassword() *fault.Fault {
	return fault.New(fault.Invalid, "account.wrong_password", "old", "the old password is wrong")
}

// Confirm is nil when password is by's own; throttled as a sign-in is.
func (s *Service) Confirm(ctx context.Context, by access.Actor, password string) error {
	_, err := s.confirm(ctx, by, password)
	return err
}

// confirm is by's own account after a check of the password, throttled as a
// sign-in is.
func (s *Service) confirm(ctx context.Context, by access.Actor, password string) (*row, error) {
	if by.Account == 0 {
		return nil, access.SignIn()
	}
	var a *row
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		a, err = s.rows.Visible(r, by, by.Account)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	at := throttle.LoginKey("account "+number(a.ID), by.Origin.Address)
	if err := s.Throttle.Allow(ctx, throttle.Login, at); err != nil {
		return nil, err
	}
	ok, _, err := s.verify(ctx, a.Password, password)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	_, said, err := s.elsewhere(ctx, by.Origin, a, Proof{Login: a.Name, Password: password, Tenant: a.Tenant, Own: ok})
	if err != nil {
		return nil, err
	}
	if ok && !said.Asked || said.Asked && said.Right {
		return a, nil
	}
	e := entry("account.confirm", &a.Account)
	e.Outcome, e.Reason = audit.Failed, "wrong password"
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.Throttle.FailTx(tx, throttle.Login, at); err != nil {
			return err
		}
		return s.Audit.AddTx(tx, by, e)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return nil, WrongPassword()
}

// setPassword writes a new hash, provided that the password is still the one
// that before had. Links that were sent for it die; other sessions end.
func (s *Service) setPassword(tx *store.Tx, by access.Actor, before *row, hash string, mustChange bool, action string) error {
	now, err := s.rows.Get(tx, before.ID)
	if errors.Is(err, store.ErrNotFound) {
		return directory.Missing()
	}
	if err != nil {
		return err
	}
	if now.Credential != before.Credential {
		return stale(&now.Account)
	}
	after := *now
	after.Password, after.MustChange = hash, mustChange
	after.Credential++
	if err := s.OneTime.DropLinksTx(tx, now.ID); err != nil {
		return err
	}
	return s.save(tx, by, action, now, &after)
}

// SetPassword sets the password of an account that by manages; its owner must
// change it at the next sign-in to the console.
func (s *Service) SetPassword(ctx context.Context, by access.Actor, id uint64, new string) error {
	_, err := s.Update(ctx, by, id, Change{Password: &new}, 0)
	return err
}

// CheckCode finds the account with a phone and compares a code that SendCode
// sent to it for PurposeLogin. Failures are as those of CheckPassword; TakeCodeTx
// and AdmitTx belong into the commit that makes the session.
func (s *Service) CheckCode(ctx context.Context, o access.Origin, phone, digits string, tenant uint64) (*Verified, error) {
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return nil, err
	}
	found, reason, err := s.candidate(ctx, phone, tenant)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	v := &Verified{login: phone, origin: o, throttling: throttle.LoginKey("login "+phone, o.Address)}
	if found != nil {
		v.Account = &found.Account
		v.throttling = throttle.LoginKey("account "+number(found.ID), o.Address)
	}
	if err := s.Throttle.Allow(ctx, throttle.Login, v.throttling); err != nil {
		return nil, err
	}
	err = s.OneTime.TryCode(ctx, onetime.For{Purpose: PurposeLogin, Tenant: tenant, Phone: phone}, digits)
	if err != nil && !errors.Is(err, onetime.WrongCode()) {
		return nil, err
	}
	if err != nil && reason == "" {
		reason = "wrong code"
	}
	if reason != "" {
		return nil, s.refuse(ctx, v, reason)
	}
	return v, nil
}

// TakeCodeTx uses up the code that CheckCode compared.
func (s *Service) TakeCodeTx(tx *store.Tx, phone, digits string, tenant uint64) error {
	return s.OneTime.TakeCodeTx(tx, onetime.For{Purpose: PurposeLogin, Tenant: tenant, Phone: phone}, digits)
}
