package calls_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/application"
	"stoa/app/apptest"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func made(t *testing.T, a *apptest.App, by access.Actor, name string) *application.Application {
	t.Helper()
	app, _, err := a.Application.Create(t.Context(), by, application.New{Name: name})
	check(t, err)
	return app
}

func TestWhatAnApplicationDid(t *testing.T) {
	a := apptest.Open(t)
	ctx, now := t.Context(), a.Clock.Now()
	admin := a.Actor(a.Account(1, "admin", access.RoleAdmin))
	one, two := made(t, a, admin, "one"), made(t, a, admin, "two")
	for day := range 3 {
		for range 5 {
			a.Calls.Used("v1", "v1.accounts.list", access.Actor{Program: one.ID}, now.AddDate(0, 0, -day))
		}
		check(t, a.Calls.Flush(ctx))
	}
	a.Calls.Used("pcloud", "pcloud.user.page", access.Actor{Program: one.ID}, now)
	a.Calls.Used("v1", "v1.me", admin, now) // a person's call
	u, err := a.Calls.Of(ctx, admin, one.ID, 30)
	check(t, err)
	if u.Calls != 16 || len(u.Days) != 3 || u.Days[2].Calls != 6 || !u.Last.Equal(now) || len(u.Routes) != 2 || u.Routes[0].Name != "v1.accounts.list" || u.Routes[0].Calls != 15 {
		t.Errorf("%+v", u)
	}
	if u, err = a.Calls.Of(ctx, admin, one.ID, 1); err != nil || u.Calls != 6 || len(u.Days) != 1 {
		t.Errorf("today: %+v %v", u, err)
	}
	if u, err = a.Calls.Of(ctx, admin, two.ID, 90); err != nil || u.Calls != 0 || !u.Last.IsZero() {
		t.Errorf("the other one: %+v %v", u, err)
	}
	stranger := a.Actor(a.Account(a.Organisation("elsewhere", false).ID, "stranger", access.RoleAdmin))
	_, err = a.Calls.Of(ctx, stranger, one.ID, 30)
	apptest.Want(t, err, "application.not_found")
	_, err = a.Calls.Of(ctx, admin, one.ID, 91)
	apptest.Want(t, err, "application.days")
	a.Clock.Add(91 * 24 * time.Hour)
	_, _, err = a.DB.Reap(ctx, 1000)
	check(t, err)
	if u, err = a.Calls.Of(ctx, admin, one.ID, 90); err != nil || u.Calls != 0 {
		t.Errorf("after ninety days: %+v %v", u, err)
	}
}

// Many callers at once lose no call, and a flood of different calls stays bounded.
func TestManyCalls(t *testing.T) {
	a := apptest.Open(t)
	admin := a.Actor(a.Account(1, "admin", access.RoleAdmin))
	app := made(t, a, admin, "one")
	now := a.Clock.Now()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 500 {
				a.Calls.Used("v1", fmt.Sprintf("call-%d", n), access.Actor{Program: app.ID}, now)
				if n%100 == i {
					if err := a.Calls.Flush(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	u, err := a.Calls.Of(t.Context(), admin, app.ID, 1)
	check(t, err)
	if u.Calls != 4000 || len(u.Routes) > 201 {
		t.Errorf("%d calls by %d names", u.Calls, len(u.Routes))
	}
}
