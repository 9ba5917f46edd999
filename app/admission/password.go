package admission

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/naming"
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
	Account    *directory.Account
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

// MaxTyped bounds what is hashed of a typed password, in bytes.
const MaxTyped = 1024

func (s *Service) verify(ctx context.Context, stored, password string) (ok, upgrade bool, err error) {
	if len(password) > MaxTyped {
		stored, password = "", password[:MaxTyped]
	}
	return s.Hasher.Verify(ctx, stored, password)
}

// candidate looks an account up for a sign-in and says why it may not have one.
func (s *Service) candidate(ctx context.Context, login string, tenant uint64) (found *directory.Row, reason string, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		found, err = s.Rows.Find(r, login, tenant)
		if errors.Is(err, store.ErrNotFound) && tenant != 0 {
			found, err = s.Rows.Find(r, login, 0) // refused all the same; the log says why
		}
		if errors.Is(err, store.ErrNotFound) {
			found, reason = nil, "unknown account"
			return nil
		}
		if err != nil {
			return err
		}
		reason, err = s.Barred(r, found, tenant)
		return err
	})
	return found, reason, err
}

// Barred says why an account may not sign in; "" if it may.
func (s *Service) Barred(r store.Reader, a *directory.Row, tenant uint64) (string, error) {
	switch {
	case tenant != 0 && a.Tenant != tenant:
		return "another organisation", nil
	case a.State != directory.Active:
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
	parent, err := s.Rows.Get(r, a.Parent)
	if errors.Is(err, store.ErrNotFound) || err == nil && parent.State != directory.Active {
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
