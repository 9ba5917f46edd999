package load

import (
	"context"
	"sync/atomic"
	"time"
)

// turns hands out request numbers, and with a pace the moment each one is due.
type turns struct {
	most  int64
	start time.Time
	every time.Duration // 0 = at once
	n     atomic.Int64
}

func newTurns(p Plan, start time.Time) *turns {
	t := &turns{most: int64(p.Most), start: start}
	if p.PerSec > 0 {
		t.every = time.Second / time.Duration(p.PerSec)
	}
	return t
}

// next returns the number of the next request and the moment its latency counts
// from. In a paced run that is when it was due, not when a connection was free:
// a server that stalls is charged for every request that had to wait.
func (t *turns) next(ctx context.Context) (n int, at time.Time, ok bool) {
	i := t.n.Add(1) - 1
	if t.most > 0 && i >= t.most {
		return 0, time.Time{}, false
	}
	if t.every == 0 {
		return int(i), time.Now(), true
	}
	at = t.start.Add(time.Duration(i) * t.every)
	if wait := time.Until(at); wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return 0, time.Time{}, false
		}
	}
	return int(i), at, true
}
