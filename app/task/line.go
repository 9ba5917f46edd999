package task

import (
	"errors"
	"sync"
	"time"

	"stoa/store"
)

// line is the pending tasks of one type and one user.
type line struct {
	Type   string `cbor:"1,keyasint"`
	Owner  uint64 `cbor:"2,keyasint"`
	Ready  int    `cbor:"3,keyasint,omitempty"` // pending tasks
	Leased int    `cbor:"4,keyasint,omitempty"`
	Head   uint64 `cbor:"5,keyasint,omitempty"` // every pending task's Turn is above it
	Served uint64 `cbor:"6,keyasint,omitempty"` // the type's count when it was last served, or came to wait
	Open   bool   `cbor:"7,keyasint,omitempty"` // has pending tasks and may have one more lease
}

// tally is what is counted of one type, and where its turns have got to.
type tally struct {
	Type     string `cbor:"1,keyasint"`
	Turn     uint64 `cbor:"2,keyasint,omitempty"` // last place given in a line
	Served   uint64 `cbor:"3,keyasint,omitempty"` // leases given
	Waiting  int    `cbor:"4,keyasint,omitempty"` // scheduled
	Pending  int    `cbor:"5,keyasint,omitempty"`
	Leased   int    `cbor:"6,keyasint,omitempty"`
	Retrying int    `cbor:"7,keyasint,omitempty"`
	Dead     uint64 `cbor:"8,keyasint,omitempty"` // ever
	Retries  uint64 `cbor:"9,keyasint,omitempty"` // ever
	Done     uint64 `cbor:"10,keyasint,omitempty"`
}

// cursors are places in indexes before which nothing is left and nothing will
// come, so that no scan goes over what was removed there. They are hints: a
// process that has none scans from the beginning once.
type cursors struct {
	sync.Mutex
	turns  map[string]uint64 // Served, by type
	oldest map[string]time.Time
	due    time.Time
	ends   time.Time
}

// behind is how far cursors in time stay behind, for the clocks of other nodes.
const behind = time.Minute

func (s *Service) line(r store.Reader, t *Task) (*line, error) {
	l, err := s.lines.Get(r, lineKey(t.Type, t.Owner))
	if errors.Is(err, store.ErrNotFound) {
		return &line{Type: t.Type, Owner: t.Owner}, nil
	}
	return l, err
}

func (s *Service) tallyOf(r store.Reader, kind string) (*tally, error) {
	y, err := s.tally.Get(r, store.K().Str(kind))
	if errors.Is(err, store.ErrNotFound) {
		return &tally{Type: kind}, nil
	}
	return y, err
}

// move brings a task, as it was read, into another state, with all that is
// counted of it. The caller has set what else the step changes.
func (s *Service) move(tx *store.Tx, t *Task, to State) error {
	y, err := s.tallyOf(tx, t.Type)
	if err != nil {
		return err
	}
	l, err := s.line(tx, t)
	if err != nil {
		return err
	}
	from := t.State
	t.State = to
	y.count(from, -1)
	y.count(to, 1)
	s.leave(t, l, y, from)
	s.enter(tx, t, l, y)
	if err := s.seat(tx, l, y); err != nil {
		return err
	}
	if err := s.tally.Put(tx, y); err != nil {
		return err
	}
	s.tell(tx, t, string(t.Phase()))
	return s.rows.Put(tx, t)
}

// leave takes a task out of the state that it was in.
func (s *Service) leave(t *Task, l *line, y *tally, from State) {
	switch from {
	case Pending:
		l.Ready--
		if t.State == Leased {
			y.Served++
			l.Head, l.Served = t.Turn, y.Served
		}
		t.Turn, t.Since = 0, time.Time{}
	case Leased:
		l.Leased--
		t.Holder, t.Until = "", time.Time{}
	case Scheduled, Retry:
		t.At = time.Time{}
	case Dead:
		t.Reason = ""
	}
	if from.Finished() {
		t.Finished, t.Expires = time.Time{}, time.Time{}
	}
}

// enter puts a task into its new state. The caller has set At or Until.
func (s *Service) enter(tx *store.Tx, t *Task, l *line, y *tally) {
	switch t.State {
	case Pending:
		y.Turn++
		t.Turn, t.Since = y.Turn, tx.Now()
		if l.Ready == 0 {
			l.Head = t.Turn - 1
		}
		l.Ready++
		tx.OnCommit(s.stir)
	case Leased:
		l.Leased++
		t.Started = tx.Now()
	case Done, Cancelled:
		t.Finished, t.Expires, t.Stop = tx.Now(), tx.Now().Add(kept), false
	case Dead:
		t.Finished, t.Expires, t.Stop = tx.Now(), tx.Now().Add(keptDead), false
	}
}

// seat stores a line. One that opens goes to the end of the round, so that turns
// only ever rise; an empty one is forgotten.
func (s *Service) seat(tx *store.Tx, l *line, y *tally) error {
	per := s.kinds[l.Type].PerUser
	open := l.Ready > 0 && (l.Owner == 0 || per == 0 || l.Leased < per)
	if open && !l.Open {
		l.Served = max(l.Served, y.Served)
	}
	l.Open = open
	if l.Ready > 0 || l.Leased > 0 {
		return s.lines.Put(tx, l)
	}
	err := s.lines.Delete(tx, lineKey(l.Type, l.Owner))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func (y *tally) count(state State, by int) {
	switch state {
	case Scheduled:
		y.Waiting += by
	case Pending:
		y.Pending += by
	case Leased:
		y.Leased += by
	case Retry:
		y.Retrying += by
	}
	if by < 0 {
		return
	}
	switch state {
	case Retry:
		y.Retries++
	case Dead:
		y.Dead++
	case Done:
		y.Done++
	}
}
