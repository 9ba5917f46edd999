package password

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"stoa/app/fault"
)

// pool is the threads that hash. Each is an operating system thread of its own
// with lowered priority, and the Go scheduler gets as many processors more: a
// hash takes tens of milliseconds in which nothing else can run on its
// processor, so that without this a full sign-in load would hold up every other
// request until the scheduler's preemption, ten milliseconds at a time. This way
// the kernel lets the others run first, and all cores hash when nobody else
// wants them.
type pool struct {
	workers int
	jobs    chan *job
	quit    chan struct{}
	once    sync.Once
	done    atomic.Uint64 // jobs since the start
}

type job struct {
	ctx    context.Context
	run    func() []byte
	result []byte
	ran    bool
	done   chan struct{}
}

func newPool(workers, queue int) *pool {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if queue <= 0 {
		queue = 128 * workers
	}
	p := &pool{workers: workers, jobs: make(chan *job, queue), quit: make(chan struct{})}
	for range workers {
		go p.work()
	}
	return p
}

// work never unlocks its thread: a lowered priority can't be raised again, so
// the thread ends with the goroutine.
func (p *pool) work() {
	runtime.LockOSThread()
	lowerPriority()
	for {
		select {
		case <-p.quit:
			return
		case j := <-p.jobs:
			if j.ctx.Err() == nil {
				j.result, j.ran = j.run(), true
				p.done.Add(1)
			}
			close(j.done)
		}
	}
}

// do runs fn on a worker and waits for its result. An ended ctx gives up a job
// that has not begun; one that has is left to itself, so fn must write nothing
// that others read.
func (p *pool) do(ctx context.Context, fn func() []byte) ([]byte, error) {
	j := &job{ctx: ctx, run: fn, done: make(chan struct{})}
	select {
	case <-p.quit:
		return nil, busy()
	default:
	}
	select {
	case p.jobs <- j:
	default:
		return nil, busy()
	}
	select {
	case <-j.done:
		if !j.ran {
			return nil, ctx.Err()
		}
		return j.result, nil
	case <-p.quit:
		return nil, busy()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pool) close() { p.once.Do(func() { close(p.quit) }) }

func busy() error {
	return fault.New(fault.Unavailable, "password.busy", "", "too many sign-ins at once: try again in a few seconds").After(3 * time.Second)
}
