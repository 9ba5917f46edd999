package org

import (
	"context"
	"slices"
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

// Tree is the departments of a tenant (0 = the caller's) as a tree. A single
// root department is the root; otherwise the roots hang under a node with id 0
// and the tenant's name.
func (s *Service) Tree(ctx context.Context, by access.Actor, tenant uint64) (*Node, error) {
	if err := by.Need(access.DepartmentRead); err != nil {
		return nil, err
	}
	tenant, err := scope(by, tenant)
	if err != nil {
		return nil, err
	}
	root := &Node{}
	err = s.db.View(ctx, func(r store.Reader) error {
		sight, err := s.sight(r, by, tenant)
		if err != nil {
			return err
		}
		t, err := s.TenantTx(r, tenant)
		if err != nil {
			return err
		}
		root.Name, root.Tenant, root.State, root.Outside = t.Name, t.ID, t.State, sight != nil
		flat, err := s.nodes(r, tenant, sight)
		if err == nil {
			join(root, tenant, flat)
		}
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	if len(root.Children) == 1 {
		return root.Children[0], nil
	}
	return root, nil
}

// nodes are the departments of a tenant that are in sight, by name.
func (s *Service) nodes(r store.Reader, tenant uint64, sight sight) ([]*Node, error) {
	var flat []*Node
	err := listing.Each(r, s.ranked, tenantGroup(tenant), func(u *Unit) bool {
		if sight.sees(u) {
			flat = append(flat, &Node{Unit: sight.shown(*u)})
		}
		return true
	})
	return flat, err
}

// join hangs departments under their parents, and those of the tenant itself
// under root.
func join(root *Node, tenant uint64, flat []*Node) {
	nodes := map[uint64]*Node{tenant: root}
	for _, n := range flat {
		nodes[n.ID] = n
	}
	for _, n := range flat {
		if up := nodes[n.Parent]; up != nil {
			up.Children = append(up.Children, n)
		}
	}
	for _, n := range nodes {
		slices.SortStableFunc(n.Children, func(a, b *Node) int { return bySequence(&a.Unit, &b.Unit) })
	}
}
