// Package accesskey is the key pairs by which programs put and get the files of a
// tenant: an access key that names the pair and a secret that signs. A pair acts
// for the account that made it, with no more than that account may do with files.
//
// The secret can't be kept as a digest: signatures (HMAC) are checked with it. It
// is sealed at rest and shown once.
package accesskey

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/app/seal"
	"stoa/store"
)

// How many pairs a tenant has, and an account: those go in the commit that deletes it.
const (
	MaxKeys = 200
	MaxOwn  = 50
)

// Key is one pair.
type Key struct {
	Access   string    `cbor:"1,keyasint"` // 40 characters, as Kodo's
	Tenant   uint64    `cbor:"2,keyasint"`
	Account  uint64    `cbor:"3,keyasint"`
	Name     string    `cbor:"4,keyasint"` // what it is for
	Sealed   []byte    `cbor:"5,keyasint"`
	Off      bool      `cbor:"6,keyasint,omitempty"`
	Created  time.Time `cbor:"7,keyasint"`
	LastUsed time.Time `cbor:"8,keyasint,omitzero"` // to about a minute
	Version  uint64    `cbor:"9,keyasint"`
	Owner    string    `cbor:"10,keyasint"` // user name of the account, when it was made
}

// Page is a part of the list.
type Page = listing.Page[Key]

// Deps are the neighbours of the service.
type Deps struct {
	Audit *audit.Service
	Seal  *seal.Box
	// Actor is an account as it may act now in a tenant; an error if it may not.
	Actor func(ctx context.Context, account, tenant uint64) (access.Actor, error)
}

// Service is the pairs.
type Service struct {
	Deps
	db     *store.DB
	rows   store.Table[Key]
	ranked store.Ranked[Key]
	made   store.Index[Key] // by account

	mu   sync.Mutex
	used map[string]time.Time // since the last Flush
}

// New defines the table; Bind completes the service.
func New(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d, used: map[string]time.Time{}}
	s.rows = store.Define(schema, 220, "access_key", func(k *Key) store.Key { return store.K().Str(k.Access) })
	seal.Register(d.Seal, s.rows, func(k *Key, at seal.At) { at(record(k.Access), &k.Sealed) })
	s.ranked = s.rows.Ranked(1, "list", func(k *Key) []store.Key { return []store.Key{store.K().Uint(k.Tenant)} },
		func(k *Key) store.Key { return store.K().Time(k.Created) })
	s.made = s.rows.Index(2, "account", func(k *Key) []store.Key { return []store.Key{store.K().Uint(k.Account)} })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Refused is the fault for a pair that is unknown, off, or whose account may not act.
func Refused() *fault.Fault {
	return fault.New(fault.Unauthenticated, "key.refused", "", "the access key is unknown or switched off, or the signature is none of its secret")
}

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "key.not_found", "id", "there is no such access key")
}

func record(access string) string { return "access_key/" + access }

// random is n bytes as text of a-z A-Z 0-9 - _.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Create makes a pair for the caller and answers its secret, which is not shown
// again.
func (s *Service) Create(ctx context.Context, by access.Actor, name string) (*Key, string, error) {
	if err := by.Need(access.KeyWrite); err != nil {
		return nil, "", err
	}
	if by.Account == 0 {
		return nil, "", access.SignIn()
	}
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 100 {
		return nil, "", fault.New(fault.Invalid, "key.name", "name", "say what the key is for, in up to 100 bytes")
	}
	k := &Key{Access: random(30), Tenant: by.Tenant, Account: by.Account, Name: name, Version: 1, Owner: by.Name}
	secret := random(30)
	var err error
	if k.Sealed, err = s.Seal.Seal([]byte(secret), record(k.Access)); err != nil {
		return nil, "", fault.Wrap(err)
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := s.ranked.Count(tx, store.K().Uint(by.Tenant))
		if err != nil {
			return err
		}
		if n >= MaxKeys {
			return fault.New(fault.TooLarge, "key.many", "", "a tenant has up to %d access keys: delete those that are not used", MaxKeys)
		}
		if err := s.ownTx(tx, by.Account); err != nil {
			return err
		}
		k.Created = tx.Now()
		if err := s.rows.Insert(tx, k); err != nil {
			return err
		}
		return s.record(tx, by, "create", k, nil)
	})
	if err != nil {
		return nil, "", fault.Wrap(err)
	}
	return k, secret, nil
}

// ownTx refuses an account that has as many pairs as it may.
func (s *Service) ownTx(r store.Reader, account uint64) error {
	n := 0
	for _, err := range s.made.Scan(r, store.Scan{Prefix: store.K().Uint(account), Limit: MaxOwn}) {
		if err != nil {
			return err
		}
		n++
	}
	if n >= MaxOwn {
		return fault.New(fault.TooLarge, "key.many", "", "an account has up to %d access keys: delete those that are not used", MaxOwn)
	}
	return nil
}

func (s *Service) record(tx *store.Tx, by access.Actor, act string, k *Key, changes []audit.Change) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: k.Tenant, Action: "key." + act, ObjectKind: "key", ObjectID: k.Access, ObjectName: k.Name, Changes: changes})
}

