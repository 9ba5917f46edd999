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
	*tree.Keeper[Menu]
}

// NewService defines the tables; Bind and Depend complete the service.
func NewService(schema *store.Schema, d Deps) *Service {
	return &Service{tree.NewKeeper(schema, 103, 104, d.Audit, tree.Kind[Menu]{
		Noun: "menu", Read: access.MenuRead, Write: access.MenuWrite, At: At, Check: check, Diff: diff, Instead: "hide it",
		Name: func(m *Menu) string { return m.Name },
		Stamp: func(m *Menu) tree.Stamp {
			return tree.Stamp{ID: &m.ID, Version: &m.Version, Created: &m.Created, Modified: &m.Modified, ModifiedBy: &m.ModifiedBy}
		},
	})}
}

// Create makes a menu.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Menu, error) {
	return s.Add(ctx, by, Menu{Parent: in.Parent, Sequence: in.Sequence, Type: in.Type, Name: in.Name, Path: in.Path, Component: in.Component,
		Redirect: in.Redirect, Icon: in.Icon, Router: in.Router, Hidden: in.Hidden, Page: in.Page, Needs: in.Needs})
}

// Modify changes a menu, or moves it with all below it. ifVersion 0 skips the
// check for a change by somebody else.
func (s *Service) Modify(ctx context.Context, by access.Actor, id uint64, c Change, ifVersion uint64) (*Menu, error) {
	return s.Change(ctx, by, id, func(m *Menu) { m.apply(c) }, ifVersion)
}

// check keeps the page and the needs of a menu that came with the product.
func check(_ access.Actor, before, m *Menu) error {
	if err := m.clean(); err != nil {
		return err
	}
	if before != nil && m.Key != "" && (m.Set() != before.Set() || m.Page != before.Page) {
		return fault.New(fault.Conflict, "menu.builtin", "needs", "%s came with the product: what it shows and needs is fixed", before.Name)
	}
	return nil
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
