package cloud

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
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
	again    = 30 * time.Second // until what failed is tried again
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

// result is what came of a move.
type result struct {
	Moved int64 `json:"moved"`
	Bytes int64 `json:"bytes"`
	Lost  int64 `json:"lost"`
}

// mover is one attempt of a task.
type mover struct {
	s      *Service
	w      *task.Work
	tenant uint64
	total  Share

	mu     sync.Mutex
	done   result
	failed error // the last failure that another attempt may mend
	lost   map[string]bool
}

// move is the task. It looks at what lies elsewhere until nothing does; what a
// crash cuts off is found again by the rows.
func (s *Service) move(ctx context.Context, w *task.Work) (task.Result, error) {
	m := &mover{s: s, w: w, tenant: w.Task.Tenant, lost: map[string]bool{}}
	for {
		places, err := m.look(ctx)
		if err != nil {
			return task.Result{}, err
		}
		before := m.done.Moved
		for _, place := range places {
			if err := m.empty(ctx, place); err != nil {
				return task.Result{}, err
			}
		}
		if m.done.Moved > before && len(places) > 0 {
			continue // what came meanwhile, or was passed over
		}
		if m.failed != nil {
			f := fault.Of(m.failed)
			return task.Result{}, fault.New(fault.Unavailable, f.Code, "", "%s", f.Text).With(m.failed).After(again)
		}
		m.done.Lost = int64(len(m.lost))
		data, err := json.Marshal(m.done)
		return task.Result{Data: data}, err
	}
}

// look finds the places that are to be emptied.
func (m *mover) look(ctx context.Context) (places []uint64, err error) {
	var left Share
	err = m.s.db.View(ctx, func(r store.Reader) (err error) {
		places, left, err = m.s.astray(r, m.tenant)
		return err
	})
	m.failed = nil
	m.total = Share{m.done.Moved + left.Pieces, m.done.Bytes + left.Bytes}
	return places, fault.Wrap(err)
}

// empty moves the pieces that lie at one place, some at a time.
func (m *mover) empty(ctx context.Context, place uint64) error {
	var after *depot.Piece
	for {
		pieces, err := m.s.Depot.At(ctx, m.tenant, place, after, page)
		if err != nil || len(pieces) == 0 {
			return err
		}
		before := m.done.Moved
		slots := make(chan struct{}, together)
		var all sync.WaitGroup
		for i := range pieces {
			slots <- struct{}{}
			if ctx.Err() != nil {
				break
			}
			all.Go(func() {
				defer func() { <-slots }()
				m.note(&pieces[i], m.one(ctx, &pieces[i]))
			})
		}
		all.Wait()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if m.failed != nil && m.done.Moved == before {
			return nil // this bucket, or all that could take its pieces, are down
		}
		after = &pieces[len(pieces)-1]
	}
}

// one moves a piece to the best place that takes it.
func (m *mover) one(ctx context.Context, p *depot.Piece) error {
	targets, err := m.s.For(ctx, m.tenant, hex.EncodeToString(p.ID))
	if err != nil {
		return err
	}
	for _, to := range targets {
		if to == p.Place {
			return nil // the set was changed back
		}
		if err = m.s.Depot.Move(ctx, p, to, m.w.HoldTx); err == nil || !errors.Is(err, depot.ErrTarget) {
			break
		}
	}
	return err
}

// note counts what came of a piece.
func (m *mover) note(p *depot.Piece, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err == nil:
		m.done.Moved++
		m.done.Bytes += p.Size
		m.w.Progress(m.done.Moved, m.total.Pieces, "moving")
	case errors.Is(err, depot.ErrLost):
		m.lost[hex.EncodeToString(p.ID)] = true
	default:
		m.failed = err
	}
}

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
		if err != nil || live {
			return errors.Join(err, s.sets.Put(tx, t))
		}
		return s.moveTx(tx, t)
	})
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
			err = errors.Join(err, s.tidy(ctx))
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

// tidy gives up uploads in parts that a crash has left a day ago.
func (s *Service) tidy(ctx context.Context) error {
	ids, err := s.All(ctx)
	if err != nil {
		return err
	}
	var said []string
	for _, id := range ids {
		if id == depot.Appliance || s.healthOf(id).out() {
			continue
		}
		p, err := s.placeOf(ctx, id)
		if err != nil {
			continue
		}
		if _, err := p.blobs.Tidy(ctx, s.db.Clock().Add(-24*time.Hour)); err != nil && ctx.Err() == nil {
			s.Report(id, err)
			said = append(said, fmt.Sprintf("%s: %v", p.bucket, err))
		}
	}
	if len(said) > 0 {
		return fmt.Errorf("unfinished uploads can't be given up: %s", strings.Join(said, "; "))
	}
	return nil
}
