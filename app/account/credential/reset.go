package credential

import (
	"context"
	"errors"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/message"
	"stoa/app/naming"
	"stoa/app/onetime"
	"stoa/app/throttle"
	"stoa/store"
)

// ForgotPassword sends a link to choose a new password to the account that login
// names, by e-mail, else by SMS. It answers the same whether there is one or not.
func (s *Service) ForgotPassword(ctx context.Context, o access.Origin, login string) error {
	if naming.Trim(login) == "" {
		return fault.New(fault.Missing, "account.login", "login", "a user name, an e-mail or a phone is needed")
	}
	if err := s.Throttle.Allow(ctx, throttle.Reset, o.Address); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := s.Rows.Find(tx, login, 0)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if reason, err := s.Admission.Barred(tx, a, 0); err != nil || reason != "" {
			return err
		}
		if err := s.Throttle.AllowTx(tx, throttle.Reset, "account "+strconv.FormatUint(a.ID, 10)); err != nil {
			return nil // who asks must not learn that the account exists
		}
		url, err := s.OneTime.LinkTx(tx, onetime.Link{Account: a.ID}, s.LinkLifetime)
		if err != nil {
			return err
		}
		values := map[string]string{"name": a.Name, "link": url, "minutes": strconv.Itoa(int(s.LinkLifetime.Minutes()))}
		if err := s.Account.TellTx(tx, &a.Account, message.PasswordReset, values, s.LinkLifetime, false); err != nil {
			return err
		}
		return s.Account.RecordTx(tx, access.Nobody(o), "account.forgot_password", &a.Account)
	}))
}

// ResetPassword chooses a new password with the token of a link. All sessions of
// the account end.
func (s *Service) ResetPassword(ctx context.Context, o access.Origin, token, new string) error {
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return err
	}
	l, a, err := s.linked(ctx, token)
	if err != nil {
		return fault.Wrap(err)
	}
	hash, err := s.Account.NewHash(ctx, new, &a.Account)
	if err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := s.OneTime.Link(tx, token); err != nil {
			return err
		}
		by := access.Actor{Name: a.Name, Tenant: a.Tenant, Home: a.Tenant, Origin: o}
		if l.Reset {
			if err := s.dropFactor(tx, a.ID); err != nil {
				return err
			}
		}
		return s.setPassword(tx, by, a, hash, false, "account.reset_password")
	}))
}

// linked is a live link and its account.
func (s *Service) linked(ctx context.Context, token string) (l onetime.Link, a *directory.Row, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		if l, err = s.OneTime.Link(r, token); err != nil {
			return err
		}
		a, err = s.Rows.Get(r, l.Account)
		if errors.Is(err, store.ErrNotFound) {
			return onetime.BadLink()
		}
		return err
	})
	return l, a, err
}

// ResetLink makes a one-time link to a new password without the second factor,
// and enables the account: the way back for a locked-out administrator. It is
// for the owner of the data directory; the actor must be the server itself or a
// super administrator.
func (s *Service) ResetLink(ctx context.Context, by access.Actor, login string) (url string, expires time.Time, err error) {
	if !by.Super() {
		return "", time.Time{}, access.Refused(access.AccountUpdate)
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		before, err := s.Rows.Find(tx, login, 0)
		if errors.Is(err, store.ErrNotFound) {
			return directory.Missing()
		}
		if err != nil {
			return err
		}
		if err := s.dropFactor(tx, before.ID); err != nil {
			return err
		}
		if before, err = s.Rows.Get(tx, before.ID); err != nil {
			return err
		}
		after := *before
		after.State = directory.Active
		if err := s.Account.SaveTx(tx, by, "account.update", before, &after); err != nil {
			return err
		}
		expires = tx.Now().Add(s.LinkLifetime)
		if url, err = s.OneTime.LinkTx(tx, onetime.Link{Account: before.ID, Reset: true}, s.LinkLifetime); err != nil {
			return err
		}
		return s.Account.RecordTx(tx, by, "account.reset_link", &after.Account)
	})
	return url, expires, fault.Wrap(err)
}
