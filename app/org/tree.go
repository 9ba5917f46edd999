package org

import (
	"context"
	"slices"
	"sync"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/store"
)

// maxTrees is how many tenants' trees are kept at once. The largest, of
// maxDepartments, takes some 5 MB.
const maxTrees = 50

// trees are the departments of tenants as they were at a version of their tree.
// What is kept is never changed, so that any number of readers share it.
type trees struct {
	mu sync.Mutex
	of map[uint64]*grownTree
}

type grownTree struct {
	version uint64
	flat    []*Node // by name
	roots   []*Node // those of the tenant itself, with all below them
}

// Tree is the departments of a tenant (0 = the caller's) as a tree. A single
// root department is the root; otherwise the roots hang under a node with id 0
// and the tenant's name. The nodes are shared and not to be changed.
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
		all, err := s.grownTree(r, tenant)
		if err != nil {
			return err
		}
		root.Name, root.Tenant, root.State, root.Outside = t.Name, t.ID, t.State, sight != nil
		root.Children = all.roots
		if sight != nil {
			root.Children = join(tenant, sight.nodes(all.flat))
		}
		return nil
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	if len(root.Children) == 1 {
		return root.Children[0], nil
	}
	return root, nil
}

// grownTree is all departments of a tenant: those that are kept, unless they have
// changed.
func (s *Service) grownTree(r store.Reader, tenant uint64) (*grownTree, error) {
	version, err := s.TreeVersion(r, tenant)
	if err != nil {
		return nil, err
	}
	if kept := s.trees.get(tenant); kept != nil && kept.version == version {
		return kept, nil
	}
	t := &grownTree{version: version}
	if err := listing.Each(r, s.ranked, tenantGroup(tenant), func(u *Unit) bool {
		t.flat = append(t.flat, &Node{Unit: *u})
		return true
	}); err != nil {
		return nil, err
	}
	t.roots = join(tenant, t.flat)
	s.trees.keep(tenant, t)
	return t, nil
}

func (k *trees) get(tenant uint64) *grownTree {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.of[tenant]
}

// keep keeps a tree, unless a newer one is there. Trees make room for others all
// at once: more tenants than that are rarely looked at in one hour.
func (k *trees) keep(tenant uint64, t *grownTree) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old := k.of[tenant]; old != nil && old.version > t.version {
		return
	}
	if len(k.of) >= maxTrees || k.of == nil {
		k.of = map[uint64]*grownTree{}
	}
	k.of[tenant] = t
}

// nodes are those in sight, as the actor sees them.
func (s sight) nodes(all []*Node) []*Node {
	var seen []*Node
	for _, n := range all {
		if s.sees(&n.Unit) {
			seen = append(seen, &Node{Unit: s.shown(n.Unit)})
		}
	}
	return seen
}

// join hangs departments under their parents, and gives those of the tenant
// itself.
func join(tenant uint64, flat []*Node) []*Node {
	root := &Node{}
	nodes := make(map[uint64]*Node, len(flat)+1)
	nodes[tenant] = root
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
	return root.Children
}
