package task_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/task"
	"stoa/store"
)

func TestBuiltInWorker(t *testing.T) {
	var as access.Actor
	var how func(context.Context, *task.Work) (task.Result, error)
	w := begin(t, task.Kind{Type: "count", Run: func(ctx context.Context, x *task.Work) (task.Result, error) {
		as = x.Actor
		return how(ctx, x)
	}})
	ctx := t.Context()
	if n, err := w.Work(ctx); n != 0 || err != nil {
		t.Errorf("an empty queue: %d %v", n, err)
	}
	how = func(_ context.Context, x *task.Work) (task.Result, error) {
		x.Progress(3, 4, "rows")
		return task.Result{Name: "out.csv"}, nil
	}
	id := w.add(7, task.New{Type: "count"}).ID
	if n, err := w.Work(ctx); n != 1 || err != nil {
		t.Fatalf("worked %d: %v", n, err)
	}
	if got := w.task(id); got.State != task.Done || got.Result.Name != "out.csv" || got.Progress.Total != 4 || as.Account != 7 || as.Tenant != 1 {
		t.Errorf("done: %+v as %+v", got, as)
	}
	for _, c := range []struct {
		name  string
		err   error
		state task.State
		tells bool
	}{
		{"a refusal", fault.New(fault.Invalid, "x", "", "that can't be counted"), task.Dead, false},
		{"no room", fault.New(fault.Unavailable, "x", "", "later"), task.Retry, false},
		{"a bug", errors.New("inner matters"), task.Retry, true},
	} {
		how = func(context.Context, *task.Work) (task.Result, error) { return task.Result{}, c.err }
		id := w.add(7, task.New{Type: "count"}).ID
		_, err := w.Work(ctx)
		if (err != nil) != c.tells {
			t.Errorf("%s: the worker reports %v", c.name, err)
		}
		w.state(id, c.state)
		if text := w.task(id).Errors[0].Text; strings.Contains(text, "inner") {
			t.Errorf("%s: the owner reads %q", c.name, text)
		}
	}
	how = func(context.Context, *task.Work) (task.Result, error) { panic("bang") }
	id = w.add(7, task.New{Type: "count"}).ID
	if _, err := w.Work(ctx); err == nil {
		t.Error("a panic is not reported")
	}
	w.state(id, task.Retry)
	gone := w.add(404, task.New{Type: "count"}).ID
	if _, err := w.Work(ctx); err != nil {
		t.Error(err)
	}
	if got := w.task(gone); got.State != task.Dead || got.Errors[0].Code != "task.owner_gone" {
		t.Errorf("an owner who is gone: %+v", got)
	}
	w.verify()
}

// waiting is a kind whose worker says that it has begun and then waits for its end.
func waiting() (task.Kind, chan *task.Work) {
	begun := make(chan *task.Work)
	return task.Kind{Type: "wait", Run: func(ctx context.Context, x *task.Work) (task.Result, error) {
		begun <- x
		<-ctx.Done()
		return task.Result{}, ctx.Err()
	}}, begun
}

func TestWorkersAreWoken(t *testing.T) {
	kind, begun := waiting()
	w := begin(t, kind)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx, func(err error) { t.Errorf("reports %v", err) })
	}()
	first := w.add(1, task.New{Type: "wait"}).ID
	<-begun
	second := w.add(2, task.New{Type: "wait"}).ID
	<-begun
	if _, err := w.Cancel(t.Context(), user(1), first); err != nil {
		t.Fatal(err)
	}
	soon(t, "the cancelled task stops", func() bool { return w.task(first).State == task.Cancelled })
	stop()
	<-ended
	if got := w.task(second); got.State != task.Pending || got.Attempts != 0 || len(got.Errors) != 0 {
		t.Errorf("after the server stopped: %+v", got)
	}
	w.verify()
}

func TestWorkerThatLostItsLease(t *testing.T) {
	kind, begun := waiting()
	w := begin(t, kind)
	id := w.add(1, task.New{Type: "wait"}).ID
	ended := make(chan error)
	go func() {
		_, err := w.Work(context.Background())
		ended <- err
	}()
	x := <-begun
	w.clock.Add(task.TTL)
	w.sweep()
	if err := w.db.Update(t.Context(), func(tx *store.Tx) error { return x.HoldTx(tx) }); fault.KindOf(err) != fault.Conflict {
		t.Errorf("writes under a lost lease: %v", err)
	}
	x.Progress(1, 2, "rows") // so that the next beat comes at once
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := w.task(id); got.State != task.Retry || len(got.Errors) != 1 {
		t.Errorf("the task: %+v", got)
	}
}
