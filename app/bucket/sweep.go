package bucket

import (
	"context"

	"stoa/app/access"
	"stoa/store"
)

// steps is how many rows with bytes behind them are removed in one transaction.
const steps = 40

// Sweep removes objects whose time has come, and content that has no name left. Killed at any point it goes on at
// the next call.
func (s *Service) Sweep(ctx context.Context) error {
	for _, work := range []func(*store.Tx) (bool, error){s.endTx, s.unnamedTx} {
		for more := true; more; {
			if err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
				more, err = work(tx)
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// endTx removes objects whose time has come.
func (s *Service) endTx(tx *store.Tx) (more bool, err error) {
	n := 0
	for o, err := range s.ending.Scan(tx, store.Scan{Limit: steps}) {
		if err != nil || tx.Now().Before(o.Expires) {
			return false, err
		}
		if tx.Full() { // each may have several pieces
			return true, nil
		}
		n++
		b, err := s.buckets.Get(tx, store.K().Uint(o.Bucket))
		if err == nil {
			err = s.removeTx(tx, b, o)
		}
		if err != nil {
			return false, err
		}
	}
	return n == steps, nil
}

// unnamedTx takes away the pieces of content that has no name left.
func (s *Service) unnamedTx(tx *store.Tx) (more bool, err error) { return s.takeTx(tx, nil) }

// takeTx is unnamedTx of one tenant, or with nil of any.
func (s *Service) takeTx(tx *store.Tx, tenant store.Key) (more bool, err error) {
	for c, err := range s.unnamed.Scan(tx, store.Scan{Prefix: tenant, Limit: 1}) {
		if err != nil {
			return false, err
		}
		n := min(len(c.Pieces), steps*RefBytes)
		for _, ref := range Unpack(c.Pieces[:n]) {
			if err := s.Depot.DropTx(tx, ref); err != nil {
				return false, err
			}
		}
		if c.Pieces = c.Pieces[n:]; len(c.Pieces) == 0 {
			return true, s.contents.Delete(tx, store.K().Bytes(c.ID))
		}
		return true, s.contents.Update(tx, c)
	}
	return false, nil
}

// Purged is what PurgeTx has removed.
type Purged struct {
	Objects, Bytes int64
	Hashes         []string // of the objects, in the order of their removal
	Buckets        int
}

// PurgeTx removes some of a tenant's files and buckets, and says what; more that there are others. It is called again until there are none.
func (s *Service) PurgeTx(tx *store.Tx, by access.Actor, tenant uint64) (done Purged, more bool, err error) {
	buckets, _, err := s.ranked.Page(tx, of(tenant), 0, 1, false)
	if err != nil {
		return done, false, err
	}
	if len(buckets) == 0 {
		more, err = s.takeTx(tx, store.K().Uint(tenant))
		return done, more, err
	}
	b := buckets[0]
	for o, err := range s.objects.Scan(tx, store.Scan{Prefix: store.K().Uint(b.ID), Limit: steps / 2}) {
		if err != nil {
			return done, false, err
		}
		if tx.Full() {
			break
		}
		if err := s.removeTx(tx, b, o); err != nil {
			return done, false, err
		}
		done.Objects++
		done.Bytes += o.Size
		done.Hashes = append(done.Hashes, o.Hash)
	}
	if done.Objects > 0 {
		return done, true, nil
	}
	done.Buckets++
	return done, true, s.remove(tx, by, b)
}
