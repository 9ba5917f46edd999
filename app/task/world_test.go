package task_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/audit"
	"stoa/app/event"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/app/task"
	"stoa/store"
	"stoa/store/kv"
	"stoa/store/kv/memkv"
)

// world is a queue on a store in memory, with a clock that the test moves.
type world struct {
	*task.Service
	t      testing.TB
	db     *store.DB
	clock  *clock
	events *event.Hub
}

type clock = apptest.Clock

// begin is a world with kinds; "copy" and "move" have workers from outside alone.
func begin(t testing.TB, kinds ...task.Kind) *world {
	t.Helper()
	c := apptest.NewClock()
	return on(t, memkv.Open(c.Now), c, kinds...)
}

func on(t testing.TB, engine kv.Store, c *clock, kinds ...task.Kind) *world {
	t.Helper()
	box, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	schema := store.NewSchema()
	box.Define(schema)
	w := &world{t: t, clock: c, events: event.New("test", 64)}
	log := audit.New(schema, audit.Deps{Box: box})
	kinds = append(kinds, task.Kind{Type: "copy", PerUser: 2}, task.Kind{Type: "move", PerUser: 2, Queue: 3})
	w.Service = task.NewService(schema, task.Deps{Audit: log, Events: w.events, Kinds: kinds, Holder: "this node",
		Actor: func(_ context.Context, account, tenant uint64) (access.Actor, error) {
			if account == 404 {
				return access.Actor{}, fault.New(fault.Denied, "task.owner_gone", "", "gone")
			}
			return user(account, tenant), nil
		},
		Sees: func(_ store.Reader, by access.Actor, account uint64) (bool, error) {
			return slices.Contains(by.Units, account), nil
		}})
	if w.db, err = store.Open(t.Context(), engine, schema, store.Options{Clock: c.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close() })
	if err := box.Bind(t.Context(), w.db); err != nil {
		t.Fatal(err)
	}
	if err := log.Bind(t.Context(), w.db); err != nil {
		t.Fatal(err)
	}
	w.Bind(w.db)
	return w
}

// user is an account without a role, in tenant 1 unless said.
func user(id uint64, tenant ...uint64) access.Actor {
	a := access.Actor{Account: id, Name: "user", Tenant: 1, Set: access.Of(access.SegmentDraw)}
	if len(tenant) > 0 {
		a.Tenant = tenant[0]
	}
	return a
}

func (w *world) add(owner uint64, in task.New) *task.Task {
	w.t.Helper()
	if in.Type == "" {
		in.Type = "copy"
	}
	made, err := w.Add(w.t.Context(), user(owner), in)
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// lease leases one task of type copy; nil if there is none.
func (w *world) lease(holder string) *task.Task {
	w.t.Helper()
	got, err := w.Lease(w.t.Context(), holder, []string{"copy"}, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(got) == 0 {
		return nil
	}
	return &got[0]
}

func (w *world) task(id uint64) *task.Task {
	w.t.Helper()
	got, err := w.Get(w.t.Context(), access.System("test"), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

func (w *world) sweep() int {
	w.t.Helper()
	n, err := w.Sweep(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) state(id uint64, want task.State) {
	w.t.Helper()
	if got := w.task(id); got.State != want {
		w.t.Errorf("task %d is %s (%s), want %s", id, got.State, got.Reason, want)
	}
}

func (w *world) verify() {
	w.t.Helper()
	rep, err := w.db.Verify(w.t.Context())
	if err != nil || len(rep.Problems) > 0 {
		w.t.Errorf("the store: %v %v", rep.Problems, err)
	}
}

func (w *world) figures(kind string) task.Figures {
	w.t.Helper()
	all, err := w.Figures(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range all {
		if f.Type == kind {
			return f
		}
	}
	w.t.Fatalf("%s has no figures", kind)
	return task.Figures{}
}

func want(t testing.TB, err error, code string) {
	t.Helper()
	apptest.Want(t, err, code)
}

// soon waits until a condition holds; the time is no measure of speed.
func soon(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%s: not within 30 s", what)
}
