// Package preference is what people keep for themselves and nobody else sees:
// settings of the programs they use, pages and records they marked, and those
// they opened last. It knows neither what a setting means nor what is behind a
// path. None of it is in the action log: it changes what one person sees on their
// own screen, and nothing else. What a deleted account kept goes with it.
package preference

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Limits of what one account keeps.
const (
	MaxKeys  = 100      // settings
	MaxValue = 16 << 10 // bytes of a setting's JSON, without spaces
	MaxMarks = 100      // favourites
	MaxLast  = 20       // opened last

	maxKey = 64 // characters
)

// Preference is one setting.
type Preference struct {
	Account  uint64    `cbor:"1,keyasint"`
	Key      string    `cbor:"2,keyasint"`
	Value    []byte    `cbor:"3,keyasint"` // JSON without spaces
	Modified time.Time `cbor:"4,keyasint"`
}

// shelf is which settings an account has, so that the limit is held by one key.
type shelf struct {
	Account uint64   `cbor:"1,keyasint"`
	Keys    []string `cbor:"2,keyasint"` // sorted
}

// Service is everybody's preferences, favourites and last opened records.
type Service struct {
	db      *store.DB
	rows    store.Table[Preference]
	shelves store.Table[shelf]
	marks   store.Table[places]
	last    store.Table[places]
}

// New defines the tables; Bind completes the service.
func New(s *store.Schema) *Service {
	p := &Service{}
	p.rows = store.Define(s, 150, "preference", func(r *Preference) store.Key { return of(r.Account).Str(r.Key) })
	p.shelves = store.Define(s, 151, "preference_shelf", func(r *shelf) store.Key { return of(r.Account) })
	p.marks = store.Define(s, 152, "favourite", func(r *places) store.Key { return of(r.Account) })
	p.last = store.Define(s, 153, "recent", func(r *places) store.Key { return of(r.Account) })
	return p
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func of(account uint64) store.Key { return store.K().Uint(account) }

// person refuses who has no account of its own: nobody, and programs.
func person(by access.Actor) error {
	switch {
	case !by.SignedIn():
		return access.SignIn()
	case by.Account == 0:
		return fault.New(fault.Denied, "preference.person", "", "a program keeps nothing of its own here: sign in as a person")
	}
	return nil
}

// CheckKey refuses what can't be a key.
func CheckKey(key string) error {
	ok := len(key) >= 1 && len(key) <= maxKey
	for _, c := range []byte(key) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-')
	}
	if !ok {
		return fault.New(fault.Invalid, "preference.key", "key", "a key is 1 to %d of the characters a-z 0-9 . _ -", maxKey)
	}
	return nil
}

// All lists by's settings by key.
func (s *Service) All(ctx context.Context, by access.Actor) ([]Preference, error) {
	if err := person(by); err != nil {
		return nil, err
	}
	out := []Preference{}
	err := s.db.View(ctx, func(r store.Reader) error {
		for p, err := range s.rows.Scan(r, store.Scan{Prefix: of(by.Account), Limit: MaxKeys}) {
			if err != nil {
				return err
			}
			out = append(out, *p)
		}
		return nil
	})
	return out, fault.Wrap(err)
}

// Get is one of by's settings.
func (s *Service) Get(ctx context.Context, by access.Actor, key string) (*Preference, error) {
	if err := person(by); err != nil {
		return nil, err
	}
	if err := CheckKey(key); err != nil {
		return nil, err
	}
	var p *Preference
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		p, err = s.rows.Get(r, of(by.Account).Str(key))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New(fault.NotFound, "preference.not_found", "key", "nothing is kept under %q", key)
	}
	return p, fault.Wrap(err)
}

// Put keeps value, a JSON text of any shape, under key. It replaces what was there.
func (s *Service) Put(ctx context.Context, by access.Actor, key string, value []byte) (*Preference, error) {
	if err := person(by); err != nil {
		return nil, err
	}
	if err := CheckKey(key); err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	if err := json.Compact(&plain, value); err != nil || !utf8.Valid(value) {
		return nil, fault.New(fault.Malformed, "preference.value", "value", "the value is no valid JSON text")
	}
	if plain.Len() > MaxValue {
		return nil, fault.New(fault.TooLarge, "preference.value_size", "value", "the value has %d bytes: at most %d are kept", plain.Len(), MaxValue)
	}
	var p *Preference
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		p = &Preference{Account: by.Account, Key: key, Value: plain.Bytes(), Modified: tx.Now()}
		if err := s.shelveTx(tx, p); err != nil {
			return err
		}
		return s.rows.Put(tx, p)
	})
	return p, fault.Wrap(err)
}

// shelveTx notes a new key.
func (s *Service) shelveTx(tx *store.Tx, p *Preference) error {
	has, err := s.shelf(tx, p.Account)
	if err != nil {
		return err
	}
	at, found := slices.BinarySearch(has.Keys, p.Key)
	if found {
		return nil
	}
	if len(has.Keys) >= MaxKeys {
		return fault.New(fault.Conflict, "preference.too_many", "key", "%d settings are kept already, which is the most: remove one first", MaxKeys)
	}
	has.Keys = slices.Insert(has.Keys, at, p.Key)
	return s.shelves.Put(tx, has)
}

func (s *Service) shelf(r store.Reader, account uint64) (*shelf, error) {
	has, err := s.shelves.Get(r, of(account))
	if errors.Is(err, store.ErrNotFound) {
		return &shelf{Account: account}, nil
	}
	return has, err
}

// Delete removes a setting; one that is not there is removed already.
func (s *Service) Delete(ctx context.Context, by access.Actor, key string) error {
	if err := person(by); err != nil {
		return err
	}
	if err := CheckKey(key); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		has, err := s.shelf(tx, by.Account)
		if err != nil {
			return err
		}
		at, found := slices.BinarySearch(has.Keys, key)
		if !found {
			return nil
		}
		has.Keys = slices.Delete(has.Keys, at, at+1)
		if err := s.shelves.Put(tx, has); err != nil {
			return err
		}
		return s.rows.Delete(tx, of(by.Account).Str(key))
	}))
}

// ForgetTx removes what an account kept, in the commit that deletes it.
func (s *Service) ForgetTx(tx *store.Tx, account uint64) error {
	has, err := s.shelf(tx, account)
	if err != nil {
		return err
	}
	for _, key := range has.Keys {
		if err := gone(s.rows.Delete(tx, of(account).Str(key))); err != nil {
			return err
		}
	}
	return errors.Join(gone(s.shelves.Delete(tx, of(account))), gone(s.marks.Delete(tx, of(account))), gone(s.last.Delete(tx, of(account))))
}

// gone is err, unless it says that there was nothing.
func gone(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
