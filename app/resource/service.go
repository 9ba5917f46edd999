package resource

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/tree"
	"stoa/store"
)

// Deps are the neighbours of the service.
type Deps struct {
	Audit *audit.Service
}

// Service is the resources.
type Service struct {
	*tree.Keeper[Resource]
	calls atomic.Pointer[[]Call]
}

// NewService defines the tables; Bind and Depend complete the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{}
	s.Keeper = tree.NewKeeper(schema, 105, 106, d.Audit, tree.Kind[Resource]{
		Noun: "resource", Read: access.ResourceRead, Write: access.ResourceWrite, At: At, Check: s.check, Diff: diff,
		Name: func(v *Resource) string { return v.Name },
		Stamp: func(v *Resource) tree.Stamp {
			return tree.Stamp{ID: &v.ID, Version: &v.Version, Created: &v.Created, Modified: &v.Modified, ModifiedBy: &v.ModifiedBy}
		},
	})
	return s
}

// Create makes a resource.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Resource, error) {
	return s.Add(ctx, by, Resource{Parent: in.Parent, Sequence: in.Sequence, Type: in.Type, Name: in.Name, URL: in.URL})
}

// Modify changes a resource, or moves it with all below it: who is granted it has
// at once what it stands for then. ifVersion 0 skips the check for a change by
// somebody else.
func (s *Service) Modify(ctx context.Context, by access.Actor, id uint64, c Change, ifVersion uint64) (*Resource, error) {
	return s.Change(ctx, by, id, func(v *Resource) { v.apply(c) }, ifVersion)
}

// check keeps what a resource that came with the product stands for, and refuses one
// that stands for more than by holds: who holds a role with it would get that.
func (s *Service) check(by access.Actor, before, v *Resource) error {
	if err := v.clean(); err != nil {
		return err
	}
	if before != nil && v.URL == before.URL {
		return nil
	}
	if before != nil && v.Key != "" {
		return fault.New(fault.Conflict, "resource.builtin", "url", "%s came with the product: what it stands for is fixed", before.Name)
	}
	if beyond := s.Permissions(v).Without(by.Set); beyond != (access.Set{}) {
		return fault.New(fault.Denied, "resource.beyond", "url", "nobody grants more than they hold: it stands for %s", strings.Join(beyond.Names(), ", "))
	}
	return nil
}

// diff names the changed fields for the action log.
func diff(a, b *Resource) []audit.Change {
	var out []audit.Change
	add := func(field, old, new string) {
		if old != new {
			out = append(out, audit.Change{Field: field, Old: old, New: new})
		}
	}
	add("parent", strconv.FormatUint(a.Parent, 10), strconv.FormatUint(b.Parent, 10))
	add("sequence", strconv.Itoa(a.Sequence), strconv.Itoa(b.Sequence))
	add("type", strconv.Itoa(int(a.Type)), strconv.Itoa(int(b.Type)))
	add("name", a.Name, b.Name)
	add("url", a.URL, b.URL)
	return out
}
