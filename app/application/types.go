package application

import "time"

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
}

// New is what Create needs.
type New struct {
	Name   string
	Grants []string // names of permissions: "account.read"
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
