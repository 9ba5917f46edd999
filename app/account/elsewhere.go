package account

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/naming"
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
	Account  *Account // nil = nobody here is called so
	Login    string   // as it was typed
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
func (s *Service) elsewhere(ctx context.Context, o access.Origin, found *row, p Proof) (*row, Verdict, error) {
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
		if found, err = s.rows.Get(r, said.Account); err != nil {
			return err
		}
		said.Reason, err = s.barred(r, found, p.Tenant)
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
	var found *row
	reason := ""
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		if found, err = s.rows.Get(r, id); err != nil {
			return err
		}
		reason, err = s.barred(r, found, 0)
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

// CreateLinkedTx makes an account without a password: its owner signs in by a
// source. The caller answers for what is in it.
func (s *Service) CreateLinkedTx(tx *store.Tx, by access.Actor, in New) (*Account, error) {
	if err := by.Need(access.AccountCreate); err != nil {
		return nil, err
	}
	in.PasswordHash, in.MustChange = "", new(bool)
	r, err := s.draft(by, in)
	if err == nil {
		err = s.grant(tx, by, &r.Account, r.Roles)
	}
	if err == nil {
		err = s.insertTx(tx, by, r, "account.create")
	}
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &r.Account, nil
}

// UpdateTx is Update, without a password, in a commit of a neighbour's.
func (s *Service) UpdateTx(tx *store.Tx, by access.Actor, id uint64, c Change) (*Account, error) {
	before, err := s.managed(tx, by, id, access.AccountUpdate)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	c.Password = nil
	after := *before
	if err := s.apply(tx, by, &after, c); err != nil {
		return nil, fault.Wrap(err)
	}
	return &after.Account, fault.Wrap(s.save(tx, by, "account.update", before, &after))
}

// MayGive refuses roles that by may not give to ordinary accounts of a tenant (0 =
// of any: then roles of one tenant are refused).
func (s *Service) MayGive(r store.Reader, by access.Actor, tenant uint64, roles []uint64) error {
	return s.grant(r, by, &Account{Tenant: tenant}, stored(roles))
}

// HasPassword reports whether an account has a password here.
func (s *Service) HasPassword(r store.Reader, id uint64) (bool, error) {
	found, err := s.rows.Get(r, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, directory.Missing()
	}
	return err == nil && found.Password != "", err
}

// ByEmail is the one account with an e-mail; store.ErrNotFound.
func (s *Service) ByEmail(r store.Reader, email string) (*Account, error) {
	return s.exactly(r, email, func(a *Account) string { return a.Email })
}

// ByName is the one account with a user name; store.ErrNotFound.
func (s *Service) ByName(r store.Reader, name string) (*Account, error) {
	return s.exactly(r, name, func(a *Account) string { return a.Name })
}

func (s *Service) exactly(r store.Reader, text string, field func(*Account) string) (*Account, error) {
	found, err := s.rows.Find(r, text, 0)
	if err != nil {
		return nil, err
	}
	if text == "" || naming.Fold(field(&found.Account)) != naming.Fold(text) {
		return nil, store.ErrNotFound
	}
	return &found.Account, nil
}
