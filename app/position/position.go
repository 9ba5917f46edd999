// Package position keeps what people are in an organisation: its posts, a tree,
// and its grades, a list, in one id space. It knows no accounts; how many hold a
// position it asks of its neighbour.
package position

import (
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/listing"
	"stoa/app/naming"
	"stoa/store"
)

// Kind is what a position is.
type Kind string

// The kinds.
const (
	Post  Kind = "post"  // what somebody does: in a tree, an account has any number up to MaxPosts
	Grade Kind = "grade" // how high somebody stands: an account has one or none
)

// Limits that keep a tree quick to show.
const (
	MaxPosts = 16     // of one account
	maxRows  = 10_000 // of one kind in an organisation
	maxDepth = 64     // posts above one another
	maxName  = 64     // characters
)

// Position is a post or a grade of an organisation.
type Position struct {
	ID         uint64    `cbor:"1,keyasint"`
	Kind       Kind      `cbor:"2,keyasint"`
	Tenant     uint64    `cbor:"3,keyasint"`
	Parent     uint64    `cbor:"4,keyasint,omitempty"` // post above; 0 = none, as of every grade
	Name       string    `cbor:"5,keyasint"`           // unique among the posts under one, or the grades of a tenant
	Created    time.Time `cbor:"6,keyasint"`
	Modified   time.Time `cbor:"7,keyasint"`
	ModifiedBy string    `cbor:"8,keyasint,omitempty"` // user name
	Version    uint64    `cbor:"9,keyasint"`           // one more with each change
}

// New is what a position is made of.
type New struct {
	Tenant uint64 // 0 = the actor's; another one: super administrators only
	Parent uint64 // post above; 0 = none. Grades have none
	Name   string
}

// Change changes what is not nil. A new Parent moves a post with all below it; 0
// is the top.
type Change struct {
	Name   *string
	Parent *uint64
}

// Filter of a list.
type Filter struct {
	listing.Ask
	Tenant uint64 // 0 = the caller's. Others than one's own for super administrators only
	Text   string // part of the name, any case
}

// Node is a post in a tree.
type Node struct {
	Position
	Children []*Node // by name
}

// Groups of the ranked index.
const (
	groupTenant   = 1 // positions of a kind in a tenant
	groupChildren = 2 // posts directly under one
)

func key(id uint64) store.Key { return store.K().Uint(id) }

func tenantGroup(k Kind, tenant uint64) store.Key {
	return store.K().Uint(groupTenant).Str(string(k)).Uint(tenant)
}

func childrenGroup(id uint64) store.Key { return store.K().Uint(groupChildren).Uint(id) }

func groups(p *Position) []store.Key {
	out := []store.Key{tenantGroup(p.Kind, p.Tenant)}
	if p.Parent != 0 {
		out = append(out, childrenGroup(p.Parent))
	}
	return out
}

func order(p *Position) store.Key { return store.K().Str(naming.Fold(p.Name)) }

func nameKey(p *Position) store.Key {
	return store.K().Str(string(p.Kind)).Uint(p.Tenant).Uint(p.Parent).Str(naming.Fold(p.Name))
}

func number(id uint64) string { return strconv.FormatUint(id, 10) }

// reading and writing are the permissions that a kind asks for.
func (k Kind) reading() access.Permission {
	if k == Grade {
		return access.GradeRead
	}
	return access.PostRead
}

func (k Kind) writing() access.Permission {
	if k == Grade {
		return access.GradeWrite
	}
	return access.PostWrite
}
