package account

import "stoa/app/directory"

// What the directory holds and lists is what the operations here take and give.
type (
	Account = directory.Account
	State   = directory.State
	Filter  = directory.Filter
	Sort    = directory.Sort
	row     = directory.Row
)

// The states of an account, and the orders of List.
const (
	Active   = directory.Active
	Disabled = directory.Disabled

	SortID       = directory.SortID
	SortName     = directory.SortName
	SortCreated  = directory.SortCreated
	SortModified = directory.SortModified
)

// New is what Create needs. Name, or a phone that then serves as the name, is
// required, and one of Password and PasswordHash.
type New struct {
	Name, Email, Phone, Nickname                  string
	Password                                      string
	PasswordHash                                  string // argon2id in PHC form, or bcrypt; super administrators only
	Tenant                                        uint64 // 0 = the actor's; another one: super administrators only
	Department                                    uint64
	Posts                                         []uint64
	Grade                                         uint64
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
	Posts                                         *[]uint64
	Grade                                         *uint64
	Roles                                         *[]uint64
	State                                         *State
	Password                                      *string // set by an administrator: must be changed at the next sign-in
}

// Refusal says why a bulk operation left one account alone.
type Refusal struct {
	ID  uint64
	Err error // a *fault.Fault
}
