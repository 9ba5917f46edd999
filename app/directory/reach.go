package directory

import (
	"cmp"
	"slices"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// reach is how far a list goes: what the actor sees, where that is departments,
// and what a department with all below it is.
type reach struct {
	units []uint64 // departments whose members the actor sees, ascending; nil = all
	self  uint64   // the actor, who sees itself and its secondary accounts as well
	below []uint64 // departments meant by Department and Below, ascending; nil = not asked
}

// narrow resolves what a filter says of departments.
func (s *Service) narrow(r store.Reader, by access.Actor, f Filter) (Filter, error) {
	f.reach = reach{}
	if by.Scope() == access.ScopeUnits {
		f.reach.units, f.reach.self = append([]uint64{}, by.Departments()...), by.Account
	}
	if f.Department == 0 || !f.Below {
		return f, nil
	}
	unit, err := s.org.UnitTx(r, f.Department)
	switch {
	case err != nil && fault.KindOf(err) != fault.NotFound:
		return f, err
	case err != nil, f.Tenant != 0 && unit.Tenant != f.Tenant:
		f.reach.below = []uint64{}
	case unit.IsTenant(): // whose members are all of it anyway
	default:
		f.reach.below, err = s.org.BelowTx(r, f.Department)
	}
	return f, err
}

func in(ids []uint64, id uint64) bool {
	_, found := slices.BinarySearch(ids, id)
	return found
}

// reaches holds where an account is against the actor's sight and the department
// asked for.
func (f *Filter) reaches(id, tenant, department, parent uint64) bool {
	at := &f.reach
	if at.units != nil && !in(at.units, department) && (at.self == 0 || id != at.self && parent != at.self) {
		return false
	}
	if at.below != nil {
		return in(at.below, department)
	}
	return f.Department == 0 || department == f.Department || tenant == f.Department
}

// departments are those that together hold everybody whom the list can have, but
// for the actor and its own.
func (f *Filter) departments() []uint64 {
	asked := f.reach.below
	if asked == nil && f.Department != 0 && f.Department != f.Tenant {
		asked = []uint64{f.Department}
	}
	switch {
	case asked == nil:
		return f.reach.units
	case f.reach.units == nil:
		return asked
	}
	return slices.DeleteFunc(slices.Clone(asked), func(id uint64) bool { return !in(f.reach.units, id) })
}

// held is the position that the list is of; 0 = any.
func (f *Filter) held() uint64 { return cmp.Or(f.Post, f.Grade) }

func (f *Filter) matchesHeld(a *Account) bool {
	return (f.Post == 0 || slices.Contains(a.Posts, f.Post)) && (f.Grade == 0 || a.Grade == f.Grade)
}

// Holders counts who holds a post or a grade: all of them for the zero Actor,
// else those that by sees, of the first 10,000.
func (s *Service) Holders(r store.Reader, by access.Actor, position uint64) (int, error) {
	if !by.SignedIn() || by.Can(access.AccountRead) && by.Scope() >= access.ScopeTenant {
		return s.rows.held.Count(r, key(position))
	}
	n := 0
	err := eachRow(r, s.rows.held, key(position), maxCount, func(a *Row) {
		if Sees(by, &a.Account) {
			n++
		}
	})
	return n, err
}

// eachRow calls fn for the first rows of a group, most at most.
func eachRow(r store.Reader, index store.Ranked[Row], group store.Key, most int, fn func(*Row)) error {
	var at store.Key
	for most > 0 {
		rows, next, err := index.After(r, group, at, min(most, MaxLimit), false)
		if err != nil {
			return err
		}
		for _, a := range rows {
			fn(a)
		}
		if next == nil {
			return nil
		}
		at, most = next, most-len(rows)
	}
	return nil
}

// listHeld lists who holds a post or a grade.
func (s *Service) listHeld(r store.Reader, f Filter, at cursor) (Page[Account], error) {
	group := key(f.held())
	n, err := s.rows.held.Count(r, group)
	if err != nil {
		return Page[Account]{}, err
	}
	alone := f.Tenant == 0 && !f.conditions() && f.Department == 0 && f.Parent == 0 && f.reach.units == nil && (f.Post == 0 || f.Grade == 0)
	if alone && f.Sort == SortID {
		return listRanked(r, s.rows.held, group, f, at)
	}
	var found []Account
	err = eachRow(r, s.rows.held, group, maxCount, func(a *Row) {
		if f.matches(&a.Account) {
			found = append(found, a.Account)
		}
	})
	return f.page(found, n > maxCount, at), err
}

// listUnits lists the members of departments, with the actor and its own. Without
// other conditions and by id the departments' counted lists are merged; else
// everybody in them is loaded, if that is not more than a list counts.
func (s *Service) listUnits(r store.Reader, f Filter, at cursor) (Page[Account], error) {
	departments := f.departments()
	n := 0
	for _, id := range departments {
		members, err := s.Members(r, id)
		if err != nil {
			return Page[Account]{}, err
		}
		n += members
	}
	found, err := s.besides(r, f, departments)
	if err != nil {
		return Page[Account]{}, err
	}
	if !f.conditions() && f.Parent == 0 && f.Sort == SortID {
		return s.merge(r, f, at, departments, found, n+len(found))
	}
	if n > maxCount {
		return s.listMatching(r, f, at)
	}
	for _, id := range departments {
		err := eachRow(r, s.rows.ranked, groupUnit(id), maxCount, func(a *Row) {
			if f.matches(&a.Account) {
				found = append(found, a.Account)
			}
		})
		if err != nil {
			return Page[Account]{}, err
		}
	}
	return f.page(found, false, at), nil
}
