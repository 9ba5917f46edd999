package account_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"stoa/app/account"
	"stoa/app/apptest"
	"stoa/app/session"
)

func BenchmarkCreate(b *testing.B) {
	a := apptest.OpenDisk(b)
	var n atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			in := account.New{Name: fmt.Sprintf("user%08d", i), Email: fmt.Sprintf("user%08d@example.com", i), Tenant: 1, PasswordHash: bcryptHash}
			if _, err := a.App.Account.Create(context.Background(), a.Super, in); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creates/s")
}

func BenchmarkAuthenticate(b *testing.B) {
	a := apptest.OpenDisk(b)
	g := a.Login(apptest.SuperName)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := a.Session.Authenticate(context.Background(), apptest.Origin("bench"), g.Token); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkLogin(b *testing.B) {
	a := apptest.OpenDisk(b)
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := a.Session.Login(context.Background(), apptest.Origin("bench"), session.Login{Login: apptest.SuperName, Password: apptest.Password}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
