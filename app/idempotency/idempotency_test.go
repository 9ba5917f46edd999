package idempotency_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/fault"
	"stoa/app/idempotency"
)

var request = []byte("digest of a request")

// Of many who send the same request at once, one goes on; the others are told
// to wait, and get its answer afterwards.
func TestOneOfManyGoesOn(t *testing.T) {
	a := apptest.Open(t)
	var went, waiting atomic.Int64
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			kept, err := a.Idempotency.Begin(t.Context(), a.Super, "key", request)
			switch {
			case err == nil && kept == nil:
				went.Add(1)
			case fault.KindOf(err) == fault.Conflict:
				waiting.Add(1)
			default:
				t.Errorf("got %v, %v", kept, err)
			}
		})
	}
	all.Wait()
	if went.Load() != 1 || waiting.Load() != 31 {
		t.Errorf("%d went on and %d were told to wait", went.Load(), waiting.Load())
	}
	answer := idempotency.Answer{Status: 201, Location: "/there", Body: []byte(`{"secret":"once"}`)}
	if err := a.Idempotency.Finish(t.Context(), a.Super, "key", request, answer); err != nil {
		t.Fatal(err)
	}
	kept, err := a.Idempotency.Begin(t.Context(), a.Super, "key", request)
	if err != nil || kept == nil || kept.Status != 201 || kept.Location != "/there" || string(kept.Body) != `{"secret":"once"}` {
		t.Errorf("afterwards: %+v, %v", kept, err)
	}
	a.Verify()
}

// A request whose server was killed frees its key after a minute; an answer is
// forgotten after a day.
func TestKeysEnd(t *testing.T) {
	a := apptest.Open(t)
	begin := func(by access.Actor) *idempotency.Answer {
		t.Helper()
		kept, err := a.Idempotency.Begin(t.Context(), by, "key", request)
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	begin(a.Super)
	a.Clock.Add(61 * time.Second)
	if begin(a.Super) != nil {
		t.Error("there is an answer that nobody gave")
	}
	if err := a.Idempotency.Finish(t.Context(), a.Super, "key", request, idempotency.Answer{Status: 201}); err != nil {
		t.Fatal(err)
	}
	if begin(a.Actor(a.Account(1, "other"))) != nil {
		t.Error("somebody else's key gave an answer")
	}
	a.Clock.Add(idempotency.Keep + time.Second)
	if begin(a.Super) != nil {
		t.Error("the answer is kept longer than a day")
	}
	a.Clock.Add(idempotency.Keep)
	if n, _, err := a.DB.Reap(t.Context(), 1000); err != nil || n == 0 {
		t.Errorf("reaped %d, %v", n, err)
	}
}
