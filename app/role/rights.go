package role

import (
	"slices"
	"sync"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/store"
)

// Find is a role by its id, as it is shown: names for all who see an account.
func (s *Service) Find(id uint64) (Role, bool) {
	if v := s.now.Load().roles[id]; v != nil {
		return *v, true
	}
	return Role{}, false
}

// NeedsSecondFactor reports whether one of the roles asks for a second factor.
func (s *Service) NeedsSecondFactor(roles []uint64) bool {
	p := s.now.Load()
	return p.factor && slices.ContainsFunc(roles, func(id uint64) bool { return p.roles[id] != nil && p.roles[id].SecondFactor })
}

// Rights is what roles give to an account of a department (0 = none) of a tenant.
// Roles that are not there, or another tenant's, give nothing. It costs no
// allocation but for those who see by department.
func (s *Service) Rights(r store.Reader, tenant, department uint64, roles []uint64) (access.Rights, error) {
	p := s.now.Load()
	var out access.Rights
	units := false
	for _, id := range roles {
		v := p.roles[id]
		if v == nil || v.Tenant != 0 && v.Tenant != tenant {
			continue
		}
		out.Set = out.Set.Or(v.Set)
		switch {
		case v.Builtin:
			out.Sight = max(out.Sight, access.Width(id))
		case v.Scope == All:
			out.Sight = max(out.Sight, access.ScopeTenant)
		case v.Scope == Custom, v.Scope != Self && department != 0:
			units = true
		}
	}
	if !units || out.Sight >= access.ScopeTenant {
		return out, nil
	}
	out.Sight = access.ScopeUnits
	var err error
	out.Units, err = s.units(r, p, tenant, department, roles)
	return out, err
}

// Of is what an account's roles give it; a secondary account's no more than its
// parent's.
func (s *Service) Of(r store.Reader, a *directory.Account) (access.Rights, error) {
	rights, err := s.Rights(r, a.Tenant, a.Department, a.Roles)
	if err != nil || a.Parent == 0 {
		return rights, err
	}
	parent, err := s.Directory.Row(r, a.Parent)
	if err != nil {
		return access.Rights{}, err
	}
	above, err := s.Rights(r, parent.Tenant, parent.Department, parent.Roles)
	rights.Set = rights.Set.And(above.Set)
	return rights, err
}

// units are the departments that roles show to somebody of a department.
func (s *Service) units(r store.Reader, p *picture, tenant, department uint64, roles []uint64) ([]uint64, error) {
	var roots []uint64
	alone := false
	for _, id := range roles {
		v := p.roles[id]
		if v == nil || v.Builtin || v.Tenant != 0 && v.Tenant != tenant {
			continue
		}
		switch v.Scope {
		case Custom:
			roots = append(roots, v.Departments...)
		case Below:
			roots = append(roots, department)
		case Department:
			alone = department != 0
		}
	}
	out, err := s.below(r, tenant, distinct(roots))
	if err == nil && alone && !has(out, department) {
		out = distinct(append(slices.Clone(out), department))
	}
	return out, err
}

// branches are the departments of tenants by their parents, as they were at a
// version of the tenant's tree.
type branches struct {
	mu sync.Mutex
	of map[uint64]*branch
}

type branch struct {
	version  uint64
	children map[uint64][]uint64
	below    map[uint64][]uint64 // what was asked for: with all below, ascending
}

// below are departments with all below them, ascending. What it gives is shared:
// it is not to be changed.
func (s *Service) below(r store.Reader, tenant uint64, roots []uint64) ([]uint64, error) {
	version, err := s.Org.TreeVersion(r, tenant)
	if err != nil {
		return nil, err
	}
	s.branches.mu.Lock()
	defer s.branches.mu.Unlock()
	b := s.branches.of[tenant]
	if b == nil || b.version != version {
		b = &branch{version: version, below: map[uint64][]uint64{}}
		if b.children, err = s.Org.Branches(r, tenant); err != nil {
			return nil, err
		}
		s.branches.of[tenant] = b
	}
	if len(roots) == 1 {
		return b.reach(roots[0]), nil
	}
	var out []uint64
	for _, root := range roots {
		out = append(out, b.reach(root)...)
	}
	return distinct(out), nil
}

// reach is a department with all below it; nothing for one that is not there.
func (b *branch) reach(root uint64) []uint64 {
	if known, ok := b.below[root]; ok {
		return known
	}
	_, there := b.children[root]
	var out []uint64
	if there {
		out = []uint64{root}
	}
	for i := 0; i < len(out); i++ {
		out = append(out, b.children[out[i]]...)
	}
	slices.Sort(out)
	b.below[root] = out
	return out
}

// CheckAssignTx refuses roles that by may not give to an account: unknown ones,
// another tenant's, any that carries more than by holds, those for companies outside
// a channel, and any but their own to secondary accounts.
func (s *Service) CheckAssignTx(r store.Reader, by access.Actor, a *directory.Account, roles []uint64) error {
	if err := directory.CheckRoles(roles); err != nil {
		return err
	}
	for _, id := range roles {
		if (id == access.RoleSecondary) != (a.Parent != 0) {
			return fault.New(fault.Invalid, "account.role_secondary", "roles", "role %d belongs to secondary accounts, and they hold no other", access.RoleSecondary)
		}
		v, err := s.assignable(r, a.Tenant, id)
		if err != nil {
			return err
		}
		rights, err := s.Rights(r, a.Tenant, a.Department, []uint64{id})
		if err != nil {
			return err
		}
		if !by.Covers(rights) || id == access.RoleSuper && !by.Super() {
			return fault.New(fault.Denied, "account.role_beyond", "roles", "nobody grants more than they hold: you can't give %s%s", v.Name, more(by, rights))
		}
		if err := s.belongsTx(r, a.Tenant, v, rights); err != nil {
			return err
		}
	}
	return nil
}

// belongsTx refuses a role that looks after companies to people of an organisation
// that has none: it would give them nothing, and promise much.
func (s *Service) belongsTx(r store.Reader, tenant uint64, v *Role, has access.Rights) error {
	if v.ID == access.RoleSuper || !has.Set.Has(access.CompanyRead) && !has.Set.Has(access.CompanyWrite) {
		return nil
	}
	u, err := s.Org.UnitTx(r, tenant)
	if err != nil || u.IsChannel() {
		return err
	}
	return fault.New(fault.Invalid, "account.role_channel", "roles", "%s looks after a channel's companies, and %q is no channel: give it to people of a channel", v.Name, u.Name)
}

// assignable is a role that accounts of a tenant can be given. One that somebody
// made is read, so that giving it and deleting it exclude each other.
func (s *Service) assignable(r store.Reader, tenant, id uint64) (*Role, error) {
	v := s.now.Load().roles[id]
	if id >= access.FirstCustomRole {
		there, err := s.rows.Has(r, key(id))
		if err != nil {
			return nil, err
		}
		if !there {
			v = nil
		}
	}
	if v == nil || v.Tenant != 0 && v.Tenant != tenant {
		return nil, fault.New(fault.Invalid, "account.role_unknown", "roles", "there is no role %d", id)
	}
	return v, nil
}
