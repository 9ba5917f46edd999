package load_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stoa/bench/load"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestRunSendsEveryRequestOnce(t *testing.T) {
	var bodies atomic.Int64
	addr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) == `{"n":1}` && r.Header.Get("X-Who") == "me" {
			bodies.Add(1)
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, "made")
	})
	got := load.Run(context.Background(), load.Plan{
		Addr: addr, Conns: 4, For: time.Minute, Most: 100, Want: http.StatusCreated,
		Next: func(int) []byte {
			return load.Request("POST", "/x", []string{"X-Who: me"}, []byte(`{"n":1}`))
		},
	})
	if err := got.Err(); err != nil {
		t.Fatal(err)
	}
	if got.Done != 100 || bodies.Load() != 100 || len(got.Latencies) != 100 {
		t.Errorf("done %d, arrived whole %d, latencies %d; want 100 each", got.Done, bodies.Load(), len(got.Latencies))
	}
}

func TestChunkedAndClosedAnswersAreRead(t *testing.T) {
	addr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/closed" {
			w.Header().Set("Connection", "close")
		}
		fmt.Fprint(w, strings.Repeat("a", 3000))
		w.(http.Flusher).Flush()
		fmt.Fprint(w, "end")
	})
	paths := []string{"/chunked", "/closed"}
	got := load.Run(context.Background(), load.Plan{
		Addr: addr, Conns: 1, For: time.Minute, Most: 6, Want: http.StatusOK,
		Next: func(n int) []byte { return load.Request("GET", paths[n%2], nil, nil) },
	})
	if err := got.Err(); err != nil || got.Done != 6 {
		t.Errorf("done %d of 6: %v", got.Done, err)
	}
}

func TestAnotherStatusIsAFailureWithItsText(t *testing.T) {
	addr := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not today", http.StatusForbidden)
	})
	got := load.Run(context.Background(), load.Plan{
		Addr: addr, Conns: 1, For: time.Minute, Most: 3, Want: http.StatusOK,
		Next: func(int) []byte { return load.Request("GET", "/", nil, nil) },
	})
	if got.Failed != 3 || got.Err() == nil || !strings.Contains(got.Problem, "not today") {
		t.Errorf("failed %d, problem %q", got.Failed, got.Problem)
	}
}

func TestQuantile(t *testing.T) {
	r := load.Result{Done: 4, Elapsed: 2 * time.Second, Latencies: []time.Duration{1, 2, 3, 4}}
	if r.Quantile(0) != 1 || r.Quantile(0.5) != 3 || r.Quantile(1) != 4 || r.Rate() != 2 {
		t.Errorf("quantiles %d %d %d, rate %v", r.Quantile(0), r.Quantile(0.5), r.Quantile(1), r.Rate())
	}
}
