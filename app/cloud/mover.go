package cloud

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"

	"stoa/app/depot"
	"stoa/app/fault"
	"stoa/app/task"
	"stoa/store"
)

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
