package session

import (
	"context"
	"errors"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/admission"
	"stoa/app/fault"
	"stoa/app/passkey"
	"stoa/app/throttle"
	"stoa/store"
)

// PasskeyLogin is a sign-in, or a second factor, by a passkey.
type PasskeyLogin struct {
	Answer passkey.Answer
	Origin string // that the browser is at: "https://stoa.example.com"
	Device string
}

// LoginPasskey signs somebody in by a passkey alone: a key that its owner unlocks
// is two factors in one.
func (s *Service) LoginPasskey(ctx context.Context, o access.Origin, in PasskeyLogin) (*Grant, error) {
	p, err := s.prove(ctx, o, in)
	if err != nil {
		return nil, err
	}
	v, err := s.Admission.Recognise(ctx, o, p.Account)
	if err != nil {
		return nil, err
	}
	g, err := s.admit(ctx, o, opening{device: in.Device, method: "hwk", strong: true}, func(tx *store.Tx) (*account.Account, error) {
		if err := s.Passkey.TakeTx(tx, p); err != nil {
			return nil, err
		}
		return s.Admission.AdmitTx(tx, v, admission.Second{Proven: true})
	})
	var barred *admission.ErrBarred
	if errors.As(err, &barred) {
		return nil, s.Admission.RefuseSignIn(ctx, v, barred.Reason)
	}
	return g, fault.Wrap(err)
}

// prove checks a passkey's answer, throttled by address as sign-ins are.
func (s *Service) prove(ctx context.Context, o access.Origin, in PasskeyLogin) (*passkey.Proof, error) {
	if err := s.Account.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return nil, err
	}
	p, err := s.Passkey.Prove(ctx, in.Origin, in.Answer)
	if err == nil || fault.KindOf(err) == fault.Internal {
		return p, err
	}
	if failed := s.Account.Throttle.Fail(ctx, throttle.LoginAddress, o.Address); failed != nil {
		return nil, failed
	}
	return nil, err
}

// Strengthen shows a passkey of one's own in a running session, whose roles may
// count only then.
func (s *Service) Strengthen(ctx context.Context, by access.Actor, in PasskeyLogin) error {
	if by.Account == 0 || by.Session == 0 {
		return access.SignIn()
	}
	p, err := s.prove(ctx, by.Origin, in)
	if err != nil {
		return err
	}
	if p.Account != by.Account {
		return fault.New(fault.Invalid, "passkey.of_other", "credential", "this passkey belongs to another account")
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.Passkey.TakeTx(tx, p); err != nil {
			return err
		}
		return s.StrengthenTx(tx, by)
	}))
}

// RegisterPasskey keeps a new passkey of by's own, which is a second factor shown
// in this session too.
func (s *Service) RegisterPasskey(ctx context.Context, by access.Actor, origin, name string, in passkey.Answer) (*passkey.Key, error) {
	return s.Passkey.Register(ctx, by, origin, name, in, func(tx *store.Tx) error { return s.StrengthenTx(tx, by) })
}

// StrengthenTx notes that by has just shown a second factor in its session.
func (s *Service) StrengthenTx(tx *store.Tx, by access.Actor) error {
	if by.Session == 0 {
		return nil
	}
	r, err := s.byID.Get(tx, store.K().Uint(by.Session))
	if errors.Is(err, store.ErrNotFound) {
		return access.SignIn()
	}
	if err != nil || r.Strong {
		return err
	}
	r.Strong, r.Methods = true, append(r.Methods, "mfa")
	if err := s.rows.Update(tx, r); err != nil {
		return err
	}
	return s.record(tx, by, "session.strengthen", r)
}

// strong reports whether a second factor was shown in by's session.
func (s *Service) strong(r store.Reader, by access.Actor) (bool, error) {
	row, err := s.byID.Get(r, store.K().Uint(by.Session))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && row.Strong, err
}

// weaken takes from an actor whose roles need a second factor, and who has shown
// none, everything but what people do with their own account.
func (s *Service) weaken(r store.Reader, actor access.Actor, strong bool) (access.Actor, error) {
	if strong {
		return actor, nil
	}
	strict, err := s.Strict(r, actor.Roles)
	if err != nil || !strict {
		return actor, err
	}
	actor.Weak, actor.Set, actor.Roles, actor.Sight, actor.Units = true, access.Set{}, nil, access.ScopeSelf, nil
	return actor, nil
}

// freshFor is how long after a sign-in nobody is asked for the password again.
const freshFor = 10 * time.Minute

// Confirm is nil when it is surely the owner who acts: by the password, or where
// none is given by a sign-in a few minutes ago, which may have had none.
func (s *Service) Confirm(ctx context.Context, by access.Actor, password string) error {
	if by.Account == 0 || by.Session == 0 {
		return access.SignIn()
	}
	if password != "" {
		return s.Admission.Confirm(ctx, by, password)
	}
	return fault.Wrap(s.db.View(ctx, func(r store.Reader) error {
		row, err := s.byID.Get(r, store.K().Uint(by.Session))
		if errors.Is(err, store.ErrNotFound) || err == nil && r.Now().Sub(row.Created) > freshFor {
			return fault.New(fault.Missing, "session.confirm", "password", "it is a while since you signed in: give your password")
		}
		return err
	}))
}
