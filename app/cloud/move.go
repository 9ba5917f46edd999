package cloud

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/depot"
	"stoa/app/fault"
	"stoa/app/task"
	"stoa/store"
)

// MoveType is the type of the task that moves a tenant's pieces to its places.
const MoveType = "cloud.move"

const (
	together = 4                // pieces on their way at a time
	page     = 100              // pieces read at a time
	again    = 10 * time.Second // until what failed is tried again
	tries    = 1 << 30          // of a move: it does not give up
)

// Kind is the built-in worker; the service is asked at use.
func Kind(s func() *Service) task.Kind {
	return task.Kind{Type: MoveType, PerUser: 2, MaxAttempts: tries, Long: true,
		Run: func(ctx context.Context, w *task.Work) (task.Result, error) { return s().move(ctx, w) }}
}

// Move is how far the moving of a tenant's pieces is.
type Move struct {
	State   MoveState
	Task    uint64
	Pieces  int64 // to be moved, when it began
	Bytes   int64
	Left    Share // of which still lie elsewhere
	Started time.Time
	Error   string // of the last attempt that did not succeed
	Lost    int64  // pieces whose bytes are not where they should be
}

// Share is a number of pieces, and their bytes.
type Share struct{ Pieces, Bytes int64 }

// MoveState is how it stands.
type MoveState string

// The states.
const (
	Settled MoveState = "settled" // everything is where it should be
	Moving  MoveState = "moving"
	Waiting MoveState = "waiting" // for a bucket, to try again
	Paused  MoveState = "paused"  // somebody has stopped it
)

// astray are a tenant's shares that do not lie at its places.
func (s *Service) astray(r store.Reader, tenant uint64) (places []uint64, total Share, err error) {
	rows, err := s.all(r, tenant)
	if err != nil {
		return nil, total, err
	}
	current := map[uint64]bool{}
	for _, c := range rows {
		if c.Retired.IsZero() {
			current[c.ID] = true
		}
	}
	current[depot.Appliance] = len(current) == 0
	shares, err := s.Depot.SharesTx(r, tenant)
	for _, h := range shares {
		if !current[h.Place] && h.Pieces > 0 {
			places = append(places, h.Place)
			total.Pieces, total.Bytes = total.Pieces+h.Pieces, total.Bytes+h.Bytes
		}
	}
	return places, total, err
}

// moveTx adds the task that moves what lies elsewhere, unless there is one, and
// writes the set.
func (s *Service) moveTx(tx *store.Tx, t *set) error {
	_, total, err := s.astray(tx, t.Tenant)
	if err != nil {
		return err
	}
	live, err := s.Task().LiveTx(tx, t.Task)
	if err != nil {
		return err
	}
	if total.Pieces > 0 && !t.Paused {
		if !live {
			by := access.System("cloud")
			by.Tenant = t.Tenant
			work, err := s.Task().AddTx(tx, by, task.New{Type: MoveType, Dedup: strconv.FormatUint(t.Tenant, 10)})
			if err != nil {
				return err
			}
			t.Task = work.ID
		}
		t.Pieces, t.Bytes, t.Started = total.Pieces, total.Bytes, tx.Now()
	}
	return s.sets.Put(tx, t)
}

// Begin lets the moving begin, or go on after it was stopped. It needs cloud.write.
func (s *Service) Begin(ctx context.Context, by access.Actor) (Move, error) {
	if err := by.Need(access.CloudWrite); err != nil {
		return Move{}, err
	}
	var t *set
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if t, err = s.setOf(tx, by.Tenant); err != nil {
			return err
		}
		t.Paused = false
		if err := s.moveTx(tx, t); err != nil {
			return err
		}
		return s.record(tx, by, "cloud.move", nil)
	})
	if err != nil {
		return Move{}, fault.Wrap(err)
	}
	return s.progress(ctx, t)
}

// Stop stops the moving: each piece stays where it lies then. It needs cloud.write.
func (s *Service) Stop(ctx context.Context, by access.Actor) (Move, error) {
	if err := by.Need(access.CloudWrite); err != nil {
		return Move{}, err
	}
	var t *set
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if t, err = s.setOf(tx, by.Tenant); err != nil {
			return err
		}
		t.Paused = true
		if err := s.sets.Put(tx, t); err != nil {
			return err
		}
		return s.record(tx, by, "cloud.stop", nil)
	})
	if err != nil {
		return Move{}, fault.Wrap(err)
	}
	as := access.System("cloud")
	as.Tenant = by.Tenant
	_, err = s.Task().Cancel(ctx, as, t.Task)
	if k := fault.KindOf(err); err != nil && k != fault.Conflict && k != fault.NotFound { // else it has ended, or never was
		return Move{}, err
	}
	return s.progress(ctx, t)
}

// progress says how far a tenant's moving is.
func (s *Service) progress(ctx context.Context, t *set) (Move, error) {
	var left Share
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		_, left, err = s.astray(r, t.Tenant)
		return err
	})
	m := Move{State: Settled, Task: t.Task, Pieces: t.Pieces, Bytes: t.Bytes, Left: left, Started: t.Started}
	if err != nil || left.Pieces == 0 {
		return m, fault.Wrap(err)
	}
	m.State = Moving
	if t.Paused {
		m.State = Paused
	}
	if m.Pieces < left.Pieces {
		m.Pieces, m.Bytes = left.Pieces, left.Bytes
	}
	work, err := s.Task().Get(ctx, access.System("cloud"), t.Task)
	if fault.KindOf(err) == fault.NotFound {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	if n := len(work.Errors); n > 0 && !work.State.Finished() {
		m.Error = work.Errors[n-1].Text
	}
	if work.State == task.Retry && m.State == Moving {
		m.State = Waiting
	}
	if work.Result != nil {
		var figures result
		if json.Unmarshal(work.Result.Data, &figures) == nil {
			m.Lost = figures.Lost
		}
	}
	return m, nil
}
