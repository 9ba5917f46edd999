// Package org keeps the units that people belong to: organisations, reseller
// channels, channel companies and departments, in one id space. It knows no
// accounts; how many a unit has it asks of its neighbour.
package org

import (
	"time"

	"stoa/app/listing"
	"stoa/store"
)

// Kind is what a unit is.
type Kind string

// The kinds. All but a department are tenants.
const (
	KindOrganisation Kind = "organisation"
	KindChannel      Kind = "channel"
	KindCompany      Kind = "company"
	KindDepartment   Kind = "department"
)

// State of a tenant. Nobody signs in to a frozen one, and its sessions have ended.
type State string

// The states.
const (
	Active State = "active"
	Frozen State = "frozen"
)

// Ids with a meaning. Units made later have ids from FirstID.
const (
	Default     uint64 = 1 // the organisation "default", also the default channel
	FirstSample uint64 = 2 // 算力互联 in the documents' examples
	NextSample  uint64 = 5 // 汴水超算
	FirstID     uint64 = 100
)

// Unit is an organisation, a channel, a company or a department.
type Unit struct {
	ID          uint64    `cbor:"1,keyasint"`
	Kind        Kind      `cbor:"2,keyasint"`
	Tenant      uint64    `cbor:"3,keyasint"`           // itself for tenants, its tenant for departments
	Parent      uint64    `cbor:"4,keyasint,omitempty"` // a company's is its channel, 0 for other tenants; a root department's is its tenant
	Name        string    `cbor:"5,keyasint"`           // unique among the units of one parent
	Manager     uint64    `cbor:"6,keyasint,omitempty"` // account; 0 = none
	Established time.Time `cbor:"7,keyasint,omitzero"`
	SignUp      bool      `cbor:"8,keyasint,omitempty"` // people may sign up by themselves
	State       State     `cbor:"9,keyasint"`
	FrozenAt    time.Time `cbor:"10,keyasint,omitzero"`
	Channel     uint64    `cbor:"11,keyasint,omitempty"` // a company's reseller
	Telephone   string    `cbor:"12,keyasint,omitempty"`
	KeyManaged  bool      `cbor:"13,keyasint,omitempty"`
	Quota       int64     `cbor:"14,keyasint,omitempty"` // bytes, free allowance
	PaidQuota   int64     `cbor:"15,keyasint,omitempty"` // bytes
	ExpiresAt   time.Time `cbor:"17,keyasint,omitzero"`  // end of the paid quota; zero = never
	Sample      bool      `cbor:"18,keyasint,omitempty"` // example data, removable in one step
	Created     time.Time `cbor:"19,keyasint,omitzero"`
	Modified    time.Time `cbor:"20,keyasint,omitzero"`
	ModifiedBy  string    `cbor:"21,keyasint,omitempty"` // user name
	Version     uint64    `cbor:"22,keyasint"`           // one more with each change
	// SessionsSince is when a tenant was last frozen: sessions from before are
	// over, also after it is active again.
	SessionsSince time.Time `cbor:"23,keyasint,omitzero"`
	// Sequence orders departments with the same parent in a tree: those with one
	// first, then the others (0) by name. MoveDepartment sets it.
	Sequence int `cbor:"24,keyasint,omitempty"`
	// Capacity is the bytes that a channel can give its companies as quotas; that
	// of the default channel is the size of the data disk where it is 0.
	Capacity int64 `cbor:"25,keyasint,omitempty"`
	// Deleting is when the deletion of a company was ordered: it stays frozen, and
	// nobody acts in it, until nothing of it is left. Zero = it was not.
	Deleting time.Time `cbor:"26,keyasint,omitzero"`

	// Outside says of a department that the actor does not see it, only that it is
	// on the way to one that it does: there is no more of it than its name.
	Outside bool `cbor:"-"`
}

// IsTenant reports whether the unit separates its people from everybody else's.
func (u *Unit) IsTenant() bool { return u.Kind != KindDepartment }

// Node is a unit in a tree.
type Node struct {
	Unit
	Children []*Node // by Sequence, then by name
}

// Page is a part of a list.
type Page = listing.Page[Unit]

// Filter of a list. Page counts from 1 and is ignored with a Cursor.
type Filter struct {
	Tenant uint64 // departments of; 0 = the caller's. Others than one's own for super administrators only
	Text   string // part of the name, any case
	Page   int
	Limit  int // 1 to 500; 0 = 20
	Cursor string
}

func (f Filter) ask() listing.Ask { return listing.Ask{Page: f.Page, Limit: f.Limit, Cursor: f.Cursor} }

// Groups of the ranked index. A department is in three.
const (
	groupKind     = 1 // units of one kind
	groupTenant   = 2 // departments of a tenant
	groupChildren = 3 // departments directly under a unit
)

func kindGroup(k Kind) store.Key        { return store.K().Uint(groupKind).Str(string(k)) }
func tenantGroup(id uint64) store.Key   { return store.K().Uint(groupTenant).Uint(id) }
func childrenGroup(id uint64) store.Key { return store.K().Uint(groupChildren).Uint(id) }

func groups(u *Unit) []store.Key {
	if u.IsTenant() {
		return []store.Key{kindGroup(u.Kind)}
	}
	return []store.Key{kindGroup(u.Kind), tenantGroup(u.Tenant), childrenGroup(u.Parent)}
}

// order of lists: tenants by age, departments by name.
func order(u *Unit) store.Key {
	if u.IsTenant() {
		return store.K().Uint(u.ID)
	}
	return store.K().Str(fold(u.Name))
}

func nameKey(parent uint64, name string) store.Key { return store.K().Uint(parent).Str(fold(name)) }
