package org

import (
	"context"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/store"
)

// Limits that keep a tree quick to show.
const (
	maxDepartments = 10_000 // in a tenant
	maxDepth       = 64     // departments above one another
)

// NewDepartment is what a department is made of.
type NewDepartment struct {
	Parent      uint64 // department or tenant; 0 = directly under the caller's tenant
	Name        string
	Manager     uint64 // account; 0 = none
	Established time.Time
}

// DepartmentChange changes what is not nil. A new Parent moves the department
// with all below it; 0 is the tenant itself.
type DepartmentChange struct {
	Name        *string
	Parent      *uint64
	Manager     *uint64
	Established *time.Time
}

// CreateDepartment makes a department of the caller's tenant (a super
// administrator's: of the parent's).
func (s *Service) CreateDepartment(ctx context.Context, by access.Actor, in NewDepartment) (*Unit, error) {
	if err := by.Need(access.DepartmentWrite); err != nil {
		return nil, err
	}
	name, wrong := cleanName(in.Name)
	var u *Unit
	err := s.update(ctx, func(tx *store.Tx) error {
		parent, err := s.parent(tx, by, in.Parent, by.Tenant)
		if err != nil {
			return err
		}
		if err := s.room(tx, parent); err != nil {
			return err
		}
		id, err := s.ids.Next(tx)
		if err != nil {
			return err
		}
		u = &Unit{ID: id, Kind: KindDepartment, Tenant: parent.Tenant, Parent: parent.ID, Name: name, Manager: in.Manager,
			Established: in.Established.UTC(), State: Active}
		if err := fault.All(wrong, s.manager(tx, by, u)); err != nil {
			return err
		}
		if err := s.put(tx, by, u); err != nil {
			return err
		}
		return s.record(tx, by, "create", u, nil)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// parent finds the unit that a department is to be under; 0 stands for tenant.
func (s *Service) parent(r store.Reader, by access.Actor, id, tenant uint64) (*Unit, error) {
	if id == 0 {
		id = tenant
	}
	u, err := s.UnitTx(r, id)
	if err == nil && !changes(by, u) || fault.KindOf(err) == fault.NotFound && err != nil {
		return nil, fault.New(fault.NotFound, "org.parent_not_found", "parent", "the parent department does not exist")
	}
	return u, err
}

// changes reports whether a unit is one whose departments by may change: of its
// tenant, or where its sight is limited, one of its departments.
func changes(by access.Actor, u *Unit) bool {
	switch by.Scope() {
	case access.ScopeAll:
		return true
	case access.ScopeTenant:
		return u.Tenant == by.Tenant
	case access.ScopeUnits:
		return u.Tenant == by.Tenant && by.InUnits(u.ID)
	case access.ScopeSelf:
	}
	return false
}

// room refuses one department more than a tenant or a branch may have.
func (s *Service) room(r store.Reader, parent *Unit) error {
	n, err := s.ranked.Count(r, tenantGroup(parent.Tenant))
	if err != nil {
		return err
	}
	if n >= maxDepartments {
		return fault.New(fault.TooLarge, "org.too_many", "", "an organisation has at most %d departments", maxDepartments)
	}
	depth, err := s.depth(r, parent, 0)
	if err != nil {
		return err
	}
	return shallow(depth + 1)
}

func shallow(depth int) error {
	if depth > maxDepth {
		return fault.New(fault.TooLarge, "org.too_deep", "parent", "departments are nested at most %d deep", maxDepth)
	}
	return nil
}

// depth counts the departments from u up to its tenant. Meeting moved on the way
// means that the move would close a circle.
func (s *Service) depth(r store.Reader, u *Unit, moved uint64) (int, error) {
	n := 0
	for ; !u.IsTenant(); n++ {
		if u.ID == moved {
			return 0, fault.New(fault.Conflict, "org.cycle", "parent", "a department can't be moved under itself or a department below it")
		}
		var err error
		if u, err = s.units.Get(r, store.K().Uint(u.Parent)); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// height counts the levels of the tree that begins with the department.
func (s *Service) height(r store.Reader, id uint64) (int, error) {
	level, n := []uint64{id}, 0
	for ; len(level) > 0; n++ {
		var next []uint64
		for _, at := range level {
			if err := eachChild(r, s.ranked, at, func(u *Unit) { next = append(next, u.ID) }); err != nil {
				return 0, err
			}
		}
		level = next
	}
	return n, nil
}

// eachChild calls fn for the departments directly under a unit.
func eachChild(r store.Reader, index store.Ranked[Unit], id uint64, fn func(*Unit)) error {
	return listing.Each(r, index, childrenGroup(id), func(u *Unit) bool {
		fn(u)
		return true
	})
}

func (s *Service) manager(r store.Reader, by access.Actor, u *Unit) error {
	if u.Manager == 0 {
		return nil
	}
	ok := false
	if s.deps.Manages != nil {
		var err error
		if ok, err = s.deps.Manages(r, by, u.Tenant, u.Manager); err != nil {
			return err
		}
	}
	if !ok {
		return fault.New(fault.Invalid, "org.manager_unknown", "manager", "the manager is no account of this organisation")
	}
	return nil
}

// UpdateDepartment renames, moves, or sets the manager or the founding day.
// ifVersion 0 skips the check for a change by somebody else.
func (s *Service) UpdateDepartment(ctx context.Context, by access.Actor, id uint64, c DepartmentChange, ifVersion uint64) (*Unit, error) {
	if err := by.Need(access.DepartmentWrite); err != nil {
		return nil, err
	}
	var u *Unit
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		if u, err = s.visible(tx, by, id); err != nil {
			return err
		}
		if err := stale(u, ifVersion); err != nil {
			return err
		}
		before := *u
		if err := s.change(tx, by, u, c); err != nil {
			return err
		}
		differ := diff(&before, u)
		if len(differ) == 0 {
			return nil
		}
		if err := s.put(tx, by, u); err != nil {
			return err
		}
		return s.record(tx, by, "update", u, differ)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

func (s *Service) change(r store.Reader, by access.Actor, u *Unit, c DepartmentChange) error {
	var wrongName, wrongManager error
	if c.Name != nil {
		u.Name, wrongName = cleanName(*c.Name)
	}
	if c.Established != nil {
		u.Established = c.Established.UTC()
	}
	if c.Manager != nil && *c.Manager != u.Manager {
		u.Manager = *c.Manager
		wrongManager = s.manager(r, by, u)
	}
	if err := fault.All(wrongName, wrongManager); err != nil {
		return err
	}
	if c.Parent == nil || *c.Parent == u.Parent || *c.Parent == 0 && u.Parent == u.Tenant {
		return nil
	}
	u.Sequence = 0
	return s.move(r, by, u, *c.Parent)
}

func (s *Service) move(r store.Reader, by access.Actor, u *Unit, to uint64) error {
	parent, err := s.parent(r, by, to, u.Tenant)
	if err != nil {
		return err
	}
	if parent.Tenant != u.Tenant {
		return fault.New(fault.Invalid, "org.other_tenant", "parent", "a department can't be moved to another organisation")
	}
	depth, err := s.depth(r, parent, u.ID)
	if err != nil {
		return err
	}
	height, err := s.height(r, u.ID)
	if err != nil {
		return err
	}
	u.Parent = parent.ID
	return shallow(depth + height)
}

// visible is a department that by may see and, with the right, change.
func (s *Service) visible(r store.Reader, by access.Actor, id uint64) (*Unit, error) {
	u, err := s.UnitTx(r, id)
	if err == nil && (u.IsTenant() || !changes(by, u)) {
		return nil, missing("id")
	}
	return u, err
}

// DeleteDepartment deletes a department that has neither members nor departments
// below it; else a Conflict fault with the counts.
func (s *Service) DeleteDepartment(ctx context.Context, by access.Actor, id uint64) error {
	if err := by.Need(access.DepartmentWrite); err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx) error {
		u, err := s.visible(tx, by, id)
		if err != nil {
			return err
		}
		return s.remove(tx, by, u)
	})
}

// Department is one department.
func (s *Service) Department(ctx context.Context, by access.Actor, id uint64) (*Unit, error) {
	if err := by.Need(access.DepartmentRead); err != nil {
		return nil, err
	}
	var u *Unit
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		u, err = s.visible(r, by, id)
		return err
	})
	return u, fault.Wrap(err)
}
