package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"stoa/store/kv"
)

const (
	reapBatch = 1000
	reapEvery = 30 * time.Second
)

// Run does the background work until ctx ends: it seals the action log, delivers
// messages, removes what has expired and what deleted accounts left behind.
// Killed at any point it goes on at the next start.
//
// While it runs the Go scheduler has a processor more for each thread that
// hashes passwords; see package password.
func (a *App) Run(ctx context.Context) {
	procs := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(procs + a.hasher.Workers())
	defer runtime.GOMAXPROCS(procs)
	node := nodeName()
	var all sync.WaitGroup
	all.Go(func() { a.Audit.Run(ctx, node, a.report) })
	all.Go(func() { a.Message.Run(ctx, node, a.report) })
	all.Go(func() { a.say(ctx, a.warm(ctx)) })
	all.Go(func() { a.say(ctx, a.Rotation.Resume(ctx)) })
	all.Go(func() { a.Segment.Run(ctx, a.report) })
	all.Go(func() { a.OpenID.Run(ctx, a.report) })
	all.Go(func() { a.Tally.Run(ctx, a.report) })
	for _, work := range append(a.runKeeping(ctx, node), a.runLedger(ctx)...) {
		all.Go(work)
	}
	all.Go(func() { a.Task.Run(ctx, a.report) })
	all.Go(func() { a.Cloud.Run(ctx, a.report) })
	all.Go(func() { a.every(ctx, nil, a.reap) })
	all.Go(func() { a.every(ctx, nil, a.tidy) })
	all.Go(func() { a.every(ctx, a.wake, a.sweep) })
	a.runSources(ctx, &all)
	all.Go(func() { a.Company.Run(ctx, a.report) })
	all.Wait()
}

// Hashed is how many passwords were hashed since the start.
func (a *App) Hashed() uint64 { return a.hasher.Done() }

// say reports an error, unless the end of ctx is why.
func (a *App) say(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		a.report(err)
	}
}

// warmAfter leaves the first requests after a start the machine to themselves.
const warmAfter = time.Second

// warm reads what searches look in. Who searches before it is done waits for it.
func (a *App) warm(ctx context.Context) error {
	wait := time.NewTimer(warmAfter)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return nil
	case <-wait.C:
	}
	return a.Account.Warm(ctx)
}

// nodeName tells this process from the others that share the store.
func nodeName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// stir wakes the sweeper.
func (a *App) stir() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// every does work now, when woken and now and then.
func (a *App) every(ctx context.Context, wake <-chan struct{}, work func(context.Context) error) {
	tick := time.NewTicker(reapEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := work(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, kv.ErrClosed) {
			a.report(err)
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-tick.C:
		}
	}
}

func (a *App) reap(ctx context.Context) error {
	for {
		n, _, err := a.DB.Reap(ctx, reapBatch)
		if err != nil || n < reapBatch {
			return err
		}
	}
}

func (a *App) sweep(ctx context.Context) error {
	_, err := a.Follow.Sweep(ctx)
	return errors.Join(err, a.Avatar.Sweep(ctx), a.sweepStorage(ctx))
}
