package task

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/event"
	"stoa/app/fault"
	"stoa/store"
)

// Deps are the neighbours of the service.
type Deps struct {
	Audit  *audit.Service
	Events *event.Hub
	Kinds  []Kind
	Holder string // this node as a holder of leases: the same after a restart, unlike any other's
	// Actor is an account as it may act now in a tenant; a fault if it may not.
	Actor func(ctx context.Context, account, tenant uint64) (access.Actor, error)
	// Sees reports whether by may see an account.
	Sees func(r store.Reader, by access.Actor, account uint64) (bool, error)
}

// Service is the queue, and the built-in workers of this process.
type Service struct {
	deps   Deps
	kinds  map[string]Kind
	db     *store.DB
	ids    *store.Sequence
	rows   store.Table[Task]
	dedup  store.Unique[Task]
	ready  store.Index[Task]
	due    store.Index[Task]
	ends   store.Index[Task]
	phases store.Index[Task]
	oldest store.Index[Task]
	list   store.Ranked[Task]
	lines  store.Table[line]
	turns  store.Index[line]
	tally  store.Table[tally]

	wake map[bool]chan struct{} // of the workers of short work, and of long
	mu   sync.Mutex
	here map[uint64]*Work // under way in this process
	seen cursors
	took map[string]*Took
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{deps: d, kinds: map[string]Kind{}, wake: map[bool]chan struct{}{false: make(chan struct{}, 1), true: make(chan struct{}, 1)}, here: map[uint64]*Work{}, took: map[string]*Took{}}
	for _, k := range d.Kinds {
		s.kinds[k.Type] = k.filled()
		s.took[k.Type] = &Took{}
	}
	s.seen.turns = map[string]uint64{}
	s.seen.oldest = map[string]time.Time{}
	s.rows = store.Define(schema, 120, "task", func(t *Task) store.Key { return key(t.ID) })
	s.ids = store.NewSequence(schema, 121, "task_id", 1)
	s.dedup = s.rows.Unique(1, "dedup", func(t *Task) (store.Key, bool) {
		return store.K().Str(t.Type).Str(t.Dedup), t.Dedup != "" && !t.State.Finished()
	})
	s.ready = s.rows.Index(2, "ready", when(Pending, func(t *Task) store.Key { return readyKey(t.Type, t.Owner).Uint(t.Turn) }))
	s.due = s.rows.Index(3, "due", func(t *Task) []store.Key {
		if t.State != Scheduled && t.State != Retry {
			return nil
		}
		return []store.Key{store.K().Time(t.At)}
	})
	s.ends = s.rows.Index(4, "ends", when(Leased, func(t *Task) store.Key { return store.K().Time(t.Until) }))
	s.oldest = s.rows.Index(5, "oldest", when(Pending, func(t *Task) store.Key { return store.K().Str(t.Type).Time(t.Since) }))
	s.phases = s.rows.Index(6, "phases", func(t *Task) []store.Key {
		return []store.Key{phaseKey(0, t.Phase()), phaseKey(t.Tenant, t.Phase())}
	})
	s.list = s.rows.Ranked(7, "list", func(t *Task) []store.Key { return []store.Key{all(), of(t.Tenant), mine(t.Owner)} },
		func(*Task) store.Key { return nil })
	s.rows.Expires(func(t *Task) time.Time { return t.Expires })
	s.lines = store.Define(schema, 122, "task_line", func(l *line) store.Key { return lineKey(l.Type, l.Owner) })
	s.turns = s.lines.Index(1, "turn", func(l *line) []store.Key {
		if !l.Open {
			return nil
		}
		return []store.Key{store.K().Str(l.Type).Uint(l.Served)}
	})
	s.tally = store.Define(schema, 123, "task_tally", func(y *tally) store.Key { return store.K().Str(y.Type) })
	return s
}

