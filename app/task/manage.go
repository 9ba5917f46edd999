package task

import (
	"context"
	"errors"
	"strconv"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// may is a task that by may read, or act on: one's own without a permission,
// others' in scope with p. Missing for all others.
func (s *Service) may(r store.Reader, by access.Actor, id uint64, p access.Permission) (*Task, error) {
	if !by.SignedIn() {
		return nil, access.SignIn()
	}
	t, err := s.get(r, id)
	if err != nil {
		return nil, err
	}
	own := by.Account != 0 && t.Owner == by.Account
	if own {
		return t, nil
	}
	seen, err := s.sees(r, by, t)
	if err != nil {
		return nil, err
	}
	if !seen {
		return nil, missing()
	}
	return t, by.Need(p)
}

// sees reports whether by may see a task of somebody else.
func (s *Service) sees(r store.Reader, by access.Actor, t *Task) (bool, error) {
	switch {
	case by.Super():
		return true, nil
	case !by.Can(access.TaskRead) || t.Tenant != by.Tenant:
		return false, nil
	case by.Scope() >= access.ScopeTenant:
		return true, nil
	}
	return s.deps.Sees(r, by, t.Owner)
}

// Get is a task of by's own, or with task.read one in by's scope.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Task, error) {
	var t *Task
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		t, err = s.may(r, by, id, access.TaskRead)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return t, nil
}

// Cancel stops a task: at once where it waits, else its worker is told.
func (s *Service) Cancel(ctx context.Context, by access.Actor, id uint64) (*Task, error) {
	return s.change(ctx, by, id, "task.cancel", func(tx *store.Tx, t *Task) error {
		switch {
		case t.State.Finished():
			return fault.New(fault.Conflict, "task.finished", "", "the task has already finished")
		case t.State != Leased:
			return s.move(tx, t, Cancelled)
		}
		t.Stop = true
		s.tell(tx, t, "stopping")
		tx.OnCommit(func() { s.halt(id, t.Lease) })
		return s.rows.Update(tx, t)
	})
}

// Requeue lets a task that is dead or was cancelled begin anew, with all its
// attempts, and one that waits for its next try begin now.
func (s *Service) Requeue(ctx context.Context, by access.Actor, id uint64) (*Task, error) {
	return s.change(ctx, by, id, "task.requeue", func(tx *store.Tx, t *Task) error {
		switch t.State {
		case Dead, Cancelled:
			t.Attempts, t.Ended, t.Progress = 0, 0, Progress{}
		case Scheduled, Retry:
		default:
			return fault.New(fault.Conflict, "task.not_stopped", "", "only a task that failed, waits or was stopped is begun again")
		}
		return s.move(tx, t, Pending)
	})
}

// Delete removes a finished task with its result.
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) error {
	_, err := s.change(ctx, by, id, "task.delete", func(tx *store.Tx, t *Task) error {
		if !t.State.Finished() {
			return fault.New(fault.Conflict, "task.unfinished", "", "the task has not finished: stop it first")
		}
		s.tell(tx, t, "delete")
		return s.rows.Delete(tx, key(id))
	})
	return err
}

func (s *Service) change(ctx context.Context, by access.Actor, id uint64, action string, step func(*store.Tx, *Task) error) (*Task, error) {
	var t *Task
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if t, err = s.may(tx, by, id, access.TaskWrite); err != nil {
			return err
		}
		if err := step(tx, t); errors.Is(err, store.ErrTaken) {
			return fault.New(fault.Exists, "task.exists", "", "the same work is already under way")
		} else if err != nil {
			return err
		}
		return s.deps.Audit.AddTx(tx, by, audit.Entry{Tenant: t.Tenant, Action: action, ObjectKind: "task",
			ObjectID: strconv.FormatUint(id, 10), ObjectName: t.Type})
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return t, nil
}
