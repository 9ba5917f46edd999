package task

import (
	"context"
	"errors"
	"time"

	"stoa/app/fault"
	"stoa/store"
)

// The operations of a worker. Built-in workers use them in this process; a
// protocol for workers elsewhere puts them on the wire. The caller has seen to it
// that who asks is a worker.

// Lease gives holder up to most pending tasks of the types, each for its time to
// live: the user's turn that is next first, then the task that waits longest.
// None is no error.
func (s *Service) Lease(ctx context.Context, holder string, types []string, most int) ([]Task, error) {
	most = min(max(most, 0), MaxLease)
	var out []Task
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		out = nil
		for _, kind := range types {
			for len(out) < most && !tx.Full() {
				t, err := s.next(tx, kind)
				if err != nil {
					return err
				}
				if t == nil {
					break
				}
				t.Lease++
				t.Attempts++
				t.Holder, t.Until = holder, tx.Now().Add(t.TTL)
				t.Progress = Progress{}
				if err := s.move(tx, t, Leased); err != nil {
					return err
				}
				out = append(out, *t)
			}
		}
		return nil
	})
	return out, fault.Wrap(err)
}

// next is the task of a type whose turn it is; nil if none may be leased.
func (s *Service) next(tx *store.Tx, kind string) (*Task, error) {
	s.seen.Lock()
	after := s.seen.turns[kind]
	s.seen.Unlock()
	scan := store.Scan{Prefix: store.K().Str(kind), Limit: 1}
	if after > 0 {
		scan.After = store.K().Str(kind).Uint(after - 1)
	}
	for l, err := range s.turns.Scan(tx, scan) {
		if err != nil {
			return nil, err
		}
		tx.OnCommit(func() { s.served(kind, l.Served) })
		at := readyKey(l.Type, l.Owner)
		for t, err := range s.ready.Scan(tx, store.Scan{Prefix: at, After: readyKey(l.Type, l.Owner).Uint(l.Head), Limit: 1}) {
			return t, err
		}
		return nil, errors.New("task: a line counts tasks that it does not have")
	}
	return nil, nil
}

func (s *Service) served(kind string, turn uint64) {
	s.seen.Lock()
	defer s.seen.Unlock()
	s.seen.turns[kind] = max(s.seen.turns[kind], turn)
}

// Beat is what a heartbeat answers.
type Beat struct {
	Until  time.Time
	Cancel bool // stop: the task was cancelled
}

// Heartbeat extends a lease by the task's time to live and, unless progress is
// nil, notes how far it is. A lost lease is a Conflict.
func (s *Service) Heartbeat(ctx context.Context, id, lease uint64, progress *Progress) (Beat, error) {
	var b Beat
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		t, err := s.HoldTx(tx, id, lease)
		if err != nil {
			return err
		}
		t.Until = tx.Now().Add(t.TTL)
		if progress != nil && *progress != t.Progress {
			t.Progress = *progress
			t.Progress.Text = clip(t.Progress.Text)
			s.tell(tx, t, "progress")
		}
		b = Beat{t.Until, t.Stop}
		return s.rows.Update(tx, t)
	})
	return b, fault.Wrap(err)
}

// HoldTx is the task, while it is leased under this number; else a Conflict. What
// a worker writes in a transaction that begins with it is not written by one whose
// lease was lost.
func (s *Service) HoldTx(r store.Reader, id, lease uint64) (*Task, error) {
	t, err := s.get(r, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	if err != nil || t.State != Leased || t.Lease != lease {
		return nil, lost()
	}
	return t, nil
}

// Ack ends a task well. Said twice under the same lease it is no error.
func (s *Service) Ack(ctx context.Context, id, lease uint64, result Result) error {
	if len(result.Data) > MaxParams {
		return fault.New(fault.TooLarge, "task.result", "result", "a result has at most %d bytes of data", MaxParams)
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		t, err := s.HoldTx(tx, id, lease)
		if err != nil {
			if done, e := s.get(tx, id); e == nil && done.State == Done && done.Lease == lease {
				return nil
			}
			return err
		}
		t.Result, t.Ended = &result, 0
		if t.Progress.Total > 0 {
			t.Progress.Done = t.Progress.Total
		}
		return s.move(tx, t, Done)
	}))
}

// Fault is why a worker did not succeed.
type Fault struct {
	Text      string // for the task's owner
	Code      string // of a fault, for programs
	Retryable bool   // another try may succeed
	Retry     time.Duration
}

// Fail ends an attempt badly: the task is tried again later, unless that is
// hopeless or it was the last attempt.
func (s *Service) Fail(ctx context.Context, id, lease uint64, why Fault) error {
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		t, err := s.HoldTx(tx, id, lease)
		if err != nil {
			return err
		}
		t.Ended = 0
		return s.failed(tx, t, why, "")
	}))
}

// failed settles an attempt that did not succeed; hopeless says why there is no
// other, "" = there may be.
func (s *Service) failed(tx *store.Tx, t *Task, why Fault, hopeless string) error {
	if t.Stop {
		return s.move(tx, t, Cancelled)
	}
	t.Errors = append(t.Errors, Failure{Attempt: t.Attempts, Text: clip(why.Text), Code: why.Code, At: tx.Now()})
	if len(t.Errors) > keptErrors {
		t.Errors = t.Errors[len(t.Errors)-keptErrors:]
	}
	switch {
	case hopeless != "":
		t.Reason = hopeless
	case !why.Retryable:
		t.Reason = clip(why.Text)
	case t.Attempts >= t.MaxAttempts:
		t.Reason = "attempts" // used up
	default:
		wait := backoff(t.ID, t.Attempts)
		if why.Retry > 0 {
			wait = min(why.Retry, 24*time.Hour)
		}
		t.At = tx.Now().Add(wait)
		return s.move(tx, t, Retry)
	}
	return s.move(tx, t, Dead)
}

// Release gives a task back as it was: the attempt does not count. For workers
// that stop.
func (s *Service) Release(ctx context.Context, id, lease uint64) error {
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		t, err := s.HoldTx(tx, id, lease)
		if err != nil {
			return err
		}
		if t.Stop {
			return s.move(tx, t, Cancelled)
		}
		t.Attempts--
		return s.move(tx, t, Pending)
	}))
}
