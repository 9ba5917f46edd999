// Package account is people and programs with a name: who they are, how they
// prove it, who sees and changes whom. It knows no tokens; package session makes
// those from what CheckPassword and AdmitTx say.
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
//   - Lists in scope without a condition, and those by department or parent, are
//     counted exactly. With other conditions they are counted to 10,000 and come
//     in the order of ids, tenant by tenant; another order then holds within the
//     first 10,000.
package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/message"
	"stoa/app/org"
	"stoa/app/password"
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
}

// Deps are the neighbours and settings of the service.
type Deps struct {
	Org      *org.Service
	Audit    *audit.Service
	Throttle *throttle.Service
	Message  *message.Service
	Seal     *seal.Box
	Hasher   *password.Hasher
	Policy   *password.Policy
	Sessions func() Sessions // asked at use: sessions are made of accounts
	Gone     func()          // told, after the commit, that Sweep has work; nil tells nobody

	Product      string        // names the server in messages and authenticator apps
	PublicURL    func() string // beginning of links: "https://stoa.example.com"
	Gallery      uint64        // organisation that Register joins
	SignUps      bool          // whether strangers may make accounts at all
	LinkLifetime time.Duration // of a password reset link; 0 = 30 minutes
}

// Service is the accounts.
type Service struct {
	Deps
	db *store.DB

	ids      *store.Sequence
	rows     *store.Table[row]
	byName   *store.Unique[row]
	byEmail  *store.Unique[row]
	byPhone  *store.Unique[row]
	phones   *store.Index[row]
	ranked   *store.Ranked[row]
	names    *store.Ranked[row]
	modified *store.Ranked[row]
	search   *store.Index[row]

	seen      *store.Table[seen]
	codes     *store.Table[code]
	links     *store.Table[link]
	linksOf   *store.Index[link]
	totps     *store.Table[totp]
	follows   *store.Table[follow]
	followers *store.Index[follow]
	gone      *store.Table[gone]
	supers    *store.Table[supers]

	codeKey, recoveryKey, pwdhashKey []byte
}

// row is a stored account: the one place where a password's hash is.
type row struct {
	Account
	Password string `cbor:"40,keyasint,omitempty"` // PHC or bcrypt
}

// seen is when an account last did something, apart from its row, so that using
// the system does not rewrite accounts.
type seen struct {
	Account uint64    `cbor:"1,keyasint"`
	At      time.Time `cbor:"2,keyasint"`
}

// gone is an account that was deleted and whose follows are still to be removed.
type gone struct {
	Account uint64 `cbor:"1,keyasint"`
}

// supers counts the active super administrators: one row, read and written by
// every change to their number, so that two such changes exclude each other.
type supers struct {
	ID    uint64 `cbor:"1,keyasint"`
	Count int    `cbor:"2,keyasint"`
}

// NewService defines the tables; Bind completes the service.
func NewService(s *store.Schema, d Deps) *Service {
	if d.LinkLifetime == 0 {
		d.LinkLifetime = 30 * time.Minute
	}
	a := &Service{Deps: d}
	a.ids = store.NewSequence(s, 20, "account_id", 1)
	a.defineRows(s)
	a.seen = store.Define(s, 22, "account_seen", func(r *seen) store.Key { return key(r.Account) })
	a.codes = store.Define(s, 23, "account_code", func(r *code) store.Key { return r.key() })
	a.codes.Expires(func(r *code) time.Time { return r.Expires })
	a.links = store.Define(s, 24, "account_link", func(r *link) store.Key { return store.K().Bytes(r.Hash) })
	a.links.Expires(func(r *link) time.Time { return r.Expires })
	a.linksOf = a.links.Index(1, "account", func(r *link) []store.Key { return []store.Key{key(r.Account)} })
	a.totps = store.Define(s, 25, "account_totp", func(r *totp) store.Key { return key(r.Account) })
	a.follows = store.Define(s, 26, "account_follow", func(r *follow) store.Key { return key(r.From).Uint(r.To) })
	a.followers = a.follows.Index(1, "to", func(r *follow) []store.Key { return []store.Key{key(r.To)} })
	a.gone = store.Define(s, 27, "account_gone", func(r *gone) store.Key { return key(r.Account) })
	a.supers = store.Define(s, 28, "account_supers", func(r *supers) store.Key { return key(r.ID) })
	a.codeKey = d.Seal.Derive("account/code")
	a.recoveryKey = d.Seal.Derive("account/recovery")
	a.pwdhashKey = d.Seal.Derive("pwdhash")
	return a
}

