package dialect_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/fault"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func actor(id uint64) access.Actor {
	return access.Actor{Account: id, Name: fmt.Sprintf("person-%d", id), Home: 1}
}

func TestWhoUsesIt(t *testing.T) {
	a := apptest.Open(t)
	ctx, now := context.Background(), a.Clock.Now()
	for day := range 3 {
		at := now.AddDate(0, 0, -day)
		for range 5 {
			a.Dialect.Used("casdao", "casdao.login", actor(7), at)
		}
		a.Dialect.Used("casdao", "casdao.secondary", actor(uint64(8+day)), at)
	}
	a.Dialect.Used("casdao", "casdao.login", access.Actor{}, now)
	d, err := a.Dialect.Get(ctx, a.Super, "casdao", 30)
	check(t, err)
	if d.Calls != 19 || d.Users != 4 || len(d.Days) != 3 || !d.Last.Equal(now) {
		t.Errorf("%+v", d)
	}
	if r := d.Routes[0]; r.Name != "casdao.login" || r.Calls != 16 || r.Accounts != 2 {
		t.Errorf("%+v", r)
	}
	if d, err = a.Dialect.Get(ctx, a.Super, "casdao", 1); err != nil || d.Users != 2 || len(d.Accounts) != 3 {
		t.Errorf("today: %+v %v", d, err)
	}
	// It is counted on, and forgotten after ninety days.
	a.Dialect.Used("casdao", "casdao.login", actor(7), now)
	if d, err = a.Dialect.Get(ctx, a.Super, "casdao", 1); err != nil || d.Calls != 20 {
		t.Errorf("more: %d %v", d.Calls, err)
	}
	a.Clock.Add(91 * 24 * time.Hour)
	_, _, err = a.DB.Reap(ctx, 1000)
	check(t, err)
	if d, err = a.Dialect.Get(ctx, a.Super, "casdao", 90); err != nil || d.Calls != 0 || len(d.Routes) != 0 {
		t.Errorf("after ninety days: %+v %v", d, err)
	}
}

// Many callers at once lose no call, and a flood of accounts stays bounded.
func TestManyCallers(t *testing.T) {
	a := apptest.Open(t)
	ctx, now := context.Background(), a.Clock.Now()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 3000 {
				a.Dialect.Used("pcloud", "pcloud.user.page", actor(uint64(1+i*3000+n)), now)
				if n%1000 == 0 {
					if err := a.Dialect.Flush(ctx); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	d, err := a.Dialect.Get(ctx, a.Super, "pcloud", 7)
	check(t, err)
	if d.Calls != 24_000 || d.Users > 20_000 || len(d.Accounts) > 200 {
		t.Errorf("%d calls of %d users, %d named", d.Calls, d.Users, len(d.Accounts))
	}
}

func TestSwitch(t *testing.T) {
	a := apptest.Open(t)
	ctx := context.Background()
	check(t, a.Dialect.Switch(ctx, a.Super, "gallery", false))
	if !a.Dialect.Off("gallery") || a.Dialect.Off("casdao") {
		t.Error("the switch does nothing, or too much")
	}
	list, err := a.Dialect.List(ctx, a.Super)
	check(t, err)
	for _, d := range list {
		if d.Enabled != (d.Name != "gallery") || d.Name == "gallery" && d.By != apptest.SuperName {
			t.Errorf("%+v", d)
		}
	}
	check(t, a.Dialect.Switch(ctx, a.Super, "gallery", true))
	if a.Dialect.Off("gallery") {
		t.Error("it stays off")
	}
	admin := access.Actor{Account: 9, Name: "other", Tenant: 1, Home: 1, Roles: []uint64{access.RoleAdmin}, Set: access.Every()}
	for err, want := range map[error]fault.Kind{a.Dialect.Switch(ctx, a.Super, "v1", false): fault.Conflict, a.Dialect.Switch(ctx, a.Super, "soap", false): fault.NotFound,
		a.Dialect.Switch(ctx, admin, "gallery", false): fault.Denied} {
		if fault.KindOf(err) != want {
			t.Errorf("%v", err)
		}
	}
}
