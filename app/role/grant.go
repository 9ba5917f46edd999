package role

import (
	"context"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/menu"
	"stoa/app/resource"
	"stoa/store"
)

// maxHolders is how many holders of a role are looked at one by one.
const maxHolders = 10_000

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
	Accounts                       int  // that hold the role
	Capped                         bool // more than 10,000 hold it: the shifts count so many
}

// SetGrants replaces what a role grants. It answers what that comes to; dry tells
// so without doing it.
func (s *Service) SetGrants(ctx context.Context, by access.Actor, id uint64, g Grants, ifVersion uint64, dry bool) (*Role, *Difference, error) {
	if err := by.Need(access.RoleWrite); err != nil {
		return nil, nil, err
	}
	var before, after Role
	var d *Difference
	look := func(r store.Reader, v *Role) error {
		before = *v
		if err := s.applyGrants(v, g); err != nil {
			return err
		}
		after = *v
		var err error
		d, err = s.difference(r, by, &before, &after)
		return err
	}
	if !dry {
		v, err := s.modify(ctx, by, id, ifVersion, "role.grant", look)
		return v, d, err
	}
	err := s.view(ctx, func(r store.Reader) error {
		v, err := s.changeable(r, by, id, ifVersion)
		if err != nil {
			return err
		}
		changed := *v
		if err := look(r, &changed); err != nil {
			return err
		}
		if err := changed.clean(); err != nil {
			return err
		}
		return s.within(r, by, v, &changed)
	})
	if err != nil {
		return nil, nil, err
	}
	after.Set = s.now.Load().allowed(after.Resources)
	return &after, d, nil
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
	counts := map[access.Permission]int{}
	seen := 0
	err = s.Directory.EachRoleHolder(r, before.ID, tenant, func(a *directory.Account) bool {
		if seen++; seen > maxHolders {
			d.Capped = true
			return false
		}
		rest := p.others(a, before.ID)
		for _, q := range gained.Or(lost).Without(rest).List() {
			counts[q]++
		}
		return true
	})
	for _, q := range gained.List() {
		d.Gained = append(d.Gained, Shift{q, counts[q]})
	}
	for _, q := range lost.List() {
		d.Lost = append(d.Lost, Shift{q, counts[q]})
	}
	return d, fault.Wrap(err)
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
