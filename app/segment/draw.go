package segment

import (
	"context"
	"errors"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

const (
	patience = 10 * time.Second // taking a lease
	recovery = time.Second      // after a lease could not be taken in advance
	idle     = 30 * time.Minute // after which the rest of a lease is given back
	sweeping = time.Minute
)

// Draw hands out n numbers of a tag, 1 to MaxDraw, in rising order: higher than
// those of every draw of the tag on this node that ended before. It ends with
// ctx; what it waits for is then another's.
func (s *Service) Draw(ctx context.Context, by access.Actor, tag string, n int) ([]uint64, error) {
	if err := by.Need(access.SegmentDraw); err != nil {
		return nil, err
	}
	if n < 1 || n > MaxDraw {
		return nil, fault.New(fault.Invalid, "segment.n", "n", "n is %d: 1 to %d numbers are drawn at once", n, MaxDraw)
	}
	for {
		b, err := s.buffer(ctx, by, tag)
		if err != nil {
			return nil, fault.Wrap(err)
		}
		ids, err := s.take(ctx, b, uint64(n))
		if !errors.Is(err, errGone) {
			return ids, fault.Wrap(err)
		}
		select {
		case <-b.over:
		case <-ctx.Done():
			return nil, fault.Wrap(ctx.Err())
		}
	}
}

// buffer is the tag's, for somebody who may see the segment. Only a segment that
// exists gets one.
func (s *Service) buffer(ctx context.Context, by access.Actor, tag string) (*buffer, error) {
	s.mu.RLock()
	b := s.buffers[tag]
	s.mu.RUnlock()
	if b != nil {
		if !by.Super() && b.tenant != by.Tenant {
			return nil, missing()
		}
		return b, nil
	}
	var g *Segment
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		g, err = s.load(r, by, tag)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fault.New(fault.Unavailable, "segment.closed", "", "the server is stopping; try again")
	}
	if b := s.buffers[tag]; b != nil {
		return b, nil
	}
	b = &buffer{tag: g.Tag, tenant: g.Tenant, step: g.Step, over: make(chan struct{}), used: s.db.Clock()}
	s.buffers[tag] = b
	return b, nil
}

// take cuts n numbers off the buffer, when they are there.
func (s *Service) take(ctx context.Context, b *buffer, n uint64) ([]uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.gone && b.left < n {
		b.wanted += n
		f := s.fetch(ctx, b)
		b.mu.Unlock()
		var err error
		select {
		case <-f.done:
			err = f.err
		case <-ctx.Done():
			err = ctx.Err()
		}
		b.mu.Lock()
		b.wanted -= n
		if err != nil {
			return nil, err
		}
	}
	if b.gone {
		return nil, errGone
	}
	now := s.db.Clock()
	ids := b.cut(n, now)
	s.drawn.Add(n)
	if b.low() && (b.failed.IsZero() || now.Sub(b.failed) >= recovery) {
		s.fetch(ctx, b)
	}
	return ids, nil
}

// fetch takes the next lease, or joins who does so already. The caller holds the
// buffer's lock; the lease is taken without it, and for all who wait, whoever of
// them gives up.
func (s *Service) fetch(ctx context.Context, b *buffer) *fetch {
	if b.under != nil {
		return b.under
	}
	f := &fetch{done: make(chan struct{}), epoch: b.epoch}
	b.under = f
	size := max(b.step, min(b.wanted, MaxStep))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	go func() {
		defer cancel()
		l, least, err := s.lease(ctx, b.tag, size)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.under, f.err, b.failed = nil, err, time.Time{}
		switch {
		case err != nil:
			b.failed = s.db.Clock()
		case f.epoch == b.epoch:
			b.push(l, least, s.db.Clock())
		}
		close(f.done)
	}()
	return f
}

// lease moves the segment's row past a range, durably, and gives the range with
// the segment's step.
func (s *Service) lease(ctx context.Context, tag string, size uint64) (lease, uint64, error) {
	var l lease
	var step uint64
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		g, err := s.rows.Get(tx, key(tag))
		if errors.Is(err, store.ErrNotFound) {
			return missing()
		}
		if err != nil {
			return err
		}
		size := min(size, MaxID+1-g.Next)
		if size == 0 {
			return fault.New(fault.Conflict, "segment.exhausted", "tag", "the numbers of %q are used up: they end at %d", tag, uint64(MaxID))
		}
		l, step = lease{next: g.Next, end: g.Next + size, size: size}, g.Step
		g.Next += size
		g.Leased = tx.Now()
		return s.rows.Update(tx, g)
	})
	if err == nil {
		s.leases.Add(1)
	}
	return l, step, err
}

// changed tells the buffer of a segment that somebody modified.
func (s *Service) changed(g *Segment, raised bool) {
	s.mu.RLock()
	b := s.buffers[g.Tag]
	s.mu.RUnlock()
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.step = max(b.step, g.Step); raised {
		b.forget()
		b.step = g.Step
	}
}
