package org

import (
	"slices"

	"stoa/app/access"
	"stoa/store"
)

// sight is which departments an actor sees that is limited to some: true for its
// own, false for those on the way from them up. A nil sight is of everything.
type sight map[uint64]bool

// sight is what by sees of a tenant's departments.
func (s *Service) sight(r store.Reader, by access.Actor, tenant uint64) (sight, error) {
	if by.Scope() >= access.ScopeTenant {
		return nil, nil
	}
	out := sight{}
	if by.Scope() != access.ScopeUnits || tenant != by.Tenant {
		return out, nil
	}
	for _, id := range by.Departments() {
		if err := s.climb(r, out, tenant, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// climb adds a department of the actor's and the way from it up.
func (s *Service) climb(r store.Reader, out sight, tenant, id uint64) error {
	_, met := out[id]
	out[id] = true
	for !met {
		u, err := s.DepartmentTx(r, tenant, id)
		if err != nil {
			delete(out, id) // deleted since the actor was made
			return ifNotFound(err)
		}
		if u.Parent == tenant {
			return nil
		}
		id = u.Parent
		if _, met = out[id]; !met {
			out[id] = false
		}
	}
	return nil
}

// sees reports whether a department is shown at all.
func (s sight) sees(u *Unit) bool {
	if s == nil {
		return true
	}
	_, shown := s[u.ID]
	return shown
}

// only narrows a condition, which may be nil, to what is shown.
func (s sight) only(match func(*Unit) bool) func(*Unit) bool {
	return func(u *Unit) bool { return s.sees(u) && (match == nil || match(u)) }
}

// shown is a department as the actor sees it: of one on the way, the name.
func (s sight) shown(u Unit) Unit {
	if s == nil || s[u.ID] {
		return u
	}
	return Unit{ID: u.ID, Kind: u.Kind, Tenant: u.Tenant, Parent: u.Parent, Name: u.Name, State: u.State, Sequence: u.Sequence, Outside: true}
}

// hide is shown for a page.
func (s sight) hide(units []Unit) {
	for i := range units {
		units[i] = s.shown(units[i])
	}
}

// BelowTx is a department and all below it, ascending.
func (s *Service) BelowTx(r store.Reader, id uint64) ([]uint64, error) {
	all := []uint64{id}
	for at := 0; at < len(all); at++ {
		err := eachChild(r, s.ranked, all[at], func(u *Unit) { all = append(all, u.ID) })
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(all)
	return all, nil
}
