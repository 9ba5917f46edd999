package session_test

import (
	"context"
	"fmt"
	"testing"

	"stoa/app/account"
	"stoa/app/apptest"
)

// people makes accounts of which every third is signed in, the first of them
// often.
func people(t testing.TB, a *apptest.App, n int) []uint64 {
	ids := make([]uint64, n)
	for i := range ids {
		name := fmt.Sprintf("user%05d", i)
		made, err := a.App.Account.Create(context.Background(), a.Super, account.New{Name: name, Password: apptest.Password, Tenant: 1})
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = made.ID
		if i%3 == 0 {
			a.Login(name)
		}
	}
	for range 90 {
		a.Login("user00000")
	}
	return ids
}

// However the accounts lie among the sessions of others, each is told rightly.
func TestOnlineAll(t *testing.T) {
	a := apptest.Open(t)
	ids := people(t, a, 300)
	for _, asked := range [][]int{{0}, {1}, {0, 1, 2, 3}, {299, 1, 0, 1, 298, 297}, {2, 150, 151}, {0, 297}, nil} {
		var some []uint64
		for _, i := range asked {
			some = append(some, ids[i])
		}
		on, err := a.Session.OnlineAll(t.Context(), append(some, 0, 1<<40))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range asked {
			if on[ids[i]] != (i%3 == 0) {
				t.Errorf("asked for %v: %d is told to be online %v", asked, i, on[ids[i]])
			}
		}
		if on[0] || on[1<<40] {
			t.Errorf("asked for %v: accounts that are not there are online", asked)
		}
	}
	a.Clock.Add(a.Config.Session.Idle + 1)
	on, err := a.Session.OnlineAll(t.Context(), ids)
	if err != nil || on[ids[0]] || on[ids[3]] {
		t.Errorf("after the sessions have ended: %v, %v, %v", on[ids[0]], on[ids[3]], err)
	}
}

func BenchmarkOnlineAll(b *testing.B) {
	a := apptest.OpenDisk(b)
	ids := people(b, a, 1500)
	var spread []uint64
	for i := 0; i < len(ids); i += 75 {
		spread = append(spread, ids[i])
	}
	for name, page := range map[string][]uint64{"neighbours": ids[300:320], "spread": spread, "500": ids[:500]} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := a.Session.OnlineAll(context.Background(), page); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
