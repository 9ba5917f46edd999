// Package notice is what people are told within the product: a title and a plain
// text, sent to named accounts, to roles, to departments or to everybody of a
// tenant, and read by each of them for themselves.
//
// A notice to named accounts lies in the inbox of each. A notice to many is one
// row, whoever many they are, and whom it is for is found out when they look: who
// holds the role, is in the department or belongs to the tenant then, and had an
// account when it was sent. What somebody has read is one row of theirs.
//
// Reading is nobody else's business and is not in the action log; sending is.
package notice

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/directory"
	"stoa/app/event"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/store"
)

// Limits.
const (
	MaxTitle      = 200    // characters
	MaxText       = 10_000 // characters
	MaxAccounts   = 200    // named receivers of one notice
	MaxUnits      = 100    // roles or departments of one notice
	MaxBroadcasts = 500    // notices to many that a tenant has at a time
	DefaultLife   = 90 * 24 * time.Hour
	MaxLife       = 366 * 24 * time.Hour

	minLife = time.Minute
)

// Scope is whom a notice is for.
type Scope string

// The scopes.
const (
	All         Scope = "all"
	Roles       Scope = "roles"
	Departments Scope = "departments" // and those below them
	Accounts    Scope = "accounts"
)

// Audience is whom a notice is for: everybody of the tenant, or those that IDs
// name.
type Audience struct {
	Scope Scope    `cbor:"1,keyasint"`
	IDs   []uint64 `cbor:"2,keyasint,omitempty"` // of roles, departments or accounts; sorted
}

// Notice is one that was sent.
type Notice struct {
	ID         uint64    `cbor:"1,keyasint"`
	Tenant     uint64    `cbor:"2,keyasint"`
	Sender     uint64    `cbor:"3,keyasint"` // account
	SenderName string    `cbor:"4,keyasint"` // as it was then
	Title      string    `cbor:"5,keyasint"`
	Text       string    `cbor:"6,keyasint,omitempty"`
	For        Audience  `cbor:"7,keyasint"`
	Receivers  int       `cbor:"8,keyasint"` // as counted when it was sent
	Capped     bool      `cbor:"9,keyasint,omitempty"`
	At         time.Time `cbor:"10,keyasint"`
	Expires    time.Time `cbor:"11,keyasint"`

	Reads int  `cbor:"-"` // receivers who have read it; for its senders
	Read  bool `cbor:"-"` // by the reader
}

// broadcast is what tells a reader that a notice to many is for them.
type broadcast struct {
	Tenant  uint64    `cbor:"1,keyasint"`
	ID      uint64    `cbor:"2,keyasint"`
	Scope   Scope     `cbor:"3,keyasint"`
	IDs     []uint64  `cbor:"4,keyasint,omitempty"` // roles, or all departments that are meant
	At      time.Time `cbor:"5,keyasint"`
	Expires time.Time `cbor:"6,keyasint"`
}

// letter is a notice in somebody's inbox.
type letter struct {
	Account uint64    `cbor:"1,keyasint"`
	ID      uint64    `cbor:"2,keyasint"`
	Expires time.Time `cbor:"3,keyasint"`
}

// reader is what somebody has read and removed.
type reader struct {
	Account uint64   `cbor:"1,keyasint"`
	UpTo    uint64   `cbor:"2,keyasint,omitempty"` // everything up to this one is read
	Read    []uint64 `cbor:"3,keyasint,omitempty"` // above UpTo; sorted
	Gone    []uint64 `cbor:"4,keyasint,omitempty"` // notices to many that were removed; sorted
}

// reads counts who has read a notice. On a cluster it is a key that readers of
// the same notice meet on, for as long as many read it.
type reads struct {
	ID      uint64    `cbor:"1,keyasint"`
	Count   int       `cbor:"2,keyasint"`
	Expires time.Time `cbor:"3,keyasint"`
}

