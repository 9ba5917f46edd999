package segment_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"stoa/app/apptest"
	"stoa/app/segment"
)

// BenchmarkDraw is eight clients on one tag, on disk.
func BenchmarkDraw(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("batch=%d", n), func(b *testing.B) {
			a := apptest.OpenDisk(b)
			if _, err := a.Segment.Create(b.Context(), admin(), segment.New{Tag: "order"}); err != nil {
				b.Fatal(err)
			}
			by := admin()
			var done atomic.Int64
			var all sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for range 8 {
				all.Go(func() {
					for done.Add(1) <= int64(b.N) {
						if _, err := a.Segment.Draw(b.Context(), by, "order", n); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "ids/s")
		})
	}
}
