//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/crypto/argon2"

	"stoa/bench/load"
)

const (
	signInConns = 16  // people signing in at once: many more than cores
	pace        = 200 // lists a second while latency is measured
	paceConns   = 4
)

// signIns: at saturation, beside PocketBase and beside the bare hash, and what
// a list waits meanwhile.
func (b *bench) signIns(ctx context.Context) error {
	login := func(p peer, addr string) func() (float64, error) {
		return func() (float64, error) {
			plan := load.Plan{Addr: addr, Conns: signInConns, Want: p.loginStatus(), For: b.warm, Next: p.login}
			if err := load.Run(ctx, plan).Err(); err != nil {
				return 0, err
			}
			plan.For = 2 * b.span // a hash takes long: twice the time for as steady a figure
			got := load.Run(ctx, plan)
			return got.Rate(), got.Err()
		}
	}
	v, err := b.inTurns(login(b.peer, b.peer.addr), login(b.stoa, b.stoa.addr),
		func() (float64, error) { return bareHashes(2 * b.span), nil })
	if err != nil {
		return err
	}
	b.add("sign-in at saturation, 16 clients", "sign-ins/s", v[1], v[0], atLeast(2.2, "2.2 × PocketBase"))
	b.addShare("the same beside bare argon2id (m 19 MiB, t 2, p 1) on all cores", "per second", v[1], v[2], atLeast(0.95, "≥ 95 %"))
	return b.starvation(ctx)
}

// bareHashes is how many passwords this machine hashes a second when it does
// nothing else.
func bareHashes(span time.Duration) float64 {
	var done atomic.Int64
	var wait sync.WaitGroup
	start := time.Now()
	for range runtime.NumCPU() {
		wait.Go(func() {
			for time.Since(start) < span {
				argon2.IDKey([]byte(password), []byte("sixteen bytes .."), 2, 19*1024, 1, 32)
				done.Add(1)
			}
		})
	}
	wait.Wait()
	return float64(done.Load()) / time.Since(start).Seconds()
}

// starvation: the 99th percentile of a steady 200 lists a second, while nobody
// signs in and while 16 clients do so without a pause. The client measures from
// when each request was due. It runs at a raised priority, because on a small
// machine the kernel would else let it wait behind the hashing, and that would
// be counted as the server's.
func (b *bench) starvation(ctx context.Context) error {
	lower, err := raisePriority()
	if err != nil {
		b.note("the latency client could not raise its priority (" + err.Error() + "): its figures hold the kernel's delays, too")
	}
	defer lower()
	request := b.stoa.list(1)
	plan := load.Plan{Addr: b.stoa.addr, Conns: paceConns, PerSec: pace, Want: 200, Next: func(int) []byte { return request }}
	latency := func() (float64, error) {
		plan.For = 2 * b.span
		got := load.Run(ctx, plan)
		return float64(got.Quantile(0.99).Microseconds()) / 1000, got.Err()
	}
	v, err := b.inTurns(latency, func() (float64, error) { return b.whileSigningIn(ctx, latency) })
	if err != nil {
		return err
	}
	b.addSelf(fmt.Sprintf("p99 of the list while 16 clients sign in (%.2f ms) beside idle (%.2f ms)", v[1], v[0]),
		"longer by the factor", v[1]/v[0], atMost(5, "5"))
	return nil
}

// whileSigningIn measures under full sign-in load.
func (b *bench) whileSigningIn(ctx context.Context, measure func() (float64, error)) (float64, error) {
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	var behind load.Result
	wait.Go(func() {
		behind = load.Run(ctx, load.Plan{Addr: b.stoa.addr, Conns: signInConns, For: time.Minute, Want: b.stoa.loginStatus(), Next: b.stoa.login})
	})
	timer := time.NewTimer(b.warm)
	<-timer.C // the load has to be there before it is measured under
	v, err := measure()
	cancel()
	wait.Wait()
	if err == nil {
		err = behind.Err()
	}
	return v, err
}

// raisePriority raises that of every thread of this process; the function it
// returns puts it back.
func raisePriority() (func(), error) {
	if err := setPriority(-15); err != nil {
		return func() {}, err
	}
	return func() { _ = setPriority(0) }, nil
}

func setPriority(nice int) error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return err
		}
		if err := syscall.Setpriority(syscall.PRIO_PROCESS, id, nice); err != nil && err != syscall.ESRCH {
			return err
		}
	}
	return nil
}
