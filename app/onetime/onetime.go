// Package onetime is proofs that are good once and not for long: codes that are
// sent to a phone, and links that let an account choose a password. It keeps only
// their hashes. It knows accounts by their ids alone, and neither whether a code
// or a link may be given nor what happens when it is used: package account says
// the first and does the second.
package onetime

import (
	"time"

	"stoa/app/audit"
	"stoa/app/message"
	"stoa/app/seal"
	"stoa/app/throttle"
	"stoa/store"
)

// Deps are the neighbours and settings of the service.
type Deps struct {
	Audit     *audit.Service
	Message   *message.Service
	Throttle  *throttle.Service
	Seal      *seal.Box
	PublicURL func() string // beginning of links: "https://stoa.example.com"
}

// Service is the codes and links.
type Service struct {
	Deps
	db *store.DB

	codes   store.Table[code]
	links   store.Table[link]
	linksOf store.Index[link]
	codeKey func() []byte
}

// New defines the tables; Bind completes the service.
func New(s *store.Schema, d Deps) *Service {
	o := &Service{Deps: d, codeKey: d.Seal.Derive("account/code")}
	o.codes = store.Define(s, 23, "account_code", func(r *code) store.Key { return r.key() })
	o.codes.Expires(func(r *code) time.Time { return r.Expires })
	o.links = store.Define(s, 24, "account_link", func(r *link) store.Key { return store.K().Bytes(r.Hash) })
	o.links.Expires(func(r *link) time.Time { return r.Expires })
	o.linksOf = o.links.Index(1, "account", func(r *link) []store.Key { return []store.Key{store.K().Uint(r.Account)} })
	return o
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }
