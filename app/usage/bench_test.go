//go:build unix

package usage_test

import (
	"bytes"
	"context"
	"io"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/audit"
	"stoa/app/usage"
	"stoa/store"
)

// BenchmarkMeter is commits on disk of sixteen writers, each of a row, without the
// meter and with it as an upload of 4 KiB goes through it. The difference in CPU is
// what counting and quotas cost an upload.
func BenchmarkMeter(b *testing.B) {
	a := apptest.OpenDisk(b)
	by := a.Actor(a.Account(2, "keeper", access.RoleAdmin))
	data := bytes.Repeat([]byte("0123456789abcdef"), 256)
	row := audit.Entry{Tenant: by.Tenant, Action: "bench.put", ObjectKind: "bench", ObjectID: "1"}
	b.Run("without", func(b *testing.B) {
		upload(b, func(ctx context.Context) error {
			if _, err := io.Copy(io.Discard, onlyReader{bytes.NewReader(data)}); err != nil {
				return err
			}
			return a.DB.Update(ctx, func(tx *store.Tx) error { return a.Audit.AddTx(tx, by, row) })
		})
	})
	b.Run("with", func(b *testing.B) {
		upload(b, func(ctx context.Context) error {
			m, err := a.Usage.Meter(ctx, by.Tenant)
			if err != nil {
				return err
			}
			defer m.Close()
			if err := m.Expect(int64(len(data))); err != nil {
				return err
			}
			if _, err := io.Copy(io.Discard, m.Reader(bytes.NewReader(data))); err != nil {
				return err
			}
			return a.DB.Update(ctx, func(tx *store.Tx) error {
				if err := a.Usage.SettleTx(tx, m, usage.Usage{Bytes: int64(len(data)), Objects: 1}); err != nil {
					return err
				}
				return a.Audit.AddTx(tx, by, row)
			})
		})
	})
}

type onlyReader struct{ io.Reader }

// upload lets sixteen writers do something, and reports the CPU of the process.
func upload(b *testing.B, do func(context.Context) error) {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	b.ReportAllocs()
	before := spent(b)
	b.ResetTimer()
	for range 16 {
		all.Go(func() {
			for next.Add(1) <= int64(b.N) {
				if err := do(b.Context()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64((spent(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// spent is the CPU time of the process.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
