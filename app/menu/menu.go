// Package menu is the navigation: one tree of groups and pages for the whole
// installation, which begins with the pages of the documented front end and of the
// console. It knows no roles; which menus somebody has, package role tells.
package menu

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/tree"
)

// Type is what a menu is; the numbers are the documented API's.
type Type int

// The types.
const (
	Group Type = iota // holds others
	Page
)

// Menu is a group or a page of the navigation.
type Menu struct {
	ID        uint64   `cbor:"1,keyasint"`
	Parent    uint64   `cbor:"2,keyasint,omitempty"` // 0 = top
	Sequence  int      `cbor:"3,keyasint,omitempty"` // order among siblings
	Type      Type     `cbor:"4,keyasint,omitempty"`
	Name      string   `cbor:"5,keyasint"`           // as it is shown
	Path      string   `cbor:"6,keyasint,omitempty"` // of the front end's route: "/system" at the top, "user" below
	Component string   `cbor:"7,keyasint,omitempty"` // the front end's file: "Layout", "system/user/index"
	Redirect  string   `cbor:"8,keyasint,omitempty"`
	Icon      string   `cbor:"9,keyasint,omitempty"`
	Router    bool     `cbor:"10,keyasint,omitempty"` // a route of the front end
	Hidden    bool     `cbor:"11,keyasint,omitempty"` // reachable, and not shown
	Page      string   `cbor:"12,keyasint,omitempty"` // key of the console's page
	Needs     []string `cbor:"13,keyasint,omitempty"` // permissions without which the page is of no use
	Key       string   `cbor:"14,keyasint,omitempty"` // of one that came with the product; such a one is never deleted

	Created    time.Time `cbor:"15,keyasint"`
	Modified   time.Time `cbor:"16,keyasint"`
	ModifiedBy string    `cbor:"17,keyasint,omitempty"`
	Version    uint64    `cbor:"18,keyasint"`
}

// At is where the menu stands.
func At(m *Menu) tree.Place {
	return tree.Place{ID: m.ID, Parent: m.Parent, Sequence: m.Sequence, Key: m.Key}
}

// Set is what the page needs, as a set.
func (m *Menu) Set() access.Set {
	var set access.Set
	for _, name := range m.Needs {
		if p, ok := access.PermissionOf(name); ok {
			set = set.Or(access.Of(p))
		}
	}
	return set
}

// New is what Create needs.
type New struct {
	Parent    uint64
	Sequence  int
	Type      Type
	Name      string
	Path      string
	Component string
	Redirect  string
	Icon      string
	Router    bool
	Hidden    bool
	Page      string
	Needs     []string
}

// Change changes what is not nil. A new Parent moves the menu with all below it.
type Change struct {
	Parent    *uint64
	Sequence  *int
	Type      *Type
	Name      *string
	Path      *string
	Component *string
	Redirect  *string
	Icon      *string
	Router    *bool
	Hidden    *bool
	Page      *string
	Needs     *[]string
}

// Greatest lengths, in characters.
const (
	maxName = 64
	maxText = 255
)

// clean brings a menu's texts into their stored form.
func (m *Menu) clean() error {
	for _, f := range []struct {
		field string
		text  *string
		most  int
	}{{"name", &m.Name, maxName}, {"path", &m.Path, maxText}, {"component", &m.Component, maxText}, {"redirect", &m.Redirect, maxText},
		{"icon", &m.Icon, maxText}, {"page", &m.Page, maxName}} {
		s := norm.NFC.String(strings.TrimSpace(*f.text))
		if !utf8.ValidString(s) || utf8.RuneCountInString(s) > f.most || strings.ContainsFunc(s, unicode.IsControl) {
			return fault.New(fault.Invalid, "menu."+f.field, f.field, "the %s has up to %d characters that can be shown", f.field, f.most)
		}
		*f.text = s
	}
	switch {
	case m.Name == "":
		return fault.New(fault.Missing, "menu.name", "name", "a name is needed: it is what the navigation shows")
	case m.Type != Group && m.Type != Page:
		return fault.New(fault.Invalid, "menu.type", "type", "a menu is a group (0) or a page (1)")
	case m.Sequence < 0 || m.Sequence > 1_000_000:
		return fault.New(fault.Invalid, "menu.sequence", "sequence", "the sequence is 0 to 1000000")
	case m.Router && m.Path == "":
		return fault.New(fault.Missing, "menu.path", "path", "a route of the front end needs its path")
	case len(m.Needs) > 16:
		return fault.New(fault.Invalid, "menu.needs", "needs", "a page needs at most 16 permissions")
	}
	for _, link := range []struct{ field, text string }{{"path", m.Path}, {"redirect", m.Redirect}} {
		if strings.Contains(strings.ToLower(link.text), "javascript:") {
			return fault.New(fault.Invalid, "menu."+link.field, link.field, "a %s can't run a script", link.field)
		}
	}
	for _, name := range m.Needs {
		if _, ok := access.PermissionOf(name); !ok {
			return fault.New(fault.Invalid, "menu.needs", "needs", "there is no permission %q", name)
		}
	}
	return nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (m *Menu) apply(c Change) {
	set(&m.Parent, c.Parent)
	set(&m.Sequence, c.Sequence)
	set(&m.Type, c.Type)
	set(&m.Name, c.Name)
	set(&m.Path, c.Path)
	set(&m.Component, c.Component)
	set(&m.Redirect, c.Redirect)
	set(&m.Icon, c.Icon)
	set(&m.Router, c.Router)
	set(&m.Hidden, c.Hidden)
	set(&m.Page, c.Page)
	set(&m.Needs, c.Needs)
}
