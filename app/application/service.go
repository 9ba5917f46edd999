// Package application is the programs that identify themselves to the server:
// their client ids and secrets, and what they may do by themselves. A secret is
// shown once; only its SHA-256 is stored, which is enough for 256 random bits.
//
// An application belongs to the account that made it and acts in that account's
// tenant. What it may do by itself are the permissions granted to it, directly or
// by interfaces; what it may ask people for are its scopes. Who signs in to it,
// and how, is package openid's.
package application

import (
	"context"
	"errors"
	"strconv"
	"strings"

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

const (
	maxLimit    = 500
	maxClientID = 64 // bytes
)

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
	users  store.Index[row] // by interface
	uses   store.Table[Use]

	interfaceIDs  *store.Sequence
	interfaces    store.Table[Interface]
	interfaceRank store.Ranked[Interface]
	calls         func(url string) (access.Set, bool)
}

type row struct {
	Application
	Secret []byte `cbor:"40,keyasint"`           // SHA-256; empty = a public client, which has none
	Old    []byte `cbor:"41,keyasint,omitempty"` // the secret before, valid until OldUntil
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d}
	s.ids = store.NewSequence(schema, 50, "application_id", 1)
	s.rows = store.Define(schema, 51, "application", func(r *row) store.Key { return store.K().Uint(r.ID) })
	s.byKey = s.rows.Unique(1, "client_id", func(r *row) (store.Key, bool) { return store.K().Str(r.ClientID), true })
	s.ranked = s.rows.Ranked(2, "groups", func(r *row) []store.Key { return []store.Key{all(), of(r.Tenant)} }, func(*row) store.Key { return nil })
	s.users = s.rows.Index(3, "interface", func(r *row) []store.Key {
		var keys []store.Key
		for _, id := range r.Interfaces {
			keys = append(keys, store.K().Uint(id))
		}
		return keys
	})
	s.uses = store.Define(schema, 53, "application_use", func(u *Use) store.Key { return store.K().Uint(u.Application) })
	s.interfaceIDs = store.NewSequence(schema, 54, "application_interface_id", 1)
	s.interfaces = store.Define(schema, 55, "application_interface", func(i *Interface) store.Key { return store.K().Uint(i.ID) })
	s.interfaceRank = s.interfaces.Ranked(1, "groups", func(i *Interface) []store.Key { return []store.Key{all(), of(i.Tenant)} },
		func(*Interface) store.Key { return nil })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func all() store.Key             { return store.K().Uint(0) }
func of(tenant uint64) store.Key { return store.K().Uint(1).Uint(tenant) }

// SetOf is what names of permissions allow together; other names allow nothing.
func SetOf(names []string) access.Set {
	var set access.Set
	for _, name := range names {
		if p, ok := access.PermissionOf(name); ok {
			set = set.Or(access.Of(p))
		}
	}
	return set
}

// Set is what an application may do by itself: its grants, and those of its
// interfaces as they are now.
func (s *Service) Set(r store.Reader, a *Application) (access.Set, error) {
	set := SetOf(a.Grants)
	for _, id := range a.Interfaces {
		i, err := s.interfaces.Get(r, store.K().Uint(id))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return access.Set{}, err
		}
		set = set.Or(SetOf(i.Permissions))
	}
	return set, nil
}