// Deps are the neighbours of the service.
type Deps struct {
	Audit     *audit.Service
	Directory *directory.Service
	Org       *org.Service
	Publish   func(event.Event) // tells who looks on; nil tells nobody
}

// Service is the notices.
type Service struct {
	Deps
	db         *store.DB
	notices    store.Table[Notice]
	sent       store.Ranked[Notice]
	broadcasts store.Table[broadcast]
	running    store.Ranked[broadcast]
	inbox      store.Table[letter]
	readers    store.Table[reader]
	reads      store.Table[reads]
	ids        *store.Sequence
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d}
	s.notices = store.Define(schema, 160, "notice", func(n *Notice) store.Key { return key(n.ID) })
	s.notices.Expires(func(n *Notice) time.Time { return n.Expires })
	s.sent = s.notices.Ranked(1, "sent", func(n *Notice) []store.Key { return []store.Key{key(n.Tenant)} }, func(*Notice) store.Key { return nil })
	s.broadcasts = store.Define(schema, 161, "notice_broadcast", func(b *broadcast) store.Key { return key(b.Tenant).Uint(b.ID) })
	s.broadcasts.Expires(func(b *broadcast) time.Time { return b.Expires })
	s.running = s.broadcasts.Ranked(1, "tenant", func(b *broadcast) []store.Key { return []store.Key{key(b.Tenant)} }, func(*broadcast) store.Key { return nil })
	s.inbox = store.Define(schema, 162, "notice_inbox", func(l *letter) store.Key { return key(l.Account).Uint(l.ID) })
	s.inbox.Expires(func(l *letter) time.Time { return l.Expires })
	s.readers = store.Define(schema, 163, "notice_reader", func(r *reader) store.Key { return key(r.Account) })
	s.reads = store.Define(schema, 164, "notice_reads", func(r *reads) store.Key { return key(r.ID) })
	s.reads.Expires(func(r *reads) time.Time { return r.Expires })
	s.ids = store.NewSequence(schema, 165, "notice_id", 1)
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func key(id uint64) store.Key { return store.K().Uint(id) }

func missing() error {
	return fault.New(fault.NotFound, "notice.not_found", "id", "there is no such notice, or it has expired")
}

// plain holds a text to what can be shown as it is.
func plain(s string, most int, lines bool) (string, bool) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	bad := func(r rune) bool { return !unicode.IsPrint(r) && !(lines && (r == '\n' || r == '\t')) }
	return s, utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, bad)
}

// publish tells who looks on, after the commit.
func (s *Service) publish(tx *store.Tx, by access.Actor, action string, id string, everyone bool, to ...uint64) {
	if s.Publish == nil {
		return
	}
	e := event.Event{Type: "notice", Action: action, Object: id, Tenant: by.Tenant, Account: by.Account, At: tx.Now(), Everyone: everyone, For: to}
	tx.OnCommit(func() { s.Publish(e) })
}

// ForgetTx removes what a deleted account had, in that commit. Of a very full
// inbox the rest goes as it expires: nobody can look into it any more.
func (s *Service) ForgetTx(tx *store.Tx, account uint64) error {
	var letters []store.Key
	for l, err := range s.inbox.Scan(tx, store.Scan{Prefix: key(account), Limit: 100}) {
		if err != nil {
			return err
		}
		letters = append(letters, key(account).Uint(l.ID))
	}
	for _, k := range letters {
		if err := s.inbox.Delete(tx, k); err != nil {
			return err
		}
	}
	if err := s.readers.Delete(tx, key(account)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// has reports whether id is in a sorted list.
func has(list []uint64, id uint64) bool {
	_, found := slices.BinarySearch(list, id)
	return found
}

// with is a sorted list with id in it.
func with(list []uint64, id uint64) []uint64 {
	at, found := slices.BinarySearch(list, id)
	if found {
		return list
	}
	return slices.Insert(list, at, id)
}

// view runs fn on a snapshot.
func (s *Service) view(ctx context.Context, fn func(store.Reader) error) error {
	return fault.Wrap(s.db.View(ctx, fn))
}
