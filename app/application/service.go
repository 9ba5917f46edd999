// Package application is the programs that identify themselves to the server:
// their client ids and secrets, and what they may do by themselves. A secret is
// shown once; only its SHA-256 is stored, which is enough for 256 random bits.
//
// An application belongs to the account that made it and acts in that account's
// tenant. Without grants it can only identify itself beside a person's sign-in.
package application

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/throttle"
	"stoa/store"
)

// MaxApplications is how many a tenant has.
const MaxApplications = 1000

const maxLimit = 500

// Deps are the neighbours of the service.
type Deps struct {
	Audit    *audit.Service
	Throttle *throttle.Service
}

// Service is the applications.
type Service struct {
	Deps
	db     *store.DB
	ids    *store.Sequence
	rows   store.Table[row]
	byKey  store.Unique[row]
	ranked store.Ranked[row]
}

type row struct {
	Application
	Secret []byte `cbor:"40,keyasint"` // SHA-256
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d}
	s.ids = store.NewSequence(schema, 50, "application_id", 1)
	s.rows = store.Define(schema, 51, "application", func(r *row) store.Key { return store.K().Uint(r.ID) })
	s.byKey = s.rows.Unique(1, "client_id", func(r *row) (store.Key, bool) { return store.K().Str(r.ClientID), true })
	s.ranked = s.rows.Ranked(2, "groups", func(r *row) []store.Key { return []store.Key{all(), of(r.Tenant)} }, func(*row) store.Key { return nil })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func all() store.Key             { return store.K().Uint(0) }
func of(tenant uint64) store.Key { return store.K().Uint(1).Uint(tenant) }

// Set is what the grants allow.
func (a *Application) Set() access.Set {
	var set access.Set
	for _, name := range a.Grants {
		if p, ok := access.PermissionOf(name); ok {
			set = set.Or(access.Of(p))
		}
	}
	return set
}

// Row is one application, whoever asks; store.ErrNotFound if there is none.
func (s *Service) Row(r store.Reader, id uint64) (*Application, error) {
	found, err := s.rows.Get(r, store.K().Uint(id))
	if err != nil {
		return nil, err
	}
	return &found.Application, nil
}

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "application.not_found", "id", "there is no such application")
}

// Refused is the one answer to a wrong client id and to a wrong secret.
func Refused() *fault.Fault {
	return fault.New(fault.Unauthenticated, "application.refused", "client_id", "the client id or the secret is wrong")
}

// load is an application that by may see.
func (s *Service) load(r store.Reader, by access.Actor, id uint64) (*row, error) {
	found, err := s.rows.Get(r, store.K().Uint(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && !by.Super() && found.Tenant != by.Tenant {
		return nil, missing()
	}
	return found, err
}

// Get returns an application of by's tenant.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Application, error) {
	if err := by.Need(access.ApplicationRead); err != nil {
		return nil, err
	}
	var out *Application
	err := s.db.View(ctx, func(r store.Reader) error {
		found, err := s.load(r, by, id)
		if err == nil {
			out = &found.Application
		}
		return err
	})
	return out, fault.Wrap(err)
}

// List shows the applications of by's tenant, or all to super administrators,
// oldest first.
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	if err := by.Need(access.ApplicationRead); err != nil {
		return Page{}, err
	}
	if f.Limit == 0 {
		f.Limit = 20
	}
	if f.Page == 0 {
		f.Page = 1
	}
	if f.Limit < 0 || f.Limit > maxLimit || f.Page < 0 || f.Page > 1_000_000 {
		return Page{}, fault.New(fault.Invalid, "list.limit", "limit", "a page has 1 to %d applications, and pages count from 1", maxLimit)
	}
	group := all()
	if !by.Super() {
		group = of(by.Tenant)
	}
	var p Page
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		if f.Text == "" {
			p, err = s.page(r, group, f)
		} else {
			p, err = s.search(r, group, f)
		}
		return err
	})
	return p, fault.Wrap(err)
}

func (s *Service) page(r store.Reader, group store.Key, f Filter) (Page, error) {
	rows, total, err := s.ranked.Page(r, group, (f.Page-1)*f.Limit, f.Limit, false)
	p := Page{Items: []Application{}, Total: total}
	for _, found := range rows {
		p.Items = append(p.Items, found.Application)
	}
	return p, err
}

const maxSearched = 10_000

func (s *Service) search(r store.Reader, group store.Key, f Filter) (Page, error) {
	rows, more, err := s.ranked.After(r, group, nil, maxSearched, false)
	p := Page{Items: []Application{}, Capped: more != nil}
	text := fold(f.Text)
	for _, found := range rows {
		if !strings.Contains(fold(found.Name), text) && !strings.Contains(found.ClientID, text) {
			continue
		}
		if p.Total++; p.Total > (f.Page-1)*f.Limit && len(p.Items) < f.Limit {
			p.Items = append(p.Items, found.Application)
		}
	}
	return p, err
}

func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

