package role

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/menu"
	"stoa/app/resource"
	"stoa/app/tree"
	"stoa/store"
)

// picture is all roles, menus and resources as they were at one moment. It is
// never changed: a change makes another one.
type picture struct {
	roles     map[uint64]*Role
	order     []*Role // built-in ones, then by id
	menus     []menu.Menu
	menuAt    map[uint64]*menu.Menu
	menuLeaf  map[uint64]bool
	resources []resource.Resource
	standsFor map[uint64]access.Set
	leaf      map[uint64]bool // of the resources
	grantedBy map[uint64]int  // menus: how many custom roles grant it
	usedBy    map[uint64]int  // resources
	factor    bool            // some role asks for a second factor

	shown sync.Map     // Pages by roles, tenant and permissions: every request of the console asks
	kept  atomic.Int64 // entries in shown
}

// Refresh makes the picture anew. Every change does so before it is answered, so
// that the next request of a running session feels it.
func (s *Service) Refresh(ctx context.Context) error {
	s.drawing.Lock()
	defer s.drawing.Unlock()
	var p *picture
	err := s.db.View(context.WithoutCancel(ctx), func(r store.Reader) (err error) {
		p, err = s.draw(r)
		return err
	})
	if err == nil {
		s.now.Store(p)
	}
	return fault.Wrap(err)
}

func (s *Service) draw(r store.Reader) (*picture, error) {
	p := &picture{roles: map[uint64]*Role{}, menuAt: map[uint64]*menu.Menu{}, standsFor: map[uint64]access.Set{},
		grantedBy: map[uint64]int{}, usedBy: map[uint64]int{}}
	var err error
	if p.menus, err = s.Menu.All(r); err != nil {
		return nil, err
	}
	if p.resources, err = s.Resource.All(r); err != nil {
		return nil, err
	}
	for i := range p.menus {
		p.menuAt[p.menus[i].ID] = &p.menus[i]
	}
	for i := range p.resources {
		p.standsFor[p.resources[i].ID] = s.Resource.Permissions(&p.resources[i])
	}
	p.menuLeaf, p.leaf = leaves(p.menus, menu.At), leaves(p.resources, resource.At)
	p.addBuiltin()
	for v, err := range s.rows.Scan(r, store.Scan{}) {
		if err != nil {
			return nil, err
		}
		p.add(v)
	}
	return p, nil
}

// leaves are the ids of the rows that nothing stands under.
func leaves[T any](rows []T, at func(*T) tree.Place) map[uint64]bool {
	out := make(map[uint64]bool, len(rows))
	for i := range rows {
		out[at(&rows[i]).ID] = true
	}
	for i := range rows {
		delete(out, at(&rows[i]).Parent)
	}
	return out
}

// addBuiltin adds the built-in roles, with the menus and resources that their
// permissions come to.
func (p *picture) addBuiltin() {
	for _, b := range access.Builtin() {
		v := &Role{ID: b.ID, Code: b.Code, Name: b.Name, Set: b.Set, Builtin: true, Version: 1, Scope: Self}
		if access.Width(b.ID) != access.ScopeSelf {
			v.Scope = All
		}
		for id := range p.menuLeaf {
			if needs := p.menuAt[id].Set(); needs.Within(b.Set) {
				v.Menus = append(v.Menus, id)
			}
		}
		for id := range p.leaf {
			if set := p.standsFor[id]; set != (access.Set{}) && set.Within(b.Set) {
				v.Resources = append(v.Resources, id)
			}
		}
		slices.Sort(v.Menus)
		slices.Sort(v.Resources)
		p.roles[v.ID] = v
		p.order = append(p.order, v)
	}
}

// add adds a stored role: one that somebody made, or what was changed at a
// built-in one.
func (p *picture) add(v *Role) {
	p.factor = p.factor || v.SecondFactor
	if b := p.roles[v.ID]; b != nil {
		b.SecondFactor, b.Modified, b.ModifiedBy, b.Version = v.SecondFactor, v.Modified, v.ModifiedBy, v.Version
		return
	}
	v.Set = p.allowed(v.Resources)
	for _, id := range v.Menus {
		p.grantedBy[id]++
	}
	for _, id := range v.Resources {
		p.usedBy[id]++
	}
	p.roles[v.ID] = v
	p.order = append(p.order, v)
}

// allowed is what resources stand for, together. One that is no longer there
// stands for nothing.
func (p *picture) allowed(resources []uint64) access.Set {
	var set access.Set
	for _, id := range resources {
		set = set.Or(p.standsFor[id])
	}
	return set
}

// onlyLeaves are the ids among those given that are leaves, ascending; an id of
// none at all is a fault.
func onlyLeaves(ids []uint64, known func(uint64) bool, leaf map[uint64]bool, field string) ([]uint64, error) {
	if len(ids) > 2*maxGrants {
		return nil, fault.New(fault.TooLarge, "role.grants", field, "a role grants at most %d %s", maxGrants, field)
	}
	var out []uint64
	for _, id := range distinct(ids) {
		if !known(id) {
			return nil, fault.New(fault.Invalid, "role."+field, field, "there is no %d among the %s", id, field)
		}
		if leaf[id] {
			out = append(out, id)
		}
	}
	if len(out) > maxGrants {
		return nil, fault.New(fault.TooLarge, "role.grants", field, "a role grants at most %d %s", maxGrants, field)
	}
	return out, nil
}

// Granted is how many roles grant a menu, and Used how many a resource; built-in
// roles, which have what their permissions come to, are not counted.
func (s *Service) Granted(menu uint64) int { return s.now.Load().grantedBy[menu] }

// Used is how many roles grant a resource; see Granted.
func (s *Service) Used(resource uint64) int { return s.now.Load().usedBy[resource] }
