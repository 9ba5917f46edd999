// Package passkey is keys of phones, computers and security tokens that sign
// people in without a password (Web Authentication, W3C Level 3). It knows
// accounts by their ids alone; whether one may sign in is package account's to
// say, and package session makes the session.
//
// What is between the two halves of a ceremony travels with the client, sealed:
// nobody fills the store by beginning sign-ins. A ceremony is good once and for
// five minutes. A key belongs to the host that it was made on (the relying party
// of the specification), as browsers enforce.
package passkey

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strconv"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/store"
)

const (
	lifetime   = 5 * time.Minute // of a ceremony
	maxKeys    = 20              // of an account
	maxName    = 64              // runes
	maxAnswer  = 32 << 10        // bytes of an authenticator's answer
	handleSize = 32
)

// Deps are the neighbours of the service.
type Deps struct {
	Audit   *audit.Service
	Seal    *seal.Box
	Product string // how the server calls itself in the dialogs of browsers
}

// Service is the passkeys.
type Service struct {
	Deps
	db        *store.DB
	ids       *store.Sequence
	rows      store.Table[row]
	byKey     store.Unique[row]
	of        store.Index[row]
	spent     store.Table[spent]
	handleKey func() []byte
}

// Key is a passkey as its owner sees it.
type Key struct {
	ID       uint64    `cbor:"1,keyasint"`
	Account  uint64    `cbor:"2,keyasint"`
	Name     string    `cbor:"3,keyasint"`
	Host     string    `cbor:"4,keyasint"` // that it was made on, and is good for
	Synced   bool      `cbor:"5,keyasint,omitempty"`
	Created  time.Time `cbor:"6,keyasint"`
	LastUsed time.Time `cbor:"7,keyasint,omitzero"`
}

// row is a passkey. Its credential record is sealed: who could write it could
// sign in.
type row struct {
	Key        `cbor:"1,keyasint"`
	Credential []byte `cbor:"2,keyasint"` // id that the authenticator gave it
	Sealed     []byte `cbor:"3,keyasint"` // webauthn.Credential
}

// spent is a challenge that was answered; it can't be answered again.
type spent struct {
	Hash    []byte    `cbor:"1,keyasint"`
	Expires time.Time `cbor:"2,keyasint"`
}

// New defines the tables; Bind completes the service.
func New(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d, handleKey: d.Seal.Derive("passkey/handle")}
	s.ids = store.NewSequence(schema, 180, "passkey_id", 1)
	s.rows = store.Define(schema, 181, "passkey", func(r *row) store.Key { return store.K().Uint(r.ID) })
	seal.Register(d.Seal, s.rows, func(r *row, at seal.At) { at(record(r.ID), &r.Sealed) })
	s.byKey = s.rows.Unique(1, "credential", func(r *row) (store.Key, bool) { return store.K().Bytes(r.Credential), true })
	s.of = s.rows.Index(2, "account", func(r *row) []store.Key { return []store.Key{store.K().Uint(r.Account)} })
	s.spent = store.Define(schema, 182, "passkey_spent", func(p *spent) store.Key { return store.K().Bytes(p.Hash) })
	s.spent.Expires(func(p *spent) time.Time { return p.Expires })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Has reports whether an account has a passkey.
func (s *Service) Has(r store.Reader, account uint64) (bool, error) {
	for _, err := range s.of.Keys(r, store.Scan{Prefix: store.K().Uint(account), Limit: 1}) {
		return err == nil, err
	}
	return false, nil
}

// ForgetTx removes the passkeys of an account.
func (s *Service) ForgetTx(tx *store.Tx, account uint64) error {
	keys, err := s.all(tx, account)
	for _, k := range keys {
		if err == nil {
			err = s.rows.Delete(tx, store.K().Uint(k.ID))
		}
	}
	return err
}

func (s *Service) all(r store.Reader, account uint64) ([]*row, error) {
	var out []*row
	for k, err := range s.of.Scan(r, store.Scan{Prefix: store.K().Uint(account)}) {
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

// handle is what authenticators know an account by: it says nothing of it.
func (s *Service) handle(account uint64) []byte {
	mac := hmac.New(sha256.New, s.handleKey())
	mac.Write([]byte(strconv.FormatUint(account, 10)))
	return mac.Sum(nil)[:handleSize]
}

// record is what a sealed credential is bound to.
func record(id uint64) string { return "passkey/" + strconv.FormatUint(id, 10) }

// user is an account as the library asks for it.
type user struct {
	handle  []byte
	name    string
	display string
	keys    []webauthn.Credential
}

func (u user) WebAuthnID() []byte                         { return u.handle }
func (u user) WebAuthnName() string                       { return u.name }
func (u user) WebAuthnDisplayName() string                { return u.display }
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.keys }

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "passkey.not_found", "id", "there is no such passkey")
}

// load is one of the account's own keys.
func (s *Service) load(r store.Reader, account, id uint64) (*row, error) {
	k, err := s.rows.Get(r, store.K().Uint(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && k.Account != account {
		return nil, missing()
	}
	return k, err
}
