package org

import (
	"context"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Size is how many accounts and departments a unit has: all of a tenant's, or
// those directly in a department.
type Size struct{ Accounts, Departments int }

// Units finds many units at once, of any kind; ids of none are left out. It asks
// for no permission: the caller shows no more of a unit than its name, beside an
// object that the actor may see.
func (s *Service) Units(ctx context.Context, ids []uint64) (map[uint64]*Unit, error) {
	found := make(map[uint64]*Unit, len(ids))
	err := s.db.View(ctx, func(r store.Reader) error {
		clear(found)
		for _, id := range ids {
			if _, known := found[id]; known || id == 0 {
				continue
			}
			u, err := s.UnitTx(r, id)
			switch {
			case err == nil:
				found[id] = u
			case fault.KindOf(err) != fault.NotFound:
				return err
			}
		}
		return nil
	})
	return found, fault.Wrap(err)
}

// Sizes counts what units hold, in one snapshot. As with Units, the caller shows
// it beside units that the actor may see; those Outside its sight have no counts.
func (s *Service) Sizes(ctx context.Context, units []Unit) (map[uint64]Size, error) {
	sizes := make(map[uint64]Size, len(units))
	err := s.db.View(ctx, func(r store.Reader) error {
		for i := range units {
			if units[i].Outside {
				continue
			}
			group := childrenGroup(units[i].ID)
			if units[i].IsTenant() {
				group = tenantGroup(units[i].ID)
			}
			departments, err := s.ranked.Count(r, group)
			if err != nil {
				return err
			}
			accounts, err := s.count(r, units[i].ID)
			if err != nil {
				return err
			}
			sizes[units[i].ID] = Size{Accounts: accounts, Departments: departments}
		}
		return nil
	})
	return sizes, fault.Wrap(err)
}

// Headcounts is the Accounts of Sizes alone, for trees, whose departments are at
// hand. The caller leaves out those Outside the actor's sight.
func (s *Service) Headcounts(ctx context.Context, units []uint64) (map[uint64]int, error) {
	heads := make(map[uint64]int, len(units))
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		for _, id := range units {
			if heads[id], err = s.count(r, id); err != nil {
				return err
			}
		}
		return nil
	})
	return heads, fault.Wrap(err)
}

// DepartmentCount is how many departments the actor's sight has: its tenant's,
// or for super administrators those of all tenants.
func (s *Service) DepartmentCount(ctx context.Context, by access.Actor) (n int, err error) {
	if err := by.Need(access.DepartmentRead); err != nil {
		return 0, err
	}
	if by.Scope() < access.ScopeTenant {
		return len(by.Departments()), nil
	}
	group := tenantGroup(by.Tenant)
	if by.Super() {
		group = kindGroup(KindDepartment)
	}
	err = s.db.View(ctx, func(r store.Reader) error {
		n, err = s.ranked.Count(r, group)
		return err
	})
	return n, fault.Wrap(err)
}
