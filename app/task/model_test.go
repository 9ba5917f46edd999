package task_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/task"
)

// modelled is a task as the model has it.
type modelled struct {
	id, owner, lease uint64
	state            task.State
	attempts, ended  int
	stop             bool
	until, at        time.Time
}

// model is the queue without an index: what the real one must agree with.
type model struct {
	w     *world
	tasks []*modelled
	dice  *rand.Rand
}

// Thousands of random steps: the queue and a model of it agree after each.
func TestAgainstAModel(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := &model{w: begin(t), dice: rand.New(rand.NewPCG(seed, 1))}
			for step := range 600 {
				m.step()
				if t.Failed() {
					t.Fatalf("at step %d", step)
				}
			}
			m.w.verify()
		})
	}
}

func (m *model) step() {
	switch m.dice.IntN(12) {
	case 0, 1, 2:
		m.add()
	case 3, 4:
		m.take()
	case 5:
		m.w.clock.Add(time.Duration(m.dice.IntN(40)) * time.Second)
		m.sweep()
	default:
		if len(m.tasks) > 0 {
			m.touch(m.tasks[m.dice.IntN(len(m.tasks))])
		}
	}
	m.compare()
}

func (m *model) add() {
	in, state := task.New{}, task.Pending
	if m.dice.IntN(5) == 0 {
		in.At, state = m.w.clock.Now().Add(time.Minute), task.Scheduled
	}
	owner := uint64(1 + m.dice.IntN(4))
	made := m.w.add(owner, in)
	m.tasks = append(m.tasks, &modelled{id: made.ID, owner: owner, state: state, at: in.At})
}

// take leases, and holds that none was missed and nobody has more than two.
func (m *model) take() {
	got := m.w.lease("a")
	held, ready := map[uint64]int{}, map[uint64]int{}
	for _, at := range m.tasks {
		if at.state == task.Leased {
			held[at.owner]++
		}
		if at.state == task.Pending {
			ready[at.owner]++
		}
	}
	if got == nil {
		for owner := range ready {
			if held[owner] < 2 {
				m.w.t.Errorf("nothing was leased though %d has %d tasks waiting and %d leased", owner, ready[owner], held[owner])
			}
		}
		return
	}
	at := m.find(got.ID)
	if at.state != task.Pending || held[at.owner] >= 2 {
		m.w.t.Errorf("leased task %d, which is %s, of an owner with %d leases", at.id, at.state, held[at.owner])
	}
	at.state, at.until = task.Leased, m.w.clock.Now().Add(task.TTL)
	at.attempts++
	at.lease++
}

func (m *model) find(id uint64) *modelled {
	for _, at := range m.tasks {
		if at.id == id {
			return at
		}
	}
	m.w.t.Fatalf("there is no task %d in the model", id)
	return nil
}

func (m *model) sweep() {
	m.w.sweep()
	for _, at := range m.tasks {
		switch {
		case (at.state == task.Scheduled || at.state == task.Retry) && !at.at.After(m.w.clock.Now()):
			at.state = task.Pending
		case at.state == task.Leased && !at.until.After(m.w.clock.Now()):
			at.ended++
			m.fail(at, at.ended < 3)
		}
	}
}

func (m *model) fail(at *modelled, again bool) {
	switch {
	case at.stop:
		at.state, at.stop = task.Cancelled, false
	case again && at.attempts < task.MaxAttempts:
		at.state = task.Retry
		at.at = m.w.task(at.id).At // its jitter is the queue's own matter
	default:
		at.state = task.Dead
	}
}

// touch does one of the operations on a task, at times with a wrong lease.
func (m *model) touch(at *modelled) {
	ctx, lease := m.w.t.Context(), at.lease
	if m.dice.IntN(6) == 0 {
		lease--
	}
	held := at.state == task.Leased && lease == at.lease
	var err error
	allowed := held
	switch m.dice.IntN(7) {
	case 0:
		_, err = m.w.Heartbeat(ctx, at.id, lease, &task.Progress{Done: m.dice.Int64N(9)})
		if held {
			at.until = m.w.clock.Now().Add(task.TTL)
		}
	case 1:
		allowed = held || at.state == task.Done && lease == at.lease
		err = m.w.Ack(ctx, at.id, lease, task.Result{})
		if held {
			at.state, at.ended, at.stop = task.Done, 0, false
		}
	case 2, 3:
		again := m.dice.IntN(4) > 0
		err = m.w.Fail(ctx, at.id, lease, task.Fault{Retryable: again})
		if held {
			at.ended = 0
			m.fail(at, again)
		}
	case 4:
		err = m.w.Release(ctx, at.id, lease)
		if held && at.stop {
			at.state, at.stop = task.Cancelled, false
		} else if held {
			at.state = task.Pending
			at.attempts--
		}
	case 5:
		allowed = !at.state.Finished()
		_, err = m.w.Cancel(ctx, access.System("test"), at.id)
		if at.state == task.Leased {
			at.stop = true
		} else if allowed {
			at.state = task.Cancelled
		}
	case 6:
		allowed = at.state != task.Done && at.state != task.Pending && at.state != task.Leased
		_, err = m.w.Requeue(ctx, access.System("test"), at.id)
		if at.state == task.Dead || at.state == task.Cancelled {
			at.attempts, at.ended = 0, 0
		}
		if allowed {
			at.state = task.Pending
		}
	}
	if allowed != (err == nil) || err != nil && fault.KindOf(err) != fault.Conflict {
		m.w.t.Errorf("task %d, %s: %v", at.id, at.state, err)
	}
}

func (m *model) compare() {
	var sum task.Figures
	for _, at := range m.tasks {
		got := m.w.task(at.id)
		if got.State != at.state || got.Attempts != at.attempts || got.Lease != at.lease || got.Stop != at.stop || got.Ended != at.ended {
			m.w.t.Errorf("task %d is %s, attempts %d, lease %d, ended %d; the model has %+v", at.id, got.State, got.Attempts, got.Lease, got.Ended, *at)
		}
		switch at.state {
		case task.Pending:
			sum.Pending++
		case task.Leased:
			sum.Leased++
		case task.Retry:
			sum.Retrying++
		case task.Scheduled:
			sum.Waiting++
		}
	}
	if f := m.w.figures("copy"); f.Pending != sum.Pending || f.Leased != sum.Leased || f.Retrying != sum.Retrying || f.Waiting != sum.Waiting {
		m.w.t.Errorf("figures: %+v, the model has %+v", f, sum)
	}
}
