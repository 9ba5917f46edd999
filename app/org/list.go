package org

import (
	"context"
	"encoding/base64"
	"strings"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

const (
	defaultLimit = 20
	maxLimit     = 500
	maxCounted   = 10_000 // a text filter counts so far
	chunk        = 500
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
	return s.list(ctx, tenantGroup(tenant), f)
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

func (s *Service) list(ctx context.Context, group store.Key, f Filter) (Page, error) {
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	if f.Limit < 0 || f.Limit > maxLimit {
		return Page{}, fault.New(fault.Invalid, "list.limit", "limit", "limit is 1 to %d", maxLimit)
	}
	cursor, err := parseCursor(f.Cursor)
	if err != nil {
		return Page{}, err
	}
	p := Page{}
	err = s.db.View(ctx, func(r store.Reader) (err error) {
		if f.Text != "" {
			p, err = s.search(r, group, f, cursor)
			return err
		}
		p, err = s.page(r, group, f, cursor)
		return err
	})
	return p, fault.Wrap(err)
}

// page is a page without a filter: its cost does not depend on its number.
func (s *Service) page(r store.Reader, group store.Key, f Filter, cursor store.Key) (Page, error) {
	var rows []*Unit
	var p Page
	var err error
	if cursor != nil {
		if p.Total, err = s.ranked.Count(r, group); err != nil {
			return p, err
		}
		rows, _, err = s.ranked.After(r, group, cursor, f.Limit+1, false)
	} else {
		rows, p.Total, err = s.ranked.Page(r, group, (max(f.Page, 1)-1)*f.Limit, f.Limit+1, false)
	}
	if err != nil {
		return p, err
	}
	p.Items = []Unit{}
	for i, u := range rows {
		if i == f.Limit {
			p.Next = formatCursor(s.ranked.Cursor(rows[i-1]))
			break
		}
		p.Items = append(p.Items, *u)
	}
	return p, nil
}

// search reads the group through and counts up to maxCounted matches.
func (s *Service) search(r store.Reader, group store.Key, f Filter, cursor store.Key) (Page, error) {
	p := Page{Items: []Unit{}}
	skip := (max(f.Page, 1) - 1) * f.Limit
	if cursor != nil {
		skip = 0
	}
	text := fold(f.Text)
	passed := cursor == nil
	err := s.each(r, group, func(u *Unit) bool {
		at := s.ranked.Cursor(u)
		if !strings.Contains(fold(u.Name), text) {
			return true
		}
		if p.Total == maxCounted {
			p.Capped = true
			return false
		}
		p.Total++
		if !passed {
			passed = string(at) > string(cursor)
		}
		switch {
		case !passed:
		case skip > 0:
			skip--
		case len(p.Items) < f.Limit:
			p.Items = append(p.Items, *u)
		case p.Next == "":
			p.Next = formatCursor(s.ranked.Cursor(&p.Items[f.Limit-1]))
		}
		return true
	})
	return p, err
}

// each calls fn for the units of a group, in order, until it answers false.
func (s *Service) each(r store.Reader, group store.Key, fn func(*Unit) bool) error {
	var cursor store.Key
	for {
		rows, next, err := s.ranked.After(r, group, cursor, chunk, false)
		if err != nil {
			return err
		}
		for _, u := range rows {
			if !fn(u) {
				return nil
			}
		}
		if next == nil {
			return nil
		}
		cursor = next
	}
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
		t, err := s.TenantTx(r, tenant)
		if err != nil {
			return err
		}
		nodes := map[uint64]*Node{tenant: root}
		root.Name, root.Tenant, root.State = t.Name, t.ID, t.State
		var flat []*Node
		err = s.each(r, tenantGroup(tenant), func(u *Unit) bool {
			n := &Node{Unit: *u}
			nodes[u.ID] = n
			flat = append(flat, n)
			return true
		})
		for _, n := range flat {
			if up := nodes[n.Parent]; up != nil {
				up.Children = append(up.Children, n)
			}
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

func formatCursor(k store.Key) string { return base64.RawURLEncoding.EncodeToString(k) }

func parseCursor(s string) (store.Key, error) {
	if s == "" {
		return nil, nil
	}
	k, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(k) == 0 || len(k) > 512 {
		return nil, fault.New(fault.Invalid, "list.cursor", "cursor", "the cursor is none that this list gave")
	}
	return k, nil
}
