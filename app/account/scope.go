package account

import (
	"context"
	"errors"
	"slices"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "account.not_found", "id", "there is no such account")
}

// sees is the one place that says who may see whom: super administrators all,
// administrators their tenant, owners themselves and their secondary accounts,
// everybody else themselves.
func sees(by access.Actor, a *Account) bool {
	switch {
	case by.Account != 0 && by.Account == a.ID, by.Super():
		return true
	case !by.Can(access.AccountRead):
		return false
	case by.Scope() == access.ScopeTenant:
		return a.Tenant == by.Tenant
	default:
		return by.Account != 0 && a.Parent == by.Account
	}
}

// Sees reports whether by may see the account; for neighbours that show others'
// things.
func Sees(by access.Actor, a *Account) bool { return sees(by, a) }

// load is an account that by may see; NotFound for one that is not there and for
// one that by may not see, so that the two can't be told apart.
func (s *Service) load(r store.Reader, by access.Actor, id uint64) (*row, error) {
	found, err := s.rows.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, missing()
	}
	if err != nil {
		return nil, err
	}
	if !sees(by, &found.Account) {
		return nil, missing()
	}
	return found, nil
}

// VisibleTx is an account that by may see, or a NotFound fault.
func (s *Service) VisibleTx(r store.Reader, by access.Actor, id uint64) (*Account, error) {
	found, err := s.load(r, by, id)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &found.Account, nil
}

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
	found, err := s.load(r, by, id)
	if err != nil || found.ID == by.Account && by.Account != 0 {
		return found, err
	}
	if err := mayManage(by, &found.Account, p); err != nil {
		return nil, err
	}
	return found, nil
}

// mayManage refuses whoever lacks the permission, or holds less than the account.
// Owners look after their secondary accounts without it.
func mayManage(by access.Actor, a *Account, p access.Permission) error {
	if a.Parent != by.Account || by.Account == 0 || !by.Can(access.SecondaryCreate) {
		if err := by.Need(p); err != nil {
			return err
		}
	}
	if !by.Covers(a.Roles) {
		return fault.New(fault.Denied, "account.holds_more", "", "%s holds rights that you do not hold: somebody who does must do this", a.Name)
	}
	return nil
}

// grant brings roles into their stored form and refuses those that by may not
// give: unknown ones, and any that carries more than by holds.
func grant(by access.Actor, roles []uint64, secondary bool) ([]uint64, error) {
	roles = slices.Compact(slices.Sorted(slices.Values(roles)))
	for _, id := range roles {
		role, ok := access.BuiltinRole(id)
		if !ok {
			return nil, invalid("account.role_unknown", "roles", "there is no role %d", id)
		}
		if (id == access.RoleSecondary) != secondary {
			return nil, invalid("account.role_secondary", "roles", "role %d belongs to secondary accounts, and they hold no other", access.RoleSecondary)
		}
		if !by.Covers([]uint64{id}) {
			return nil, fault.New(fault.Denied, "account.role_beyond", "roles", "nobody grants more than they hold: you can't give %s", role.Name)
		}
	}
	return roles, nil
}

// Get returns an account that by may see.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Account, error) {
	if !by.SignedIn() {
		return nil, access.SignIn()
	}
	var out *Account
	err := s.view(ctx, func(r store.Reader) error {
		found, err := s.load(r, by, id)
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
		found, err := s.find(r, login, 0)
		if errors.Is(err, store.ErrNotFound) || err == nil && !sees(by, &found.Account) {
			return missing()
		}
		if err != nil {
			return err
		}
		out = &found.Account
		return s.fillSeen(r, out)
	})
	return out, fault.Wrap(err)
}

func (s *Service) fillSeen(r store.Reader, a *Account) error {
	at, err := s.seen.Get(r, key(a.ID))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		a.LastSeen = at.At
	}
	return err
}

// Find is the account that a login names: a user name, an e-mail or a phone.
// tenant limits it to one tenant, 0 means any. store.ErrNotFound if there is
// none, or if it is a phone of several.
func (s *Service) Find(r store.Reader, login string, tenant uint64) (*Account, error) {
	found, err := s.find(r, login, tenant)
	if err != nil {
		return nil, err
	}
	return &found.Account, nil
}

func (s *Service) find(r store.Reader, login string, tenant uint64) (*row, error) {
	if len(login) > 4*maxName+maxEmail || login == "" {
		return nil, store.ErrNotFound
	}
	if phone, err := normalPhone(login); err == nil && phone != "" {
		found, err := s.findPhone(r, phone, tenant)
		if err != nil || found != nil {
			return found, err
		}
	}
	name := fold(normSpace(login))
	found, err := s.byName.Get(r, store.K().Str(name))
	if errors.Is(err, store.ErrNotFound) {
		found, err = s.byEmail.Get(r, store.K().Str(name))
	}
	if err == nil && tenant != 0 && found.Tenant != tenant {
		return nil, store.ErrNotFound
	}
	return found, err
}

// findPhone is the account with a phone; nil if there is none, ErrNotFound if
// there are several.
func (s *Service) findPhone(r store.Reader, phone string, tenant uint64) (*row, error) {
	if tenant != 0 {
		found, err := s.byPhone.Get(r, phoneKey(tenant, phone))
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		return found, err
	}
	var only *row
	for found, err := range s.phones.Scan(r, store.Scan{Prefix: store.K().Str(phone), Limit: 2}) {
		if err != nil {
			return nil, err
		}
		if only != nil {
			return nil, store.ErrNotFound
		}
		only = found
	}
	return only, nil
}