// Create makes an application and gives its secret, this once. It can be granted
// what its maker holds, no more.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Application, string, error) {
	if err := by.Need(access.ApplicationWrite); err != nil {
		return nil, "", err
	}
	if by.Account == 0 {
		return nil, "", fault.New(fault.Denied, "application.owner", "", "an application belongs to a person: sign in as one")
	}
	name, err := cleanName(in.Name)
	if err != nil {
		return nil, "", err
	}
	grants, err := clean(by, in.Grants)
	if err != nil {
		return nil, "", err
	}
	secret := newSecret()
	var out *row
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		out = &row{Secret: hash(secret), Application: Application{ClientID: newClientID(), Name: name, Tenant: by.Home, Owner: by.Account,
			Grants: grants, Created: tx.Now(), Modified: tx.Now(), ModifiedBy: by.Name, Version: 1}}
		n, err := s.ranked.Count(tx, of(by.Home))
		if err != nil {
			return err
		}
		if n >= MaxApplications {
			return fault.New(fault.Conflict, "application.too_many", "", "an organisation has at most %d applications", MaxApplications)
		}
		if out.ID, err = s.ids.Next(tx); err != nil {
			return err
		}
		if err := s.rows.Insert(tx, out); err != nil {
			return err
		}
		return s.record(tx, by, "application.create", &out.Application)
	})
	if err != nil {
		return nil, "", fault.Wrap(err)
	}
	return &out.Application, secret, nil
}

func cleanName(s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	n := utf8.RuneCountInString(s)
	switch {
	case n == 0:
		return "", fault.New(fault.Missing, "application.name", "name", "the application needs a name")
	case n > 64 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return "", fault.New(fault.Invalid, "application.name", "name", "a name has up to 64 characters that can be shown")
	}
	return s, nil
}

// clean brings grants into their stored form.
func clean(by access.Actor, grants []string) ([]string, error) {
	for _, name := range grants {
		p, ok := access.PermissionOf(name)
		if !ok {
			return nil, fault.New(fault.Invalid, "application.grant", "grants", "there is no permission %q: they look like %q", name, access.AccountRead)
		}
		if !by.Can(p) {
			return nil, fault.New(fault.Denied, "application.grant", "grants", "nobody grants more than they hold: you do not hold %s", p)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(grants))), nil
}

// Rotate gives an application a new secret, shown this once; the old one and the
// sessions made with it are over.
func (s *Service) Rotate(ctx context.Context, by access.Actor, id uint64) (*Application, string, error) {
	secret := newSecret()
	var out *row
	err := s.change(ctx, by, id, "application.rotate", func(tx *store.Tx, r *row) error {
		out = r
		r.Secret = hash(secret)
		r.Modified, r.ModifiedBy = tx.Now(), by.Name
		r.Version++
		return s.rows.Update(tx, r)
	})
	if err != nil {
		return nil, "", err
	}
	return &out.Application, secret, nil
}

// Delete removes an application; its sessions are over.
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) error {
	return s.change(ctx, by, id, "application.delete", func(tx *store.Tx, r *row) error {
		return s.rows.Delete(tx, store.K().Uint(id))
	})
}

func (s *Service) change(ctx context.Context, by access.Actor, id uint64, action string, fn func(*store.Tx, *row) error) error {
	if err := by.Need(access.ApplicationWrite); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		r, err := s.load(tx, by, id)
		if err != nil {
			return err
		}
		if !r.Set().Within(by.Set) {
			return fault.New(fault.Denied, "application.holds_more", "", "%s holds rights that you do not hold", r.Name)
		}
		if err := fn(tx, r); err != nil {
			return err
		}
		return s.record(tx, by, action, &r.Application)
	}))
}

func (s *Service) record(tx *store.Tx, by access.Actor, action string, a *Application) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: a.Tenant, Action: action, ObjectKind: "application", ObjectID: strconv.FormatUint(a.ID, 10), ObjectName: a.Name})
}

// Check is the application that a client id and secret prove, or Refused.
func (s *Service) Check(ctx context.Context, o access.Origin, clientID, secret string) (*Application, error) {
	if clientID == "" {
		return nil, fault.New(fault.Missing, "application.client_id", "client_id", "a client id is needed")
	}
	if err := s.Throttle.Allow(ctx, throttle.LoginAddress, o.Address); err != nil {
		return nil, err
	}
	var found *row
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		if len(clientID) <= 64 {
			found, err = s.byKey.Get(r, store.K().Str(clientID))
		}
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	given := hash(secret)
	if found != nil && subtle.ConstantTimeCompare(found.Secret, given) == 1 {
		return &found.Application, nil
	}
	return nil, s.refuse(ctx, o, clientID, found)
}

func (s *Service) refuse(ctx context.Context, o access.Origin, clientID string, found *row) error {
	e := audit.Entry{Action: "application.check", ObjectKind: "application", ObjectName: clientID, Outcome: audit.Failed, Reason: "unknown client id"}
	if found != nil {
		e.Tenant, e.ObjectID, e.Reason = found.Tenant, strconv.FormatUint(found.ID, 10), "wrong secret"
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.Throttle.FailTx(tx, throttle.LoginAddress, o.Address); err != nil {
			return err
		}
		return s.Audit.AddTx(tx, access.Nobody(o), e)
	})
	if err != nil {
		return fault.Wrap(err)
	}
	return Refused()
}

func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

func newSecret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func newClientID() string {
	raw := make([]byte, 10)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return hex.EncodeToString(raw)
}
