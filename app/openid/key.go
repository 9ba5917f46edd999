package openid

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"stoa/app/fault"
	"stoa/store"
)

// The life of a signing key. A new one is shown a day before it signs, so that
// applications know it; the old one is shown until its last id tokens have ended.
const (
	keyBits     = 2048
	keySigns    = 90 * 24 * time.Hour
	keyAhead    = 24 * time.Hour
	keyKept     = 24 * time.Hour // beyond the last id token
	idTokenLife = time.Hour
)

// key is a signing key, for RS256.
type key struct {
	ID      string    `cbor:"1,keyasint"` // "kid"
	Sealed  []byte    `cbor:"2,keyasint"` // PKCS #8
	Public  []byte    `cbor:"3,keyasint"` // PKIX
	Created time.Time `cbor:"4,keyasint"`
	Signs   time.Time `cbor:"5,keyasint"`          // from when on
	Ends    time.Time `cbor:"6,keyasint,omitzero"` // zero = nothing follows it yet
}

func (k *key) record() string { return "openid/key/" + k.ID }

// signer is a key at hand.
type signer struct {
	id      string
	private *rsa.PrivateKey
}

// KeyInfo is a signing key as administrators see it.
type KeyInfo struct {
	ID      string
	Created time.Time
	Signs   time.Time // from when on
	Ends    time.Time // zero = it is not followed by another yet
}

// list is all keys, the newest first.
func (s *Service) list(r store.Reader) ([]*key, error) {
	var all []*key
	for k, err := range s.keys.Scan(r, store.Scan{}) {
		if err != nil {
			return nil, err
		}
		if k.Ends.IsZero() || r.Now().Before(k.Ends) {
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b *key) int { return b.Signs.Compare(a.Signs) })
	return all, nil
}

// Keys are the keys that are shown.
func (s *Service) Keys(ctx context.Context) ([]KeyInfo, error) {
	all, err := s.shown(ctx)
	var out []KeyInfo
	for _, k := range all {
		out = append(out, KeyInfo{ID: k.ID, Created: k.Created, Signs: k.Signs, Ends: k.Ends})
	}
	return out, err
}

// shown is the keys, of which there is one at least.
func (s *Service) shown(ctx context.Context) (all []*key, err error) {
	for range 2 {
		err = s.db.View(ctx, func(r store.Reader) (err error) {
			all, err = s.list(r)
			return err
		})
		if err != nil || len(all) > 0 {
			break
		}
		if err = s.Tend(ctx); err != nil {
			break
		}
	}
	return all, fault.Wrap(err)
}

// JWKS is the public keys that id tokens are verified with (RFC 7517).
func (s *Service) JWKS(ctx context.Context) (jose.JSONWebKeySet, error) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	all, err := s.shown(ctx)
	if err != nil {
		return set, err
	}
	for _, k := range all {
		public, err := x509.ParsePKIXPublicKey(k.Public)
		if err != nil {
			return set, fault.Wrap(err)
		}
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: public, KeyID: k.ID, Algorithm: string(jose.RS256), Use: "sig"})
	}
	return set, nil
}

// Tend makes the first key, and the next one when the newest has signed long
// enough. Several processes may do it at once: one key comes of it.
func (s *Service) Tend(ctx context.Context) error {
	var newest *key
	err := s.db.View(ctx, func(r store.Reader) error {
		all, err := s.list(r)
		newest = nil
		if len(all) > 0 {
			newest = all[0]
		}
		return err
	})
	now := s.db.Clock()
	if err != nil || newest != nil && now.Sub(newest.Signs) < keySigns {
		return fault.Wrap(err)
	}
	fresh, err := s.newKey()
	if err != nil {
		return fault.Wrap(err)
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		all, err := s.list(tx)
		if err != nil || len(all) > 0 && (newest == nil || all[0].ID != newest.ID) {
			return err
		}
		fresh.Created, fresh.Signs = tx.Now(), tx.Now()
		if len(all) > 0 {
			fresh.Signs = tx.Now().Add(keyAhead)
		}
		for _, k := range all {
			if k.Ends.IsZero() {
				k.Ends = fresh.Signs.Add(idTokenLife + keyKept)
				if err := s.keys.Update(tx, k); err != nil {
					return err
				}
			}
		}
		return s.keys.Insert(tx, fresh)
	}))
}

func (s *Service) newKey() (*key, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	raw := make([]byte, 8)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	k := &key{ID: hex.EncodeToString(raw)}
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	if k.Public, err = x509.MarshalPKIXPublicKey(&private.PublicKey); err != nil {
		return nil, err
	}
	k.Sealed, err = s.Seal.Seal(plain, k.record())
	return k, err
}

// signing is the key that signs now.
func (s *Service) signing(ctx context.Context) (*signer, error) {
	all, err := s.shown(ctx)
	if err != nil {
		return nil, err
	}
	now := s.db.Clock()
	i := slices.IndexFunc(all, func(k *key) bool { return !k.Signs.After(now) })
	if i < 0 {
		return nil, fault.Wrap(errors.New("openid: no key signs"))
	}
	return s.open(all[i])
}

// open unseals a key, once for the life of the process.
func (s *Service) open(k *key) (*signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.signers[k.ID]; known != nil {
		return known, nil
	}
	plain, err := s.Seal.Unseal(k.Sealed, k.record())
	if err != nil {
		return nil, fault.Wrap(err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fault.Wrap(errors.New("openid: the key is no RSA key"))
	}
	known := &signer{id: k.ID, private: private}
	s.signers[k.ID] = known
	return known, nil
}
