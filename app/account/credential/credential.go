// Package credential is what proves that an account is its owner's, and how the
// owner changes it: the password, the authenticator app, and the links that lead to
// a new password. How somebody is let in by them is package admission's.
package credential

import (
	"cmp"
	"time"

	"stoa/app/account"
	"stoa/app/admission"
	"stoa/app/directory"
	"stoa/app/factor"
	"stoa/app/onetime"
	"stoa/app/passkey"
	"stoa/app/throttle"
	"stoa/store"
)

// Deps are the neighbours and settings of the service.
type Deps struct {
	Account   *account.Service
	Rows      *directory.Rows
	Admission *admission.Service
	Factor    *factor.Service
	Passkey   *passkey.Service
	OneTime   *onetime.Service
	Throttle  *throttle.Service
	Sessions  func() account.Sessions // asked at use: sessions are made of accounts

	LinkLifetime time.Duration // of a password reset link; 0 = 30 minutes
}

// Service is the credentials.
type Service struct {
	Deps
	db *store.DB
}

// New makes the service; Bind completes it.
func New(d Deps) *Service {
	d.LinkLifetime = cmp.Or(d.LinkLifetime, 30*time.Minute)
	return &Service{Deps: d}
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }
