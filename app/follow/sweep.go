package follow

import (
	"context"
	"errors"

	"stoa/app/fault"
	"stoa/store"
)

// gone is an account that was deleted and whose follows are still to be removed.
type gone struct {
	Account uint64 `cbor:"1,keyasint"`
}

// ForgetTx notes, in the commit that deletes an account, that Sweep is to remove
// its follows: there may be too many for that commit.
func (s *Service) ForgetTx(tx *store.Tx, account uint64) error {
	if s.Gone != nil {
		tx.OnCommit(s.Gone)
	}
	return s.gone.Put(tx, &gone{Account: account})
}

const sweepBatch = 100

// Sweep removes what deleted accounts left behind and answers how much it was.
// It may be interrupted at any point; nothing of it shows in the meantime.
func (s *Service) Sweep(ctx context.Context) (removed int, err error) {
	for {
		n, more := 0, false
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			n, more = 0, false
			for g, err := range s.gone.Scan(tx, store.Scan{Limit: 1}) {
				if err != nil {
					return err
				}
				more = true
				if n, err = s.sweepTx(tx, g.Account); err != nil {
					return err
				}
			}
			return nil
		})
		if removed += n; err != nil || !more {
			return removed, fault.Wrap(err)
		}
	}
}

// sweepTx removes a batch of a deleted account's follows, and the note of the
// account with the last of them.
func (s *Service) sweepTx(tx *store.Tx, id uint64) (int, error) {
	var keys []store.Key
	for f, err := range s.follows.Scan(tx, store.Scan{Prefix: key(id), Limit: sweepBatch}) {
		if err != nil {
			return 0, err
		}
		keys = append(keys, f.key())
	}
	for f, err := range s.followers.Scan(tx, store.Scan{Prefix: key(id), Limit: sweepBatch}) {
		if err != nil {
			return 0, err
		}
		keys = append(keys, f.key())
	}
	for _, k := range keys {
		if err := s.follows.Delete(tx, k); err != nil && !errors.Is(err, store.ErrNotFound) {
			return 0, err
		}
	}
	if len(keys) < sweepBatch {
		return len(keys), s.gone.Delete(tx, key(id))
	}
	return len(keys), nil
}
