package application

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/throttle"
	"stoa/store"
)

// MaxOverlap is how long two secrets may be valid side by side.
const MaxOverlap = 7 * 24 * time.Hour

// useNoted is how often the use of an application is written down.
const useNoted = time.Minute

// Rotate gives an application a new secret, shown this once. The old one stays
// valid for overlap; with none it is over at once, and so are the tokens made so
// far.
func (s *Service) Rotate(ctx context.Context, by access.Actor, id uint64, overlap time.Duration) (*Application, string, error) {
	if overlap < 0 || overlap > MaxOverlap {
		return nil, "", fault.New(fault.Invalid, "application.overlap", "overlap_hours", "the old secret can stay valid for up to %d hours", int(MaxOverlap/time.Hour))
	}
	secret := newSecret()
	var out *row
	err := s.change(ctx, by, id, "application.rotate", func(tx *store.Tx, r *row) ([]audit.Change, error) {
		if r.Public {
			return nil, fault.New(fault.Conflict, "application.no_secret", "", "a public application has no secret")
		}
		out, r.Old, r.OldUntil = r, nil, time.Time{}
		if overlap > 0 {
			r.Old, r.OldUntil = r.Secret, tx.Now().Add(overlap)
		} else {
			r.Ended = tx.Now()
		}
		r.Secret, r.SecretMade = hash(secret), tx.Now()
		return []audit.Change{{Field: "overlap", New: overlap.String()}}, s.save(tx, by, r)
	})
	if err != nil {
		return nil, "", err
	}
	return &out.Application, secret, nil
}

// Retire ends the secret before the one in force; tokens go on.
func (s *Service) Retire(ctx context.Context, by access.Actor, id uint64) (*Application, error) {
	var out *row
	err := s.change(ctx, by, id, "application.retire", func(tx *store.Tx, r *row) ([]audit.Change, error) {
		out = r
		if !tx.Now().Before(r.OldUntil) {
			return nil, fault.New(fault.Conflict, "application.no_old_secret", "", "there is no older secret any more")
		}
		r.Old, r.OldUntil = nil, time.Time{}
		return nil, s.save(tx, by, r)
	})
	if err != nil {
		return nil, err
	}
	return &out.Application, nil
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
	var now time.Time
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		now = r.Now()
		if len(clientID) <= maxClientID {
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
	if found == nil {
		return nil, s.refuse(ctx, o, clientID, nil, "unknown client id")
	}
	current := len(found.Secret) > 0 && subtle.ConstantTimeCompare(found.Secret, given) == 1
	old := len(found.Old) > 0 && now.Before(found.OldUntil) && subtle.ConstantTimeCompare(found.Old, given) == 1
	switch {
	case !current && !old:
		return nil, s.refuse(ctx, o, clientID, found, "wrong secret")
	case found.State != Normal:
		return nil, s.refuse(ctx, o, clientID, found, "the application is "+found.State.String())
	}
	return &found.Application, s.Note(ctx, o, found.ID, old)
}

// Note writes down that an application was used, at most once a minute; old says
// that it proved itself by the secret before the one in force.
func (s *Service) Note(ctx context.Context, o access.Origin, id uint64, old bool) error {
	stale := func(u *Use, now time.Time) bool {
		return now.Sub(u.At) >= useNoted || u.Address != o.Address || old && now.Sub(u.OldAt) >= useNoted
	}
	known := &Use{}
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		if known, err = s.use(r, id); err == nil && !stale(known, r.Now()) {
			known = nil
		}
		return err
	})
	if err != nil || known == nil {
		return fault.Wrap(err)
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		if has, err := s.rows.Has(tx, store.K().Uint(id)); err != nil || !has {
			return err
		}
		u, err := s.use(tx, id)
		if err != nil || !stale(u, tx.Now()) {
			return err
		}
		fresh := &Use{Application: id, At: tx.Now(), Address: o.Address, UserAgent: strings.ToValidUTF8(o.UserAgent[:min(len(o.UserAgent), 256)], ""),
			Dialect: o.Dialect, OldAt: u.OldAt}
		if old {
			fresh.OldAt = tx.Now()
		}
		return s.uses.Put(tx, fresh)
	}))
}

func (s *Service) use(r store.Reader, id uint64) (*Use, error) {
	u, err := s.uses.Get(r, store.K().Uint(id))
	if errors.Is(err, store.ErrNotFound) {
		return &Use{Application: id}, nil
	}
	return u, err
}

// Uses tells who used each of some applications last; At is zero for one that
// nobody has used. It shows figures alone: who asks has read the applications.
func (s *Service) Uses(ctx context.Context, ids []uint64) (map[uint64]Use, error) {
	out := make(map[uint64]Use, len(ids))
	err := s.db.View(ctx, func(r store.Reader) error {
		for _, id := range ids {
			u, err := s.use(r, id)
			if err != nil {
				return err
			}
			out[id] = *u
		}
		return nil
	})
	return out, fault.Wrap(err)
}

func (s *Service) refuse(ctx context.Context, o access.Origin, clientID string, found *row, reason string) error {
	e := audit.Entry{Action: "application.check", ObjectKind: "application", ObjectName: strings.ToValidUTF8(clientID, "?"), Outcome: audit.Failed, Reason: reason}
	if found != nil {
		e.Tenant, e.ObjectID = found.Tenant, strconv.FormatUint(found.ID, 10)
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
