// Package admission is who may sign in, and what proves it: a password, a code that
// was sent, a passkey or another system's word, each throttled and in the action
// log, with one answer to everything that fails. It changes accounts only where a
// sign-in does (a better hash, the time of use), and knows no tokens: package
// session makes those from what CheckPassword and AdmitTx say.
package admission

import (
	"strconv"

	"stoa/app/audit"
	"stoa/app/directory"
	"stoa/app/factor"
	"stoa/app/onetime"
	"stoa/app/org"
	"stoa/app/password"
	"stoa/app/throttle"
	"stoa/store"
)

// Deps are the neighbours of the service.
type Deps struct {
	Directory *directory.Service
	Rows      *directory.Rows
	Org       *org.Service
	Audit     *audit.Service
	Throttle  *throttle.Service
	Factor    *factor.Service
	OneTime   *onetime.Service
	Hasher    *password.Hasher
	// Elsewhere proves passwords that other systems keep; asked at use. Nil = none.
	Elsewhere func() Elsewhere
}

// Service lets people in.
type Service struct {
	Deps
	db *store.DB
}

// New is the service; Bind completes it.
func New(d Deps) *Service { return &Service{Deps: d} }

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func number(n uint64) string { return strconv.FormatUint(n, 10) }

// entry is an audit entry about an account.
func entry(action string, a *directory.Account) audit.Entry {
	return audit.Entry{Action: action, ObjectKind: "account", ObjectID: number(a.ID), ObjectName: a.Name, Tenant: a.Tenant}
}
