//go:build linux

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// line is one row of the report.
type line struct {
	what, unit   string
	ours, theirs string
	ratio        string
	goal, result string
}

// goal is what was to be reached: its words and the test of the figure.
type goal struct {
	words   string
	reached func(float64) bool
}

func atLeast(limit float64, words string) *goal {
	return &goal{words, func(v float64) bool { return v >= limit }}
}

func atMost(limit float64, words string) *goal {
	return &goal{words, func(v float64) bool { return v <= limit }}
}

func (g *goal) judge(v float64) (words, result string) {
	switch {
	case g == nil:
		return "", "for information"
	case g.reached(v):
		return g.words, "reached"
	default:
		return g.words, "**falls short**"
	}
}

// add puts in a row that compares with PocketBase. A goal in units is tested on
// our figure, a goal in multiples of the peer's on the ratio.
func (b *bench) add(what, unit string, ours, theirs float64, g *goal) {
	ratio, tested := ours/theirs, ours
	if g != nil && strings.Contains(g.words, "PocketBase") {
		tested = ratio
	}
	words, result := g.judge(tested)
	b.put(line{what, unit, figure(ours), figure(theirs), fmt.Sprintf("%.2f ×", ratio), words, result})
}

// addShare puts in a row whose second figure is not PocketBase's.
func (b *bench) addShare(what, unit string, ours, reference float64, g *goal) {
	words, result := g.judge(ours / reference)
	b.put(line{what, unit, figure(ours), "(" + figure(reference) + ")", fmt.Sprintf("%.2f ×", ours/reference), words, result})
}

// addSelf puts in a row of one figure.
func (b *bench) addSelf(what, unit string, v float64, g *goal) {
	words, result := g.judge(v)
	b.put(line{what, unit, figure(v), "", "", words, result})
}

func (b *bench) skip(what, why string) {
	b.put(line{what: what, result: why})
}

// put keeps a row and shows it at once: a run takes minutes.
func (b *bench) put(l line) {
	b.lines = append(b.lines, l)
	fmt.Fprintf(os.Stderr, "         %s: %s %s  %s %s  %s\n", l.what, l.ours, l.unit, l.theirs, l.ratio, l.result)
}

func (b *bench) note(text string) { b.facts = append(b.facts, text) }

// markdown is the report.
func (b *bench) markdown() string {
	var t strings.Builder
	fmt.Fprintf(&t, "# Benchmark results\n\nWritten by `make bench` on %s, in %s. stoa and PocketBase v0.39.0 run on the same machine in the same run and are measured in turns; each figure is the median of %d rounds of %v after %v of warming up. Client and servers share the cores. stoa has every change on disk before it answers.\n\n",
		time.Now().UTC().Format("2006-01-02 15:04 UTC"), b.took.Round(time.Second), b.rounds, b.span, b.warm)
	t.WriteString("| what | unit | stoa | PocketBase (or the figure beside it) | ratio | goal | result |\n|---|---|---:|---:|---:|---|---|\n")
	for _, l := range b.lines {
		fmt.Fprintf(&t, "| %s | %s | %s | %s | %s | %s | %s |\n", l.what, l.unit, l.ours, l.theirs, l.ratio, l.goal, l.result)
	}
	t.WriteString("\n## The machine and the run\n")
	for _, fact := range b.facts {
		t.WriteString("- " + fact + "\n")
	}
	t.WriteString(method)
	return t.String()
}

// method says how the peer is driven, so that the figures can be judged.
const method = `
## How the peer is driven
- PocketBase runs with its own defaults (SQLite in WAL mode, synchronous=NORMAL: a commit is not synced). Its collection has a unique name, e-mail and phone within a tenant, and an index on tenant and time.
- Both log every request, as they do by default: stoa to a file, PocketBase into a database of its own.
- Lists: its administrator's token (no rule to evaluate), table order (nothing to sort), 16 connections for both.
- Creates: plain records in a base collection with the hash as a text field. Its auth collections hash every password themselves.
- Sign-in: auth collection, bcrypt of cost 10, no mail to new devices.
`

// figure writes a number with as many digits as mean something.
func figure(v float64) string {
	switch {
	case v >= 1000:
		return thousands(int(v + 0.5))
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
