package org

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Service is the units of an installation.
type Service struct {
	deps   Deps
	db     *store.DB
	units  store.Table[Unit]
	names  store.Unique[Unit]
	ranked store.Ranked[Unit]
	open   store.Index[Unit]
	led    store.Index[Unit]
	resale store.Ranked[Unit]
	ids    *store.Sequence

	versions store.Table[treeVersion]
	trees    trees
}

// Deps are what org needs from its neighbours.
type Deps struct {
	Audit *audit.Service
	// Members counts the accounts of a unit: all of a tenant's, or those directly
	// in a department.
	Members func(r store.Reader, unit uint64) (int, error)
	// Manages reports whether the account may manage departments of the tenant:
	// it exists there and by sees it. Nil accepts none.
	Manages func(r store.Reader, by access.Actor, tenant, account uint64) (bool, error)
}

// New defines the tables; Bind completes the service.
func New(s *store.Schema, d Deps) *Service {
	o := &Service{deps: d}
	o.units = store.Define(s, 10, "unit", func(u *Unit) store.Key { return store.K().Uint(u.ID) })
	o.names = o.units.Unique(1, "name", func(u *Unit) (store.Key, bool) { return nameKey(u.Parent, u.Name), true })
	o.ranked = o.units.Ranked(2, "list", groups, order)
	o.open = o.units.Index(3, "sign_up", func(u *Unit) []store.Key {
		if !u.SignUp || u.State != Active {
			return nil
		}
		return []store.Key{store.K()}
	})
	o.led = o.units.Index(4, "manager", func(u *Unit) []store.Key {
		if u.Manager == 0 {
			return nil
		}
		return []store.Key{store.K().Uint(u.Manager)}
	})
	o.resale = o.units.Ranked(5, "resale", resale, order)
	o.ids = store.NewSequence(s, 11, "unit_id", FirstID)
	o.defineVersions(s)
	return o
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Depend sets the questions that org asks of the accounts, which are built on it.
func (s *Service) Depend(members func(store.Reader, uint64) (int, error), manages func(r store.Reader, by access.Actor, tenant, account uint64) (bool, error)) {
	s.deps.Members, s.deps.Manages = members, manages
}

func missing(field string) *fault.Fault {
	return fault.New(fault.NotFound, "org.not_found", field, "there is no such organisation or department")
}

// UnitTx is a unit of any kind; a NotFound fault if there is none.
func (s *Service) UnitTx(r store.Reader, id uint64) (*Unit, error) {
	u, err := s.units.Get(r, store.K().Uint(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, missing("id")
	}
	return u, fault.Wrap(err)
}

// TenantTx is a tenant; a NotFound fault if there is none or it is a department.
func (s *Service) TenantTx(r store.Reader, id uint64) (*Unit, error) {
	u, err := s.UnitTx(r, id)
	if err == nil && !u.IsTenant() {
		return nil, missing("id")
	}
	return u, err
}

// DepartmentTx is a department of the tenant; else a NotFound fault.
func (s *Service) DepartmentTx(r store.Reader, tenant, id uint64) (*Unit, error) {
	u, err := s.UnitTx(r, id)
	if err == nil && (u.IsTenant() || u.Tenant != tenant) {
		return nil, missing("department")
	}
	return u, err
}

// Frozen reports whether nobody may sign in to the tenant: it is frozen or gone.
func (s *Service) Frozen(r store.Reader, tenant uint64) (bool, error) {
	u, err := s.TenantTx(r, tenant)
	if err != nil {
		return fault.KindOf(err) == fault.NotFound, ifNotFound(err)
	}
	return u.State == Frozen, nil
}

// ifNotFound drops a NotFound fault.
func ifNotFound(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// put stores a changed unit; a name taken among its siblings is an Exists fault.
func (s *Service) put(tx *store.Tx, by access.Actor, u *Unit) error {
	if u.Created.IsZero() {
		u.Created = tx.Now()
	}
	u.Modified, u.ModifiedBy = tx.Now(), by.Name
	u.Version++
	err := s.units.Put(tx, u)
	if errors.Is(err, store.ErrTaken) {
		return fault.New(fault.Exists, "org.name_taken", "name", "the name %q is taken", u.Name)
	}
	if err != nil {
		return err
	}
	return s.grown(tx, u)
}

func (s *Service) count(r store.Reader, unit uint64) (int, error) {
	if s.deps.Members == nil {
		return 0, nil
	}
	return s.deps.Members(r, unit)
}

// record writes the audit entry of an act on u.
func (s *Service) record(tx *store.Tx, by access.Actor, act string, u *Unit, changes []audit.Change) error {
	return s.deps.Audit.AddTx(tx, by, audit.Entry{Tenant: u.Tenant, Action: string(u.Kind) + "." + act,
		ObjectKind: string(u.Kind), ObjectID: idText(u.ID), ObjectName: u.Name, Changes: changes})
}

func (s *Service) update(ctx context.Context, fn func(*store.Tx) error) error {
	return fault.Wrap(s.db.Update(ctx, fn))
}

func stale(u *Unit, ifVersion uint64) error {
	if ifVersion != 0 && u.Version != ifVersion {
		return fault.New(fault.Stale, "org.stale", "", "it was changed by %s meanwhile: read it again", u.ModifiedBy)
	}
	return nil
}
