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
	Deps
	db      *store.DB
	rows    *tree.Rows[Resource]
	calls   atomic.Pointer[[]Call]
	changed func(context.Context) error
	granted func(id uint64) int
}

// NewService defines the tables; Bind and Depend complete the service.
func NewService(schema *store.Schema, d Deps) *Service {
	return &Service{Deps: d, rows: tree.Define(schema, 105, 106, "resource", At)}
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Depend sets what the roles, which are built on the resources, are told and asked:
// changed after every change, granted for the number of roles that grant a resource.
func (s *Service) Depend(changed func(context.Context) error, granted func(id uint64) int) {
	s.changed, s.granted = changed, granted
}

// All are the resources in a transaction, parents first, siblings in order.
func (s *Service) All(r store.Reader) ([]Resource, error) { return s.rows.All(r) }

// List shows all resources, parents first, siblings in order.
func (s *Service) List(ctx context.Context, by access.Actor) ([]Resource, error) {
	if err := by.Need(access.ResourceRead); err != nil {
		return nil, err
	}
	var all []Resource
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		all, err = s.rows.All(r)
		return err
	})
	return all, fault.Wrap(err)
}

// Get is one resource.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Resource, error) {
	if err := by.Need(access.ResourceRead); err != nil {
		return nil, err
	}
	var v *Resource
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		v, err = s.rows.Get(r, id)
		return err
	})
	return v, fault.Wrap(err)
}

// Create makes a resource.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Resource, error) {
	if err := by.Need(access.ResourceWrite); err != nil {
		return nil, err
	}
	draft := Resource{Parent: in.Parent, Sequence: in.Sequence, Type: in.Type, Name: in.Name, URL: in.URL}
	if err := draft.clean(); err != nil {
		return nil, err
	}
	if err := s.within(by, &draft); err != nil {
		return nil, err
	}
	var v *Resource
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		fresh := draft
		v = &fresh
		if v.ID, err = s.rows.NextID(tx); err != nil {
			return err
		}
		v.Created, v.Modified, v.ModifiedBy, v.Version = tx.Now(), tx.Now(), by.Name, 1
		if err := s.rows.Insert(tx, v); err != nil {
			return err
		}
		return s.record(tx, by, "resource.create", v, nil)
	})
	return v, err
}

// within refuses a resource that stands for more than by holds: who holds a role
// with it would get that.
func (s *Service) within(by access.Actor, v *Resource) error {
	if beyond := s.Permissions(v).Without(by.Set); beyond != (access.Set{}) {
		return fault.New(fault.Denied, "resource.beyond", "url", "nobody grants more than they hold: it stands for %s", strings.Join(beyond.Names(), ", "))
	}
	return nil
}

// Modify changes a resource, or moves it with all below it: who is granted it has
// at once what it stands for then. ifVersion 0 skips the check for a change by
// somebody else.
func (s *Service) Modify(ctx context.Context, by access.Actor, id uint64, c Change, ifVersion uint64) (*Resource, error) {
	if err := by.Need(access.ResourceWrite); err != nil {
		return nil, err
	}
	var v *Resource
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		if v, err = s.rows.Get(tx, id); err != nil {
			return err
		}
		if ifVersion != 0 && v.Version != ifVersion {
			return fault.New(fault.Stale, "resource.stale", "", "it was changed by %s meanwhile: read it again", v.ModifiedBy)
		}
		before := *v
		if err := v.apply(c); err != nil {
			return err
		}
		if v.URL != before.URL {
			if v.Key != "" {
				return fault.New(fault.Conflict, "resource.builtin", "url", "%s came with the product: what it stands for is fixed", before.Name)
			}
			if err := s.within(by, v); err != nil {
				return err
			}
		}
		changes := diff(&before, v)
		if len(changes) == 0 {
			return nil
		}
		v.Modified, v.ModifiedBy = tx.Now(), by.Name
		v.Version++
		if err := s.rows.Update(tx, v, v.Parent != before.Parent); err != nil {
			return err
		}
		return s.record(tx, by, "resource.update", v, changes)
	})
	return v, err
}

// Delete removes a resource that nothing stands under and that no role grants.
// Those that came with the product stay.
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) error {
	if err := by.Need(access.ResourceWrite); err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx) error {
		v, err := s.rows.Get(tx, id)
		if err != nil {
			return err
		}
		if v.Key != "" {
			return fault.New(fault.Conflict, "resource.builtin", "id", "%s came with the product and stays", v.Name)
		}
		if n := s.granted(id); n > 0 {
			return fault.New(fault.Conflict, "resource.granted", "id", "%d roles grant %s: take it from them first", n, v.Name)
		}
		if err := s.rows.Delete(tx, id); err != nil {
			return err
		}
		return s.record(tx, by, "resource.delete", v, nil)
	})
}

// update is a change, of which the roles are told once it is durable.
func (s *Service) update(ctx context.Context, fn func(*store.Tx) error) error {
	if err := s.db.Update(ctx, fn); err != nil {
		return fault.Wrap(err)
	}
	return s.changed(ctx)
}

func (s *Service) record(tx *store.Tx, by access.Actor, action string, v *Resource, changes []audit.Change) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Action: action, ObjectKind: "resource", ObjectID: strconv.FormatUint(v.ID, 10), ObjectName: v.Name,
		Changes: changes})
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