// List is the pairs of the caller's tenant, oldest first.
func (s *Service) List(ctx context.Context, by access.Actor, ask listing.Ask) (Page, error) {
	if err := by.Need(access.KeyRead); err != nil {
		return Page{}, err
	}
	p := Page{}
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		p, err = listing.Cut(r, s.ranked, store.K().Uint(by.Tenant), ask, nil)
		return err
	})
	return p, fault.Wrap(err)
}

func (s *Service) load(r store.Reader, by access.Actor, id string) (*Key, error) {
	if id == "" || len(id) > 100 {
		return nil, missing()
	}
	k, err := s.rows.Get(r, store.K().Str(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && k.Tenant != by.Tenant && !by.Super() {
		return nil, missing()
	}
	return k, err
}

// Get is one pair of the caller's tenant.
func (s *Service) Get(ctx context.Context, by access.Actor, id string) (*Key, error) {
	if err := by.Need(access.KeyRead); err != nil {
		return nil, err
	}
	var k *Key
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		k, err = s.load(r, by, id)
		return err
	})
	return k, fault.Wrap(err)
}

// Switch turns a pair on or off. ifVersion 0 skips the check for a change by
// somebody else.
func (s *Service) Switch(ctx context.Context, by access.Actor, id string, on bool, ifVersion uint64) (*Key, error) {
	if err := by.Need(access.KeyWrite); err != nil {
		return nil, err
	}
	var k *Key
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if k, err = s.load(tx, by, id); err != nil {
			return err
		}
		if ifVersion != 0 && k.Version != ifVersion {
			return fault.New(fault.Stale, "key.stale", "", "it was changed by somebody else meanwhile: read it again")
		}
		if k.Off == !on {
			return nil
		}
		k.Off = !on
		k.Version++
		if err := s.rows.Update(tx, k); err != nil {
			return err
		}
		return s.record(tx, by, "update", k, []audit.Change{{Field: "on", Old: fmt.Sprint(!on), New: fmt.Sprint(on)}})
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return k, nil
}

// Delete removes a pair; what it signed is refused from then on.
func (s *Service) Delete(ctx context.Context, by access.Actor, id string) error {
	if err := by.Need(access.KeyWrite); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		k, err := s.load(tx, by, id)
		if err != nil {
			return err
		}
		if err := s.rows.Delete(tx, store.K().Str(id)); err != nil {
			return err
		}
		return s.record(tx, by, "delete", k, nil)
	}))
}

// Find is a pair that may be used now: its row, its secret, and whom it acts for,
// with what that account may do with files and nothing else. Else the fault
// Refused, which says no more.
func (s *Service) Find(ctx context.Context, id string, o access.Origin) (*Key, []byte, access.Actor, error) {
	var k *Key
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		if id == "" || len(id) > 100 {
			return store.ErrNotFound
		}
		k, err = s.rows.Get(r, store.K().Str(id))
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && k.Off {
		return nil, nil, access.Actor{}, Refused()
	}
	if err != nil {
		return nil, nil, access.Actor{}, fault.Wrap(err)
	}
	by, err := s.Actor(ctx, k.Account, k.Tenant)
	if err != nil {
		if kind := fault.KindOf(err); kind == fault.Internal || kind == fault.Unavailable {
			return nil, nil, access.Actor{}, err
		}
		return nil, nil, access.Actor{}, Refused().With(err)
	}
	secret, err := s.Seal.Unseal(k.Sealed, record(k.Access))
	if err != nil {
		return nil, nil, access.Actor{}, fault.Wrap(err)
	}
	by.Set, by.Origin = by.Set.And(access.Of(access.BucketRead, access.ObjectWrite)), o
	by.Roles = nil // of which some see beyond the tenant
	s.mu.Lock()
	s.used[k.Access] = s.db.Clock()
	s.mu.Unlock()
	return k, secret, by, nil
}

// Flush writes down when pairs were last used.
func (s *Service) Flush(ctx context.Context) error {
	s.mu.Lock()
	used := s.used
	s.used = map[string]time.Time{}
	s.mu.Unlock()
	for id, at := range used {
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			k, err := s.rows.Get(tx, store.K().Str(id))
			if err != nil || !k.LastUsed.Before(at) {
				return err
			}
			k.LastUsed = at
			return s.rows.Update(tx, k)
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// PurgeTx removes some of a tenant's pairs; more that there are others.
func (s *Service) PurgeTx(tx *store.Tx, tenant uint64) (n int, more bool, err error) {
	rows, total, err := s.ranked.Page(tx, store.K().Uint(tenant), 0, 100, false)
	for _, k := range rows {
		if err := s.rows.Delete(tx, store.K().Str(k.Access)); err != nil {
			return n, false, err
		}
		n++
	}
	return n, total > n, err
}

// ForgetTx removes the pairs of an account that is gone: they act for nobody.
func (s *Service) ForgetTx(tx *store.Tx, account uint64) error {
	for k, err := range s.made.Scan(tx, store.Scan{Prefix: store.K().Uint(account)}) {
		if err != nil {
			return err
		}
		if err := s.rows.Delete(tx, store.K().Str(k.Access)); err != nil {
			return err
		}
	}
	return nil
}
