package admission

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/throttle"
	"stoa/store"
)

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
	var found *directory.Row
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		found, err = s.Rows.Get(r, id)
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
func (s *Service) AdmitTx(tx *store.Tx, v *Verified, second Second) (*directory.Account, error) {
	a, err := s.Rows.Get(tx, v.Account.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, &ErrBarred{"account deleted"}
	}
	if err != nil {
		return nil, err
	}
	if reason, err := s.Barred(tx, a, 0); err != nil || reason != "" {
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
		if err := s.Rows.Update(tx, a); err != nil {
			return nil, err
		}
	}
	if err := s.Throttle.ClearTx(tx, throttle.Login, v.throttling); err != nil {
		return nil, err
	}
	return &a.Account, s.Directory.NoteTx(tx, a.ID)
}

func either(err error, reason string) error {
	if err != nil {
		return err
	}
	return &ErrBarred{reason}
}

// Check is CheckPassword and AdmitTx without a session: for callers that only
// want to know.
func (s *Service) Check(ctx context.Context, o access.Origin, login, password, otp string, tenant uint64) (*directory.Account, error) {
	v, err := s.CheckPassword(ctx, o, login, password, tenant)
	if err != nil {
		return nil, err
	}
	var out *directory.Account
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

// WrongPassword is the answer to a wrong own password of somebody signed in.
func WrongPassword() *fault.Fault {
	return fault.New(fault.Invalid, "account.wrong_password", "old", "the old password is wrong")
}

// Confirm is nil when password is by's own; throttled as a sign-in is.
func (s *Service) Confirm(ctx context.Context, by access.Actor, password string) error {
	_, err := s.ConfirmRow(ctx, by, password)
	return err
}

// ConfirmRow is by's own account after a check of the password, throttled as a
// sign-in is. For package account alone: the row carries the hash.
func (s *Service) ConfirmRow(ctx context.Context, by access.Actor, password string) (*directory.Row, error) {
	if by.Account == 0 {
		return nil, access.SignIn()
	}
	var a *directory.Row
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		a, err = s.Rows.Visible(r, by, by.Account)
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
