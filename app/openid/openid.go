// Package openid lets other systems sign people in through this one: OAuth 2
// with PKCE on every code (RFC 6749, 7636; what OAuth 2.1 leaves out is not
// there) and OpenID Connect on top of it. It keeps authorization codes, what
// people have agreed to, and the keys that sign id tokens. It knows no HTTP; the
// tokens themselves are sessions of package session, narrowed to scopes, so that
// whatever ends an account, a tenant or an application ends them too.
//
// Where the specifications leave a choice:
//   - A request on its way through the sign-in page is sealed and travels with
//     the browser: an unknown visitor makes the server write nothing.
//   - A code lives for a minute and serves once. One that comes back ends the
//     tokens made from it.
//   - Without offline_access the tokens end with the browser's session.
package openid

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/application"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/app/seal"
	"stoa/app/session"
	"stoa/store"
)

const (
	codeLife    = time.Minute
	codeKept    = 24 * time.Hour // a used code, to notice that it comes back
	requestLife = 30 * time.Minute
)

// Deps are the neighbours and settings of the service.
type Deps struct {
	Application *application.Service
	Account     *account.Service
	Session     *session.Service
	Org         *org.Service
	Audit       *audit.Service
	Seal        *seal.Box
	Issuer      string // the server's public URL, without a slash at its end
	Derived     bool   // the issuer was not configured but guessed from where the server listens
	// Codes names roles for the claim "roles".
	Codes func(ids []uint64) []string
}

// Service is the provider.
type Service struct {
	Deps
	db       *store.DB
	keys     store.Table[key]
	codes    store.Table[code]
	consents store.Table[Consent]
	ofApp    store.Ranked[Consent]

	mu      sync.Mutex
	signers map[string]*signer // by key id
}

// code is an authorization code.
type code struct {
	Hash      []byte    `cbor:"1,keyasint"` // SHA-256
	Client    uint64    `cbor:"2,keyasint"` // id of the application
	Account   uint64    `cbor:"3,keyasint"`
	Session   uint64    `cbor:"4,keyasint"` // the browser's
	Redirect  string    `cbor:"5,keyasint"`
	Scopes    []string  `cbor:"6,keyasint,omitempty"`
	Nonce     string    `cbor:"7,keyasint,omitempty"`
	Challenge string    `cbor:"8,keyasint"`
	AuthTime  time.Time `cbor:"9,keyasint"`
	Methods   []string  `cbor:"10,keyasint,omitempty"`
	Created   time.Time `cbor:"11,keyasint"`
	Used      time.Time `cbor:"12,keyasint,omitzero"`
	Made      uint64    `cbor:"13,keyasint,omitempty"` // the session made of it
}

// Consent is what somebody has allowed an application.
type Consent struct {
	Account     uint64    `cbor:"1,keyasint"`
	Application uint64    `cbor:"2,keyasint"`
	Scopes      []string  `cbor:"3,keyasint,omitempty"`
	Created     time.Time `cbor:"4,keyasint"`
	Used        time.Time `cbor:"5,keyasint"` // last sign-in to it
}

// New defines the tables; Bind completes the service.
func New(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d, signers: map[string]*signer{}}
	s.keys = store.Define(schema, 130, "openid_key", func(k *key) store.Key { return store.K().Str(k.ID) })
	s.keys.Expires(func(k *key) time.Time { return k.Ends })
	seal.Register(d.Seal, s.keys, func(k *key, at seal.At) { at(k.record(), &k.Sealed) })
	s.codes = store.Define(schema, 131, "openid_code", func(c *code) store.Key { return store.K().Bytes(c.Hash) })
	s.codes.Expires(func(c *code) time.Time {
		if c.Used.IsZero() {
			return c.Created.Add(codeLife)
		}
		return c.Used.Add(codeKept)
	})
	s.consents = store.Define(schema, 132, "openid_consent", func(c *Consent) store.Key { return consentKey(c.Account, c.Application) })
	s.ofApp = s.consents.Ranked(1, "application", func(c *Consent) []store.Key { return []store.Key{store.K().Uint(c.Application)} },
		func(*Consent) store.Key { return nil })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func consentKey(account, application uint64) store.Key {
	return store.K().Uint(account).Uint(application)
}

// fails is an error of OAuth: code is the value of "error" on the wire.
func fails(kind fault.Kind, code, field, text string, args ...any) *fault.Fault {
	return fault.New(kind, "openid."+code, field, text, args...)
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

// client is the application of a client id that people may sign in to now;
// store.ErrNotFound if there is none.
func (s *Service) client(r store.Reader, clientID string) (*application.Application, error) {
	app, err := s.Application.ByClientID(r, clientID)
	if err != nil {
		return nil, err
	}
	home, err := s.Org.TenantTx(r, app.Tenant)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	if err != nil || home.State == org.Frozen || app.State != application.Normal {
		return nil, store.ErrNotFound
	}
	return app, nil
}

// person reports whether by is somebody who signed in, and not a program with
// somebody's token.
func person(by access.Actor) bool { return by.Account != 0 && by.Session != 0 && by.Client == 0 }

// sweepBatch is how many consents one transaction looks at.
const sweepBatch = 100

// Sweep removes what people agreed to with applications, or as people, that are
// gone, and tells how much that was.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	var after store.Key
	total := 0
	for {
		seen, removed := 0, 0
		next := after
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			seen, removed = 0, 0
			for c, err := range s.consents.Scan(tx, store.Scan{After: after, Limit: sweepBatch}) {
				if err != nil {
					return err
				}
				seen++
				next = consentKey(c.Account, c.Application)
				gone, err := s.orphaned(tx, c)
				if err != nil {
					return err
				}
				if gone {
					removed++
					if err := s.consents.Delete(tx, next); err != nil {
						return err
					}
				}
			}
			return nil
		})
		total += removed
		if err != nil || seen < sweepBatch {
			return total, fault.Wrap(err)
		}
		after = next
	}
}

func (s *Service) orphaned(r store.Reader, c *Consent) (bool, error) {
	_, err := s.Application.Row(r, c.Application)
	if err == nil {
		_, err = s.Account.Row(r, c.Account)
	}
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// tending is how often Run looks after keys and consents.
const tending = time.Hour

// Run changes the signing key when its time has come, and sweeps, until ctx ends.
func (s *Service) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(tending)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		_, err := s.Sweep(ctx)
		if err = errors.Join(err, s.Tend(ctx)); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}

// Warnings of Service.Warnings.
const (
	WarnDerived = "issuer.derived" // public_url is not configured: the issuer is a guess
	WarnPlain   = "issuer.plain"   // plain HTTP beyond this machine: tokens can be read on the way
)

// Warnings are what is wrong with the issuer.
func (s *Service) Warnings() []string {
	var out []string
	if s.Derived {
		out = append(out, WarnDerived)
	}
	u, err := url.Parse(s.Issuer)
	if err == nil && u.Scheme == "http" && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" && u.Hostname() != "::1" {
		out = append(out, WarnPlain)
	}
	return out
}
