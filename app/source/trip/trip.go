// Package trip is the browsers that people sign in from at a source's own page: it
// sends them there and takes them in when they come back. What was proven goes into
// a ticket for that one browser, which is redeemed for a session at the gates of
// every sign-in, or links the person to an account.
package trip

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/admission"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/app/source"
	"stoa/app/source/claim"
	"stoa/app/throttle"
	"stoa/store"
)

const (
	tripLife   = 10 * time.Minute // to sign in at the source
	ticketLife = 5 * time.Minute  // to enter a second factor
)

// trip is a browser on its way to a source and back.
type trip struct {
	State   []byte    `cbor:"1,keyasint"` // SHA-256
	Source  uint64    `cbor:"2,keyasint"`
	Browser []byte    `cbor:"3,keyasint"`           // SHA-256 of the cookie that it was given
	Sealed  []byte    `cbor:"4,keyasint"`           // nonce and PKCE verifier
	Account uint64    `cbor:"5,keyasint,omitempty"` // who links the person; 0 = it is a sign-in
	Next    string    `cbor:"6,keyasint,omitempty"` // page of the console to go on to
	Expires time.Time `cbor:"7,keyasint"`
}

// ticket is a person whom a source has proven to one browser.
type ticket struct {
	Hash    []byte    `cbor:"1,keyasint"` // SHA-256
	Source  uint64    `cbor:"2,keyasint"`
	Browser []byte    `cbor:"3,keyasint"`
	Account uint64    `cbor:"4,keyasint"` // whom to sign in, or who links
	Second  bool      `cbor:"5,keyasint,omitempty"`
	Subject string    `cbor:"6,keyasint,omitempty"` // of a link; "" = a sign-in
	Login   string    `cbor:"7,keyasint,omitempty"`
	Expires time.Time `cbor:"8,keyasint"`
}

// Deps are the neighbours of the service.
type Deps struct {
	Source    *source.Service
	Account   *account.Service
	Admission *admission.Service
	Audit     *audit.Service
	Seal      *seal.Box
	Throttle  *throttle.Service
	PublicURL func() string // where browsers reach the server
}

// Service is the browsers on their way.
type Service struct {
	Deps
	db      *store.DB
	trips   store.Table[trip]
	tickets store.Table[ticket]
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d}
	s.trips = store.Define(schema, 143, "source_trip", func(t *trip) store.Key { return store.K().Bytes(t.State) })
	s.trips.Expires(func(t *trip) time.Time { return t.Expires })
	seal.Register(d.Seal, s.trips, func(t *trip, at seal.At) { at(recordOf(t.State), &t.Sealed) })
	s.tickets = store.Define(schema, 144, "source_ticket", func(t *ticket) store.Key { return store.K().Bytes(t.Hash) })
	s.tickets.Expires(func(t *ticket) time.Time { return t.Expires })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func number(n uint64) string { return strconv.FormatUint(n, 10) }

func hash(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// random is 256 bits that can stand in a URL.
func random() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func tripRecord(state string) string { return recordOf(hash(state)) }

func recordOf(hash []byte) string {
	return "source/trip/" + base64.RawURLEncoding.EncodeToString(hash)
}

// Departure is where a browser is to go, and the cookie that it comes back with.
type Departure struct{ URL, Browser string }

// Start sends a browser to a source. link links the person to by's own account;
// otherwise somebody signs in. next is the page of the console to go on to.
func (s *Service) Start(ctx context.Context, by access.Actor, o access.Origin, id uint64, link bool, next string) (*Departure, error) {
	if link && by.Account == 0 {
		return nil, access.SignIn()
	}
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return nil, err
	}
	x, p, err := s.open(ctx, id)
	if err != nil {
		return nil, err
	}
	state, browser := random(), random()
	t := claim.Trip{Redirect: s.callback(id), State: state, Nonce: random(), Verifier: random()}
	at, err := p.URL(ctx, t)
	if err != nil {
		return nil, s.Source.Down(x, err)
	}
	sealed, err := s.Seal.Seal([]byte(t.Nonce+"\n"+t.Verifier), tripRecord(state))
	if err != nil {
		return nil, fault.Wrap(err)
	}
	if len(next) > 512 || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		next = ""
	}
	row := &trip{State: hash(state), Source: id, Browser: hash(browser), Sealed: sealed, Next: strings.ToValidUTF8(next, "")}
	if link {
		row.Account = by.Account
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		row.Expires = tx.Now().Add(tripLife)
		return s.trips.Insert(tx, row)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &Departure{URL: at, Browser: browser}, nil
}

// callback is where sources send browsers back to.
func (s *Service) callback(id uint64) string {
	return strings.TrimRight(s.PublicURL(), "/") + "/v1/sources/" + number(id) + "/callback"
}

// Callback is the address that is entered at the source as the place to come back to.
func (s *Service) Callback(id uint64) string { return s.callback(id) }

