package cloud

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"stoa/app/depot"
	"stoa/app/fault"
	"stoa/store"
)

// Tend begins moves that nobody has asked for: of pieces that were on their way
// to a place when it left the set. And it removes credentials that were retired,
// once nothing lies there.
func (s *Service) Tend(ctx context.Context) error {
	var sets []set
	err := s.db.View(ctx, func(r store.Reader) error {
		sets = sets[:0]
		for t, err := range s.sets.Scan(r, store.Scan{}) {
			if err != nil {
				return err
			}
			sets = append(sets, *t)
		}
		return nil
	})
	for _, t := range sets {
		if err == nil {
			err = s.tend(ctx, t.Tenant)
		}
	}
	return fault.Wrap(err)
}

// tend does one tenant's.
func (s *Service) tend(ctx context.Context, tenant uint64) error {
	var left Share
	var empty bool
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		if _, left, err = s.astray(r, tenant); err != nil {
			return err
		}
		gone, err := s.emptied(r, tenant)
		empty = len(gone) > 0
		return err
	})
	if err != nil || left.Pieces == 0 && !empty {
		return err
	}
	lost, err := s.lost(ctx, tenant, left)
	if err != nil || lost && !empty {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		t, err := s.setOf(tx, tenant)
		if err != nil {
			return err
		}
		gone, err := s.emptied(tx, tenant)
		for _, c := range gone {
			if err == nil {
				err = s.rows.Delete(tx, key(c.ID))
			}
		}
		if len(gone) > 0 {
			t.Version++
			tx.OnCommit(func() { s.forget(tenant) })
		}
		if err != nil || t.Paused {
			return errors.Join(err, s.sets.Put(tx, t))
		}
		live, err := s.Task().LiveTx(tx, t.Task)
		if err != nil || live || lost {
			return errors.Join(err, s.sets.Put(tx, t))
		}
		return s.moveTx(tx, t)
	})
}

// lookAgain is when pieces are looked for once more that a move did not find whole:
// somebody may have brought them back.
const lookAgain = 24 * time.Hour

// lost reports that all that lies elsewhere is pieces that the last move found
// missing or damaged, not long ago: to read them all again at once finds the same.
func (s *Service) lost(ctx context.Context, tenant uint64, left Share) (bool, error) {
	var t *set
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		t, err = s.setOf(r, tenant)
		return err
	})
	if err != nil || left.Pieces == 0 || s.db.Clock().Sub(t.Started) >= lookAgain {
		return false, err
	}
	m, err := s.progress(ctx, t)
	return m.Lost >= left.Pieces, err
}

// lingers is how long a retired credential is kept after it left the set: a sweep
// removes what a crash may have left there, which is a day old.
const lingers = 48 * time.Hour

// emptied are the credentials of a tenant that are retired and not needed.
func (s *Service) emptied(r store.Reader, tenant uint64) (out []*Credential, err error) {
	rows, err := s.all(r, tenant)
	if err != nil {
		return nil, err
	}
	shares, err := s.Depot.SharesTx(r, tenant)
	if err != nil {
		return nil, err
	}
	used := map[uint64]bool{}
	for _, h := range shares {
		used[h.Place] = true
	}
	for _, c := range rows {
		if !c.Retired.IsZero() && !used[c.ID] && s.db.Clock().Sub(c.Retired) > lingers {
			out = append(out, c)
		}
	}
	return out, nil
}

// Run looks after the buckets until ctx ends.
func (s *Service) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		err := s.Look(ctx)
		if n%60 == 0 {
			err = errors.Join(err, s.Tend(ctx))
		}
		if n%3600 == 3599 {
			err = errors.Join(err, s.Tidy(ctx))
		}
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-tick.C:
		}
	}
}

func (s *Service) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Tidy gives up uploads in parts that a crash has left a day ago.
func (s *Service) Tidy(ctx context.Context) error {
	ids, err := s.All(ctx)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var said []string
	eachOf(ids, func(id uint64) {
		if id == depot.Appliance || s.healthOf(id).out() {
			return
		}
		p, err := s.placeOf(ctx, id)
		if err != nil {
			return
		}
		if _, err := p.blobs.Tidy(ctx, s.db.Clock().Add(-24*time.Hour)); err != nil && ctx.Err() == nil {
			s.Report(id, err)
			mu.Lock()
			said = append(said, fmt.Sprintf("%s: %v", p.bucket, err))
			mu.Unlock()
		}
	})
	if len(said) > 0 {
		return fmt.Errorf("unfinished uploads can't be given up: %s", strings.Join(said, "; "))
	}
	return nil
}
