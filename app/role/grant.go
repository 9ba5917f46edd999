package role

import (
	"context"
	"slices"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/menu"
	"stoa/app/resource"
	"stoa/store"
)

// Shift is a permission that a change gives or takes.
type Shift struct {
	Permission access.Permission
	Accounts   int // who gain or lose it: what another role of theirs gives they have or keep
}

// Difference is what a change of grants comes to.
type Difference struct {
	Gained, Lost                   []Shift
	MenusGained, MenusLost         []menu.Menu
	ResourcesGained, ResourcesLost []resource.Resource
	Before, After                  Scope
	Accounts                       int // that hold the role
}

// SetGrants replaces what a role grants. It answers what that comes to; dry tells
// so without doing it.
func (s *Service) SetGrants(ctx context.Context, by access.Actor, id uint64, g Grants, ifVersion uint64, dry bool) (*Role, *Difference, error) {
	if err := by.Need(access.RoleWrite); err != nil {
		return nil, nil, err
	}
	var after Role
	var d *Difference
	// The counting may read many accounts, so that it is done beside the change.
	err := s.view(ctx, func(r store.Reader) error {
		before, err := s.changeable(r, by, id, ifVersion)
		if err != nil {
			return err
		}
		after = *before
		if err := s.applyGrants(&after, g); err != nil {
			return err
		}
		if err := after.clean(); err != nil {
			return err
		}
		if err := s.within(r, by, before, &after); err != nil {
			return err
		}
		d, err = s.difference(r, by, before, &after)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if dry {
		after.Set = s.now.Load().allowed(after.Resources)
		return &after, d, nil
	}
	v, err := s.modify(ctx, by, id, ifVersion, "role.grant", func(_ store.Reader, v *Role) error { return s.applyGrants(v, g) })
	return v, d, err
}

func (s *Service) applyGrants(v *Role, g Grants) error {
	p := s.now.Load()
	var err error
	if g.Menus != nil {
		known := func(id uint64) bool { return p.menuAt[id] != nil }
		if v.Menus, err = onlyLeaves(*g.Menus, known, p.menuLeaf, "menus"); err != nil {
			return err
		}
	}
	if g.Resources != nil {
		known := func(id uint64) bool { _, ok := p.standsFor[id]; return ok }
		if v.Resources, err = onlyLeaves(*g.Resources, known, p.leaf, "resources"); err != nil {
			return err
		}
	}
	set(&v.Scope, g.Scope)
	set(&v.Departments, g.Departments)
	return nil
}

// difference holds two states of a role against each other, and against its
// holders.
func (s *Service) difference(r store.Reader, by access.Actor, before, after *Role) (*Difference, error) {
	p := s.now.Load()
	d := &Difference{Before: before.Scope, After: after.Scope,
		MenusGained: p.menusAt(without(after.Menus, before.Menus)), MenusLost: p.menusAt(without(before.Menus, after.Menus)),
		ResourcesGained: p.resourcesAt(without(after.Resources, before.Resources)),
		ResourcesLost:   p.resourcesAt(without(before.Resources, after.Resources))}
	was, is := p.allowed(before.Resources), p.allowed(after.Resources)
	gained, lost := is.Without(was), was.Without(is)
	tenant := uint64(0)
	if !by.Super() {
		tenant = by.Tenant
	}
	var err error
	if d.Accounts, _, err = s.Directory.RoleHolders(r, before.ID, tenant); err != nil {
		return nil, err
	}
	had, err := s.elsewhereToo(r, p, before.ID, tenant, gained.Or(lost), d.Accounts)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	for _, q := range gained.List() {
		d.Gained = append(d.Gained, Shift{q, d.Accounts - had[q]})
	}
	for _, q := range lost.List() {
		d.Lost = append(d.Lost, Shift{q, d.Accounts - had[q]})
	}
	return d, nil
}

// elsewhereToo counts, for each of some permissions, the holders of a role whose
// other roles give it too. It goes through the fewer: the role's holders, or those
// of the other roles.
func (s *Service) elsewhereToo(r store.Reader, p *picture, id, tenant uint64, of access.Set, holders int) (map[access.Permission]int, error) {
	had := map[access.Permission]int{}
	roles, others, counted, err := s.giving(r, p, id, tenant, of)
	if err != nil {
		return nil, err
	}
	count := func(a *directory.Account) {
		for _, q := range p.others(a, id).And(of).List() {
			had[q]++
		}
	}
	if !counted || others >= holders {
		err = s.Directory.EachRoleHolder(r, id, tenant, func(a *directory.Account) bool {
			count(a)
			return true
		})
		return had, err
	}
	for _, other := range roles {
		err := s.Directory.EachRoleHolder(r, other, tenant, func(a *directory.Account) bool {
			// Who holds several of the roles is counted with the first.
			first := slices.IndexFunc(roles, func(v uint64) bool { return slices.Contains(a.Roles, v) })
			if slices.Contains(a.Roles, id) && roles[first] == other {
				count(a)
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return had, nil
}

// giving are the roles beside one that give some of the permissions, and how many
// accounts hold them; counted is false where that is not known of one.
func (s *Service) giving(r store.Reader, p *picture, id, tenant uint64, of access.Set) (roles []uint64, holders int, counted bool, err error) {
	for _, v := range p.order {
		if v.ID == id || v.Set.And(of) == (access.Set{}) || tenant != 0 && v.Tenant != 0 && v.Tenant != tenant {
			continue
		}
		n, exact, err := s.Directory.RoleHolders(r, v.ID, tenant)
		if err != nil || !exact {
			return nil, 0, false, err
		}
		roles, holders = append(roles, v.ID), holders+n
	}
	return roles, holders, true, nil
}

// others is what an account's roles but one allow.
func (p *picture) others(a *directory.Account, but uint64) access.Set {
	var set access.Set
	for _, id := range a.Roles {
		if v := p.roles[id]; v != nil && id != but && (v.Tenant == 0 || v.Tenant == a.Tenant) {
			set = set.Or(v.Set)
		}
	}
	return set
}

func (p *picture) menusAt(ids []uint64) []menu.Menu {
	out := []menu.Menu{}
	for _, id := range ids {
		if m := p.menuAt[id]; m != nil {
			out = append(out, *m)
		}
	}
	return out
}

func (p *picture) resourcesAt(ids []uint64) []resource.Resource {
	out := []resource.Resource{}
	for i := range p.resources {
		if has(ids, p.resources[i].ID) {
			out = append(out, p.resources[i])
		}
	}
	return out
}
