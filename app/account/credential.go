package account

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/store"
)

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
	a, err := s.Admission.ConfirmRow(ctx, by, old)
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