func (s *Service) defineRows(schema *store.Schema) {
	s.rows = store.Define(schema, 21, "account", func(r *row) store.Key { return key(r.ID) })
	s.byName = s.rows.Unique(1, "name", func(r *row) (store.Key, bool) { return store.K().Str(fold(r.Name)), true })
	s.byEmail = s.rows.Unique(2, "email", func(r *row) (store.Key, bool) { return store.K().Str(fold(r.Email)), r.Email != "" })
	s.byPhone = s.rows.Unique(3, "phone", func(r *row) (store.Key, bool) { return phoneKey(r.Tenant, r.Phone), r.Phone != "" })
	s.phones = s.rows.Index(4, "phones", func(r *row) []store.Key {
		if r.Phone == "" {
			return nil
		}
		return []store.Key{store.K().Str(r.Phone)}
	})
	s.ranked = s.rows.Ranked(5, "groups", groups, func(*row) store.Key { return nil })
	s.names = s.rows.Ranked(6, "names", tenants, func(r *row) store.Key { return store.K().Str(fold(r.Name)) })
	s.modified = s.rows.Ranked(7, "modified", tenants, func(r *row) store.Key { return store.K().Time(r.Modified) })
	s.search = s.rows.Index(8, "search", func(r *row) []store.Key { return []store.Key{searchKey(r)} })
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func key(id uint64) store.Key { return store.K().Uint(id) }

func phoneKey(tenant uint64, phone string) store.Key { return store.K().Uint(tenant).Str(phone) }

// The groups that are counted exactly. Tenants and departments share one id
// space and so one kind of group.
func groupAll() store.Key             { return store.K().Uint(0) }
func groupUnit(id uint64) store.Key   { return store.K().Uint(1).Uint(id) }
func groupParent(id uint64) store.Key { return store.K().Uint(2).Uint(id) }
func tenants(r *row) []store.Key      { return []store.Key{groupAll(), groupUnit(r.Tenant)} }
func groups(r *row) []store.Key {
	out := append(make([]store.Key, 0, 4), groupAll(), groupUnit(r.Tenant))
	if r.Department != 0 && r.Department != r.Tenant {
		out = append(out, groupUnit(r.Department))
	}
	if r.Parent != 0 {
		out = append(out, groupParent(r.Parent))
	}
	return out
}

// Members is the number of accounts of a tenant or directly in a department.
func (s *Service) Members(r store.Reader, unit uint64) (int, error) {
	return s.ranked.Count(r, groupUnit(unit))
}

// Secondaries is the number of an account's secondary accounts.
func (s *Service) Secondaries(r store.Reader, owner uint64) (int, error) {
	return s.ranked.Count(r, groupParent(owner))
}

// Belongs reports whether there is such an account in the tenant.
func (s *Service) Belongs(r store.Reader, tenant, id uint64) (bool, error) {
	a, err := s.rows.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && a.Tenant == tenant, err
}

// Row is one account as stored, whoever asks: for neighbours that act for the
// server. store.ErrNotFound if there is none.
func (s *Service) Row(r store.Reader, id uint64) (*Account, error) {
	found, err := s.rows.Get(r, key(id))
	if err != nil {
		return nil, err
	}
	return &found.Account, nil
}

// NoteTx writes that the account did something now.
func (s *Service) NoteTx(tx *store.Tx, id uint64) error {
	return s.seen.Put(tx, &seen{Account: id, At: tx.Now().Truncate(time.Minute)})
}

// Pwdhash is 32 lower-case hexadecimal digits that say nothing about the
// password: what datacanvas' clients find where that document shows a hash.
func (s *Service) Pwdhash(id uint64) string {
	mac := hmac.New(sha256.New, s.pwdhashKey)
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

func (s *Service) view(ctx context.Context, fn func(store.Reader) error) error {
	return s.db.View(ctx, fn)
}

// own are the words that a password of the account must not be made of.
func (a *Account) own() []string {
	return []string{a.Name, a.Email, strings.TrimPrefix(a.Phone, "+"), a.Nickname}
}
