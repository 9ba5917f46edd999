package position

import (
	"context"
	"strings"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/app/naming"
	"stoa/store"
)

func cleanName(name string) (string, error) {
	name, err := naming.Line(name, "name", maxName)
	if err == nil && strings.TrimSpace(name) == "" {
		err = fault.New(fault.Missing, "org.name_missing", "name", "a name is needed")
	}
	return name, err
}

// Create makes a post or a grade.
func (s *Service) Create(ctx context.Context, by access.Actor, k Kind, in New) (*Position, error) {
	name, err := cleanName(in.Name)
	if err != nil {
		return nil, err
	}
	var p *Position
	err = s.update(ctx, by, k, func(tx *store.Tx) error {
		tenant, err := scope(by, in.Tenant)
		if err != nil {
			return err
		}
		p = &Position{Kind: k, Tenant: tenant, Name: name}
		if err := s.under(tx, by, p, in.Parent, in.Tenant == 0); err != nil {
			return err
		}
		n, err := s.ranked.Count(tx, tenantGroup(k, p.Tenant))
		if err != nil {
			return err
		}
		if n >= maxRows {
			return fault.New(fault.TooLarge, string(k)+".too_many", "", "an organisation has at most %d %ss", maxRows, k)
		}
		if p.ID, err = s.ids.Next(tx); err != nil {
			return err
		}
		if err := s.put(tx, by, p); err != nil {
			return err
		}
		return s.record(tx, by, "create", p, nil)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// under puts a position under a post, or with 0 at the top. A new one takes the
// tenant of the post if none was named.
func (s *Service) under(r store.Reader, by access.Actor, p *Position, parent uint64, anyTenant bool) error {
	if parent == 0 {
		p.Parent = 0
		return nil
	}
	if p.Kind != Post {
		return fault.New(fault.Invalid, "grade.parent", "parent", "grades are a list: none is above another")
	}
	up, err := s.load(r, by, Post, parent)
	if fault.KindOf(err) == fault.NotFound && err != nil || err == nil && up.Tenant != p.Tenant && (p.ID != 0 || !anyTenant) {
		return fault.New(fault.NotFound, "post.parent_not_found", "parent", "the post above does not exist")
	}
	if err != nil {
		return err
	}
	p.Tenant, p.Parent = up.Tenant, up.ID
	depth, err := s.depth(r, up, p.ID)
	if err != nil {
		return err
	}
	height := 1
	if p.ID != 0 {
		if height, err = s.height(r, p.ID); err != nil {
			return err
		}
	}
	if depth+height > maxDepth {
		return fault.New(fault.TooLarge, "post.too_deep", "parent", "posts are nested at most %d deep", maxDepth)
	}
	return nil
}

// depth counts the posts from p up to the top. Meeting moved on the way means
// that the move would close a circle.
func (s *Service) depth(r store.Reader, p *Position, moved uint64) (int, error) {
	for n := 1; ; n++ {
		if p.ID == moved {
			return 0, fault.New(fault.Conflict, "post.cycle", "parent", "a post can't be moved under itself or a post below it")
		}
		if p.Parent == 0 {
			return n, nil
		}
		var err error
		if p, err = s.rows.Get(r, key(p.Parent)); err != nil {
			return 0, err
		}
	}
}

// height counts the levels of the tree that begins with a post.
func (s *Service) height(r store.Reader, id uint64) (n int, err error) {
	for level := []uint64{id}; len(level) > 0; n++ {
		var next []uint64
		for _, at := range level {
			err := listing.Each(r, s.ranked, childrenGroup(at), func(p *Position) bool {
				next = append(next, p.ID)
				return true
			})
			if err != nil {
				return 0, err
			}
		}
		level = next
	}
	return n, nil
}

// Update renames or moves. ifVersion 0 skips the check for a change by somebody
// else.
func (s *Service) Update(ctx context.Context, by access.Actor, k Kind, id uint64, c Change, ifVersion uint64) (*Position, error) {
	var p *Position
	err := s.update(ctx, by, k, func(tx *store.Tx) (err error) {
		if p, err = s.load(tx, by, k, id); err != nil {
			return err
		}
		if ifVersion != 0 && p.Version != ifVersion {
			return fault.New(fault.Stale, "org.stale", "", "it was changed by %s meanwhile: read it again", p.ModifiedBy)
		}
		before := *p
		if c.Name != nil {
			if p.Name, err = cleanName(*c.Name); err != nil {
				return err
			}
		}
		if c.Parent != nil && *c.Parent != p.Parent {
			if err := s.under(tx, by, p, *c.Parent, false); err != nil {
				return err
			}
		}
		changes := diff(&before, p)
		if len(changes) == 0 {
			return nil
		}
		if err := s.put(tx, by, p); err != nil {
			return err
		}
		return s.record(tx, by, "update", p, changes)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

func diff(a, b *Position) []audit.Change {
	var out []audit.Change
	if a.Name != b.Name {
		out = append(out, audit.Change{Field: "name", Old: a.Name, New: b.Name})
	}
	if a.Parent != b.Parent {
		out = append(out, audit.Change{Field: "parent", Old: number(a.Parent), New: number(b.Parent)})
	}
	return out
}

// Delete deletes a position that nobody holds and that has no posts below it;
// else a Conflict fault with the counts.
func (s *Service) Delete(ctx context.Context, by access.Actor, k Kind, id uint64) error {
	return s.update(ctx, by, k, func(tx *store.Tx) error {
		p, err := s.load(tx, by, k, id)
		if err != nil {
			return err
		}
		people, err := s.holders(tx, access.Actor{}, id)
		if err != nil {
			return err
		}
		below, err := s.ranked.Count(tx, childrenGroup(id))
		if err != nil {
			return err
		}
		if people+below > 0 {
			return fault.New(fault.Conflict, string(k)+".in_use", "id", "%q is in use: accounts %d, posts below it %d; change or delete them first", p.Name, people, below)
		}
		if err := s.rows.Delete(tx, key(id)); err != nil {
			return err
		}
		return s.record(tx, by, "delete", p, nil)
	})
}

func (s *Service) holders(r store.Reader, by access.Actor, id uint64) (int, error) {
	if s.deps.Holders == nil {
		return 0, nil
	}
	return s.deps.Holders(r, by, id)
}
