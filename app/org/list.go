package org

import (
	"context"
	"strings"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/store"
)

// Departments lists a tenant's departments by name.
func (s *Service) Departments(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	if err := by.Need(access.DepartmentRead); err != nil {
		return Page{}, err
	}
	tenant, err := scope(by, f.Tenant)
	if err != nil {
		return Page{}, err
	}
	p := Page{}
	err = s.db.View(ctx, func(r store.Reader) error {
		sight, err := s.sight(r, by, tenant)
		if err != nil {
			return err
		}
		match := f.match()
		if sight != nil {
			match = sight.only(match)
		}
		if p, err = listing.Cut(r, s.ranked, tenantGroup(tenant), f.ask(), match); err != nil {
			return err
		}
		sight.hide(p.Items)
		return nil
	})
	return p, fault.Wrap(err)
}

// scope is the tenant whose departments are meant.
func scope(by access.Actor, tenant uint64) (uint64, error) {
	if tenant == 0 {
		return by.Tenant, nil
	}
	if tenant != by.Tenant && !by.Super() {
		return 0, missing("tenant")
	}
	return tenant, nil
}

// match is whether a unit has the text in its name; nil without a text.
func (f Filter) match() func(*Unit) bool {
	text := fold(f.Text)
	if text == "" {
		return nil
	}
	return func(u *Unit) bool { return strings.Contains(fold(u.Name), text) }
}
