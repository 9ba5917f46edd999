package admission

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/throttle"
	"stoa/store"
)

// Elsewhere proves passwords that other systems keep: package source.
type Elsewhere interface {
	// Prove says whether a password is right at the system that keeps it. It is
	// asked outside any transaction and may make the account.
	Prove(ctx context.Context, o access.Origin, p Proof) (Verdict, error)
}

// Proof is what is to be proven elsewhere.
type Proof struct {
	Account  *directory.Account // nil = nobody here is called so
	Login    string             // as it was typed
	Password string
	Tenant   uint64 // 0 = any
	Own      bool   // the account's password here is the one that was typed
}

// Verdict is what another system says of a password.
type Verdict struct {
	Asked   bool   // the password is kept elsewhere: what follows counts in place of the one here
	Right   bool   // it is the right one
	Account uint64 // whose it is
	Second  bool   // a second factor was asked for there
	Reason  string // why it is not right; for the action log
	// Settled ends when a refusal may be answered, so that its time does not tell
	// who was asked; nil = at once.
	Settled <-chan struct{}
}

// Second reports whether a second factor was asked for where the account was proven.
func (v *Verified) Second() bool { return v.second }

// elsewhere asks whether another system keeps the password, and gives the account
// that a right one opens.
func (s *Service) elsewhere(ctx context.Context, o access.Origin, found *directory.Row, p Proof) (*directory.Row, Verdict, error) {
	if s.Deps.Elsewhere == nil {
		return found, Verdict{}, nil
	}
	if found != nil {
		p.Account = &found.Account
	}
	said, err := s.Deps.Elsewhere().Prove(ctx, o, p)
	if err != nil || !said.Right || found != nil {
		return found, said, err
	}
	err = s.db.View(ctx, func(r store.Reader) error {
		if found, err = s.Rows.Get(r, said.Account); err != nil {
			return err
		}
		said.Reason, err = s.Barred(r, found, p.Tenant)
		return err
	})
	return found, said, err
}

// settle waits until a refusal may be answered.
func settle(ctx context.Context, v Verdict) {
	if v.Settled == nil {
		return
	}
	select {
	case <-v.Settled:
	case <-ctx.Done():
	}
}

// Vouch is an account that a sign-in source has proven, for AdmitTx, under the
// throttle of sign-ins. What bars it is counted, logged and answered as Refused.
func (s *Service) Vouch(ctx context.Context, o access.Origin, id uint64, second bool) (*Verified, error) {
	var found *directory.Row
	reason := ""
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		if found, err = s.Rows.Get(r, id); err != nil {
			return err
		}
		reason, err = s.Barred(r, found, 0)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, Refused()
	}
	if err != nil {
		return nil, fault.Wrap(err)
	}
	v := &Verified{Account: &found.Account, login: found.Name, origin: o, second: second,
		throttling: throttle.LoginKey("account "+number(id), o.Address)}
	if err := s.Throttle.Allow(ctx, throttle.Login, v.throttling); err != nil {
		return nil, err
	}
	if reason != "" {
		return nil, s.refuse(ctx, v, reason)
	}
	return v, nil
}
