package account

import (
	"errors"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/store"
)

// CreateLinkedTx makes an account without a password: its owner signs in by a
// source. The caller answers for what is in it.
func (s *Service) CreateLinkedTx(tx *store.Tx, by access.Actor, in New) (*Account, error) {
	if err := by.Need(access.AccountCreate); err != nil {
		return nil, err
	}
	in.PasswordHash, in.MustChange = "", new(bool)
	r, err := s.draft(by, in)
	if err == nil {
		err = s.Role.CheckAssignTx(tx, by, &r.Account, r.Roles)
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
	return &after.Account, fault.Wrap(s.SaveTx(tx, by, "account.update", before, &after))
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
