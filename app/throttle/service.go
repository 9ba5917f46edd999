package throttle

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/netip"
	"strings"
	"time"

	"stoa/app/fault"
	"stoa/store"
)

// Service counts.
type Service struct {
	db      *store.DB
	rows    store.Table[counter]
	buckets *buckets
}

// counter is one count in the store. Keys are hashed: phone numbers and
// addresses need not lie there in clear.
type counter struct {
	Class   Class     `cbor:"1,keyasint"`
	Key     []byte    `cbor:"2,keyasint"`
	Count   int       `cbor:"3,keyasint,omitempty"`
	Until   time.Time `cbor:"4,keyasint,omitzero"` // not before
	Expires time.Time `cbor:"5,keyasint,omitzero"` // then all is forgotten
}

// Parts of the Login class that are counted apart.
const (
	classWhole   Class = "login_account"
	classTrusted Class = "login_trusted"
)

// New defines the table; Bind completes the service.
func New(s *store.Schema) *Service {
	t := &Service{buckets: newBuckets(maxBuckets)}
	t.rows = store.Define(s, 40, "throttle", func(c *counter) store.Key { return counterKey(c.Class, c.Key) })
	t.rows.Expires(func(c *counter) time.Time { return c.Expires })
	return t
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func counterKey(c Class, key []byte) store.Key { return store.K().Str(string(c)).Bytes(key) }

func hashed(key string) []byte {
	sum := sha256.Sum256([]byte("stoa throttle\x00" + key))
	return sum[:16]
}

// LoginKey is the key of the Login class: an account, by id or by the name that
// was typed, and the client's address.
func LoginKey(account, address string) string {
	return account + "\x00" + Address(address)
}

// Address is a client address as it is counted: an IPv6 address by its /64, which
// is what one subscriber has.
func Address(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

func splitLogin(key string) (account string) {
	account, _, _ = strings.Cut(key, "\x00")
	return account
}

// Allow says whether one more may be done now: nil, or a TooMany fault that says
// when. For classes that count uses the answer nil is itself counted.
func (s *Service) Allow(ctx context.Context, c Class, key string) error {
	r := ruleOf(c)
	switch {
	case r.backoff:
		return s.allowLogin(ctx, key)
	case r.uses > 0:
		return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error { return s.AllowTx(tx, c, key) }))
	default:
		return s.allowBucket(ctx, c, key, r)
	}
}

// AllowTx is Allow for the classes that count uses, as part of tx: when tx fails
// nothing is counted.
func (s *Service) AllowTx(tx *store.Tx, c Class, key string) error {
	r := ruleOf(c)
	row, err := s.read(tx, c, key)
	if err != nil {
		return fault.Wrap(err)
	}
	if row.Count >= r.uses {
		return tooMany(c, row.Expires.Sub(tx.Now()))
	}
	return fault.Wrap(s.tick(tx, row, r.window))
}

// tick counts one in a window that begins with the first.
func (s *Service) tick(tx *store.Tx, row *counter, window time.Duration) error {
	if row.Count == 0 {
		row.Expires = tx.Now().Add(window)
	}
	row.Count++
	return s.rows.Put(tx, row)
}

// read is the stored count, or an empty one where there is none that still counts.
func (s *Service) read(r store.Reader, c Class, key string) (*counter, error) {
	h := hashed(Address(key))
	row, err := s.rows.Get(r, counterKey(c, h))
	if errors.Is(err, store.ErrNotFound) || err == nil && !row.Expires.After(r.Now()) {
		return &counter{Class: c, Key: h}, nil
	}
	return row, err
}

func (s *Service) allowLogin(ctx context.Context, key string) error {
	return fault.Wrap(s.db.View(ctx, func(r store.Reader) error {
		pair, err := s.read(r, Login, key)
		if err != nil {
			return err
		}
		if wait := pair.Until.Sub(r.Now()); wait > 0 {
			return tooMany(Login, wait)
		}
		whole, err := s.read(r, classWhole, splitLogin(key))
		if err != nil || !whole.Until.After(r.Now()) {
			return err
		}
		known, err := s.read(r, classTrusted, key)
		if err != nil || known.Count > 0 {
			return err
		}
		return tooMany(Login, whole.Until.Sub(r.Now()))
	}))
}

// Fail counts a failure: a wrong password, a wrong code.
func (s *Service) Fail(ctx context.Context, c Class, key string) error {
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error { return s.FailTx(tx, c, key) }))
}

// FailTx is Fail as part of tx.
func (s *Service) FailTx(tx *store.Tx, c Class, key string) error {
	r := ruleOf(c)
	row, err := s.read(tx, c, key)
	if err != nil {
		return err
	}
	if !r.backoff {
		if r.window == 0 {
			return nil
		}
		if err := s.tick(tx, row, r.window); err != nil || r.fails == 0 || row.Count < r.fails {
			return err
		}
		row.Until = row.Expires
		return s.rows.Put(tx, row)
	}
	now := tx.Now()
	row.Count++
	row.Until, row.Expires = now.Add(delay(row.Count)), now.Add(forgotten)
	if err := s.rows.Put(tx, row); err != nil {
		return err
	}
	whole, err := s.read(tx, classWhole, splitLogin(key))
	if err != nil {
		return err
	}
	whole.Count++
	whole.Until, whole.Expires = now.Add(wholeDelay(whole.Count)), now.Add(wholeReset)
	return s.rows.Put(tx, whole)
}

// Count is how often Fail was told in the class's window.
func (s *Service) Count(ctx context.Context, c Class, key string) (n int, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		row, err := s.read(r, c, key)
		if err == nil {
			n = row.Count
		}
		return err
	})
	return n, fault.Wrap(err)
}

// Clear forgets the failures of key: after a success. In the Login class the
// address is then known to be the account's owner's.
func (s *Service) Clear(ctx context.Context, c Class, key string) error {
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error { return s.ClearTx(tx, c, key) }))
}

// ClearTx is Clear as part of tx. It writes nothing where nothing changes, and
// renews a known address once a day.
func (s *Service) ClearTx(tx *store.Tx, c Class, key string) error {
	if err := s.drop(tx, c, key); err != nil || !ruleOf(c).backoff {
		return err
	}
	if err := s.drop(tx, classWhole, splitLogin(key)); err != nil {
		return err
	}
	known, err := s.read(tx, classTrusted, key)
	if err != nil || known.Expires.After(tx.Now().Add(trusted-24*time.Hour)) {
		return err
	}
	known.Count, known.Expires = 1, tx.Now().Add(trusted)
	return s.rows.Put(tx, known)
}

func (s *Service) drop(tx *store.Tx, c Class, key string) error {
	err := s.rows.Delete(tx, counterKey(c, hashed(Address(key))))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// tooMany rounds up to whole seconds, which is what Retry-After can say.
func tooMany(c Class, wait time.Duration) error {
	wait = max(wait+time.Second-1, time.Second).Truncate(time.Second)
	return fault.New(fault.TooMany, "throttle."+string(c), "", "too many tries: wait %s and try again", wait).After(wait)
}
