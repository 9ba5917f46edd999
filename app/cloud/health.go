package cloud

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"stoa/app/depot"
	"stoa/app/event"
	"stoa/app/fault"
	"stoa/blob"
	"stoa/blob/s3"
)

// Health is what this process knows of a bucket, by its own attempts.
type Health struct {
	State  State
	Reason s3.Reason // of the last failure
	Text   string    // the same, in words
	Since  time.Time // that it is in this state
	Asked  time.Time // when an attempt last said something
	Next   time.Time // when it is tried again by itself

	tries int
}

// State is how a bucket is.
type State string

// The states.
const (
	Unknown State = "unknown" // not used since the start of the server
	Up      State = "up"
	Limping State = "limping" // answers, but refuses bytes or fails: new bytes go elsewhere, it is still read
	Down    State = "down"    // can't be used: not tried again before Health.Next
)

func (h Health) out() bool { return h.State == Down }

// Times between the attempts that nobody asked for.
const (
	firstAgain = 5 * time.Second
	lastAgain  = 5 * time.Minute
	lookEvery  = 5 * time.Minute // at a bucket that is well
	tryTime    = 30 * time.Second
)

// stateAfter is how a bucket is that failed for a reason.
func stateAfter(r s3.Reason) State {
	switch r {
	case s3.Full, s3.Denied, s3.Busy, s3.Failed:
		return Limping
	case s3.Changed, s3.Other:
		return "" // says nothing of the bucket
	}
	return Down
}

// Report tells what an attempt at a place came to; see depot.Places. What the
// bucket is not to blame for changes nothing.
func (s *Service) Report(id uint64, err error) {
	if id == depot.Appliance {
		return
	}
	var failed *s3.Error
	switch {
	case err == nil:
		s.note(id, Up, "", "")
	case errors.As(err, &failed):
		if state := stateAfter(failed.Reason); state != "" {
			s.note(id, state, failed.Reason, Explain(failed.Reason, s.guarded(failed)))
		}
	}
}

// note keeps the state, and tells whoever watches of a change.
func (s *Service) note(id uint64, state State, reason s3.Reason, text string) {
	now := s.db.Clock()
	s.mu.Lock()
	h := s.healths[id]
	if h == nil {
		h = &Health{State: Unknown}
		s.healths[id] = h
	}
	changed := h.State != state
	if changed {
		h.Since, h.tries = now, 0
	}
	h.State, h.Reason, h.Text, h.Asked = state, reason, text, now
	if state == Up {
		h.Next = now.Add(lookEvery)
	} else if changed || !h.Next.After(now) {
		h.Next = now.Add(min(firstAgain<<min(h.tries, 10), lastAgain))
		h.tries++
	}
	p := s.open[id]
	s.mu.Unlock()
	if changed && p != nil {
		s.Events.Publish(event.Event{Type: "cloud", Action: "cloud." + string(state), Object: strconv.FormatUint(id, 10), Tenant: p.tenant, At: now})
	}
}

func (s *Service) healthOf(id uint64) Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.healths[id]; h != nil {
		return *h
	}
	return Health{State: Unknown}
}

// trouble ranks places: 0 well or not known, 1 limping, 2 down.
func (s *Service) trouble(places []uint64) map[uint64]int {
	out := map[uint64]int{}
	for _, id := range places {
		out[id] = slices.Index([]State{Limping, Down}, s.healthOf(id).State) + 1
	}
	return out
}

// due are the places whose time for another attempt has come, and when the next
// one comes.
func (s *Service) due(ids []uint64) (out []uint64) {
	now := s.db.Clock()
	for _, id := range ids {
		if id != depot.Appliance && !s.healthOf(id).Next.After(now) {
			out = append(out, id)
		}
	}
	return out
}

// Look tries the places whose time has come: those in trouble with all that is
// done to a bucket, the others with a glance. Run calls it now and then.
func (s *Service) Look(ctx context.Context) error {
	all, err := s.All(ctx)
	if err != nil {
		return err
	}
	eachOf(s.due(all), func(id uint64) {
		p, err := s.placeOf(ctx, id)
		if err != nil {
			return // the secret does not open, or it has just gone: whoever asks for it is told
		}
		bounded, cancel := context.WithTimeout(ctx, tryTime)
		defer cancel()
		if h := s.healthOf(id); h.State == Limping || h.State == Down {
			err = probe(bounded, p.blobs)
		} else {
			_, _, err = p.blobs.List(bounded, "", "", 1)
		}
		if bounded.Err() != nil && ctx.Err() == nil {
			err = &s3.Error{Reason: s3.Unreachable, Host: p.host, Bucket: p.bucket, Err: bounded.Err()}
		}
		if ctx.Err() == nil {
			s.Report(id, err)
		}
	})
	return ctx.Err()
}

// besides is how many places are looked at at a time: those that hang are not to keep
// the others waiting.
const besides = 32

// eachOf does something with places side by side.
func eachOf(ids []uint64, do func(uint64)) {
	slots := make(chan struct{}, besides)
	var all sync.WaitGroup
	for _, id := range ids {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			do(id)
		})
	}
	all.Wait()
}

// named makes faults that name the bucket of its failures.
type named struct {
	blob.Store
	place *place
}

// down is the fault for a bucket that can't be used.
func (p *place) down(reason s3.Reason, err error) error {
	return fault.New(fault.Unavailable, "cloud.down", "", "the bucket %s at %s can't be used now (%s): try again later", p.bucket, p.host, reason).With(err)
}

func (n named) fail(err error) error {
	var e *s3.Error
	if errors.As(err, &e) {
		return n.place.down(e.Reason, err)
	}
	return err
}

// Put is blob.Store's.
func (n named) Put(ctx context.Context, name string, body io.Reader, o blob.Put) (blob.Info, error) {
	info, err := n.Store.Put(ctx, name, body, o)
	return info, n.fail(err)
}

// Get is blob.Store's.
func (n named) Get(ctx context.Context, name string, r blob.Range) (io.ReadCloser, blob.Info, error) {
	body, info, err := n.Store.Get(ctx, name, r)
	return body, info, n.fail(err)
}

// Stat is blob.Store's.
func (n named) Stat(ctx context.Context, name string) (blob.Info, error) {
	info, err := n.Store.Stat(ctx, name)
	return info, n.fail(err)
}

// Delete is blob.Store's.
func (n named) Delete(ctx context.Context, name string) error {
	return n.fail(n.Store.Delete(ctx, name))
}

// List is blob.Store's.
func (n named) List(ctx context.Context, prefix, cursor string, limit int) ([]blob.Info, string, error) {
	blobs, next, err := n.Store.List(ctx, prefix, cursor, limit)
	return blobs, next, n.fail(err)
}
