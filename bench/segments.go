//go:build linux

package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"stoa/bench/load"
)

// drawn is how many numbers a client draws at once where it draws many.
const drawn = 1000

// segments: numbers drawn over HTTP, singly and in batches. Each call checks a
// token; leases are on disk before their first number leaves the server.
func (b *bench) segments(ctx context.Context) error {
	made := load.Run(ctx, load.Plan{Addr: b.stoa.addr, Conns: 1, For: time.Minute, Most: 1, Want: http.StatusCreated, Next: func(int) []byte {
		return load.Request("POST", "/v1/segments", b.stoa.bearer(), []byte(`{"tag":"bench"}`))
	}})
	if err := made.Err(); err != nil {
		return err
	}
	draw := func(clients, n int) func() (float64, error) {
		request := load.Request("POST", fmt.Sprintf("/v1/segments/bench/ids?n=%d", n), b.stoa.bearer(), nil)
		return func() (float64, error) {
			return b.rate(ctx, load.Plan{Addr: b.stoa.addr, Conns: clients, Want: http.StatusOK, Next: func(int) []byte { return request }})
		}
	}
	v, err := b.inTurns(draw(64, 1), draw(8, drawn))
	if err != nil {
		return err
	}
	b.addSelf("segment: single draws, 64 clients", "draws/s", v[0], atLeast(15_000, "15,000"))
	b.addSelf("segment: batches of 1,000, 8 clients", "ids/s", v[1]*drawn, atLeast(500_000, "500,000"))
	return nil
}
