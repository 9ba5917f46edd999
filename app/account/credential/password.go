package credential

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/account"
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
	hash, err := s.Account.NewHash(ctx, new, &a.Account)
	if err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		return s.setPassword(tx, by, a, hash, false, "account.password")
	}))
}

// setPassword writes a new hash, provided that the password is still the one
// that before had. Links that were sent for it die; other sessions end.
func (s *Service) setPassword(tx *store.Tx, by access.Actor, before *directory.Row, hash string, mustChange bool, action string) error {
	now, err := s.Rows.Get(tx, before.ID)
	if errors.Is(err, store.ErrNotFound) {
		return directory.Missing()
	}
	if err != nil {
		return err
	}
	if now.Credential != before.Credential {
		return account.Stale(&now.Account)
	}
	after := *now
	after.Password, after.MustChange = hash, mustChange
	after.Credential++
	if err := s.OneTime.DropLinksTx(tx, now.ID); err != nil {
		return err
	}
	return s.Account.SaveTx(tx, by, action, now, &after)
}
