// Package resource is what rights are granted by: one tree of operations and
// buttons for the whole installation. A resource names a permission
// ("account.read") or a call of any API ("POST /v1/accounts"), which then stands
// for the permissions that call needs. The package knows no roles and serves no
// calls: what calls there are it is told by who serves them.
package resource

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

// Type is what a resource is for; the numbers are the documented API's.
type Type int

// The types.
const (
	API Type = iota
	Button
)

// Resource is something that can be granted, or a group of such.
type Resource struct {
	ID       uint64 `cbor:"1,keyasint"`
	Parent   uint64 `cbor:"2,keyasint,omitempty"` // 0 = top
	Sequence int    `cbor:"3,keyasint,omitempty"`
	Type     Type   `cbor:"4,keyasint,omitempty"`
	Name     string `cbor:"5,keyasint"`
	// URL is the name of a permission, or a path with or without a method in
	// front; a path that ends in /** stands for all below it. "" = a group.
	URL string `cbor:"6,keyasint,omitempty"`
	Key string `cbor:"7,keyasint,omitempty"` // of one that came with the product

	Created    time.Time `cbor:"8,keyasint"`
	Modified   time.Time `cbor:"9,keyasint"`
	ModifiedBy string    `cbor:"10,keyasint,omitempty"`
	Version    uint64    `cbor:"11,keyasint"`
}

// At is where the resource stands.
func At(v *Resource) tree.Place {
	return tree.Place{ID: v.ID, Parent: v.Parent, Sequence: v.Sequence, Key: v.Key}
}

// New is what Create needs.
type New struct {
	Parent   uint64
	Sequence int
	Type     Type
	Name     string
	URL      string
}

// Change changes what is not nil. A new Parent moves the resource with all below it.
type Change struct {
	Parent   *uint64
	Sequence *int
	Type     *Type
	Name     *string
	URL      *string
}

// Greatest lengths, in characters.
const (
	maxName = 64
	maxURL  = 255
)

func (v *Resource) clean() error {
	v.Name = norm.NFC.String(strings.TrimSpace(v.Name))
	v.URL = strings.TrimSpace(v.URL)
	switch {
	case v.Name == "":
		return fault.New(fault.Missing, "resource.name", "name", "a name is needed: it is what stands in the tree")
	case !shown(v.Name, maxName):
		return fault.New(fault.Invalid, "resource.name", "name", "the name has up to %d characters that can be shown", maxName)
	case v.Type != API && v.Type != Button:
		return fault.New(fault.Invalid, "resource.type", "type", "a resource is for an API (0) or a button (1)")
	case v.Sequence < 0 || v.Sequence > 1_000_000:
		return fault.New(fault.Invalid, "resource.sequence", "sequence", "the sequence is 0 to 1000000")
	case !shown(v.URL, maxURL):
		return fault.New(fault.Invalid, "resource.url", "url", "the URL has up to %d characters that can be shown", maxURL)
	}
	if v.URL == "" || strings.HasPrefix(v.URL, "/") {
		return nil
	}
	if _, ok := access.PermissionOf(v.URL); ok {
		return nil
	}
	if method, path, two := strings.Cut(v.URL, " "); two && isMethod(method) && strings.HasPrefix(strings.TrimSpace(path), "/") {
		v.URL = method + " " + strings.TrimSpace(path)
		return nil
	}
	return fault.New(fault.Invalid, "resource.url", "url",
		"%q is neither a permission such as account.read nor a path such as /admin/role/page or POST /v1/roles", v.URL)
}

func isMethod(s string) bool {
	switch s {
	case "GET", "POST", "PUT", "PATCH", "DELETE":
		return true
	}
	return false
}

func shown(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, unicode.IsControl)
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (v *Resource) apply(c Change) {
	set(&v.Parent, c.Parent)
	set(&v.Sequence, c.Sequence)
	set(&v.Type, c.Type)
	set(&v.Name, c.Name)
	set(&v.URL, c.URL)
}
