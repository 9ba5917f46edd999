package segment

import (
	"context"
	"errors"
	"time"

	"stoa/app/fault"
	"stoa/store"
)

// Lease is what this process has at hand of a segment.
type Lease struct {
	Size uint64  // numbers in the leases at hand, as they were taken
	Left uint64  // of which are left
	Step uint64  // size of the next lease; 0 = nothing at hand
	Rate float64 // numbers a second, lately
}

// Lease is what this process has at hand of a segment; zero when it was not
// drawn lately. It shows figures alone: who asks has read the segment.
func (s *Service) Lease(tag string) Lease {
	s.mu.RLock()
	b := s.buffers[tag]
	s.mu.RUnlock()
	if b == nil {
		return Lease{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	out := Lease{Left: b.left, Step: b.step, Rate: b.recency.rate(s.db.Clock())}
	for _, l := range b.leases {
		out.Size += l.size
	}
	return out
}

// Figures are counts since the start of the process, for monitoring.
type Figures struct {
	Drawn  uint64 // numbers handed out
	Leases uint64 // leases taken
	Tags   int    // tags with a lease at hand
}

// Figures are the counts so far.
func (s *Service) Figures() Figures {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Figures{Drawn: s.drawn.Load(), Leases: s.leases.Load(), Tags: len(s.buffers)}
}

// Run gives back what idle tags have at hand, now and then, until ctx ends.
func (s *Service) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(sweeping)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}

// Sweep gives back the leases of tags that nobody has drawn from for half an
// hour, and tells how many those were.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	now := s.db.Clock()
	var unused []*buffer
	s.mu.RLock()
	for _, b := range s.buffers {
		b.mu.Lock()
		if now.Sub(b.used) >= idle && b.wanted == 0 && !b.gone {
			unused = append(unused, b)
		}
		b.mu.Unlock()
	}
	s.mu.RUnlock()
	return len(unused), s.giveBack(ctx, unused)
}

// Close gives back what all tags have at hand. No numbers are handed out after.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	held := make([]*buffer, 0, len(s.buffers))
	for _, b := range s.buffers {
		held = append(held, b)
	}
	s.mu.Unlock()
	return s.giveBack(ctx, held)
}

func (s *Service) giveBack(ctx context.Context, buffers []*buffer) error {
	var failed []error
	for _, b := range buffers {
		failed = append(failed, s.release(ctx, b))
	}
	return fault.Wrap(errors.Join(failed...))
}

// release gives a buffer up: it hands nothing out any more, and then the row is
// moved back over the rest of its leases, unless a later lease lies behind them.
// Where that fails the rest is lost, as in a crash.
func (s *Service) release(ctx context.Context, b *buffer) error {
	b.mu.Lock()
	if b.gone {
		b.mu.Unlock()
		return nil
	}
	b.gone = true
	under := b.under
	b.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.buffers, b.tag)
		s.mu.Unlock()
		close(b.over)
	}()
	if under != nil {
		select {
		case <-under.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b.mu.Lock()
	first, end, ok := b.rest()
	b.mu.Unlock()
	if !ok {
		return nil
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		g, err := s.rows.Get(tx, key(b.tag))
		if err != nil || g.Next != end {
			return err
		}
		g.Next = first
		return s.rows.Update(tx, g)
	})
}
