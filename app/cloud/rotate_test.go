package cloud_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"stoa/app/cloud"
	"stoa/app/seal"
	"stoa/blob/s3/s3test"
)

// The master key is changed, from its beginning to its end, while a set is being tried
// out that keeps its secrets. What is kept then opens with the new key.
func TestKeyChangedWhileASetIsTried(t *testing.T) {
	server := s3test.Start(t, "alpha")
	target, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	var hold atomic.Bool
	asked, goOn := make(chan struct{}), make(chan struct{})
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hold.CompareAndSwap(true, false) {
			close(asked)
			<-goOn
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	w := open(t)
	in := cloud.New{URL: proxy.URL, Bucket: "alpha", Key: server.Key, Secret: server.Secret}
	w.replace(in)
	w.uploads(1, large, "x")
	hold.Store(true)
	done := make(chan error, 1)
	go func() {
		in.Secret = ""
		_, err := w.Cloud.Replace(t.Context(), w.by, []cloud.New{in}, cloud.VerifyAll, 0)
		done <- err
	}()
	<-asked
	if _, err := w.Seal.Rotate(t.Context(), seal.NewKey(), seal.Change{}); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.whole()
}
