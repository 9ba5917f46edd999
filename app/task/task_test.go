package task_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/task"
	"stoa/store"
)

func TestFromAddToAck(t *testing.T) {
	w, ctx := begin(t), t.Context()
	made := w.add(7, task.New{Title: "people.xlsx", Params: map[string]int{"rows": 3}})
	if made.State != task.Pending || made.ID != 1 {
		t.Fatalf("made: %+v", made)
	}
	got := w.lease("a")
	var params struct{ Rows int }
	if err := got.Decode(&params); err != nil || params.Rows != 3 || got.Attempts != 1 || got.Lease != 1 || !got.Until.Equal(w.clock.Now().Add(task.TTL)) {
		t.Errorf("leased: %+v %v", got, err)
	}
	if again := w.lease("b"); again != nil {
		t.Errorf("leased twice: %+v", again)
	}
	w.clock.Add(50 * time.Second)
	b, err := w.Heartbeat(ctx, 1, 1, &task.Progress{Done: 1, Total: 3, Text: "rows"})
	if err != nil || b.Cancel || !b.Until.Equal(w.clock.Now().Add(task.TTL)) {
		t.Errorf("heartbeat: %+v %v", b, err)
	}
	w.clock.Add(50 * time.Second)
	if n := w.sweep(); n != 0 {
		t.Errorf("%d tasks swept under a lease that was extended", n)
	}
	want(t, w.Ack(ctx, 1, 2, task.Result{}), "task.lease_lost")
	for range 2 {
		if err := w.Ack(ctx, 1, 1, task.Result{Name: "out"}); err != nil {
			t.Error(err)
		}
	}
	done := w.task(1)
	if done.State != task.Done || done.Result.Name != "out" || done.Progress.Done != 3 || done.Holder != "" || done.Expires.IsZero() {
		t.Errorf("done: %+v", done)
	}
	_, err = w.Heartbeat(ctx, 1, 1, nil)
	want(t, err, "task.lease_lost")
	want(t, w.Fail(ctx, 1, 1, task.Fault{}), "task.lease_lost")
	want(t, w.Release(ctx, 1, 1), "task.lease_lost")
	w.clock.Add(8 * 24 * time.Hour)
	if n, _, err := w.db.Reap(ctx, 100); n != 1 || err != nil {
		t.Errorf("reaped %d: %v", n, err)
	}
	w.verify()
}

func TestScheduled(t *testing.T) {
	w := begin(t)
	made := w.add(7, task.New{At: w.clock.Now().Add(time.Hour)})
	w.sweep()
	if got := w.lease("a"); got != nil {
		t.Fatalf("leased an hour early: %+v", got)
	}
	w.clock.Add(time.Hour)
	w.sweep()
	if got := w.lease("a"); got == nil || got.ID != made.ID {
		t.Fatalf("not there when its time has come: %+v", got)
	}
	w.verify()
}

func TestRetriesUntilDead(t *testing.T) {
	w, ctx := begin(t), t.Context()
	id := w.add(7, task.New{}).ID
	for attempt := 1; attempt <= task.MaxAttempts; attempt++ {
		got := w.lease("a")
		if got == nil || got.Attempts != attempt {
			t.Fatalf("attempt %d: %+v", attempt, got)
		}
		if err := w.Fail(ctx, id, got.Lease, task.Fault{Text: fmt.Sprint("broken ", attempt), Retryable: true}); err != nil {
			t.Fatal(err)
		}
		if attempt == task.MaxAttempts {
			break
		}
		wait := w.task(id).At.Sub(w.clock.Now())
		if base := 5 * time.Second << (attempt - 1); wait < base*8/10 || wait > base*12/10 {
			t.Errorf("after attempt %d it waits %s", attempt, wait)
		}
		w.clock.Add(wait - time.Nanosecond)
		if w.sweep() != 0 {
			t.Error("tried again too early")
		}
		w.clock.Add(time.Nanosecond)
		w.sweep()
	}
	dead := w.task(id)
	if dead.State != task.Dead || dead.Reason != "attempts" || len(dead.Errors) != 5 || dead.Errors[4].Text != "broken 5" {
		t.Errorf("dead: %+v", dead)
	}
	if f := w.figures("copy"); f.Dead != 1 || f.Retries != 4 || f.Pending+f.Leased+f.Retrying != 0 {
		t.Errorf("figures: %+v", f)
	}
	again, err := w.Requeue(ctx, user(7), id)
	if err != nil || again.State != task.Pending || again.Attempts != 0 || again.Reason != "" {
		t.Errorf("begun again: %+v %v", again, err)
	}
	got := w.lease("a")
	if err := w.Fail(ctx, id, got.Lease, task.Fault{Text: "the file is none"}); err != nil {
		t.Fatal(err)
	}
	if dead := w.task(id); dead.State != task.Dead || dead.Reason != "the file is none" {
		t.Errorf("hopeless: %+v", dead)
	}
	w.verify()
}

