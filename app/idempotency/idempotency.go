// Package idempotency makes a repeated create harmless: the answer to a request
// that carried a key is kept for a day, sealed, and given again to the same
// caller's same request. It knows answers as bytes and nothing of their meaning.
// (IETF draft-ietf-httpapi-idempotency-key-header.)
package idempotency

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/store"
)

const (
	// Keep is how long an answer can be had again.
	Keep = 24 * time.Hour
	// hold is how long a request that never came to its end (the server was
	// killed) blocks its key.
	hold = time.Minute
	// MaxKey is the greatest length of a key, in bytes.
	MaxKey = 255
	// maxAnswer bounds what is kept, in bytes.
	maxAnswer = 64 << 10
)

// Answer is what was said to a request.
type Answer struct {
	Status   int
	Location string
	Body     []byte
}

type row struct {
	Account uint64    `cbor:"1,keyasint,omitempty"`
	Key     string    `cbor:"2,keyasint,omitempty"`
	Request []byte    `cbor:"3,keyasint,omitempty"` // digest of method, path and body
	Status  int       `cbor:"4,keyasint,omitempty"` // 0 = under way
	Place   string    `cbor:"5,keyasint,omitempty"`
	Sealed  []byte    `cbor:"6,keyasint,omitempty"`
	Ends    time.Time `cbor:"7,keyasint,omitempty"`
}

func (r *row) record() string {
	return "idempotency/" + strconv.FormatUint(r.Account, 10) + "/" + r.Key
}

// Service keeps the answers. Bind gives it the open store before its first use.
type Service struct {
	rows store.Table[row]
	db   *store.DB
	seal *seal.Box
}

// New defines the table on the schema. box keeps answers unreadable at rest: some
// hold a secret that is shown once.
func New(s *store.Schema, box *seal.Box) *Service {
	rows := store.Define(s, 80, "idempotency", func(r *row) store.Key { return store.K().Uint(r.Account).Str(r.Key) })
	rows.Expires(func(r *row) time.Time { return r.Ends })
	seal.Register(box, rows, func(r *row, at seal.At) { at(r.record(), &r.Sealed) })
	return &Service{rows: rows, seal: box}
}

// Bind gives the service the open store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Begin claims key for one request of by, described by a digest of everything
// that makes it the same request. It gives the kept answer when the request was
// answered before, and nil when the caller is to go on, and to end with Finish or
// Forget. The key with another request is Invalid, one under way is a Conflict.
func (s *Service) Begin(ctx context.Context, by access.Actor, key string, request []byte) (*Answer, error) {
	if len(key) > MaxKey {
		return nil, fault.New(fault.Invalid, "idempotency.key_too_long", "Idempotency-Key", "the key has %d bytes: at most %d are allowed", len(key), MaxKey)
	}
	var known *row
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		old, err := s.rows.Get(tx, store.K().Uint(by.Account).Str(key))
		switch {
		case err == nil && tx.Now().Before(old.Ends):
			known = old
			return nil
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		}
		known = nil
		return s.rows.Put(tx, &row{Account: by.Account, Key: key, Request: request, Ends: tx.Now().Add(hold)})
	})
	if err != nil || known == nil {
		return nil, fault.Wrap(err)
	}
	return s.replay(known, request)
}

func (s *Service) replay(r *row, request []byte) (*Answer, error) {
	switch {
	case !bytes.Equal(r.Request, request):
		return nil, fault.New(fault.Invalid, "idempotency.key_reused", "Idempotency-Key", "this key was used for another request: take a new key for every new request")
	case r.Status == 0:
		return nil, fault.New(fault.Conflict, "idempotency.under_way", "Idempotency-Key", "the request with this key is still under way: ask again in a moment").After(time.Second)
	}
	body, err := s.seal.Unseal(r.Sealed, r.record())
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &Answer{Status: r.Status, Location: r.Place, Body: body}, nil
}

// Finish keeps the answer for Keep. An answer too large to keep is forgotten.
func (s *Service) Finish(ctx context.Context, by access.Actor, key string, request []byte, a Answer) error {
	if len(a.Body) > maxAnswer {
		return s.Forget(ctx, by, key)
	}
	r := &row{Account: by.Account, Key: key, Request: request, Status: a.Status, Place: a.Location}
	sealed, err := s.seal.Seal(a.Body, r.record())
	if err != nil {
		return fault.Wrap(err)
	}
	r.Sealed = sealed
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		r.Ends = tx.Now().Add(Keep)
		return s.rows.Put(tx, r)
	}))
}

// Forget frees the key after a request that failed: it may be tried again.
func (s *Service) Forget(ctx context.Context, by access.Actor, key string) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		return s.rows.Delete(tx, store.K().Uint(by.Account).Str(key))
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return fault.Wrap(err)
}
