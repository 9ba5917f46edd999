package role

import (
	"context"
	"fmt"
	"slices"

	"stoa/app/access"
	"stoa/app/menu"
	"stoa/app/tree"
)

// menusOf are the pages that by has: a super administrator every one, others
// those that their roles grant and whose needs they hold.
func (p *picture) menusOf(by access.Actor) map[uint64]bool {
	return p.pages(by.Roles, by.Home, by.Set, by.Super())
}

func (p *picture) pages(roles []uint64, tenant uint64, held access.Set, every bool) map[uint64]bool {
	out := map[uint64]bool{}
	take := func(id uint64) {
		if m := p.menuAt[id]; m != nil && (every || m.Set().Within(held)) {
			out[id] = true
		}
	}
	if every {
		for id := range p.menuLeaf {
			take(id)
		}
		return out
	}
	for _, role := range roles {
		v := p.roles[role]
		if v == nil || v.Tenant != 0 && v.Tenant != tenant {
			continue
		}
		for _, id := range v.Menus {
			take(id)
		}
	}
	return out
}

// Pages are the keys of the console's pages that by finds in the navigation, sorted:
// those that by has and that are not hidden, nor any group they stand in. They are
// not to be changed: who has the same roles shares them.
func (s *Service) Pages(by access.Actor) []string {
	p := s.now.Load()
	who := fmt.Sprint(by.Roles, by.Home, by.Set)
	if found, ok := p.shown.Load(who); ok {
		return found.([]string)
	}
	keys := []string{}
	for id := range p.menusOf(by) {
		if page := p.menuAt[id].Page; page != "" && !p.hidden(id) {
			keys = append(keys, page)
		}
	}
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	if p.kept.Add(1) <= keptPages {
		p.shown.Store(who, keys)
	}
	return keys
}

// keptPages is how many sets of roles a picture keeps the pages of.
const keptPages = 1000

// hidden reports whether a menu or a group that it stands in is hidden.
func (p *picture) hidden(id uint64) bool {
	for m := p.menuAt[id]; m != nil; m = p.menuAt[m.Parent] {
		if m.Hidden {
			return true
		}
	}
	return false
}

// Navigation is the menus that by has: the pages, and the groups they stand in.
func (s *Service) Navigation(by access.Actor) []*tree.Node[menu.Menu] {
	p := s.now.Load()
	return p.nest(p.menusOf(by))
}

// nest makes trees of pages with the groups above them.
func (p *picture) nest(pages map[uint64]bool) []*tree.Node[menu.Menu] {
	shown := map[uint64]bool{}
	for id := range pages {
		for at := id; at != 0 && !shown[at]; {
			shown[at] = true
			m := p.menuAt[at]
			if m == nil {
				break
			}
			at = m.Parent
		}
	}
	var rows []menu.Menu
	for i := range p.menus {
		if shown[p.menus[i].ID] {
			rows = append(rows, p.menus[i])
		}
	}
	return tree.Nest(rows, menu.At)
}

// Seen is a menu as a role shows it.
type Seen struct {
	Granted bool       // the role grants it, or something under it
	Shown   bool       // its holders see it
	Missing access.Set // what it needs and the role does not allow
}

// As is every menu as it stands for a role, for those who look at the navigation
// through its eyes.
func (s *Service) As(_ context.Context, by access.Actor, id uint64) (map[uint64]Seen, error) {
	if err := by.Need(access.RoleRead); err != nil {
		return nil, err
	}
	v, err := s.visible(by, id)
	if err != nil {
		return nil, err
	}
	p := s.now.Load()
	pages := p.pages([]uint64{id}, v.Tenant, v.Set, id == access.RoleSuper)
	out := make(map[uint64]Seen, len(p.menus))
	for i := len(p.menus) - 1; i >= 0; i-- { // parents come before what stands under them
		m := &p.menus[i]
		at := out[m.ID]
		if p.menuLeaf[m.ID] {
			at = Seen{Granted: has(v.Menus, m.ID), Shown: pages[m.ID], Missing: m.Set().Without(v.Set)}
		}
		out[m.ID] = at
		if m.Parent != 0 {
			above := out[m.Parent]
			above.Granted, above.Shown = above.Granted || at.Granted, above.Shown || at.Shown
			out[m.Parent] = above
		}
	}
	return out, nil
}
