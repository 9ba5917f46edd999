package role

import (
	"context"
	"strings"

	"golang.org/x/text/cases"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/store"
)

// Filter of a list of roles.
type Filter struct {
	Text   string // part of the name or the code, any case
	Tenant uint64 // others than the caller's for super administrators only; 0 = the caller's
}

// List shows the roles of a tenant: the built-in ones, those that all share, its
// own.
func (s *Service) List(_ context.Context, by access.Actor, f Filter) ([]Role, error) {
	if err := by.Need(access.RoleRead); err != nil {
		return nil, err
	}
	if f.Tenant == 0 {
		f.Tenant = by.Tenant
	}
	if f.Tenant != by.Tenant && !by.Super() {
		return nil, fault.New(fault.Denied, "role.tenant", "tenant", "you see the roles of your own organisation only")
	}
	text := fold(f.Text)
	out := []Role{}
	for _, v := range s.now.Load().order {
		if (v.Tenant == 0 || v.Tenant == f.Tenant) && (strings.Contains(fold(v.Name), text) || strings.Contains(fold(v.Code), text)) {
			out = append(out, *v)
		}
	}
	return out, nil
}

// Named are the roles that accounts of by's tenant can hold. It asks for no
// permission: the caller shows no more of them than their names.
func (s *Service) Named(by access.Actor) []Role {
	out := []Role{}
	for _, v := range s.now.Load().order {
		if v.Tenant == 0 || v.Tenant == by.Tenant {
			out = append(out, *v)
		}
	}
	return out
}

func fold(s string) string { return cases.Fold().String(strings.TrimSpace(s)) }

// Count is how many accounts hold a role.
type Count struct {
	Accounts int
	Exact    bool // false where they are not counted: the roles that nearly everybody has
}

// Counts is how many accounts hold each of the roles, in by's tenant or, to super
// administrators, in all. It asks for no permission: the caller shows it beside
// roles that the actor may see.
func (s *Service) Counts(ctx context.Context, by access.Actor, roles []Role) (map[uint64]Count, error) {
	tenant := uint64(0)
	if !by.Super() {
		tenant = by.Tenant
	}
	out := make(map[uint64]Count, len(roles))
	err := s.view(ctx, func(r store.Reader) error {
		for i := range roles {
			n, exact, err := s.Directory.RoleHolders(r, roles[i].ID, tenant)
			if err != nil {
				return err
			}
			out[roles[i].ID] = Count{n, exact}
		}
		return nil
	})
	return out, err
}

// Holders of a permission: the roles that allow it, and how many accounts hold one
// of them.
type Holders struct {
	Roles    []Role
	Accounts int
	Capped   bool // there are more accounts than that
}

// WhoHas tells who holds a permission, among the roles of by's tenant and the
// accounts that by sees.
func (s *Service) WhoHas(ctx context.Context, by access.Actor, p access.Permission) (*Holders, error) {
	if err := by.Need(access.RoleRead); err != nil {
		return nil, err
	}
	if err := by.Need(access.AccountRead); err != nil {
		return nil, err
	}
	all, err := s.List(ctx, by, Filter{})
	if err != nil {
		return nil, err
	}
	out := &Holders{Roles: having(all, p)}
	if len(out.Roles) == 0 {
		return out, nil
	}
	ids := make([]uint64, len(out.Roles))
	for i := range out.Roles {
		ids[i] = out.Roles[i].ID
	}
	page, err := s.Directory.List(ctx, by, directory.Filter{Roles: ids, Limit: 1})
	out.Accounts, out.Capped = page.Total, page.Capped
	return out, err
}

func having(roles []Role, p access.Permission) []Role {
	out := []Role{}
	for i := range roles {
		if roles[i].Set.Has(p) {
			out = append(out, roles[i])
		}
	}
	return out
}
