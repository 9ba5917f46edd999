package directory

import (
	"slices"
	"time"

	"stoa/app/access"
)

// State says whether an account may sign in.
type State string

// The states of an account.
const (
	Active   State = "active"
	Disabled State = "disabled"
)

// Account is one person or program as everybody who may see it sees it: nothing
// in it is secret.
type Account struct {
	ID       uint64 `cbor:"1,keyasint"`
	Name     string `cbor:"2,keyasint"`           // user name, as written by its owner; unique when folded
	Email    string `cbor:"3,keyasint,omitempty"` // unique when folded
	Phone    string `cbor:"4,keyasint,omitempty"` // normalised; unique in its tenant
	Nickname string `cbor:"5,keyasint,omitempty"`

	Tenant     uint64   `cbor:"6,keyasint"`
	Department uint64   `cbor:"7,keyasint,omitempty"` // 0 = directly under the tenant
	Parent     uint64   `cbor:"8,keyasint,omitempty"` // owner of a secondary account
	Roles      []uint64 `cbor:"9,keyasint,omitempty"` // ids, ascending
	State      State    `cbor:"10,keyasint"`

	MustChange     bool `cbor:"11,keyasint,omitempty"` // password was set by somebody else
	SecondFactor   bool `cbor:"12,keyasint,omitempty"`
	EmailConfirmed bool `cbor:"13,keyasint,omitempty"`
	PhoneConfirmed bool `cbor:"14,keyasint,omitempty"`
	Sample         bool `cbor:"15,keyasint,omitempty"` // came with the sample data

	Avatar     string `cbor:"16,keyasint,omitempty"` // URL
	Telephone  string `cbor:"17,keyasint,omitempty"` // landline, free form
	Duty       string `cbor:"18,keyasint,omitempty"`
	Enterprise string `cbor:"19,keyasint,omitempty"`
	Division   string `cbor:"20,keyasint,omitempty"`

	Created    time.Time `cbor:"21,keyasint"`
	Modified   time.Time `cbor:"22,keyasint"`
	ModifiedBy string    `cbor:"23,keyasint,omitempty"` // user name
	Version    uint64    `cbor:"24,keyasint"`           // rises with every change; for lost-update checks
	Credential uint64    `cbor:"25,keyasint,omitempty"` // rises with every new password

	Posts []uint64 `cbor:"26,keyasint,omitempty"` // ids, ascending
	Grade uint64   `cbor:"27,keyasint,omitempty"` // 0 = none

	LastSeen time.Time `cbor:"-"` // last sign-in or use, to the minute; filled by Get and List
}

// Role is the primary role: the first held of 9, 3, 5, 2, 1, 4, 6, then the
// lowest custom one; 0 = none.
func (a *Account) Role() uint64 {
	order := [...]uint64{access.RoleSuper, access.RoleChannelAdmin, access.RoleCompanyAdmin, access.RoleAdmin,
		access.RoleOwner, access.RoleSecondary, access.RoleMember}
	for _, r := range order {
		if slices.Contains(a.Roles, r) {
			return r
		}
	}
	if len(a.Roles) > 0 {
		return a.Roles[0]
	}
	return 0
}

// Administrator reports whether the account holds one of the roles 2, 3, 5, 9.
func (a *Account) Administrator() bool { return administrator(a.Roles) }

// Has reports whether the account holds a role.
func (a *Account) Has(role uint64) bool { return slices.Contains(a.Roles, role) }

func administrator(roles []uint64) bool {
	return slices.ContainsFunc(roles, func(r uint64) bool {
		return r == access.RoleAdmin || r == access.RoleChannelAdmin || r == access.RoleCompanyAdmin || r == access.RoleSuper
	})
}
