// Package fault is the one error type that operations answer with. It knows no
// dialect and no HTTP, and of the store only why it takes nothing: each dialect maps a Kind to its own code at the edge.
//
// A fault is for the person or program that called: Text says what was wrong,
// where and what to do. Cause is for the log alone and is never sent.
package fault

import (
	"errors"
	"fmt"
	"time"

	"stoa/store/kv"
)

// Kind says what sort of failure it is, independent of any protocol.
type Kind uint8

// The kinds. Every dialect has a code for each; a test holds the tables complete.
const (
	Internal        Kind = iota // a bug or a broken machine; the text says nothing of it
	Malformed                   // the request can't be read: not JSON, wrong type
	Missing                     // a required value is absent
	Invalid                     // a value breaks a rule
	Unauthenticated             // not signed in, or sign-in refused
	Denied                      // signed in, but not allowed
	NotFound                    // no such object, or none the caller may see
	Exists                      // a unique value is taken
	Conflict                    // the object is not in the state that the call needs
	Stale                       // changed by somebody else since it was read
	TooLarge                    // body, file or list over a limit
	OverQuota                   // the tenant's or the channel's quota
	TooMany                     // throttled: see Retry
	Unavailable                 // overloaded, read-only, or a peer is down: try again
	kinds
)

// Kinds lists every Kind, for the tests that hold tables complete.
func Kinds() []Kind {
	all := make([]Kind, kinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// String names the kind as it appears in logs.
func (k Kind) String() string {
	return [...]string{"internal", "malformed", "missing", "invalid", "unauthenticated", "denied",
		"not_found", "exists", "conflict", "stale", "too_large", "over_quota", "too_many", "unavailable"}[k]
}

// Fault is a refusal or a failure of one operation.
type Fault struct {
	Kind  Kind
	Code  string        // stable and machine-readable: "account.name_taken"
	Field string        // the input at fault, in the domain's word; "" = none
	Text  string        // for the caller, English, a whole sentence or clause
	Retry time.Duration // when to try again; 0 = unsaid
	Cause error         // for the log; never sent
	More  []*Fault      // what is wrong with other inputs of the same request: see All
}

// Error is the text with the cause, for logs.
func (f *Fault) Error() string {
	if f.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", f.Kind, f.Text, f.Cause)
	}
	return fmt.Sprintf("%s: %s", f.Kind, f.Text)
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Cause }

// Is reports equal codes, so that sentinels made by New can be told apart.
func (f *Fault) Is(target error) bool {
	t, ok := target.(*Fault)
	return ok && t.Code == f.Code && t.Code != ""
}

// New makes a fault; text may hold fmt verbs for args.
func New(kind Kind, code, field, text string, args ...any) *Fault {
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	return &Fault{Kind: kind, Code: code, Field: field, Text: text}
}

// Wrap makes a fault of an unexpected error: an Unavailable one if the store takes
// no writes, else an Internal one. Nil stays nil, and what already is a fault passes
// unchanged.
func Wrap(err error) error {
	if err == nil {
		return nil
	}
	var f *Fault
	if errors.As(err, &f) {
		return err
	}
	switch {
	case errors.Is(err, kv.ErrReadOnly):
		f = New(Unavailable, "store.full", "", "the server's disk is nearly full: nothing can be changed until its administrator makes room").After(time.Minute)
	case errors.Is(err, kv.ErrFailed):
		f = New(Unavailable, "store.failed", "", "a write to the server's disk has failed: its administrator has to look at the disk and start the server again")
	case errors.Is(err, kv.ErrClosed):
		f = New(Unavailable, "store.closed", "", "the server is stopping: try again in a moment")
	default:
		f = New(Internal, "internal", "", "something went wrong on the server; the request id finds it in the log")
	}
	return f.With(err)
}

// Of gives err as a fault: itself where it is one, else an Internal one. Nil gives nil.
func Of(err error) *Fault {
	if err == nil {
		return nil
	}
	var f *Fault
	if errors.As(Wrap(err), &f) {
		return f
	}
	return nil
}

// KindOf is the kind of err; Internal for what is no fault.
func KindOf(err error) Kind {
	if f := Of(err); f != nil {
		return f.Kind
	}
	return Internal
}

// After is a copy of f that names when to try again.
func (f *Fault) After(d time.Duration) *Fault {
	c := *f
	c.Retry = d
	return &c
}

// With is a copy of f with a cause for the log.
func (f *Fault) With(cause error) *Fault {
	c := *f
	c.Cause = cause
	return &c
}
