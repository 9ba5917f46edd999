package segment

import (
	"errors"
	"sync"
	"time"
)

// errGone is that a buffer was given up while somebody drew from it.
var errGone = errors.New("segment: the buffer was given up")

// steady is how long a lease should last, as Leaf has it: a tag that uses one up
// sooner gets the double the next time, one that takes twice as long the half.
const steady = 15 * time.Minute

// lease is a range of numbers that this process alone may hand out.
type lease struct {
	next, end uint64 // what is left: next ≤ number < end
	size      uint64 // as it was taken
}

// buffer is the leases of one tag that this process holds, in rising order: the
// one in use and, once that runs low, the one after it.
type buffer struct {
	tag    string
	tenant uint64
	over   chan struct{} // closed when a buffer that was given up is out of the way

	mu      sync.Mutex
	leases  []lease
	left    uint64    // numbers in them
	wanted  uint64    // numbers that draws wait for
	step    uint64    // size of the next lease
	taken   time.Time // when the last lease came
	under   *fetch    // the lease being taken; nil = none
	failed  time.Time // when taking one last failed; zero = it went well since
	epoch   uint64    // leases asked for in an older one are not used
	gone    bool      // given up: nothing is handed out any more
	used    time.Time
	recency window
}

// fetch is a lease being taken.
type fetch struct {
	done  chan struct{} // closed at its end; err may be read then
	err   error
	epoch uint64
}

// cut takes n numbers, which are there, from the beginning.
func (b *buffer) cut(n uint64, now time.Time) []uint64 {
	ids := make([]uint64, 0, n)
	b.left -= n
	for n > 0 {
		l := &b.leases[0]
		part := min(n, l.end-l.next)
		for id := l.next; id < l.next+part; id++ {
			ids = append(ids, id)
		}
		l.next += part
		n -= part
		if l.next == l.end {
			b.leases = b.leases[1:]
		}
	}
	b.used = now
	b.recency.add(now, uint64(len(ids)))
	return ids
}

// low reports that the next lease should be on its way: the lease in use is the
// last, and half of it is gone.
func (b *buffer) low() bool {
	return len(b.leases) == 0 || len(b.leases) == 1 && b.left < (b.leases[0].size+1)/2
}

// push adds a lease that was just taken, and adapts the size of the next one.
// least is the segment's own step.
func (b *buffer) push(l lease, least uint64, now time.Time) {
	b.leases = append(b.leases, l)
	b.left += l.end - l.next
	switch lasted := now.Sub(b.taken); {
	case b.taken.IsZero():
	case lasted < steady:
		if b.step*2 <= MaxStep {
			b.step *= 2
		}
	case lasted >= 2*steady:
		b.step /= 2
	}
	b.step = max(b.step, least)
	b.taken = now
}

// forget lets go of all leases.
func (b *buffer) forget() {
	b.leases, b.left = nil, 0
	b.epoch++
}

// rest is the unbroken range at the end of the leases: what can be given back.
func (b *buffer) rest() (first, end uint64, ok bool) {
	n := len(b.leases)
	if n == 0 {
		return 0, 0, false
	}
	first, end = b.leases[n-1].next, b.leases[n-1].end
	for i := n - 2; i >= 0 && b.leases[i].end == first; i-- {
		first = b.leases[i].next
	}
	return first, end, true
}

// windowed is the time over which the rate is told.
const windowed = 10 * time.Second

// window counts what happened lately: in the span under way and the one before.
type window struct {
	span        int64
	now, before uint64
}

func (w *window) turn(at time.Time) {
	switch span := at.UnixNano() / int64(windowed); {
	case span == w.span:
	case span == w.span+1:
		w.span, w.before, w.now = span, w.now, 0
	default:
		w.span, w.before, w.now = span, 0, 0
	}
}

func (w *window) add(at time.Time, n uint64) {
	w.turn(at)
	w.now += n
}

// rate is the numbers a second over the last span's length.
func (w *window) rate(at time.Time) float64 {
	w.turn(at)
	passed := float64(at.UnixNano()%int64(windowed)) / float64(windowed)
	return (float64(w.now) + float64(w.before)*(1-passed)) / windowed.Seconds()
}
