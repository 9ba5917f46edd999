// Package session is who is signed in: sessions with an idle and an absolute
// end, refresh tokens, personal access tokens, and what of it a token proves at
// each request. It knows no dialect; that one token serves in all of them is
// because there is only this package.
//
// Only the SHA-256 of a token is stored (a personal token is kept sealed too, for
// its owner to read). Where the documents are silent:
//   - An account has at most 100 sessions; a further sign-in ends the oldest.
//   - A refresh token serves once and gives the next one. One that comes back is
//     stolen: the session ends.
//   - An application's session acts with the permissions granted to it, at most
//     those of the account that made it, in that account's tenant, never beyond.
//   - A session made before its tenant was last frozen is over.
package session

import (
	"context"
	"errors"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/admission"
	"stoa/app/application"
	"stoa/app/audit"
	"stoa/app/captcha"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/app/passkey"
	"stoa/app/role"
	"stoa/app/seal"
	"stoa/store"
)

// maxSessions is how many an account has; all of them end in one commit.
const maxSessions = 100

// useNoted is how often the use of a token is written down.
const useNoted = time.Minute

// Deps are the neighbours and settings of the service.
type Deps struct {
	Account     *account.Service
	Admission   *admission.Service
	Application *application.Service
	Org         *org.Service
	Audit       *audit.Service
	Role        *role.Service
	Seal        *seal.Box
	Passkey     *passkey.Service
	Captcha     *captcha.Service

	Idle          time.Duration // a token that is not used ends
	Absolute      time.Duration // every token ends
	AbsoluteAdmin time.Duration // an administrator's
}

// Service is the sessions and personal tokens.
type Service struct {
	Deps
	db      *store.DB
	ids     *store.Sequence
	rows    store.Table[row]
	byID    store.Unique[row]
	of      store.Index[row]
	refresh store.Table[refresh]
	tokens  store.Table[token]
	byToken store.Unique[token]
}

// row is a session.
type row struct {
	Hash        []byte        `cbor:"1,keyasint"` // SHA-256 of the token
	ID          uint64        `cbor:"2,keyasint"`
	Account     uint64        `cbor:"3,keyasint"`
	Tenant      uint64        `cbor:"4,keyasint"` // acted in
	Application uint64        `cbor:"5,keyasint,omitempty"`
	Shape       Shape         `cbor:"6,keyasint,omitempty"`
	Created     time.Time     `cbor:"7,keyasint"`
	Used        time.Time     `cbor:"8,keyasint"`
	Expires     time.Time     `cbor:"9,keyasint"` // idle
	Absolute    time.Time     `cbor:"10,keyasint"`
	Idle        time.Duration `cbor:"11,keyasint"`
	Refresh     []byte        `cbor:"12,keyasint,omitempty"` // SHA-256 of the refresh token in force
	Dialect     string        `cbor:"13,keyasint,omitempty"`
	Address     string        `cbor:"14,keyasint,omitempty"`
	UserAgent   string        `cbor:"15,keyasint,omitempty"`
	Device      string        `cbor:"16,keyasint,omitempty"`

	Scopes    []string `cbor:"40,keyasint,omitempty"` // of an application's session; empty = all that was granted to it
	Offered   []string `cbor:"41,keyasint,omitempty"` // what a refresh may ask for again
	Delegated bool     `cbor:"42,keyasint,omitempty"` // the application acts for the account
	Under     uint64   `cbor:"43,keyasint,omitempty"` // the person's session that it ends with; 0 = none
	Methods   []string `cbor:"44,keyasint,omitempty"` // how the person proved to be it (RFC 8176)
	Strong    bool     `cbor:"20,keyasint,omitempty"` // a second factor or a passkey was shown
}

// live reports whether the session's token is still good.
func (r *row) live(now time.Time) bool { return now.Before(r.Expires) && now.Before(r.Absolute) }

// end is when the row has no use any more: a refresh token outlives the token.
func (r *row) end() time.Time {
	if len(r.Refresh) > 0 || r.Absolute.Before(r.Expires) {
		return r.Absolute
	}
	return r.Expires
}

// refresh is a refresh token, used or not: a used one is kept to notice that it
// comes back.
type refresh struct {
	Hash    []byte    `cbor:"1,keyasint"`
	Session uint64    `cbor:"2,keyasint"`
	Expires time.Time `cbor:"3,keyasint"`
}

