// Package account is what happens to people and programs with a name: how they
// come, are changed by those who may, and go. Where accounts are kept and found,
// it leaves to package directory; how they prove who they are, to admission; how
// names are written, to naming; authenticator apps, codes and links, to factor and
// onetime. It knows no tokens.
//
// Where the documents are silent:
//   - An account with secondary accounts can't be deleted until they are. A
//     secondary account holds role 4 and nothing else, has no secondaries of its
//     own, and is refused while its parent is disabled: it acts for the parent.
//   - An account that is disabled keeps everything; one that is deleted loses
//     sessions, tokens, second factor and links in the same commit, and its
//     follows soon after (Sweep). Ids are never given again.
//   - A name that is the account's own e-mail or phone follows when that changes.
//   - Without a name the phone serves; if that name is taken in another
//     organisation, the phone, a dot and the organisation's id.
package account

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/admission"
	"stoa/app/audit"
	"stoa/app/directory"
	"stoa/app/factor"
	"stoa/app/fault"
	"stoa/app/message"
	"stoa/app/onetime"
	"stoa/app/org"
	"stoa/app/passkey"
	"stoa/app/password"
	"stoa/app/position"
	"stoa/app/role"
	"stoa/app/seal"
	"stoa/app/throttle"
	"stoa/store"
)

// Sessions is what an account's changes do to its sessions: package session.
type Sessions interface {
	// EndAllTx ends the account's sessions but except (0 = none).
	EndAllTx(tx *store.Tx, account, except uint64) error
	// ForgetTx ends them all and removes the personal token.
	ForgetTx(tx *store.Tx, account uint64) error
	// StrengthenTx notes that by has just shown a second factor in its session.
	StrengthenTx(tx *store.Tx, by access.Actor) error
}

// Deps are the neighbours and settings of the service.
type Deps struct {
	Org       *org.Service
	Position  *position.Service
	Role      *role.Service
	Audit     *audit.Service
	Throttle  *throttle.Service
	Message   *message.Service
	Admission *admission.Service
	Factor    *factor.Service
	Passkey   *passkey.Service
	OneTime   *onetime.Service
	Seal      *seal.Box
	Hasher    *password.Hasher
	Policy    *password.Policy
	Sessions  func() Sessions // asked at use: sessions are made of accounts

	// Deleted removes what a neighbour above keeps of an account, in the commit
	// that deletes it; nil if there is nothing.
	Deleted func(tx *store.Tx, account uint64) error

	// Shown counts the use of pictures, in the commit that changes an account's
	// avatar; nil counts nothing.
	Shown func(tx *store.Tx, before, after string) error

	Gallery      uint64        // organisation that Register joins
	SignUps      bool          // whether strangers may make accounts at all
	LinkLifetime time.Duration // of a password reset link; 0 = 30 minutes
	MaxMatched   int           // accounts that a bulk operation changes by a filter; 0 = 10,000
}

// Service is the accounts.
type Service struct {
	*directory.Service
	Deps
	db *store.DB

	rows   *directory.Rows
	supers store.Table[supers]

	pwdhashKey func() []byte
}

// supers counts the active super administrators: one row, read and written by
// every change to their number, so that two such changes exclude each other.
type supers struct {
	ID    uint64 `cbor:"1,keyasint"`
	Count int    `cbor:"2,keyasint"`
}

// NewService makes the service of the directory and its rows; Bind completes it.
func NewService(s *store.Schema, accounts *directory.Service, rows *directory.Rows, d Deps) *Service {
	d.LinkLifetime, d.MaxMatched = cmp.Or(d.LinkLifetime, 30*time.Minute), cmp.Or(d.MaxMatched, maxMatched)
	a := &Service{Service: accounts, Deps: d, rows: rows, pwdhashKey: d.Seal.Derive("pwdhash")}
	a.supers = store.Define(s, 28, "account_supers", func(r *supers) store.Key { return key(r.ID) })
	return a
}

// Bind gives the service, and the directory, their store.
func (s *Service) Bind(db *store.DB) {
	s.db = db
	s.Service.Bind(db)
}

func key(id uint64) store.Key { return store.K().Uint(id) }

// Pwdhash is 32 lower-case hexadecimal digits that say nothing about the
// password: what datacanvas' clients find where that document shows a hash.
func (s *Service) Pwdhash(id uint64) string {
	mac := hmac.New(sha256.New, s.pwdhashKey())
	mac.Write([]byte("pwdhash" + strconv.FormatUint(id, 10)))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// entry is an audit entry about an account.
func entry(action string, a *Account) audit.Entry {
	return audit.Entry{Action: action, ObjectKind: "account", ObjectID: strconv.FormatUint(a.ID, 10), ObjectName: a.Name, Tenant: a.Tenant}
}

// record writes an entry about an account in tx.
func (s *Service) record(tx *store.Tx, by access.Actor, action string, a *Account, changes ...audit.Change) error {
	e := entry(action, a)
	e.Changes = changes
	return s.Audit.AddTx(tx, by, e)
}

func invalid(code, field, text string, args ...any) error {
	return fault.New(fault.Invalid, code, field, text, args...)
}

// own are the words that a password of the account must not be made of.
func own(a *Account) []string {
	return []string{a.Name, a.Email, strings.TrimPrefix(a.Phone, "+"), a.Nickname}
}

// showTx tells the pictures that an account shows another one than before.
// before or after is nil for a new or a deleted account.
func (s *Service) showTx(tx *store.Tx, before, after *Account) error {
	var old, now string
	if before != nil {
		old = before.Avatar
	}
	if after != nil {
		now = after.Avatar
	}
	if s.Shown == nil || old == now {
		return nil
	}
	return s.Shown(tx, old, now)
}
