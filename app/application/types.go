package application

import (
	"slices"
	"time"
)

// State says whether an application may do anything. The numbers are those of
// pcloud's `status`.
type State uint8

// The states of an application.
const (
	Normal   State = iota
	Disabled       // by those who look after it
	Frozen         // by a super administrator, who alone thaws it
)

// String is the state's name on the wire.
func (s State) String() string {
	return [...]string{"normal", "disabled", "frozen"}[min(s, Frozen)]
}

// Grant types: the ways an application gets tokens (RFC 6749, 1.3).
const (
	GrantCode     = "authorization_code"
	GrantRefresh  = "refresh_token"
	GrantClient   = "client_credentials"
	GrantPassword = "password" // beside a person's password, at channel's sign-in alone
)

// GrantTypes lists all grant types.
func GrantTypes() []string {
	return []string{GrantCode, GrantRefresh, GrantClient, GrantPassword}
}

// Scopes about a person (OpenID Connect Core, 5.4 and 11); "roles" is ours. All
// other scopes are names of permissions.
const (
	ScopeOpenID  = "openid"
	ScopeProfile = "profile"
	ScopeEmail   = "email"
	ScopePhone   = "phone"
	ScopeRoles   = "roles"
	ScopeOffline = "offline_access"
)

// IdentityScopes lists the scopes about a person.
func IdentityScopes() []string {
	return []string{ScopeOpenID, ScopeProfile, ScopeEmail, ScopePhone, ScopeRoles, ScopeOffline}
}

// Application is a program that identifies itself with a client id and secret:
// channel's client_id, pcloud's secureId, OAuth 2's client.
type Application struct {
	ID         uint64    `cbor:"1,keyasint"`
	ClientID   string    `cbor:"2,keyasint"`
	Name       string    `cbor:"3,keyasint"`
	Tenant     uint64    `cbor:"4,keyasint"`
	Owner      uint64    `cbor:"5,keyasint"`           // the account that made it; it acts with no more rights
	Grants     []string  `cbor:"6,keyasint,omitempty"` // permissions when it acts by itself; none = it only identifies itself
	Sample     bool      `cbor:"7,keyasint,omitempty"`
	Created    time.Time `cbor:"8,keyasint"`
	Modified   time.Time `cbor:"9,keyasint"`
	ModifiedBy string    `cbor:"10,keyasint,omitempty"`
	Version    uint64    `cbor:"11,keyasint"`

	Description string   `cbor:"12,keyasint,omitempty"`
	State       State    `cbor:"13,keyasint,omitempty"`
	Public      bool     `cbor:"14,keyasint,omitempty"` // it can keep no secret and has none: a phone's or desktop's program
	Types       []string `cbor:"15,keyasint,omitempty"` // grant types; none = client_credentials and password
	Redirects   []string `cbor:"16,keyasint,omitempty"` // where a person's browser may be sent back to
	Logouts     []string `cbor:"17,keyasint,omitempty"` // where it may be sent after signing out
	Scopes      []string `cbor:"18,keyasint,omitempty"` // what it may ask people for
	Logo        string   `cbor:"19,keyasint,omitempty"` // data: URL of a picture, or a path of this server
	Home        string   `cbor:"20,keyasint,omitempty"` // URL of its own page
	Everyone    bool     `cbor:"21,keyasint,omitempty"` // people of other tenants may sign in to it
	Trusted     bool     `cbor:"22,keyasint,omitempty"` // people of its own tenant are not asked whether they agree
	Interfaces  []uint64 `cbor:"23,keyasint,omitempty"` // ids of interfaces granted to it, ascending

	Ended      time.Time `cbor:"24,keyasint,omitzero"` // tokens made until then are over
	SecretMade time.Time `cbor:"25,keyasint,omitzero"` // when the secret in force was made; zero = with the application
	OldUntil   time.Time `cbor:"26,keyasint,omitzero"` // end of the secret before; zero = there is none
}

// Allows reports whether the application may use a grant type.
func (a *Application) Allows(grantType string) bool {
	if len(a.Types) == 0 {
		return grantType == GrantClient || grantType == GrantPassword
	}
	return slices.Contains(a.Types, grantType)
}

// New is what Create needs.
type New struct {
	Name   string
	Grants []string // names of permissions: "account.read"
	Public bool
	Change // the rest; its Name and Grants are not looked at
}

// Change is what Update changes; nil stays as it is.
type Change struct {
	Name, Description, Logo, Home *string
	State                         *State
	Grants, Types, Scopes         *[]string
	Redirects, Logouts            *[]string
	Everyone, Trusted             *bool
}

// Use is who used an application last. Address and UserAgent are those of the
// program that proved to be it.
type Use struct {
	Application uint64    `cbor:"1,keyasint"`
	At          time.Time `cbor:"2,keyasint"` // to the minute
	Address     string    `cbor:"3,keyasint,omitempty"`
	UserAgent   string    `cbor:"4,keyasint,omitempty"`
	Dialect     string    `cbor:"5,keyasint,omitempty"`
	OldAt       time.Time `cbor:"6,keyasint,omitzero"` // when the secret before the one in force was last used
}

// Filter selects applications by a part of their name or client id.
type Filter struct {
	Text        string
	Page, Limit int // from 1, 1–500
}

// Page is one page of a list.
type Page struct {
	Items  []Application
	Total  int
	Capped bool
	Next   string
}

// Interface is a call of this server that applications can be granted, as
// pcloud's open platform lists them: a name, where it is, and the permissions
// that it takes.
type Interface struct {
	ID          uint64    `cbor:"1,keyasint"`
	Name        string    `cbor:"2,keyasint"`
	URL         string    `cbor:"3,keyasint"` // "GET /v1/accounts", or a path alone for all its methods
	Tenant      uint64    `cbor:"4,keyasint"`
	Permissions []string  `cbor:"5,keyasint,omitempty"`
	Created     time.Time `cbor:"6,keyasint"`
	Modified    time.Time `cbor:"7,keyasint"`
	ModifiedBy  string    `cbor:"8,keyasint,omitempty"`
	Version     uint64    `cbor:"9,keyasint"`
}

// InterfacePage is one page of a list of interfaces.
type InterfacePage struct {
	Items []Interface
	Total int
}

// InterfaceChange is what an interface is made of; nil stays as it is.
type InterfaceChange struct {
	Name, URL   *string
	Permissions *[]string // nil at a new URL = those that its call asks for
}
