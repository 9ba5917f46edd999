// Package meter counts what the wire serves: figures per route for Prometheus. It
// keeps everything in memory.
package meter

import (
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// Metrics are the wire's figures, in Prometheus' text form.
type Metrics struct {
	set    *metrics.Set
	Flight atomic.Int64     // requests being served
	Refuse *metrics.Counter // refused as overload
	Panics *metrics.Counter // bugs in handlers
}

// New makes an empty set.
func New() *Metrics {
	m := &Metrics{set: metrics.NewSet()}
	m.set.NewGauge("stoa_http_requests_in_flight", func() float64 { return float64(m.Flight.Load()) })
	m.Refuse = m.set.NewCounter("stoa_http_overload_refusals_total")
	m.Panics = m.set.NewCounter("stoa_http_panics_total")
	m.set.NewGauge("go_goroutines", func() float64 { return float64(runtime.NumGoroutine()) })
	return m
}

// Gauge adds a figure that is read when asked for; name may hold labels.
func (m *Metrics) Gauge(name string, read func() float64) { m.set.GetOrCreateGauge(name, read) }

// Write writes all figures as text.
func (m *Metrics) Write(w io.Writer) {
	m.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}

// bounds of the duration buckets, in seconds.
var bounds = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// Route is one route's counters.
type Route struct {
	class   [5]atomic.Uint64 // answers by first digit of the status, 1xx … 5xx
	buckets [len(bounds) + 1]atomic.Uint64
	sum     atomic.Int64 // nanoseconds
}

// Route registers the counters of one route.
func (m *Metrics) Route(dialect, name string) *Route {
	rm := &Route{}
	m.set.RegisterMetricsWriter(func(w io.Writer) { rm.write(w, fmt.Sprintf("dialect=%q,route=%q", dialect, name)) })
	return rm
}

// Done counts one answer.
func (rm *Route) Done(status int, took time.Duration) {
	if i := status/100 - 1; i >= 0 && i < len(rm.class) {
		rm.class[i].Add(1)
	}
	s, i := took.Seconds(), 0
	for i < len(bounds) && s > bounds[i] {
		i++
	}
	rm.buckets[i].Add(1)
	rm.sum.Add(int64(took))
}

// write prints the answers and, as a Prometheus histogram, the durations; a route
// never called prints nothing.
func (rm *Route) write(w io.Writer, labels string) {
	var total uint64
	var counts [len(bounds) + 1]uint64
	for i := range counts {
		total += rm.buckets[i].Load()
		counts[i] = total
	}
	if total == 0 {
		return
	}
	for i := range rm.class {
		fmt.Fprintf(w, "stoa_http_requests_total{%s,class=\"%dxx\"} %d\n", labels, i+1, rm.class[i].Load())
	}
	const name = "stoa_http_request_duration_seconds"
	for i, le := range bounds {
		fmt.Fprintf(w, "%s_bucket{%s,le=\"%g\"} %d\n", name, labels, le, counts[i])
	}
	fmt.Fprintf(w, "%s_bucket{%s,le=\"+Inf\"} %d\n", name, labels, total)
	fmt.Fprintf(w, "%s_sum{%s} %g\n%s_count{%s} %d\n", name, labels, time.Duration(rm.sum.Load()).Seconds(), name, labels, total)
}
