// Package duty is work that one node of the installation does for all of them:
// it takes the lease, does rounds while there are any, gives the lease back and
// waits until it is woken or a while has passed. It knows none of the work.
package duty

import (
	"context"
	"errors"
	"time"

	"stoa/app/fault"
	"stoa/store/kv"
)

// Duty is one piece of such work.
type Duty struct {
	Name  string          // of the lease: "audit/seal"
	TTL   time.Duration   // of the lease, which is renewed while a round lasts
	Every time.Duration   // how long it waits when nobody wakes it
	Wake  <-chan struct{} // may be nil
	// Round does a bounded piece of the work and says whether there is more.
	Round func(context.Context) (more bool, err error)
}

// Run does the duty until ctx ends. Errors are reported, and it goes on. Of the
// nodes that share the engine the one that holds the lease works.
func (d Duty) Run(ctx context.Context, engine kv.Store, node string, report func(error)) {
	for ctx.Err() == nil {
		if err := d.all(ctx, engine, node); err != nil && ctx.Err() == nil {
			report(fault.Wrap(err))
		}
		select {
		case <-ctx.Done():
		case <-d.Wake:
		case <-time.After(d.Every):
		}
	}
}

// all does rounds until there is nothing left to do.
func (d Duty) all(ctx context.Context, engine kv.Store, node string) error {
	lease, err := engine.Acquire(ctx, d.Name, node, d.TTL)
	if errors.Is(err, kv.ErrFenced) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = lease.Release(context.WithoutCancel(ctx)) }()
	for ctx.Err() == nil {
		more, err := d.held(ctx, lease)
		if err != nil || !more {
			return err
		}
		if err := lease.Renew(ctx); err != nil {
			return err
		}
	}
	return nil
}

// held does one round and renews the lease while it lasts; a round whose lease is
// lost is ended.
func (d Duty) held(ctx context.Context, lease kv.Lease) (more bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	defer close(done)
	go func() {
		tick := time.NewTicker(d.TTL / 3)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := lease.Renew(ctx); errors.Is(err, kv.ErrFenced) {
					cancel(err)
					return
				}
			}
		}
	}()
	more, err = d.Round(ctx)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, kv.ErrFenced) {
		err = errors.Join(cause, err)
	}
	return more, err
}
