package task

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Handler does one task. It looks at ctx, which ends when the task is cancelled,
// its lease is lost or the server stops, and it may be called again for the same
// task: what it writes outside HoldTx it must be able to find, or write again.
type Handler func(ctx context.Context, w *Work) (Result, error)

// Work is one task under way, as its handler has it.
type Work struct {
	Task  Task         // as it was leased
	Actor access.Actor // the owner, with what it may do now

	service *Service
	stop    context.CancelCauseFunc
	mu      sync.Mutex
	at      Progress
}

// Progress notes how far the work is; total 0 is unknown. It costs nothing: a
// heartbeat takes it along.
func (w *Work) Progress(done, total int64, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = Progress{done, total, text}
}

// HoldTx fails when the task is no longer this worker's, or is to stop: first in
// every transaction that the work writes.
func (w *Work) HoldTx(tx *store.Tx) error {
	_, err := w.service.HoldTx(tx, w.Task.ID, w.Task.Lease)
	return err
}

// Why the context of a task has ended.
var (
	errStopped = errors.New("task: cancelled")
	errLost    = errors.New("task: the lease was lost")
)

const (
	workers   = 2 // short tasks at a time in this process, and as many long ones
	everyBeat = time.Second
	lastBeat  = 5 * time.Second // to settle a task after its context has ended
)

// Run takes back what this node had before, sweeps, and does what built-in workers
// can, until ctx ends; what is under way then is given back.
func (s *Service) Run(ctx context.Context, report func(error)) {
	if _, err := s.TakeBack(ctx, s.deps.Holder); err != nil && ctx.Err() == nil {
		report(err)
	}
	var all sync.WaitGroup
	defer all.Wait()
	for range workers {
		all.Go(func() { s.work(ctx, false, report) })
		if len(s.types(true)) > 0 {
			all.Go(func() { s.work(ctx, true, report) })
		}
	}
	tick := time.NewTicker(everyBeat)
	defer tick.Stop()
	for {
		if _, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// work is one worker, of short or of long tasks.
func (s *Service) work(ctx context.Context, long bool, report func(error)) {
	idle := time.NewTicker(5 * everyBeat) // for what other nodes add
	defer idle.Stop()
	for ctx.Err() == nil {
		n, err := s.one(ctx, long)
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake[long]:
		case <-idle.C:
		}
	}
}

// Work leases one task for a built-in worker and does it; it answers how many
// there were, 0 or 1, and what went wrong with the queue itself or by a bug.
func (s *Service) Work(ctx context.Context) (int, error) {
	n, err := s.one(ctx, false)
	if n > 0 || err != nil {
		return n, err
	}
	return s.one(ctx, true)
}

func (s *Service) one(ctx context.Context, long bool) (int, error) {
	leased, err := s.Lease(ctx, s.deps.Holder, s.types(long), 1)
	if err != nil || len(leased) == 0 {
		return 0, err
	}
	s.stir() // another worker sees whether there is more
	return 1, s.do(ctx, leased[0])
}

// do does a leased task to its end and settles it.
func (s *Service) do(ctx context.Context, t Task) error {
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	w := &Work{Task: t, service: s, stop: stop}
	s.mu.Lock()
	s.here[t.ID] = w
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.here[t.ID] == w {
			delete(s.here, t.ID)
		}
	}()
	began := s.db.Clock()
	var beats sync.WaitGroup
	beating, still := context.WithCancel(inner)
	beats.Go(func() { s.beat(beating, w) })
	result, err := s.handle(inner, w)
	still()
	beats.Wait()
	if took := s.took[t.Type]; took != nil {
		took.Runs.Add(1)
		took.Nanos.Add(int64(s.db.Clock().Sub(began)))
	}
	return s.settle(ctx, inner, w, result, err)
}

// handle calls the handler as the owner; a panic of it is an error.
func (s *Service) handle(ctx context.Context, w *Work) (result Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("task %d (%s): panic: %v", w.Task.ID, w.Task.Type, p)
		}
	}()
	if w.Task.Owner == 0 {
		w.Actor = access.System("task")
		w.Actor.Tenant = w.Task.Tenant
	} else if w.Actor, err = s.deps.Actor(ctx, w.Task.Owner, w.Task.Tenant); err != nil {
		return result, err
	}
	w.Actor.Origin.Dialect = "task"
	return s.kinds[w.Task.Type].Run(ctx, w)
}

// beat sends heartbeats until ctx ends: each third of the lease, and sooner where
// there is progress to tell.
func (s *Service) beat(ctx context.Context, w *Work) {
	tick := time.NewTicker(everyBeat)
	defer tick.Stop()
	var told Progress
	for quiet := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		w.mu.Lock()
		at := w.at
		w.mu.Unlock()
		if quiet += everyBeat; at == told && quiet < w.Task.TTL/3 {
			continue
		}
		b, err := s.Heartbeat(ctx, w.Task.ID, w.Task.Lease, &at)
		switch {
		case err == nil:
			told, quiet = at, 0
			if b.Cancel {
				w.stop(errStopped)
			}
		case fault.KindOf(err) == fault.Conflict:
			w.stop(errLost)
		}
	}
}

// halt stops a task that is under way in this process.
func (s *Service) halt(id, lease uint64) {
	s.mu.Lock()
	w := s.here[id]
	s.mu.Unlock()
	if w != nil && w.Task.Lease == lease {
		w.stop(errStopped)
	}
}

// settle writes down what came of an attempt. ctx is the worker's, inner the
// task's.
func (s *Service) settle(ctx, inner context.Context, w *Work, result Result, err error) error {
	id, lease := w.Task.ID, w.Task.Lease
	cause := context.Cause(inner)
	stopping := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastBeat)
	defer cancel()
	w.mu.Lock()
	at := w.at
	w.mu.Unlock()
	if err == nil || !stopping {
		if _, e := s.Heartbeat(ctx, id, lease, &at); fault.KindOf(e) == fault.Conflict && e != nil {
			return nil // lost: another has it
		}
	}
	switch {
	case err == nil:
		err = s.Ack(ctx, id, lease, result)
	case errors.Is(cause, errLost):
		return nil
	case errors.Is(cause, errStopped):
		err = s.Fail(ctx, id, lease, Fault{Text: "stopped"})
	case stopping:
		err = s.Release(ctx, id, lease)
	default:
		f := fault.Of(err)
		again := f.Kind == fault.Internal || f.Kind == fault.Unavailable || f.Kind == fault.TooMany
		failed := s.Fail(ctx, id, lease, Fault{Text: f.Text, Code: f.Code, Retryable: again, Retry: f.Retry})
		if err = failed; f.Kind == fault.Internal {
			err = errors.Join(failed, f)
		}
	}
	if fault.KindOf(err) == fault.Conflict && err != nil {
		return nil
	}
	return err
}

// FileName is a name for a file that this attempt makes, which no other makes:
// what is under it is kept while the attempt lasts, and then if it is the result.
func (w *Work) FileName(extension string) string {
	return fmt.Sprintf("task-%d-%d.%s", w.Task.ID, w.Task.Lease, extension)
}