// ByClientID is the application of a client id; store.ErrNotFound if there is none.
func (s *Service) ByClientID(r store.Reader, clientID string) (*Application, error) {
	if clientID == "" || len(clientID) > maxClientID {
		return nil, store.ErrNotFound
	}
	found, err := s.byKey.Get(r, store.K().Str(clientID))
	if err != nil {
		return nil, err
	}
	return &found.Application, nil
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

// Create makes an application and gives its secret, this once; a public one has
// none. It can be granted what its maker holds, no more.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Application, string, error) {
	if err := by.Need(access.ApplicationWrite); err != nil {
		return nil, "", err
	}
	if by.Account == 0 || by.Client != 0 {
		return nil, "", fault.New(fault.Denied, "application.owner", "", "an application belongs to a person: sign in as one")
	}
	in.Change.Name, in.Change.Grants = &in.Name, &in.Grants
	draft := Application{ClientID: newClientID(), Tenant: by.Home, Owner: by.Account, Public: in.Public, Version: 1}
	if in.Public && in.Types == nil {
		in.Types = &[]string{GrantCode, GrantRefresh}
	}
	if err := draft.apply(by, in.Change); err != nil {
		return nil, "", err
	}
	secret := ""
	made := &row{Application: draft}
	if !in.Public {
		secret = newSecret()
		made.Secret = hash(secret)
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		made.Created, made.Modified, made.ModifiedBy, made.SecretMade = tx.Now(), tx.Now(), by.Name, tx.Now()
		n, err := s.ranked.Count(tx, of(by.Home))
		if err != nil {
			return err
		}
		if n >= MaxApplications {
			return fault.New(fault.Conflict, "application.too_many", "", "an organisation has at most %d applications", MaxApplications)
		}
		if made.ID, err = s.ids.Next(tx); err != nil {
			return err
		}
		if err := s.rows.Insert(tx, made); err != nil {
			return err
		}
		return s.record(tx, by, "application.create", &made.Application, nil)
	})
	if err != nil {
		return nil, "", fault.Wrap(err)
	}
	return &made.Application, secret, nil
}

// Update changes what is given, of the version given (0 = whichever there is).
// An application that is not normal any more loses its tokens at once.
func (s *Service) Update(ctx context.Context, by access.Actor, id uint64, c Change, version uint64) (*Application, error) {
	var out *row
	err := s.change(ctx, by, id, "application.update", func(tx *store.Tx, r *row) ([]audit.Change, error) {
		if version != 0 && version != r.Version {
			return nil, fault.New(fault.Stale, "application.stale", "", "the application was changed by %s meanwhile: read it again", r.ModifiedBy)
		}
		if (c.State != nil && *c.State == Frozen || r.State == Frozen) && c.State != nil && *c.State != r.State && !by.Super() {
			return nil, fault.New(fault.Denied, "application.frozen", "state", "only super administrators freeze and thaw applications; disable it instead")
		}
		before := r.Application
		if err := r.apply(by, c); err != nil {
			return nil, err
		}
		if r.State != Normal && before.State == Normal {
			r.Ended = tx.Now()
		}
		out = r
		return differences(&before, &r.Application), s.save(tx, by, r)
	})
	if err != nil {
		return nil, err
	}
	return &out.Application, nil
}

func (s *Service) save(tx *store.Tx, by access.Actor, r *row) error {
	r.Modified, r.ModifiedBy = tx.Now(), by.Name
	r.Version++
	return s.rows.Update(tx, r)
}

// Delete removes an application; its sessions are over.
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) error {
	return s.change(ctx, by, id, "application.delete", func(tx *store.Tx, r *row) ([]audit.Change, error) {
		if err := s.uses.Delete(tx, store.K().Uint(id)); err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		return nil, s.rows.Delete(tx, store.K().Uint(id))
	})
}

// change does fn to an application that by may change, and records what fn says
// has changed.
func (s *Service) change(ctx context.Context, by access.Actor, id uint64, action string, fn func(*store.Tx, *row) ([]audit.Change, error)) error {
	if err := by.Need(access.ApplicationWrite); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		r, err := s.load(tx, by, id)
		if err != nil {
			return err
		}
		set, err := s.Set(tx, &r.Application)
		if err != nil {
			return err
		}
		if !set.Within(by.Set) {
			return fault.New(fault.Denied, "application.holds_more", "", "%s holds rights that you do not hold", r.Name)
		}
		changes, err := fn(tx, r)
		if err != nil {
			return err
		}
		return s.record(tx, by, action, &r.Application, changes)
	}))
}

func (s *Service) record(tx *store.Tx, by access.Actor, action string, a *Application, changes []audit.Change) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: a.Tenant, Action: action, ObjectKind: "application", ObjectID: strconv.FormatUint(a.ID, 10),
		ObjectName: a.Name, Changes: changes})
}

// Unauthorized is the answer to an application that asks for a grant type which
// it may not use.
func Unauthorized(grantType string) *fault.Fault {
	return fault.New(fault.Denied, "openid.unauthorized_client", "grant_type", "the application may not use %s: its settings say so", grantType)
}