func when(state State, k func(*Task) store.Key) func(*Task) []store.Key {
	return func(t *Task) []store.Key {
		if t.State != state {
			return nil
		}
		return []store.Key{k(t)}
	}
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func key(id uint64) store.Key                       { return store.K().Uint(id) }
func all() store.Key                                { return store.K().Uint(0) }
func of(tenant uint64) store.Key                    { return store.K().Uint(1).Uint(tenant) }
func mine(owner uint64) store.Key                   { return store.K().Uint(2).Uint(owner) }
func readyKey(kind string, owner uint64) store.Key  { return store.K().Str(kind).Uint(owner) }
func lineKey(kind string, owner uint64) store.Key   { return store.K().Str(kind).Uint(owner) }
func phaseKey(tenant uint64, phase Phase) store.Key { return store.K().Uint(tenant).Str(string(phase)) }

// AddTx adds a task of by's, in a commit of a neighbour's. A task of the type with
// the same Dedup that is not finished is an Exists fault; more than a user may have
// waiting is TooMany.
func (s *Service) AddTx(tx *store.Tx, by access.Actor, in New) (*Task, error) {
	kind, ok := s.kinds[in.Type]
	if !ok {
		return nil, fault.New(fault.Invalid, "task.type", "type", "there is no work of type %q", in.Type)
	}
	if by.Account == 0 && !by.Super() {
		return nil, fault.New(fault.Denied, "task.owner", "", "background work belongs to a person's account: sign in with one")
	}
	t := &Task{Type: in.Type, Tenant: by.Tenant, Owner: by.Account, OwnerName: by.Name, Title: clip(in.Title), Dedup: in.Dedup,
		MaxAttempts: kind.MaxAttempts, TTL: kind.TTL, Created: tx.Now(), At: in.At}
	if in.Params != nil {
		var err error
		if t.Params, err = json.Marshal(in.Params); err != nil || len(t.Params) > MaxParams {
			return nil, fault.New(fault.TooLarge, "task.params", "params", "a task takes at most %d bytes of parameters", MaxParams).With(err)
		}
	}
	if l, err := s.line(tx, t); err != nil || l.Ready >= kind.Queue && t.Owner != 0 {
		return nil, errors.Join(err, tooMany(kind))
	}
	var err error
	if t.ID, err = s.ids.Next(tx); err != nil {
		return nil, fault.Wrap(err)
	}
	to := Scheduled
	if !t.At.After(tx.Now()) {
		to, t.At = Pending, time.Time{}
	}
	if err := s.move(tx, t, to); err != nil {
		if errors.Is(err, store.ErrTaken) {
			return nil, fault.New(fault.Exists, "task.exists", "", "the same work is already under way")
		}
		return nil, fault.Wrap(err)
	}
	return t, nil
}

func tooMany(k Kind) error {
	return fault.New(fault.TooMany, "task.too_many", "", "you have %d tasks of this kind waiting: let some finish first", k.Queue)
}

// Add is AddTx in a commit of its own.
func (s *Service) Add(ctx context.Context, by access.Actor, in New) (*Task, error) {
	var t *Task
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		t, err = s.AddTx(tx, by, in)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return t, nil
}

func (s *Service) get(r store.Reader, id uint64) (*Task, error) {
	t, err := s.rows.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, missing()
	}
	return t, err
}

// LiveTx reports whether there is a task of the id that has not finished.
func (s *Service) LiveTx(r store.Reader, id uint64) (bool, error) {
	t, err := s.rows.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && !t.State.Finished(), err
}

// Types lists all kinds of work.
func (s *Service) Types() []string { return slices.Sorted(maps.Keys(s.kinds)) }

// types lists the kinds that built-in workers take, those of short or of long work.
func (s *Service) types(long bool) []string {
	var out []string
	for name, k := range s.kinds {
		if k.Run != nil && k.Long == long {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// tell publishes a step of a task once it is durable.
func (s *Service) tell(tx *store.Tx, t *Task, action string) {
	e := event.Event{Type: "task", Action: "task." + action, Object: strconv.FormatUint(t.ID, 10), Tenant: t.Tenant, Account: t.Owner, At: tx.Now()}
	tx.OnCommit(func() { s.deps.Events.Publish(e) })
}

// stir wakes the built-in workers of this process.
func (s *Service) stir() {
	for _, wake := range s.wake {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}