// open is an enabled source that people are sent to.
func (s *Service) open(ctx context.Context, id uint64) (*source.Source, source.Provider, error) {
	x, err := s.Source.Open(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.Source.Provider(x)
	return x, p, err
}

// Arrival is a browser that came back: with a ticket that Redeem or LinkTicket
// takes, and where it wants to go on to.
type Arrival struct {
	Ticket string
	Link   bool
	Next   string
}

func lost() *fault.Fault {
	return fault.New(fault.Conflict, "source.lost", "", "this sign-in was not begun in this browser, or too long ago: begin again")
}

// Arrive takes what a browser brought back from a source. The state must be one
// that this very browser was sent off with, and serves once.
func (s *Service) Arrive(ctx context.Context, o access.Origin, id uint64, browser string, answer url.Values) (*Arrival, error) {
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return nil, err
	}
	state := answer.Get("state")
	row, err := s.takeTrip(ctx, id, state, browser)
	if err != nil {
		return nil, err
	}
	x, p, err := s.open(ctx, id)
	if err != nil {
		return nil, err
	}
	plain, err := s.Seal.Unseal(row.Sealed, tripRecord(state))
	if err != nil {
		return nil, fault.Wrap(err)
	}
	nonce, verifier, _ := strings.Cut(string(plain), "\n")
	who, err := p.Identify(ctx, claim.Trip{Redirect: s.callback(id), State: state, Nonce: nonce, Verifier: verifier}, answer)
	t := &ticket{Source: id, Browser: row.Browser, Account: row.Account}
	if err == nil {
		t.Login, t.Second = who.Login, x.Second(who)
		err = s.place(ctx, o, x, who, row, t)
	}
	if err != nil {
		return nil, s.refused(ctx, o, x, err)
	}
	out := &Arrival{Ticket: random(), Link: row.Account != 0, Next: row.Next}
	t.Hash = hash(out.Ticket)
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		t.Expires = tx.Now().Add(ticketLife)
		return s.tickets.Insert(tx, t)
	})
	return out, fault.Wrap(err)
}

// place writes into a ticket whose it is: the account to sign in, or the person
// to link.
func (s *Service) place(ctx context.Context, o access.Origin, x *source.Source, who *claim.Identity, row *trip, t *ticket) error {
	if row.Account != 0 {
		if who.Disabled {
			return claim.Refused("the source has disabled this person")
		}
		_, err := x.Person(who)
		t.Subject = who.Subject
		return err
	}
	a, err := s.Source.Resolve(ctx, o, x, who)
	if err == nil {
		t.Account = a.ID
	}
	return err
}

// takeTrip uses up a trip; lost if it is none of this browser's.
func (s *Service) takeTrip(ctx context.Context, id uint64, state, browser string) (*trip, error) {
	var row *trip
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		row, err = s.trips.Get(tx, store.K().Bytes(hash(state)))
		if errors.Is(err, store.ErrNotFound) || err == nil && (row.Source != id || !row.Expires.After(tx.Now()) ||
			subtle.ConstantTimeCompare(row.Browser, hash(browser)) != 1) {
			return lost()
		}
		if err != nil {
			return err
		}
		return s.trips.Delete(tx, store.K().Bytes(row.State))
	})
	return row, fault.Wrap(err)
}

// refused logs a person whom the source did not prove, or who may not come in.
func (s *Service) refused(ctx context.Context, o access.Origin, x *source.Source, err error) error {
	var f *fault.Fault
	if !errors.Is(err, claim.ErrRefused) && !errors.As(err, &f) {
		return s.Source.Down(x, err)
	}
	if f != nil && f.Kind == fault.Internal {
		return err
	}
	e := audit.Entry{Tenant: x.Tenant, Action: "session.create", ObjectKind: "source", ObjectID: number(x.ID), ObjectName: x.Name,
		Outcome: audit.Failed, Reason: err.Error()}
	logged := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.Throttle.FailTx(tx, throttle.LoginAddress, o.Address); err != nil {
			return err
		}
		return s.Audit.AddTx(tx, access.Nobody(o), e)
	})
	if logged != nil {
		return fault.Wrap(logged)
	}
	if f != nil {
		return err
	}
	return fault.New(fault.Unauthenticated, "source.refused", "", "%s does not let you in here: an administrator finds the reason in the action log", x.Name)
}

// Redeem is the account that a ticket signs in; take uses the ticket up, in the
// commit that makes the session, so that a missing second factor can be added.
func (s *Service) Redeem(ctx context.Context, o access.Origin, code, browser string) (v *admission.Verified, take func(*store.Tx) error, err error) {
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return nil, nil, err
	}
	t, err := s.ticket(ctx, code, browser)
	if err != nil {
		return nil, nil, err
	}
	if t.Subject != "" {
		return nil, nil, lost()
	}
	if v, err = s.Admission.Vouch(ctx, o, t.Account, t.Second); err != nil {
		return nil, nil, err
	}
	return v, func(tx *store.Tx) error { return s.takeTicket(tx, t) }, nil
}

func (s *Service) ticket(ctx context.Context, code, browser string) (*ticket, error) {
	var t *ticket
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		t, err = s.tickets.Get(r, store.K().Bytes(hash(code)))
		if errors.Is(err, store.ErrNotFound) || err == nil && (!t.Expires.After(r.Now()) ||
			subtle.ConstantTimeCompare(t.Browser, hash(browser)) != 1) {
			return lost()
		}
		return err
	})
	return t, fault.Wrap(err)
}

func (s *Service) takeTicket(tx *store.Tx, t *ticket) error {
	err := s.tickets.Delete(tx, store.K().Bytes(t.Hash))
	if errors.Is(err, store.ErrNotFound) {
		return lost()
	}
	return err
}

// LinkTicket links the person of a ticket to by's own account, from which the
// trip was begun.
func (s *Service) LinkTicket(ctx context.Context, by access.Actor, code, browser string) error {
	if by.Account == 0 {
		return access.SignIn()
	}
	t, err := s.ticket(ctx, code, browser)
	if err != nil {
		return err
	}
	if t.Subject == "" || t.Account != by.Account {
		return lost()
	}
	return s.Source.Link(ctx, by, t.Source, t.Subject, t.Login, func(tx *store.Tx) error { return s.takeTicket(tx, t) })
}
