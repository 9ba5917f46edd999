package directory

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Missing is the answer about an account that is not there, or that the actor may
// not see.
func Missing() *fault.Fault {
	return fault.New(fault.NotFound, "account.not_found", "id", "there is no such account")
}

// Sees is the one place that says who may see whom: super administrators all,
// administrators their tenant, those of departments who is in them, owners
// themselves and their secondary accounts, everybody else themselves.
func Sees(by access.Actor, a *Account) bool {
	switch {
	case by.Account != 0 && by.Account == a.ID, by.Super():
		return true
	case !by.Can(access.AccountRead):
		return false
	}
	own := by.Account != 0 && a.Parent == by.Account
	switch by.Scope() {
	case access.ScopeAll:
		return true
	case access.ScopeTenant:
		return a.Tenant == by.Tenant
	case access.ScopeUnits:
		return own || a.Tenant == by.Tenant && by.InUnits(a.Department)
	case access.ScopeSelf:
	}
	return own
}

// VisibleTx is an account that by may see, or a NotFound fault.
func (s *Service) VisibleTx(r store.Reader, by access.Actor, id uint64) (*Account, error) {
	found, err := s.rows.Visible(r, by, id)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &found.Account, nil
}

// Get returns an account that by may see.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Account, error) {
	if !by.SignedIn() {
		return nil, access.SignIn()
	}
	var out *Account
	err := s.view(ctx, func(r store.Reader) error {
		found, err := s.rows.Visible(r, by, id)
		if err != nil {
			return err
		}
		out = &found.Account
		return s.fillSeen(r, out)
	})
	return out, fault.Wrap(err)
}

// GetByLogin returns the account that a user name, e-mail or phone of the
// actor's tenant names, if by may see it.
func (s *Service) GetByLogin(ctx context.Context, by access.Actor, login string) (*Account, error) {
	if !by.SignedIn() {
		return nil, access.SignIn()
	}
	var out *Account
	err := s.view(ctx, func(r store.Reader) error {
		found, err := s.rows.Find(r, login, 0)
		if errors.Is(err, store.ErrNotFound) || err == nil && !Sees(by, &found.Account) {
			return Missing()
		}
		if err != nil {
			return err
		}
		out = &found.Account
		return s.fillSeen(r, out)
	})
	return out, fault.Wrap(err)
}

// Find is the account that a login names: a user name, an e-mail or a phone.
// tenant limits it to one tenant, 0 means any. store.ErrNotFound if there is
// none, or if it is a phone of several.
func (s *Service) Find(r store.Reader, login string, tenant uint64) (*Account, error) {
	found, err := s.rows.Find(r, login, tenant)
	if err != nil {
		return nil, err
	}
	return &found.Account, nil
}
