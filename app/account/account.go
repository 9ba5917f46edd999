package account

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

// Page is one page of a list.
type Page[T any] struct {
	Items  []T
	Total  int
	Capped bool   // there are more than Total
	Next   string // cursor of the next page; "" = this is the last
}

// New is what Create needs. Name, or a phone that then serves as the name, is
// required, and one of Password and PasswordHash.
type New struct {
	Name, Email, Phone, Nickname                  string
	Password                                      string
	PasswordHash                                  string // argon2id in PHC form, or bcrypt; super administrators only
	Tenant                                        uint64 // 0 = the actor's; another one: super administrators only
	Department                                    uint64
	Roles                                         []uint64 // none = member
	State                                         State    // "" = active
	Avatar, Telephone, Duty, Enterprise, Division string
	EmailConfirmed, PhoneConfirmed                bool // believed from super administrators only
	MustChange                                    *bool
	Sample                                        bool // super administrators only
}

// NewSecondary is what CreateSecondary needs.
type NewSecondary struct {
	Name, Email, Phone, Nickname, Password        string
	Tenant                                        uint64 // 0, or must be the actor's
	TenantName                                    string // "", or must be that tenant's
	Avatar, Telephone, Duty, Enterprise, Division string
	Notify                                        bool // tell the new owner by SMS and e-mail
}

// SignUp is what a person gives who signs up with a code sent to a phone.
type SignUp struct {
	Name, Password, Phone, Code string
	Tenant                      uint64
	Nickname                    string
}

// Registration is what a person gives who joins the gallery's organisation.
type Registration struct{ Name, Email, Password string }

// Change is what Update changes; nil fields stay as they are.
type Change struct {
	Name, Email, Phone, Nickname                  *string
	Avatar, Telephone, Duty, Enterprise, Division *string
	Department                                    *uint64
	Roles                                         *[]uint64
	State                                         *State
	Password                                      *string // set by an administrator: must be changed at the next sign-in
}

// Sort is the order of a list.
type Sort string

// The orders of List.
const (
	SortID       Sort = "id"
	SortName     Sort = "name"
	SortCreated  Sort = "created"
	SortModified Sort = "modified"
)

// Filter selects and orders accounts. All conditions hold together.
type Filter struct {
	Text       string // part of the name, nickname, e-mail or phone, in any case
	Phone      string // part of the phone
	Roles      []uint64
	State      State
	Tenant     uint64 // super administrators only; 0 = all
	Department uint64
	Parent     uint64
	IDs        []uint64

	Page    int    // from 1; 0 = 1
	Limit   int    // 1–500; 0 = 20
	Cursor  string // from Page.Next; wins over Page
	Sort    Sort   // "" = id
	Reverse bool
}

// Refusal says why a bulk operation left one account alone.
type Refusal struct {
	ID  uint64
	Err error // a *fault.Fault
}
