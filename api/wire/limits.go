package wire

import (
	"sync/atomic"
	"time"

	"stoa/api/wire/jsontext"
)

// Limits bound what one request, and all requests together, may take. Zero
// values are replaced by the defaults of DefaultLimits.
type Limits struct {
	Body       int64         // bytes of a request body, unless the route says otherwise
	Depth      int           // levels of JSON
	Concurrent int64         // requests at a time; more are answered 503 at once
	Deadline   time.Duration // of one request, for its context
	Waiting    int64         // streams (server-sent events) at a time
}

// DefaultLimits are the limits of an unconfigured server.
func DefaultLimits() Limits {
	return Limits{Body: 1 << 20, Depth: jsontext.MaxDepth, Concurrent: 2048, Deadline: 30 * time.Second, Waiting: 1024}
}

// filled is l with defaults for its zero values.
func (l Limits) filled() Limits {
	d := DefaultLimits()
	if l.Body <= 0 {
		l.Body = d.Body
	}
	if l.Depth <= 0 {
		l.Depth = d.Depth
	}
	if l.Concurrent <= 0 {
		l.Concurrent = d.Concurrent
	}
	if l.Deadline <= 0 {
		l.Deadline = d.Deadline
	}
	if l.Waiting <= 0 {
		l.Waiting = d.Waiting
	}
	return l
}

// gate counts what is in flight and refuses what is too much.
type gate struct {
	n   atomic.Int64
	max int64
}

func (g *gate) enter() bool {
	if g.n.Add(1) > g.max {
		g.n.Add(-1)
		return false
	}
	return true
}

func (g *gate) leave() { g.n.Add(-1) }
