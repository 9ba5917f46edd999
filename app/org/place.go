package org

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// maxOrdered is how many departments with one parent are put in order by hand.
const maxOrdered = 500

// bySequence compares departments with one parent: those put in order by hand come
// first.
func bySequence(a, b *Unit) int {
	place := func(u *Unit) int {
		if u.Sequence == 0 {
			return math.MaxInt
		}
		return u.Sequence
	}
	return cmp.Compare(place(a), place(b))
}

// MoveDepartment puts a department, with all below it, under a parent (0 = the
// tenant) and there before another one; with before 0 behind those that were put
// in order by hand, by its name. ifVersion 0 skips the check for a change by
// somebody else.
func (s *Service) MoveDepartment(ctx context.Context, by access.Actor, id, parent, before, ifVersion uint64) (*Unit, error) {
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
		was := *u
		if parent == 0 {
			parent = u.Tenant
		}
		if parent != u.Parent {
			if err := s.move(tx, by, u, parent); err != nil {
				return err
			}
		}
		u.Sequence = 0
		if before != 0 {
			if err := s.before(tx, u, before); err != nil {
				return err
			}
		}
		if u.Parent == was.Parent && u.Sequence == was.Sequence {
			return nil
		}
		if err := s.put(tx, by, u); err != nil {
			return err
		}
		return s.record(tx, by, "update", u, append(diff(&was, u), audit.Change{Field: "order", Old: idText(uint64(was.Sequence)), New: idText(uint64(u.Sequence))}))
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// before numbers u and those with its parent, so that u comes right before another
// of them. Those that come after it and have no number need none.
func (s *Service) before(tx *store.Tx, u *Unit, next uint64) error {
	var order []*Unit
	if err := eachChild(tx, s.ranked, u.Parent, func(o *Unit) {
		if o.ID != u.ID {
			order = append(order, o)
		}
	}); err != nil {
		return err
	}
	if len(order) > maxOrdered {
		return fault.New(fault.TooLarge, "org.order_long", "before", "%d departments are under this one: at most %d are put in order by hand", len(order), maxOrdered)
	}
	slices.SortStableFunc(order, bySequence)
	at := slices.IndexFunc(order, func(o *Unit) bool { return o.ID == next })
	if at < 0 {
		return fault.New(fault.NotFound, "org.before_not_found", "before", "there is no department %d beside it", next)
	}
	u.Sequence = at + 1
	for i, o := range order {
		place := i + 1
		if i >= at {
			place = i + 2
		}
		if i >= at && o.Sequence == 0 || o.Sequence == place {
			continue
		}
		o.Sequence = place
		if err := s.units.Update(tx, o); err != nil {
			return err
		}
	}
	return nil
}

// ForgetManagerTx takes a deleted account off the departments that it managed.
func (s *Service) ForgetManagerTx(tx *store.Tx, account uint64) error {
	for u, err := range s.led.Scan(tx, store.Scan{Prefix: store.K().Uint(account)}) {
		if err != nil {
			return err
		}
		u.Manager = 0
		u.Modified = tx.Now()
		u.Version++
		if err := s.units.Update(tx, u); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := s.grown(tx, u); err != nil {
			return err
		}
	}
	return nil
}
