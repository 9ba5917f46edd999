// Package setup makes the first super administrator of an installation, and loads
// and removes its sample data. There is no default account and no default
// secret: who has the one-time link that the server printed, or the data
// directory, sets it up.
package setup

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/store"
)

// LinkLifetime is how long the one-time link works.
const LinkLifetime = 15 * time.Minute

// Admin is the first super administrator.
type Admin struct {
	Name, Email, Phone, Password string
	Sample                       bool // load the sample data too
}

// Service sets up.
type Service struct {
	account *account.Service
	org     *org.Service
	audit   *audit.Service
	db      *store.DB

	mu      sync.Mutex
	hash    [sha256.Size]byte // of the link's token; the server that printed it takes it
	expires time.Time         // zero = there is no link
}

// New makes the service of its neighbours; Bind completes it.
func New(a *account.Service, o *org.Service, l *audit.Service) *Service {
	return &Service{account: a, org: o, audit: l}
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Needed reports whether there is no super administrator yet.
func (s *Service) Needed(ctx context.Context) (bool, error) {
	var any bool
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		any, err = s.account.AnySuper(r)
		return err
	})
	return !any, fault.Wrap(err)
}

// Link makes the token of a one-time link, in place of an earlier one, and tells
// when it ends. A server that is set up has none: Conflict.
func (s *Service) Link(ctx context.Context) (token string, expires time.Time, err error) {
	needed, err := s.Needed(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	if !needed {
		return "", time.Time{}, done()
	}
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	token = base64.RawURLEncoding.EncodeToString(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hash, s.expires = sha256.Sum256([]byte(token)), s.db.Clock().Add(LinkLifetime)
	return token, s.expires, nil
}

// Expires is the end of the link in force; zero if there is none.
func (s *Service) Expires() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db.Clock().Before(s.expires) {
		return s.expires
	}
	return time.Time{}
}

func done() *fault.Fault {
	return fault.New(fault.Conflict, "setup.done", "", "this server is set up already: sign in")
}

// Complete makes the first super administrator for whoever has the link. The
// link works until that has succeeded.
func (s *Service) Complete(ctx context.Context, o access.Origin, token string, in Admin) (*account.Account, error) {
	needed, err := s.Needed(ctx)
	if err != nil {
		return nil, err
	}
	if !needed {
		return nil, done()
	}
	if !s.right(token) {
		return nil, fault.New(fault.Denied, "setup.link", "token", "the setup link is wrong or has expired: start the server again for a new one")
	}
	by := access.System("setup")
	by.Origin = o
	a, err := s.first(ctx, by, in)
	if err == nil {
		s.mu.Lock()
		s.expires = time.Time{}
		s.mu.Unlock()
	}
	return a, err
}

func (s *Service) right(token string) bool {
	given := sha256.Sum256([]byte(token))
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.db.Clock().Before(s.expires) && subtle.ConstantTimeCompare(given[:], s.hash[:]) == 1
}

// Init makes the first super administrator for the owner of the data directory.
func (s *Service) Init(ctx context.Context, by access.Actor, in Admin) (*account.Account, error) {
	if !by.Super() {
		return nil, access.Refused(access.SystemRead)
	}
	return s.first(ctx, by, in)
}

// first makes organisation 1 and its super administrator in one commit.
func (s *Service) first(ctx context.Context, by access.Actor, in Admin) (*account.Account, error) {
	mustChange := false
	n := account.New{Name: in.Name, Email: in.Email, Phone: in.Phone, Tenant: org.Default, Roles: []uint64{access.RoleSuper}, MustChange: &mustChange}
	hash, err := s.account.HashPassword(ctx, in.Password, n)
	if err != nil {
		return nil, err
	}
	var out *account.Account
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		any, err := s.account.AnySuper(tx)
		if err != nil {
			return err
		}
		if any {
			return done()
		}
		if err := s.org.EnsureDefaultTx(tx); err != nil {
			return err
		}
		if out, err = s.account.CreateTx(tx, by, n, hash); err != nil || !in.Sample {
			return err
		}
		return s.sampleTx(tx, by)
	})
	return out, fault.Wrap(err)
}

// LoadSample loads the sample data: the organisations of the documents'
// examples, open for sign-up. What is there already stays.
func (s *Service) LoadSample(ctx context.Context, by access.Actor) error {
	if err := by.Need(access.OrganisationWrite); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error { return s.sampleTx(tx, by) }))
}

func (s *Service) sampleTx(tx *store.Tx, by access.Actor) error {
	if err := s.org.PutSampleTx(tx); err != nil {
		return err
	}
	return s.audit.AddTx(tx, by, audit.Entry{Action: "sample.load", ObjectKind: "system", Tenant: org.Default})
}

// DropSample removes the sample data. Organisations that people have joined are
// in use: Conflict, with the counts.
func (s *Service) DropSample(ctx context.Context, by access.Actor) error {
	if err := by.Need(access.OrganisationWrite); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.org.DropSampleTx(tx, by); err != nil {
			return err
		}
		return s.audit.AddTx(tx, by, audit.Entry{Action: "sample.drop", ObjectKind: "system", Tenant: org.Default})
	}))
}