// token is a personal access token; an account has one or none.
type token struct {
	Account uint64    `cbor:"1,keyasint"`
	Hash    []byte    `cbor:"2,keyasint"`
	Sealed  []byte    `cbor:"3,keyasint"`
	Created time.Time `cbor:"4,keyasint"`
	Used    time.Time `cbor:"5,keyasint,omitempty"`
	Strong  bool      `cbor:"10,keyasint,omitempty"` // made in a session that was
}

// New defines the tables; Bind completes the service.
func New(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d}
	s.ids = store.NewSequence(schema, 30, "session_id", 1)
	s.rows = store.Define(schema, 31, "session", func(r *row) store.Key { return store.K().Bytes(r.Hash) })
	s.rows.Expires(func(r *row) time.Time { return r.end() })
	s.byID = s.rows.Unique(1, "id", func(r *row) (store.Key, bool) { return store.K().Uint(r.ID), true })
	s.of = s.rows.Index(2, "account", func(r *row) []store.Key { return []store.Key{store.K().Uint(r.Account).Uint(r.ID)} })
	s.refresh = store.Define(schema, 32, "session_refresh", func(r *refresh) store.Key { return store.K().Bytes(r.Hash) })
	s.refresh.Expires(func(r *refresh) time.Time { return r.Expires })
	s.tokens = store.Define(schema, 33, "session_token", func(t *token) store.Key { return store.K().Uint(t.Account) })
	seal.Register(d.Seal, s.tokens, func(t *token, at seal.At) { at(personalRecord(t.Account), &t.Sealed) })
	s.byToken = s.tokens.Unique(1, "hash", func(t *token) (store.Key, bool) { return store.K().Bytes(t.Hash), true })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// EndAllTx ends the sessions of an account but except (0 = none).
func (s *Service) EndAllTx(tx *store.Tx, account, except uint64) error {
	_, err := s.endAll(tx, account, except)
	return err
}

func (s *Service) endAll(tx *store.Tx, account, except uint64) (int, error) {
	n := 0
	for r, err := range s.of.Scan(tx, store.Scan{Prefix: store.K().Uint(account)}) {
		if err != nil {
			return n, err
		}
		if r.ID == except {
			continue
		}
		n++
		if err := s.drop(tx, r); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *Service) drop(tx *store.Tx, r *row) error { return s.rows.Delete(tx, store.K().Bytes(r.Hash)) }

// ForgetTx ends all sessions of an account and removes its personal token.
func (s *Service) ForgetTx(tx *store.Tx, account uint64) error {
	if err := s.EndAllTx(tx, account, 0); err != nil {
		return err
	}
	err := s.tokens.Delete(tx, store.K().Uint(account))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// DeviceCount is the number of distinct devices with a live session of an account.
func (s *Service) DeviceCount(ctx context.Context, account uint64) (n int, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		n, err = s.Devices(r, account)
		return err
	})
	return n, fault.Wrap(err)
}

// Devices is DeviceCount on a snapshot. A device is what a client calls itself,
// else its user agent and address.
func (s *Service) Devices(r store.Reader, account uint64) (int, error) {
	seen := map[string]bool{}
	for row, err := range s.of.Scan(r, store.Scan{Prefix: store.K().Uint(account)}) {
		if err != nil {
			return 0, err
		}
		if !row.live(r.Now()) || row.Application != 0 {
			continue
		}
		name := row.Device
		if name == "" {
			name = row.UserAgent + "\n" + row.Address
		}
		seen[name] = true
	}
	return len(seen), nil
}

// List shows the live sessions of an account, newest first: one's own, or those
// of an account that by sees and may end.
func (s *Service) List(ctx context.Context, by access.Actor, id uint64) ([]Info, error) {
	out := []Info{}
	err := s.db.View(ctx, func(r store.Reader) error {
		if _, err := s.Account.ManageTx(r, by, id, access.SessionEnd); err != nil {
			return err
		}
		for row, err := range s.of.Scan(r, store.Scan{Prefix: store.K().Uint(id), Reverse: true}) {
			if err != nil {
				return err
			}
			if row.live(r.Now()) {
				out = append(out, row.info(by))
			}
		}
		return nil
	})
	return out, fault.Wrap(err)
}

func (r *row) info(by access.Actor) Info {
	return Info{ID: r.ID, Account: r.Account, Tenant: r.Tenant, Application: r.Application, Dialect: r.Dialect, Address: r.Address,
		UserAgent: r.UserAgent, Device: r.Device, Created: r.Created, LastUsed: r.Used, Expires: r.Expires, Absolute: r.Absolute,
		Current: r.ID == by.Session}
}
