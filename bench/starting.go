//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

const (
	idleTime = 5 * time.Second // before memory is read
	mebibyte = 1 << 20
)

// starts: from starting the process to the first list answered, and the memory
// held after that.
func (b *bench) starts(ctx context.Context) error {
	for len(b.up) > 0 {
		if err := b.halt(b.up[0]); err != nil {
			return err
		}
	}
	var ourMemory, theirMemory float64
	start := func(p peer, path string, memory *float64) func() (float64, error) {
		return func() (float64, error) {
			took, held, err := b.coldStart(ctx, p, path, *memory == 0)
			if held > 0 {
				*memory = held
			}
			return took, err
		}
	}
	v, err := b.inTurns(start(b.peer, b.peer.listPath(), &theirMemory), start(b.stoa, b.stoa.listPath(), &ourMemory))
	if err != nil {
		return err
	}
	b.add("start of the process to its first list answered, 10,000 accounts (files cached)", "ms", v[1], v[0], atMost(60, "< 60"))
	b.add("memory (RSS) 5 s after that, idle", "MiB", ourMemory, theirMemory, atMost(50, "< 50"))
	for _, p := range []peer{b.peer, b.stoa} {
		if _, err := b.serve(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// coldStart returns milliseconds and, when asked for, MiB.
func (b *bench) coldStart(ctx context.Context, p peer, path string, memory bool) (took, held float64, err error) {
	begun := time.Now()
	running, err := p.start(ctx)
	if err != nil {
		return 0, 0, err
	}
	b.up = append(b.up, running)
	if _, err := running.waitFor(ctx, path, p.authorization()); err != nil {
		return 0, 0, err
	}
	took = float64(time.Since(begun).Microseconds()) / 1000
	if memory {
		timer := time.NewTimer(idleTime)
		<-timer.C
		resident, err := running.resident()
		if err != nil {
			return 0, 0, err
		}
		held = float64(resident) / mebibyte
	}
	return took, held, b.halt(running)
}

// sizes: the binary as it is released.
func (b *bench) sizes(context.Context) error {
	ours, err := os.Stat(b.stoa.bin)
	if err != nil {
		return err
	}
	theirs, err := os.Stat(b.peer.bin)
	if err != nil {
		return err
	}
	b.add("binary (static, stripped), millions of bytes", "MB", float64(ours.Size())/1e6, float64(theirs.Size())/1e6, atMost(40, "< 40"))
	return nil
}

// benchLine is one line of `go test -bench` with our metric.
var benchLine = regexp.MustCompile(`(?m)^Benchmark\S+\s.*?([0-9.]+) txn/s`)

// rows: typed rows straight to the store beside a bare loop over the engine.
func (b *bench) rows(ctx context.Context) error {
	run := func(pkg, name string) func() (float64, error) {
		return func() (float64, error) {
			cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^"+name+"$", "-benchtime", b.span.String(), pkg)
			text, err := cmd.CombinedOutput()
			if err != nil {
				return 0, fmt.Errorf("%s: %w\n%s", name, err, text)
			}
			found := benchLine.FindSubmatch(text)
			if found == nil {
				return 0, errors.New(name + " reported no txn/s:\n" + string(bytes.TrimSpace(text)))
			}
			return strconv.ParseFloat(string(found[1]), 64)
		}
	}
	v, err := b.inTurns(run("./store/kv/badgerkv", "BenchmarkFloor"), run("./store", "BenchmarkInsert"))
	if err != nil {
		return err
	}
	b.addShare("typed rows with a unique, an ordered and a ranked index and a number from a sequence, 64 writers, beside one bare key a transaction on Badger with grouped fdatasync",
		"transactions/s", v[1], v[0], atLeast(0.5, "≥ 0.5 × the bare loop"))
	return nil
}
