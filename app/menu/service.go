package menu

import (
	"context"
	"strconv"
	"strings"

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

// Service is the menus.
type Service struct {
	Deps
	db      *store.DB
	rows    *tree.Rows[Menu]
	changed func(context.Context) error
	granted func(id uint64) int
}

// NewService defines the tables; Bind and Depend complete the service.
func NewService(schema *store.Schema, d Deps) *Service {
	return &Service{Deps: d, rows: tree.Define(schema, 103, 104, "menu", At)}
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Depend sets what the roles, which are built on the menus, are told and asked:
// changed after every change, granted for the number of roles that grant a menu.
func (s *Service) Depend(changed func(context.Context) error, granted func(id uint64) int) {
	s.changed, s.granted = changed, granted
}

// All are the menus in a transaction, parents first, siblings in order.
func (s *Service) All(r store.Reader) ([]Menu, error) { return s.rows.All(r) }

// List shows all menus, parents first, siblings in order.
func (s *Service) List(ctx context.Context, by access.Actor) ([]Menu, error) {
	if err := by.Need(access.MenuRead); err != nil {
		return nil, err
	}
	var all []Menu
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		all, err = s.rows.All(r)
		return err
	})
	return all, fault.Wrap(err)
}

// Get is one menu.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Menu, error) {
	if err := by.Need(access.MenuRead); err != nil {
		return nil, err
	}
	var m *Menu
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		m, err = s.rows.Get(r, id)
		return err
	})
	return m, fault.Wrap(err)
}

// Create makes a menu.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Menu, error) {
	if err := by.Need(access.MenuWrite); err != nil {
		return nil, err
	}
	draft := Menu{Parent: in.Parent, Sequence: in.Sequence, Type: in.Type, Name: in.Name, Path: in.Path, Component: in.Component,
		Redirect: in.Redirect, Icon: in.Icon, Router: in.Router, Hidden: in.Hidden, Page: in.Page, Needs: in.Needs}
	if err := draft.clean(); err != nil {
		return nil, err
	}
	var m *Menu
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		fresh := draft
		m = &fresh
		if m.ID, err = s.rows.NextID(tx); err != nil {
			return err
		}
		m.Created, m.Modified, m.ModifiedBy, m.Version = tx.Now(), tx.Now(), by.Name, 1
		if err := s.rows.Insert(tx, m); err != nil {
			return err
		}
		return s.record(tx, by, "menu.create", m, nil)
	})
	return m, err
}

// Modify changes a menu, or moves it with all below it. ifVersion 0 skips the
// check for a change by somebody else.
func (s *Service) Modify(ctx context.Context, by access.Actor, id uint64, c Change, ifVersion uint64) (*Menu, error) {
	if err := by.Need(access.MenuWrite); err != nil {
		return nil, err
	}
	var m *Menu
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		if m, err = s.rows.Get(tx, id); err != nil {
			return err
		}
		if ifVersion != 0 && m.Version != ifVersion {
			return fault.New(fault.Stale, "menu.stale", "", "it was changed by %s meanwhile: read it again", m.ModifiedBy)
		}
		before := *m
		if err := m.apply(c); err != nil {
			return err
		}
		if m.Key != "" && (m.Set() != before.Set() || m.Page != before.Page) {
			return fault.New(fault.Conflict, "menu.builtin", "needs", "%s came with the product: what it shows and needs is fixed", before.Name)
		}
		changes := diff(&before, m)
		if len(changes) == 0 {
			return nil
		}
		m.Modified, m.ModifiedBy = tx.Now(), by.Name
		m.Version++
		if err := s.rows.Update(tx, m, m.Parent != before.Parent); err != nil {
			return err
		}
		return s.record(tx, by, "menu.update", m, changes)
	})
	return m, err
}

// Delete removes a menu that nothing stands under and that no role grants. Those
// that came with the product stay: they can be hidden.
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) error {
	if err := by.Need(access.MenuWrite); err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx) error {
		m, err := s.rows.Get(tx, id)
		if err != nil {
			return err
		}
		if m.Key != "" {
			return fault.New(fault.Conflict, "menu.builtin", "id", "%s came with the product and stays: hide it instead", m.Name)
		}
		if n := s.granted(id); n > 0 {
			return fault.New(fault.Conflict, "menu.granted", "id", "%d roles grant %s: take it from them first", n, m.Name)
		}
		if err := s.rows.Delete(tx, id); err != nil {
			return err
		}
		return s.record(tx, by, "menu.delete", m, nil)
	})
}

// update is a change, of which the roles are told once it is durable.
func (s *Service) update(ctx context.Context, fn func(*store.Tx) error) error {
	if err := s.db.Update(ctx, fn); err != nil {
		return fault.Wrap(err)
	}
	return s.changed(ctx)
}

func (s *Service) record(tx *store.Tx, by access.Actor, action string, m *Menu, changes []audit.Change) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Action: action, ObjectKind: "menu", ObjectID: strconv.FormatUint(m.ID, 10), ObjectName: m.Name,
		Changes: changes})
}

// diff names the changed fields for the action log.
func diff(a, b *Menu) []audit.Change {
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
	add("path", a.Path, b.Path)
	add("component", a.Component, b.Component)
	add("redirect", a.Redirect, b.Redirect)
	add("icon", a.Icon, b.Icon)
	add("router", strconv.FormatBool(a.Router), strconv.FormatBool(b.Router))
	add("hidden", strconv.FormatBool(a.Hidden), strconv.FormatBool(b.Hidden))
	add("page", a.Page, b.Page)
	add("needs", strings.Join(a.Needs, ","), strings.Join(b.Needs, ","))
	return out
}
