//go:build linux

package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"time"

	"stoa/bench/load"
)

// lists: a page of 10 with the exact total, the first page and the 500th.
func (b *bench) lists(ctx context.Context) error {
	page := func(p peer, addr string, number int) func() (float64, error) {
		return func() (float64, error) {
			request := p.list(number)
			return b.rate(ctx, load.Plan{Addr: addr, Conns: readers, Want: 200, Next: func(int) []byte { return request }})
		}
	}
	v, err := b.inTurns(page(b.peer, b.peer.addr, 1), page(b.stoa, b.stoa.addr, 1),
		page(b.peer, b.peer.addr, 500), page(b.stoa, b.stoa.addr, 500))
	if err != nil {
		return err
	}
	b.add("account list, page of 10 with exact total, 10,000 accounts, page 1", "requests/s", v[1], v[0], atLeast(5, "5 × PocketBase"))
	b.add("the same, page 500", "requests/s", v[3], v[2], atLeast(5, "5 × PocketBase"))
	b.addSelf("page 500 beside page 1", "slower by the factor", v[1]/v[3], atMost(1.2, "1.2"))
	return nil
}

// large: the list again, with many more accounts. Filling is what takes the time.
func (b *bench) large(ctx context.Context) error {
	if b.million == 0 {
		b.skip(fmt.Sprintf("account list at %s accounts", thousands(1_000_000)), "not measured in a quick run")
		return nil
	}
	at, err := b.place("stoa-large", b.stoa.bin)
	if err != nil {
		return err
	}
	big := &stoa{place: at, count: b.million}
	begun := time.Now()
	if err := big.fill(ctx); err != nil {
		return err
	}
	filled := time.Since(begun)
	running, err := b.serve(ctx, big)
	if err != nil {
		return err
	}
	page := func(s *stoa, number int) func() (float64, error) {
		return func() (float64, error) {
			request := s.list(number)
			return b.rate(ctx, load.Plan{Addr: s.addr, Conns: readers, Want: 200, Next: func(int) []byte { return request }})
		}
	}
	v, err := b.inTurns(page(b.stoa, 1), page(big, 1), page(big, 500))
	if err != nil {
		return err
	}
	what := thousands(b.million) + " accounts"
	b.addSelf("account list at "+what+" beside 10,000", "slower by the factor", v[0]/v[1], atMost(1.5, "1.5"))
	b.addSelf("page 500 beside page 1 at "+what, "slower by the factor", v[1]/v[2], atMost(1.2, "1.2"))
	b.note(fmt.Sprintf("list at %s: %.0f requests/s at page 1, %.0f at page 500; making them over HTTP took %.0f s (%.0f/s, each durable before its answer)",
		what, v[1], v[2], filled.Seconds(), float64(b.million)/filled.Seconds()))
	if err := b.searches(ctx, big); err != nil {
		return err
	}
	return b.halt(running)
}

// searches: the list filtered by a part of a name, one client, each time another
// part: of few accounts, of many, of none.
func (b *bench) searches(ctx context.Context, big *stoa) error {
	client := &http.Client{}
	defer client.CloseIdleConnections()
	var took []float64
	for n := range 300 {
		text := []string{fmt.Sprintf("%05d", n*331%100_000), fmt.Sprintf("%d", 10+n%90), fmt.Sprintf("none%d", n)}[n%3]
		begun := time.Now()
		if err := get(ctx, client, "http://"+big.addr+"/v1/accounts?limit=10&q="+text, big.token); err != nil {
			return err
		}
		took = append(took, ms(time.Since(begun)))
	}
	slices.Sort(took)
	half := median(took)
	b.addSelf("account list filtered by a substring, "+thousands(b.million)+" accounts, median of 300 different ones", "ms", half, atMost(20, "20"))
	b.note(fmt.Sprintf("substring among %s accounts: %.1f ms at the median, %.1f at 99 %%", thousands(b.million), half, took[len(took)*99/100]))
	return nil
}

// tokens: the smallest answer that needs a token, driven by wrk.
func (b *bench) tokens(ctx context.Context) error {
	tool, err := exec.LookPath("wrk")
	measure := func() (float64, error) { return b.wrk(ctx, tool) }
	with := "wrk, 2 threads, 64 connections"
	if err != nil {
		request := b.stoa.me()
		with = "this program's client (wrk is not installed), 64 connections"
		measure = func() (float64, error) {
			return b.rate(ctx, load.Plan{Addr: b.stoa.addr, Conns: 64, Want: 200, Next: func(int) []byte { return request }})
		}
	}
	v, err := b.inTurns(measure)
	if err != nil {
		return err
	}
	b.addSelf("token check + GET /v1/me ("+with+")", "requests/s", v[0], atLeast(20_000, "20,000"))
	return nil
}

var (
	wrkRate = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkBad  = regexp.MustCompile(`(Non-2xx or 3xx responses: \d+|Socket errors: .*)`)
)

func (b *bench) wrk(ctx context.Context, tool string) (float64, error) {
	text, err := command(ctx, b.dir, "", tool, "-t2", "-c64", fmt.Sprintf("-d%ds", int(math.Ceil(b.span.Seconds()))),
		"-H", "Authorization: Bearer "+b.stoa.token, "http://"+b.stoa.addr+"/v1/me")
	if err != nil {
		return 0, err
	}
	if bad := wrkBad.FindString(text); bad != "" {
		return 0, fmt.Errorf("wrk: %s", bad)
	}
	found := wrkRate.FindStringSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("wrk printed no rate:\n%s", text)
	}
	return strconv.ParseFloat(found[1], 64)
}

// creates: accounts with the password hash given, so that writing is measured
// and not hashing. stoa has each on disk before it answers; PocketBase as it
// comes does not, so it is measured a second time with every commit synced.
func (b *bench) creates(ctx context.Context) error {
	making := func(p peer, addr string) func() (float64, error) {
		return func() (float64, error) {
			return b.rate(ctx, load.Plan{Addr: addr, Conns: fillConns, Want: p.createStatus(),
				Next: func(int) []byte { return p.create(int(b.made.Add(1))) }})
		}
	}
	v, err := b.inTurns(making(b.peer, b.peer.addr), making(b.stoa, b.stoa.addr))
	if err != nil {
		return err
	}
	b.add("account create, password hash given, 64 clients; stoa durable, PocketBase by its default not", "creates/s", v[1], v[0], atLeast(2, "2 × PocketBase"))
	synced, err := b.syncedCreates(ctx, making)
	if err != nil {
		return err
	}
	b.add("the same, PocketBase with every commit synced, too", "creates/s", v[1], synced, nil)
	return nil
}

// syncedCreates measures a PocketBase that syncs, on a directory of its own.
func (b *bench) syncedCreates(ctx context.Context, making func(peer, string) func() (float64, error)) (float64, error) {
	at, err := b.place("pocketbase-synced", b.peer.bin)
	if err != nil {
		return 0, err
	}
	synced := &pocketBase{place: at, durable: true}
	if err := synced.fill(ctx); err != nil {
		return 0, err
	}
	running, err := b.serve(ctx, synced)
	if err != nil {
		return 0, err
	}
	v, err := b.inTurns(making(synced, synced.addr))
	if err != nil {
		return 0, err
	}
	return v[0], b.halt(running)
}
