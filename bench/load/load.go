// Package load drives an HTTP/1.1 server on a loopback address with a bounded
// number of connections for a bounded time, and counts what comes back. It
// knows nothing of what it asks for: requests are bytes, prepared beforehand,
// so that on a small machine the client costs little beside the server.
package load

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Request returns the bytes of one HTTP/1.1 request. header holds complete
// lines without their line end; body may be nil.
func Request(method, path string, header []string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, path)
	for _, line := range header {
		b.WriteString(line + "\r\n")
	}
	if body != nil {
		b.WriteString("Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// Plan is one measurement.
type Plan struct {
	Addr   string        // host:port, loopback
	Conns  int           // connections, each with one request under way at most
	For    time.Duration // how long new requests are begun
	Most   int           // requests in all; 0 = as many as fit into For
	Want   int           // status that counts as success
	Next   func(n int) []byte
	After  func(n int) error // done after each answer, before the next request; nil = nothing
	PerSec int               // 0: a closed loop; else requests begun per second, over all connections
}

// Result is what a measurement found. Latencies are sorted.
type Result struct {
	Done      int
	Failed    int
	Problem   string // the first failure
	Elapsed   time.Duration
	Latencies []time.Duration
}

// Rate returns successful requests per second.
func (r Result) Rate() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Done) / r.Elapsed.Seconds()
}

// Quantile returns the latency that the share q (0 to 1) of requests did not exceed.
func (r Result) Quantile(q float64) time.Duration {
	if len(r.Latencies) == 0 {
		return 0
	}
	at := int(q * float64(len(r.Latencies)))
	return r.Latencies[min(at, len(r.Latencies)-1)]
}

// Err returns an error when any request failed: a rate with failures in it is
// no measurement.
func (r Result) Err() error {
	if r.Failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d requests failed, the first one: %s", r.Failed, r.Failed+r.Done, r.Problem)
}

// Run carries out a plan.
func Run(ctx context.Context, p Plan) Result {
	ctx, cancel := context.WithTimeout(ctx, p.For)
	defer cancel()
	start := time.Now()
	turns := newTurns(p, start)
	parts := make([]Result, p.Conns)
	var wait sync.WaitGroup
	for i := range p.Conns {
		wait.Go(func() { parts[i] = worker(ctx, p, turns) })
	}
	wait.Wait()
	whole := Result{Elapsed: time.Since(start)}
	for _, part := range parts {
		whole.Done += part.Done
		whole.Failed += part.Failed
		if whole.Problem == "" {
			whole.Problem = part.Problem
		}
		whole.Latencies = append(whole.Latencies, part.Latencies...)
	}
	slices.Sort(whole.Latencies)
	return whole
}

// worker sends one request after the other over one connection.
func worker(ctx context.Context, p Plan, turns *turns) Result {
	var r Result
	c := conn{addr: p.Addr}
	defer c.close()
	for ctx.Err() == nil {
		n, at, ok := turns.next(ctx)
		if !ok {
			break
		}
		status, body, err := c.do(p.Next(n))
		if err == nil && status == p.Want && p.After != nil {
			err = p.After(n)
		}
		switch {
		case err != nil:
			r.fail(err.Error())
		case status != p.Want:
			r.fail(fmt.Sprintf("status %d, wanted %d: %.300s", status, p.Want, body))
		default:
			r.Done++
			r.Latencies = append(r.Latencies, time.Since(at))
		}
		if r.Failed > 100 {
			break // the server is gone or refuses all: no use in going on
		}
	}
	return r
}

func (r *Result) fail(text string) {
	r.Failed++
	if r.Problem == "" {
		r.Problem = text
	}
}
