package task

import (
	"context"
	"encoding/base64"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Phase is a task's state in a word for its owner.
type Phase string

// The phases.
const (
	Queued    Phase = "queued" // scheduled or pending
	Running   Phase = "running"
	Retrying  Phase = "retrying"
	Succeeded Phase = "succeeded"
	Failed    Phase = "dead"
	Stopped   Phase = "stopped"
)

// Phases lists them.
func Phases() []Phase { return []Phase{Queued, Running, Retrying, Succeeded, Failed, Stopped} }

// Phase is the task's.
func (t *Task) Phase() Phase {
	switch t.State {
	case Leased:
		return Running
	case Retry:
		return Retrying
	case Done:
		return Succeeded
	case Dead:
		return Failed
	case Cancelled:
		return Stopped
	}
	return Queued
}

const (
	defaultLimit = 20
	maxLimit     = 500
	maxPage      = 1_000_000
	maxCounted   = 10_000  // a filter counts so far
	maxLooked    = 100_000 // and looks at no more tasks than this
	chunk        = 500
)

// Filter of a list. Page counts from 1 and is ignored with a Cursor.
type Filter struct {
	Phase  Phase  // "" = all
	Type   string // "" = all
	Mine   bool   // one's own alone
	Active bool   // those that have not finished
	Page   int
	Limit  int // 1 to 500; 0 = 20
	Cursor string
}

// Page is a part of a list, the newest first.
type Page struct {
	Items  []Task
	Total  int
	Capped bool   // there are more than Total
	Next   string // cursor of the next page; "" at the end
}

// List shows one's own tasks, and with task.read those in scope.
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	if !by.SignedIn() {
		return Page{}, access.SignIn()
	}
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	if f.Limit < 0 || f.Limit > maxLimit || f.Page < 0 || f.Page > maxPage {
		return Page{}, fault.New(fault.Invalid, "list.limit", "limit", "a page has 1 to %d tasks, and pages count from 1", maxLimit)
	}
	at, err := parseCursor(f.Cursor)
	if err != nil {
		return Page{}, err
	}
	var p Page
	err = s.db.View(ctx, func(r store.Reader) (err error) {
		p, err = s.page(r, by, f, at)
		return err
	})
	return p, fault.Wrap(err)
}

func (s *Service) page(r store.Reader, by access.Actor, f Filter, at store.Key) (Page, error) {
	tenant := by.Tenant
	group := of(tenant)
	keep := f.matches
	switch {
	case f.Mine || !by.Can(access.TaskRead):
		if by.Account == 0 {
			return Page{Items: []Task{}}, nil
		}
		group, f.Mine = mine(by.Account), true
	case by.Super():
		group, tenant = all(), 0
	case by.Scope() < access.ScopeTenant:
		keep = func(t *Task) (bool, error) {
			if ok, err := f.matches(t); !ok || err != nil || t.Owner == by.Account {
				return ok, err
			}
			return s.sees(r, by, t)
		}
	default:
		if f.Phase == "" && f.Type == "" && !f.Active {
			return s.counted(r, group, f, at)
		}
	}
	if f.Phase == "" && f.Type == "" && !f.Active && (f.Mine || by.Super()) {
		return s.counted(r, group, f, at)
	}
	if f.Phase != "" && !f.Mine {
		return s.sift(f, keep, at, s.byPhase(r, tenant, f.Phase))
	}
	return s.sift(f, keep, at, func(after store.Key) ([]*Task, store.Key, error) {
		return s.list.After(r, group, after, chunk, true)
	})
}

// counted is a page without a filter: its cost does not depend on its number.
func (s *Service) counted(r store.Reader, group store.Key, f Filter, at store.Key) (Page, error) {
	var rows []*Task
	var err error
	p := Page{Items: []Task{}}
	if at == nil {
		rows, p.Total, err = s.list.Page(r, group, (max(f.Page, 1)-1)*f.Limit, f.Limit+1, true)
	} else if p.Total, err = s.list.Count(r, group); err == nil {
		rows, _, err = s.list.After(r, group, at, f.Limit+1, true)
	}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		p.Next = cursor(rows[f.Limit-1])
	}
	for _, t := range rows {
		p.Items = append(p.Items, *t)
	}
	return p, err
}

// byPhase reads the tasks of one phase, the newest first, a chunk at a time.
func (s *Service) byPhase(r store.Reader, tenant uint64, phase Phase) func(store.Key) ([]*Task, store.Key, error) {
	return func(after store.Key) (rows []*Task, next store.Key, err error) {
		scan := store.Scan{Prefix: phaseKey(tenant, phase), Reverse: true, Limit: chunk}
		if after != nil {
			scan.After = append(phaseKey(tenant, phase), after...)
		}
		for t, err := range s.phases.Scan(r, scan) {
			if err != nil {
				return nil, nil, err
			}
			rows = append(rows, t)
		}
		if len(rows) == chunk {
			next = key(rows[chunk-1].ID)
		}
		return rows, next, nil
	}
}

// sift reads tasks and counts up to maxCounted that are kept.
func (s *Service) sift(f Filter, keep func(*Task) (bool, error), at store.Key, read func(store.Key) ([]*Task, store.Key, error)) (Page, error) {
	p := Page{Items: []Task{}}
	skip, looked := (max(f.Page, 1)-1)*f.Limit, 0
	if at != nil {
		skip = 0
	}
	for after := store.Key(nil); ; {
		rows, next, err := read(after)
		if err != nil {
			return p, err
		}
		for _, t := range rows {
			if ok, err := keep(t); err != nil || !ok {
				if err != nil {
					return p, err
				}
				continue
			}
			if p.Total == maxCounted {
				p.Capped = true
				return p, nil
			}
			p.Total++
			switch {
			case at != nil && string(key(t.ID)) >= string(at):
			case skip > 0:
				skip--
			case len(p.Items) < f.Limit:
				p.Items = append(p.Items, *t)
			case p.Next == "":
				p.Next = cursor(&p.Items[f.Limit-1])
			}
		}
		if looked += len(rows); next == nil || looked >= maxLooked {
			p.Capped = next != nil
			return p, nil
		}
		after = next
	}
}

func (f *Filter) matches(t *Task) (bool, error) {
	return (f.Phase == "" || t.Phase() == f.Phase) && (f.Type == "" || t.Type == f.Type) && (!f.Active || !t.State.Finished()), nil
}

func cursor(t *Task) string { return base64.RawURLEncoding.EncodeToString(key(t.ID)) }

func parseCursor(s string) (store.Key, error) {
	if s == "" {
		return nil, nil
	}
	k, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(k) == 0 || len(k) > 16 {
		return nil, fault.New(fault.Invalid, "list.cursor", "cursor", "the cursor is none that this list gave")
	}
	return k, nil
}
