package account

import (
	"context"
	"slices"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// ManageTx is an account that by may act on with permission p: visible, and
// holding no more rights than by does. One's own account needs no permission.
func (s *Service) ManageTx(r store.Reader, by access.Actor, id uint64, p access.Permission) (*Account, error) {
	found, err := s.managed(r, by, id, p)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &found.Account, nil
}

func (s *Service) managed(r store.Reader, by access.Actor, id uint64, p access.Permission) (*row, error) {
	if !by.SignedIn() {
		return nil, access.SignIn()
	}
	found, err := s.rows.Visible(r, by, id)
	if err != nil || found.ID == by.Account && by.Account != 0 {
		return found, err
	}
	if err := s.mayManage(r, by, &found.Account, p); err != nil {
		return nil, err
	}
	return found, nil
}

// mayManage refuses whoever lacks the permission, or holds less than the account.
// Owners look after their secondary accounts without it.
func (s *Service) mayManage(r store.Reader, by access.Actor, a *Account, p access.Permission) error {
	if a.Parent != by.Account || by.Account == 0 || !by.Can(access.SecondaryCreate) {
		if err := by.Need(p); err != nil {
			return err
		}
	}
	rights, err := s.Role.Of(r, a)
	if err != nil {
		return err
	}
	if !by.Covers(rights) {
		return fault.New(fault.Denied, "account.holds_more", "", "%s holds rights that you do not hold: somebody who does must do this", a.Name)
	}
	return nil
}

// stored brings roles into their stored form.
func stored(roles []uint64) []uint64 { return slices.Compact(slices.Sorted(slices.Values(roles))) }

// SetPassword sets the password of an account that by manages; its owner must
// change it at the next sign-in to the console.
func (s *Service) SetPassword(ctx context.Context, by access.Actor, id uint64, new string) error {
	_, err := s.Update(ctx, by, id, Change{Password: &new}, 0)
	return err
}
