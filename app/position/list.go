package position

import (
	"context"
	"errors"
	"strings"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/app/naming"
	"stoa/store"
)

// Get is one position.
func (s *Service) Get(ctx context.Context, by access.Actor, k Kind, id uint64) (p *Position, err error) {
	err = s.view(ctx, by, k, func(r store.Reader) error {
		p, err = s.load(r, by, k, id)
		return err
	})
	return p, err
}

// List shows a tenant's positions of a kind by name.
func (s *Service) List(ctx context.Context, by access.Actor, k Kind, f Filter) (page listing.Page[Position], err error) {
	var match func(*Position) bool
	if text := naming.Fold(naming.Trim(f.Text)); text != "" {
		match = func(p *Position) bool { return strings.Contains(naming.Fold(p.Name), text) }
	}
	err = s.view(ctx, by, k, func(r store.Reader) error {
		tenant, err := scope(by, f.Tenant)
		if err == nil {
			page, err = listing.Cut(r, s.ranked, tenantGroup(k, tenant), f.Ask, match)
		}
		return err
	})
	return page, err
}

// Tree is the posts of a tenant (0 = the caller's): those at the top, with the
// others below them.
func (s *Service) Tree(ctx context.Context, by access.Actor, tenant uint64) (roots []*Node, err error) {
	err = s.view(ctx, by, Post, func(r store.Reader) error {
		tenant, err := scope(by, tenant)
		if err != nil {
			return err
		}
		var flat []*Node
		nodes := map[uint64]*Node{}
		err = listing.Each(r, s.ranked, tenantGroup(Post, tenant), func(p *Position) bool {
			n := &Node{Position: *p}
			flat, nodes[p.ID] = append(flat, n), n
			return true
		})
		roots = []*Node{}
		for _, n := range flat {
			if up := nodes[n.Parent]; up != nil {
				up.Children = append(up.Children, n)
			} else {
				roots = append(roots, n)
			}
		}
		return err
	})
	return roots, err
}

// Find finds many positions at once; ids of none are left out. It asks for no
// permission: the caller shows no more of a position than its name, beside an
// object that the actor may see.
func (s *Service) Find(ctx context.Context, ids []uint64) (map[uint64]*Position, error) {
	found := make(map[uint64]*Position, len(ids))
	err := s.db.View(ctx, func(r store.Reader) error {
		clear(found)
		for _, id := range ids {
			if _, known := found[id]; known || id == 0 {
				continue
			}
			p, err := s.rows.Get(r, key(id))
			switch {
			case err == nil:
				found[id] = p
			case !errors.Is(err, store.ErrNotFound):
				return err
			}
		}
		return nil
	})
	return found, fault.Wrap(err)
}

// Holders counts the accounts that hold positions, of those that by sees.
func (s *Service) Holders(ctx context.Context, by access.Actor, ids []uint64) (map[uint64]int, error) {
	held := make(map[uint64]int, len(ids))
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		for _, id := range ids {
			if held[id], err = s.holders(r, by, id); err != nil {
				return err
			}
		}
		return nil
	})
	return held, fault.Wrap(err)
}

// Under is the posts directly under one of by's tenant, and that one; with 0
// those at the top, and nil.
func (s *Service) Under(ctx context.Context, by access.Actor, parent uint64) (below []Position, up *Position, err error) {
	err = s.view(ctx, by, Post, func(r store.Reader) (err error) {
		group := tenantGroup(Post, by.Tenant)
		if parent != 0 {
			if up, err = s.load(r, by, Post, parent); err != nil {
				return err
			}
			group = childrenGroup(parent)
		}
		below = []Position{}
		return listing.Each(r, s.ranked, group, func(p *Position) bool {
			if p.Parent == parent {
				below = append(below, *p)
			}
			return true
		})
	})
	return below, up, err
}
