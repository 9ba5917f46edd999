package cloud_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stoa/app/cloud"
)

// A bucket that is down is looked at besides the others: how soon one that is back is
// used again does not depend on how many others hang.
func TestHangingBucketsAreLookedAtTogether(t *testing.T) {
	const n = 3
	var asked atomic.Int32
	var once sync.Once
	all := make(chan struct{})
	var in []cloud.New
	for range n {
		var first sync.Once
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			first.Do(func() {
				if asked.Add(1) == n {
					once.Do(func() { close(all) })
				}
			})
			select {
			case <-all:
			case <-r.Context().Done():
			case <-time.After(3 * time.Second):
			}
			w.WriteHeader(http.StatusForbidden)
		}))
		t.Cleanup(s.Close)
		in = append(in, cloud.New{URL: s.URL, Bucket: "hanging", Region: "us-east-1", Style: "path", Key: "the-key", Secret: "the-secret"})
	}
	w := open(t)
	if _, err := w.Cloud.Replace(t.Context(), w.by, in, cloud.VerifyNone, 0); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- w.Cloud.Look(t.Context()) }()
	select {
	case <-all:
	case <-time.After(2 * time.Second):
		t.Errorf("%d of %d were asked", asked.Load(), n)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
