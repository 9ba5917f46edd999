package bucket_test

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/bucket"
)

// BenchmarkSmallFiles puts files of 4 KiB on disk, each durable before the next of
// its client: sixteen clients.
func BenchmarkSmallFiles(b *testing.B) {
	a := apptest.OpenDisk(b)
	by := a.Actor(a.Account(2, "keeper", access.RoleAdmin))
	to, err := a.Bucket.Create(b.Context(), by, bucket.New{Name: "one-files"})
	if err != nil {
		b.Fatal(err)
	}
	data := bytes.Repeat([]byte("0123456789abcdef"), 256)
	var next atomic.Int64
	var all sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range 16 {
		all.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				d, err := a.Bucket.Receive(b.Context(), to.Tenant, bytes.NewReader(data), int64(len(data)))
				if err == nil {
					_, err = a.Bucket.Commit(b.Context(), by, d, bucket.Put{Bucket: to, Key: fmt.Sprint(n), Type: "text/plain"})
				}
				if err == nil {
					err = d.Discard(b.Context())
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
}
