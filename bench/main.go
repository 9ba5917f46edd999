//go:build linux

// Command bench measures stoa beside PocketBase, both started by it on this
// machine, in the same run, one after the other in turns, and prints a table of
// what was reached against what was to be reached. `make bench` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// settings say how much is measured.
type settings struct {
	rounds  int           // of each measurement; the median counts
	warm    time.Duration // before each round, not counted
	span    time.Duration // of one round
	million int           // accounts of the large installation; 0 = leave it out
	only    string        // names of rows, comma-separated; "" = all
	dir     string        // where the data goes: a real disk
	out     string        // report file; "" = only the screen
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, parse()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse() settings {
	s := settings{rounds: 5, warm: 300 * time.Millisecond, span: 1500 * time.Millisecond}
	quick := flag.Bool("quick", false, "about two minutes: fewer and shorter rounds, no large installation, no report file")
	flag.IntVar(&s.million, "large", 1_000_000, "accounts of the large installation, 0 to leave it out")
	flag.StringVar(&s.only, "only", "", "rows to measure: list,large,sign-in,token,segment,start,create,export,storage,rows,size")
	flag.StringVar(&s.dir, "dir", os.TempDir(), "directory for the data, on the disk to be measured")
	flag.StringVar(&s.out, "out", "bench/RESULTS.md", "report file")
	flag.Parse()
	if *quick {
		s.rounds, s.warm, s.span, s.million, s.out = 3, 200*time.Millisecond, time.Second, 0, ""
	}
	if s.only != "" {
		s.out = ""
	}
	return s
}

// step is one measurement, which adds its rows to the report.
type step struct {
	name string
	run  func(context.Context) error
}

func run(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp(s.dir, "stoa-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{settings: s, dir: dir}
	defer b.stop()
	started := time.Now()
	if b.facts, err = machineFacts(dir); err != nil {
		return err
	}
	if err := b.prepare(ctx); err != nil {
		return fmt.Errorf("%w%s", err, b.logs())
	}
	// What only reads comes first: creating makes the installations larger.
	for _, step := range []step{
		{"list", b.lists}, {"sign-in", b.signIns}, {"token", b.tokens}, {"segment", b.segments}, {"start", b.starts},
		{"create", b.creates}, {"export", b.exports}, {"large", b.large}, {"storage", b.storage}, {"rows", b.rows}, {"size", b.sizes},
	} {
		if s.only != "" && !strings.Contains(","+s.only+",", ","+step.name+",") {
			continue
		}
		fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(started).Seconds(), step.name)
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("%s: %w%s", step.name, err, b.logs())
		}
	}
	b.took = time.Since(started)
	text := b.markdown()
	fmt.Print(text)
	if s.out == "" {
		return nil
	}
	return os.WriteFile(s.out, []byte(text), 0o644)
}

// logs is the end of what the servers wrote, for a run that failed.
func (b *bench) logs() string {
	var text strings.Builder
	files, _ := filepath.Glob(filepath.Join(b.dir, "*", "*.log"))
	for _, file := range files {
		raw, _ := os.ReadFile(file)
		if len(raw) > 1500 {
			raw = raw[len(raw)-1500:]
		}
		if len(raw) > 0 {
			fmt.Fprintf(&text, "\n--- %s\n%s", filepath.Base(file), raw)
		}
	}
	return text.String()
}
