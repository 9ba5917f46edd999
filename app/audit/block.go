package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"

	"stoa/store"
)

// Sizes of a round. Each tenant in it costs three rows and one commit writes 512
// at most.
const (
	maxRound   = 240
	maxTenants = 128
)

// keyRow is the signing key, sealed.
type keyRow struct {
	ID     uint64 `cbor:"1,keyasint"`
	Sealed []byte `cbor:"2,keyasint"`
}

const keyRecord = "audit/1/signing key"

func (s *Service) loadKey(ctx context.Context) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		k, err := s.keys.Get(tx, store.K().Uint(1))
		if err == nil {
			seed, err := s.deps.Box.Unseal(k.Sealed, keyRecord)
			if err != nil || len(seed) != ed25519.SeedSize {
				return errors.Join(errors.New("audit: the signing key can't be read"), err)
			}
			s.key = ed25519.NewKeyFromSeed(seed)
			return nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		seed := make([]byte, ed25519.SeedSize)
		rand.Read(seed)
		sealed, err := s.deps.Box.Seal(seed, keyRecord)
		if err != nil {
			return err
		}
		s.key = ed25519.NewKeyFromSeed(seed)
		return s.keys.Insert(tx, &keyRow{ID: 1, Sealed: sealed})
	})
}
