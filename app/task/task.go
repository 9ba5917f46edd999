// Package task is the queue of work that takes longer than a request: durable,
// leased to workers, tried again when it fails. What is added in a transaction is
// done at least once after that transaction is durable, whatever is killed in
// between. It knows no kind of work: each comes as a Kind when the service is made.
//
// A task goes scheduled → pending → leased → done; a failure or a lease that ends
// leads to retry, and from there to pending again when its time has come. What
// can't succeed is dead, with the reason; what was stopped is cancelled. Every step
// is one transaction that looks at the state and, for a worker's, at its lease.
//
// A lease is known by its number, which rises with each lease of the task and is
// never given twice. Who comes with an older one, after a pause or from beyond a
// crash, is refused (Conflict), and what it writes under HoldTx is refused with it.
//
// Users take turns: of the users who wait for one kind of work the one served
// longest ago is next, and nobody has more than Kind.PerUser leases of it at a time.
package task

import (
	"encoding/json"
	"time"
	"unicode/utf8"

	"stoa/app/fault"
)

// State is where a task stands.
type State string

// The states.
const (
	Scheduled State = "scheduled" // waits for Task.At
	Pending   State = "pending"   // waits for a worker
	Leased    State = "leased"    // a worker has it until Task.Until
	Retry     State = "retry"     // failed, waits for Task.At
	Done      State = "done"
	Dead      State = "dead" // given up, see Task.Reason
	Cancelled State = "cancelled"
)

// Finished reports whether nothing more happens to a task in this state by itself.
func (s State) Finished() bool { return s == Done || s == Dead || s == Cancelled }

// Limits and times.
const (
	MaxAttempts = 5                // tries, unless the kind says otherwise
	TTL         = 60 * time.Second // of a lease, unless the kind says otherwise
	MaxLease    = 32               // tasks in one Lease
	MaxParams   = 64 << 10         // bytes of Params and of Result.Data

	crashes     = 3 // leases that end in a row before the task is dead
	firstWait   = 5 * time.Second
	longestWait = time.Hour
	keptErrors  = 10
	kept        = 7 * 24 * time.Hour  // finished tasks
	keptDead    = 30 * 24 * time.Hour // dead ones
	maxText     = 500                 // characters of an error, a title, a note on progress
)

// Task is one piece of work.
type Task struct {
	ID        uint64 `cbor:"1,keyasint"`
	Type      string `cbor:"2,keyasint"`
	Tenant    uint64 `cbor:"3,keyasint,omitempty"` // acted in
	Owner     uint64 `cbor:"4,keyasint,omitempty"` // account; 0 = the server's own
	OwnerName string `cbor:"5,keyasint,omitempty"`
	Title     string `cbor:"6,keyasint,omitempty"` // what it is about, as its owner would say: a file's name
	Params    []byte `cbor:"7,keyasint,omitempty"` // JSON, for the worker
	Dedup     string `cbor:"8,keyasint,omitempty"` // no two unfinished tasks of a type have the same; "" = none

	State       State         `cbor:"9,keyasint"`
	Attempts    int           `cbor:"10,keyasint,omitempty"` // begun; one given back does not count
	MaxAttempts int           `cbor:"11,keyasint"`
	TTL         time.Duration `cbor:"12,keyasint"`
	Lease       uint64        `cbor:"13,keyasint,omitempty"` // number of the last lease
	Holder      string        `cbor:"14,keyasint,omitempty"` // who has it, while leased
	Until       time.Time     `cbor:"15,keyasint,omitzero"`  // end of the lease
	At          time.Time     `cbor:"16,keyasint,omitzero"`  // not before, while scheduled or to be retried
	Since       time.Time     `cbor:"17,keyasint,omitzero"`  // when it became pending
	Stop        bool          `cbor:"18,keyasint,omitempty"` // cancelled while leased: the worker is told
	Ended       int           `cbor:"19,keyasint,omitempty"` // leases in a row that ended by themselves

	Progress Progress  `cbor:"20,keyasint,omitempty"`
	Result   *Result   `cbor:"21,keyasint,omitempty"` // of a task that is done
	Errors   []Failure `cbor:"22,keyasint,omitempty"` // the last ones, oldest first
	Reason   string    `cbor:"23,keyasint,omitempty"` // why it is dead

	Created  time.Time `cbor:"24,keyasint"`
	Started  time.Time `cbor:"25,keyasint,omitzero"` // the last attempt
	Finished time.Time `cbor:"26,keyasint,omitzero"`
	Expires  time.Time `cbor:"27,keyasint,omitzero"` // when a finished task is removed

	Turn uint64 `cbor:"28,keyasint,omitempty"` // place in its line, while pending
}

