//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"stoa/bench/load"
)

// readers are the connections that ask for lists. The peer's rate was highest
// there, too (8, 16 and 32 were tried).
const readers = 16

// bench is one run: two peers and what was found.
type bench struct {
	settings
	dir   string
	stoa  *stoa
	peer  *pocketBase
	up    []*process
	lines []line
	facts []string
	took  time.Duration
	made  atomic.Int64 // accounts created so far: names are used once
}

// prepare builds both binaries, fills both directories and starts both servers.
func (b *bench) prepare(ctx context.Context) error {
	ours, theirs := filepath.Join(b.dir, "stoa-binary"), filepath.Join(b.dir, "pocketbase-binary")
	if err := build(ctx, ".", ".", ours); err != nil {
		return err
	}
	if err := build(ctx, "bench/pocketbase", ".", theirs); err != nil {
		return err
	}
	here, err := b.place("stoa", ours)
	if err != nil {
		return err
	}
	there, err := b.place("pocketbase", theirs)
	if err != nil {
		return err
	}
	b.stoa, b.peer = &stoa{place: here, count: accounts}, &pocketBase{place: there, count: accounts}
	for _, p := range []peer{b.peer, b.stoa} {
		begun := time.Now()
		if err := p.fill(ctx); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "         %s filled in %.1fs\n", p.name(), time.Since(begun).Seconds())
		if _, err := b.serve(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) place(name, bin string) (place, error) {
	dir := filepath.Join(b.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return place{}, err
	}
	addr, err := freeAddr()
	return place{bin: bin, dir: dir, addr: addr}, err
}

// serve starts a peer and signs its administrator in.
func (b *bench) serve(ctx context.Context, p peer) (*process, error) {
	running, err := p.start(ctx)
	if err != nil {
		return nil, err
	}
	b.up = append(b.up, running)
	path := "/readyz"
	if p.name() != "stoa" {
		path = "/api/health"
	}
	if _, err := running.waitFor(ctx, path, ""); err != nil {
		return nil, err
	}
	return running, p.signIn(ctx)
}

// halt stops one server.
func (b *bench) halt(p *process) error {
	b.up = slices.DeleteFunc(b.up, func(q *process) bool { return q == p })
	return p.stop()
}

// stop stops whatever still runs.
func (b *bench) stop() {
	for _, p := range b.up {
		_ = p.stop()
	}
}

// rate warms up, measures once and returns requests per second.
func (b *bench) rate(ctx context.Context, p load.Plan) (float64, error) {
	p.For = b.warm
	if err := load.Run(ctx, p).Err(); err != nil {
		return 0, err
	}
	p.For = b.span
	got := load.Run(ctx, p)
	return got.Rate(), got.Err()
}

// inTurns measures several things in each round, one after the other, and
// returns the median of each.
func (b *bench) inTurns(each ...func() (float64, error)) ([]float64, error) {
	found := make([][]float64, len(each))
	for range b.rounds {
		for i, measure := range each {
			v, err := measure()
			if err != nil {
				return nil, err
			}
			found[i] = append(found[i], v)
		}
	}
	medians := make([]float64, len(each))
	for i := range found {
		medians[i] = median(found[i])
	}
	return medians, nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
