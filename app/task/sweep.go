package task

import (
	"context"
	"time"

	"stoa/app/fault"
	"stoa/store"
)

// sweepBatch is how many tasks one look finds.
const sweepBatch = 256

// Sweep does what time brings: what was to wait until now becomes pending, leases
// that have ended are taken back. It says how many tasks that were. Several
// processes may sweep at once.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	woken, err := s.sweep(ctx, s.due, &s.seen.due, func(t *Task) time.Time { return t.At }, s.wakeUp)
	if err != nil {
		return woken, fault.Wrap(err)
	}
	ended, err := s.sweep(ctx, s.ends, &s.seen.ends, func(t *Task) time.Time { return t.Until }, s.expire)
	return woken + ended, fault.Wrap(err)
}

// sweep brings each task of an index by time whose time has come a step on, a
// transaction each.
func (s *Service) sweep(ctx context.Context, index store.Index[Task], cursor *time.Time, at func(*Task) time.Time,
	step func(*store.Tx, uint64) error) (int, error) {
	n := 0
	for {
		s.seen.Lock()
		from := *cursor
		s.seen.Unlock()
		var ids []uint64
		now := s.db.Clock()
		err := s.db.View(ctx, func(r store.Reader) error {
			ids, now = nil, r.Now()
			scan := store.Scan{Limit: sweepBatch}
			if !from.IsZero() && from.Before(now) {
				scan.After = store.K().Time(from)
			}
			for t, err := range index.Scan(r, scan) {
				if err != nil {
					return err
				}
				if at(t).After(now) {
					break
				}
				ids = append(ids, t.ID)
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		for _, id := range ids {
			if err := s.db.Update(ctx, func(tx *store.Tx) error { return step(tx, id) }); err != nil {
				return n, err
			}
			n++
		}
		if len(ids) < sweepBatch {
			s.seen.Lock()
			*cursor = now.Add(-behind)
			s.seen.Unlock()
			return n, nil
		}
	}
}

// wakeUp makes a task pending whose time to wait is over.
func (s *Service) wakeUp(tx *store.Tx, id uint64) error {
	t, err := s.get(tx, id)
	if err != nil {
		return ignore(err, fault.NotFound)
	}
	if t.State != Scheduled && t.State != Retry || t.At.After(tx.Now()) {
		return nil // another was quicker
	}
	return s.move(tx, t, Pending)
}

// expire takes back a lease that has ended.
func (s *Service) expire(tx *store.Tx, id uint64) error {
	t, err := s.get(tx, id)
	if err != nil {
		return ignore(err, fault.NotFound)
	}
	if t.State != Leased || t.Until.After(tx.Now()) {
		return nil
	}
	return s.ended(tx, t)
}

// ended spends the attempt of a worker that was not heard of.
func (s *Service) ended(tx *store.Tx, t *Task) error {
	t.Ended++
	hopeless := ""
	if t.Ended >= crashes {
		hopeless = "crashes"
	}
	return s.failed(tx, t, Fault{Text: "the worker was not heard of until its lease ended", Code: "task.lease_ended", Retryable: true}, hopeless)
}

// TakeBack ends the leases of a holder that is known to be gone, such as this node
// before its restart, and says how many. Each spends its attempt as one that ended
// by itself does: what brings its worker down does not come back at once for ever.
func (s *Service) TakeBack(ctx context.Context, holder string) (int, error) {
	var ids []uint64
	err := s.db.View(ctx, func(r store.Reader) error {
		ids = nil
		for t, err := range s.ends.Scan(r, store.Scan{}) {
			if err != nil {
				return err
			}
			if t.Holder == holder {
				ids = append(ids, t.ID)
			}
		}
		return nil
	})
	for i := 0; i < len(ids) && err == nil; i++ {
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			t, err := s.get(tx, ids[i])
			if err != nil {
				return ignore(err, fault.NotFound)
			}
			if t.State != Leased || t.Holder != holder {
				return nil
			}
			return s.ended(tx, t)
		})
	}
	return len(ids), fault.Wrap(err)
}

func ignore(err error, kind fault.Kind) error {
	if fault.KindOf(err) == kind {
		return nil
	}
	return err
}