// Progress is how far a task has come.
type Progress struct {
	Done  int64  `cbor:"1,keyasint,omitempty"`
	Total int64  `cbor:"2,keyasint,omitempty"` // 0 = unknown
	Text  string `cbor:"3,keyasint,omitempty"` // a word for what is being done, which the console translates
}

// Result is what came of a task.
type Result struct {
	File string `cbor:"1,keyasint,omitempty"` // in the folder of results; "" = none
	Name string `cbor:"2,keyasint,omitempty"` // of the file, for who downloads it
	Type string `cbor:"3,keyasint,omitempty"` // media type
	Size int64  `cbor:"4,keyasint,omitempty"` // bytes
	Data []byte `cbor:"5,keyasint,omitempty"` // JSON: figures
}

// Failure is one attempt that did not succeed.
type Failure struct {
	Attempt int       `cbor:"1,keyasint"`
	Text    string    `cbor:"2,keyasint"`
	Code    string    `cbor:"3,keyasint,omitempty"` // of the fault
	At      time.Time `cbor:"4,keyasint"`
}

// New is what AddTx needs.
type New struct {
	Type   string
	Title  string
	Params any       // becomes JSON; nil = none
	Dedup  string    // "" = none
	At     time.Time // not before; zero = at once
}

// Kind is one type of work and its built-in worker.
type Kind struct {
	Type        string
	PerUser     int           // leases a user may have at a time; 0 = 1
	Queue       int           // tasks a user may have waiting; 0 = 1000
	MaxAttempts int           // 0 = MaxAttempts
	TTL         time.Duration // of a lease; 0 = TTL
	Long        bool          // may take hours: done by workers of its own, so that short work does not wait for it
	Run         Handler       // nil: only workers from outside take it
}

func (k Kind) filled() Kind {
	if k.PerUser == 0 {
		k.PerUser = 1
	}
	if k.Queue == 0 {
		k.Queue = 1000
	}
	if k.MaxAttempts == 0 {
		k.MaxAttempts = MaxAttempts
	}
	if k.TTL == 0 {
		k.TTL = TTL
	}
	return k
}

// Decode reads the parameters into v.
func (t *Task) Decode(v any) error { return json.Unmarshal(t.Params, v) }

// backoff is how long a task waits after so many attempts: 5 s, doubled by each
// further one to an hour at most, ±20 % by its id, so that what failed together
// does not come back together.
func backoff(id uint64, attempts int) time.Duration {
	wait := longestWait
	if n := max(attempts, 1) - 1; n < 10 {
		wait = min(firstWait<<n, longestWait)
	}
	mixed := (id*0x9E3779B97F4A7C15 + uint64(attempts)*0xBF58476D1CE4E5B9) >> 32
	return wait*4/5 + time.Duration(mixed%1000)*wait*2/5/1000
}

// clip is a text as it is kept.
func clip(s string) string {
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	if runes := []rune(s); len(runes) > maxText {
		return string(runes[:maxText-1]) + "…"
	}
	return s
}

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "task.not_found", "id", "there is no such task")
}

func lost() *fault.Fault {
	return fault.New(fault.Conflict, "task.lease_lost", "lease", "the task is no longer leased to you: drop what you have done of it")
}
