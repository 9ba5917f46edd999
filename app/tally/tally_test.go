package tally_test

import (
	"sync"
	"testing"
	"time"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/tally"
)

func person(tenant, account uint64) access.Actor {
	return access.Actor{Account: account, Tenant: tenant, Home: tenant, Set: access.Of(access.AccountRead)}
}

func today(t *testing.T, a *apptest.App, by access.Actor) tally.Day {
	t.Helper()
	days, err := a.Tally.Days(t.Context(), by, 3)
	if err != nil || len(days) != 3 {
		t.Fatal(days, err)
	}
	return days[2]
}

func TestPeopleAreCountedOnceADay(t *testing.T) {
	a := apptest.Open(t)
	ctx := t.Context()
	for range 5 {
		a.Tally.Note(person(1, 100))
		a.Tally.Note(person(2, 200))
		a.Tally.Note(person(2, 201))
	}
	for range 2 { // before it is written, and after
		if d := today(t, a, person(2, 200)); d.Visits != 2 || d.Calls != 10 {
			t.Errorf("organisation 2: %+v", d)
		}
		if d := today(t, a, a.Super); d.Visits != 3 || d.Calls != 15 {
			t.Errorf("all: %+v", d)
		}
		if err := a.Tally.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	a.Tally.Note(person(2, 200))
	if d := today(t, a, person(2, 200)); d.Visits != 2 || d.Calls != 11 {
		t.Errorf("again: %+v", d)
	}
	a.Clock.Add(24 * time.Hour)
	a.Tally.Note(person(2, 200))
	days, err := a.Tally.Days(ctx, person(2, 200), 2)
	if err != nil || days[1].Visits != 1 || days[1].Day <= days[0].Day {
		t.Errorf("the next day: %+v %v", days, err)
	}
	_, err = a.Tally.Days(ctx, access.Nobody(apptest.Origin("test")), 1)
	apptest.Want(t, err, "session.required")
	a.Verify()
}

func TestManyAtATime(t *testing.T) {
	a := apptest.Open(t)
	var all sync.WaitGroup
	for w := range uint64(4) {
		all.Go(func() {
			for i := range uint64(300) {
				a.Tally.Note(person(1+w%2, 1000+i))
				if i%100 == 0 {
					if err := a.Tally.Flush(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	if err := a.Tally.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := today(t, a, a.Super); d.Visits != 300 || d.Calls != 1200 {
		t.Errorf("%+v", d)
	}
	a.Verify()
}