func TestRetryAfter(t *testing.T) {
	w := begin(t)
	id := w.add(7, task.New{}).ID
	got := w.lease("a")
	if err := w.Fail(t.Context(), id, got.Lease, task.Fault{Retryable: true, Retry: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if at := w.task(id).At; !at.Equal(w.clock.Now().Add(time.Minute)) {
		t.Errorf("tried again at %s", at)
	}
}

func TestLeasesThatEnd(t *testing.T) {
	w := begin(t)
	id := w.add(7, task.New{}).ID
	for n := 1; n <= 3; n++ {
		if got := w.lease("a"); got == nil || got.Lease != uint64(n) {
			t.Fatalf("lease %d: %+v", n, got)
		}
		w.clock.Add(task.TTL)
		w.sweep()
		if n < 3 {
			w.state(id, task.Retry)
			w.clock.Add(time.Hour)
			w.sweep()
		}
	}
	if dead := w.task(id); dead.State != task.Dead || dead.Reason != "crashes" {
		t.Errorf("after three leases that ended: %+v", dead)
	}
	w.verify()
}

func TestReleaseSpendsNothing(t *testing.T) {
	w, ctx := begin(t), t.Context()
	id := w.add(7, task.New{}).ID
	for n := range uint64(20) {
		got := w.lease("a")
		if got == nil || got.Attempts != 1 || got.Lease != n+1 {
			t.Fatalf("lease %d: %+v", n, got)
		}
		if err := w.Release(ctx, id, got.Lease); err != nil {
			t.Fatal(err)
		}
		want(t, w.Ack(ctx, id, got.Lease, task.Result{}), "task.lease_lost")
	}
	w.state(id, task.Pending)
	w.verify()
}

func TestTakeBack(t *testing.T) {
	w := begin(t)
	mine, other := w.add(7, task.New{}).ID, w.add(8, task.New{}).ID
	w.lease("this node")
	w.lease("another")
	if n, err := w.TakeBack(t.Context(), "this node"); n != 1 || err != nil {
		t.Fatalf("took back %d: %v", n, err)
	}
	w.state(mine, task.Retry)
	w.state(other, task.Leased)
}

func TestCancel(t *testing.T) {
	w, ctx := begin(t), t.Context()
	waiting, running := w.add(7, task.New{}).ID, w.add(8, task.New{}).ID
	if _, err := w.Cancel(ctx, user(7), waiting); err != nil {
		t.Fatal(err)
	}
	w.state(waiting, task.Cancelled)
	_, err := w.Cancel(ctx, user(7), waiting)
	want(t, err, "task.finished")
	got := w.lease("a")
	if _, err := w.Cancel(ctx, user(8), running); err != nil {
		t.Fatal(err)
	}
	want(t, w.Delete(ctx, user(8), running), "task.unfinished")
	if b, err := w.Heartbeat(ctx, running, got.Lease, nil); err != nil || !b.Cancel {
		t.Errorf("the worker is told %+v %v", b, err)
	}
	if err := w.Fail(ctx, running, got.Lease, task.Fault{Retryable: true}); err != nil {
		t.Fatal(err)
	}
	w.state(running, task.Cancelled)
	if err := w.Delete(ctx, user(8), running); err != nil {
		t.Fatal(err)
	}
	_, err = w.Get(ctx, user(8), running)
	want(t, err, "task.not_found")
	w.verify()
}

func TestCancelledWorkerThatIsGone(t *testing.T) {
	w := begin(t)
	id := w.add(7, task.New{}).ID
	w.lease("a")
	if _, err := w.Cancel(t.Context(), user(7), id); err != nil {
		t.Fatal(err)
	}
	w.clock.Add(task.TTL)
	w.sweep()
	w.state(id, task.Cancelled)
}

func TestDedup(t *testing.T) {
	w, ctx := begin(t), t.Context()
	id := w.add(7, task.New{Dedup: "x"}).ID
	_, err := w.Add(ctx, user(8), task.New{Type: "copy", Dedup: "x"})
	want(t, err, "task.exists")
	w.add(7, task.New{Type: "move", Dedup: "x"})
	if _, err := w.Cancel(ctx, user(7), id); err != nil {
		t.Fatal(err)
	}
	w.add(7, task.New{Dedup: "x"})
	_, err = w.Requeue(ctx, user(7), id)
	want(t, err, "task.exists")
	w.verify()
}

func TestWhatIsRefused(t *testing.T) {
	w, ctx := begin(t), t.Context()
	_, err := w.Add(ctx, user(7), task.New{Type: "none"})
	want(t, err, "task.type")
	_, err = w.Add(ctx, access.Actor{Name: "app:x", Tenant: 1, Set: access.Of(access.AccountRead)}, task.New{Type: "copy"})
	want(t, err, "task.owner")
	_, err = w.Add(ctx, user(7), task.New{Type: "copy", Params: make([]byte, task.MaxParams)})
	want(t, err, "task.params")
	for range 3 {
		w.add(7, task.New{Type: "move"})
	}
	_, err = w.Add(ctx, user(7), task.New{Type: "move"})
	want(t, err, "task.too_many")
	w.add(8, task.New{Type: "move"})
}

// Users take turns, and nobody has more than two leases.
func TestTurns(t *testing.T) {
	w, ctx := begin(t), t.Context()
	for range 6 {
		w.add(1, task.New{})
	}
	for range 3 {
		w.add(2, task.New{})
	}
	w.add(3, task.New{})
	var order []uint64
	for got := w.lease("a"); got != nil; got = w.lease("a") {
		order = append(order, got.Owner)
	}
	if fmt.Sprint(order) != "[1 2 3 1 2]" {
		t.Errorf("leased in the order %v", order)
	}
	page, err := w.List(ctx, access.System("test"), task.Filter{Phase: task.Running})
	if err != nil || page.Total != 5 {
		t.Fatalf("running: %+v %v", page, err)
	}
	for _, at := range page.Items {
		if at.Owner != 1 {
			continue
		}
		if err := w.Ack(ctx, at.ID, at.Lease, task.Result{}); err != nil {
			t.Fatal(err)
		}
	}
	order = nil
	for got := w.lease("a"); got != nil; got = w.lease("a") {
		order = append(order, got.Owner)
	}
	if fmt.Sprint(order) != "[1 1]" {
		t.Errorf("after two were done, leased in the order %v", order)
	}
	w.verify()
}

func TestWhoSees(t *testing.T) {
	w, ctx := begin(t), t.Context()
	own := w.add(7, task.New{}).ID
	elsewhere, err := w.Add(ctx, user(8, 2), task.New{Type: "copy"})
	if err != nil {
		t.Fatal(err)
	}
	admin := access.Actor{Account: 9, Tenant: 1, Roles: []uint64{access.RoleAdmin}, Set: access.Of(access.TaskRead)}
	writer := admin
	writer.Set = access.Of(access.TaskRead, access.TaskWrite)
	leader := access.Actor{Account: 9, Tenant: 1, Sight: access.ScopeUnits, Units: []uint64{7}, Set: access.Of(access.TaskRead)}
	other := leader
	other.Units = nil
	for _, c := range []struct {
		name  string
		by    access.Actor
		id    uint64
		get   string
		stop  string
		count int
	}{
		{"nobody", access.Actor{}, own, "session.required", "session.required", -1},
		{"the owner", user(7), own, "", "", 1},
		{"a stranger", user(6), own, "task.not_found", "task.not_found", 0},
		{"an administrator", admin, own, "", "access.denied", 1},
		{"of another organisation", admin, elsewhere.ID, "task.not_found", "task.not_found", 1},
		{"one who may", writer, own, "", "task.finished", 1},
		{"the head of the department", leader, own, "", "access.denied", 1},
		{"of another department", other, own, "task.not_found", "task.not_found", 0},
		{"super", access.System("test"), elsewhere.ID, "", "", 2},
	} {
		_, err := w.Get(ctx, c.by, c.id)
		got := ""
		if err != nil {
			got = fault.Of(err).Code
		}
		if got != c.get {
			t.Errorf("%s reads: %q", c.name, got)
		}
		_, err = w.Cancel(ctx, c.by, c.id)
		if got = ""; err != nil {
			got = fault.Of(err).Code
		}
		if got != c.stop {
			t.Errorf("%s stops: %q", c.name, got)
		}
		page, err := w.List(ctx, c.by, task.Filter{})
		if c.count >= 0 && (err != nil || page.Total != c.count || len(page.Items) != c.count) {
			t.Errorf("%s lists %d: %v", c.name, page.Total, err)
		}
	}
}

func TestList(t *testing.T) {
	w, ctx := begin(t), t.Context()
	for i := range 25 {
		kind := "copy"
		if i%5 == 0 {
			kind = "move"
		}
		w.add(uint64(10+i%7), task.New{Type: kind})
	}
	for range 4 {
		got := w.lease("a")
		if err := w.Ack(ctx, got.ID, got.Lease, task.Result{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		f     task.Filter
		total int
	}{{task.Filter{}, 25}, {task.Filter{Type: "move"}, 5}, {task.Filter{Phase: task.Succeeded}, 4}, {task.Filter{Active: true}, 21},
		{task.Filter{Phase: task.Queued, Type: "move"}, 5}, {task.Filter{Phase: task.Running}, 0}} {
		seen := map[uint64]bool{}
		last := uint64(1 << 60)
		c.f.Limit = 3
		for {
			page, err := w.List(ctx, access.System("test"), c.f)
			if err != nil || page.Total != c.total || page.Capped {
				t.Fatalf("%+v: total %d, %v", c.f, page.Total, err)
			}
			for _, got := range page.Items {
				if seen[got.ID] || got.ID >= last {
					t.Errorf("%+v: task %d after %d", c.f, got.ID, last)
				}
				seen[got.ID], last = true, got.ID
			}
			if c.f.Cursor = page.Next; c.f.Cursor == "" {
				break
			}
		}
		if len(seen) != c.total {
			t.Errorf("%+v: %d of %d", c.f, len(seen), c.total)
		}
	}
	page, err := w.List(ctx, access.System("test"), task.Filter{Phase: task.Queued, Page: 3, Limit: 10})
	if err != nil || len(page.Items) != 1 || page.Total != 21 {
		t.Errorf("the third page: %d of %d, %v", len(page.Items), page.Total, err)
	}
	for _, bad := range []task.Filter{{Limit: 501}, {Limit: -1}, {Page: -1}, {Cursor: "%"}} {
		if _, err := w.List(ctx, access.System("test"), bad); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestOldest(t *testing.T) {
	w := begin(t)
	w.add(1, task.New{})
	w.clock.Add(time.Minute)
	w.add(2, task.New{})
	if f := w.figures("copy"); f.Oldest != time.Minute || f.Pending != 2 {
		t.Errorf("figures: %+v", f)
	}
	w.lease("a")
	w.clock.Add(time.Hour)
	if f := w.figures("copy"); f.Oldest != time.Hour || f.Pending != 1 || f.Leased != 1 {
		t.Errorf("figures: %+v", f)
	}
}

// 64 workers, some of which fail, stop or go away: every task is done, and none
// is in two hands at once.
func TestManyWorkers(t *testing.T) {
	w := begin(t, task.Kind{Type: "long", PerUser: 2, TTL: 1000 * time.Hour}) // leases don't end by themselves
	const tasks, hands = 600, 64
	for i := range tasks {
		w.add(uint64(1+i%50), task.New{Type: "long"})
	}
	var done, at [tasks + 1]atomic.Int32
	var left atomic.Int64
	left.Store(tasks)
	var all sync.WaitGroup
	for hand := range hands {
		all.Go(func() {
			for round := 0; left.Load() > 0; round++ {
				got, err := w.Lease(context.Background(), fmt.Sprint("worker ", hand), []string{"copy", "long"}, 1+hand%3)
				if err != nil {
					t.Error(err)
					return
				}
				if len(got) == 0 {
					w.clock.Add(time.Second)
					if _, err := w.Sweep(context.Background()); err != nil {
						t.Error(err)
						return
					}
					continue
				}
				for _, one := range got {
					if err := play(w, one, &at[one.ID], &done[one.ID], int(one.ID)+round); err != nil {
						t.Error(err)
						return
					}
					if done[one.ID].Load() == 1 && w.mustBeDone(one.ID) {
						left.Add(-1)
					}
				}
			}
		})
	}
	all.Wait()
	for id := uint64(1); id <= tasks; id++ {
		if n := done[id].Load(); n != 1 {
			t.Errorf("task %d was done %d times", id, n)
		}
	}
	if f := w.figures("long"); f.Pending+f.Leased+f.Retrying+f.Waiting != 0 || f.Done != tasks {
		t.Errorf("figures: %+v", f)
	}
	w.verify()
}

func (w *world) mustBeDone(id uint64) bool { return w.task(id).State == task.Done }

// play is a worker's hand on one task; at counts the hands on it.
func play(w *world, one task.Task, at, done *atomic.Int32, dice int) error {
	ctx := context.Background()
	if at.Add(1) != 1 {
		return errors.New("a task is in two hands")
	}
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		_, err := w.HoldTx(tx, one.ID, one.Lease)
		return err
	})
	if err != nil {
		return err
	}
	at.Add(-1)
	switch {
	case one.Attempts < 3 && dice%5 == 0:
		return w.Fail(ctx, one.ID, one.Lease, task.Fault{Text: "once more", Retryable: true, Retry: time.Second})
	case dice%7 == 0:
		return w.Release(ctx, one.ID, one.Lease)
	}
	done.Add(1)
	return w.Ack(ctx, one.ID, one.Lease, task.Result{})
}
