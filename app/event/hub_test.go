package event

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"stoa/app/access"
)

var super = access.System("test")

func next(t *testing.T, w *Watch, by access.Actor) Event {
	t.Helper()
	e, err := w.Next(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWatcherGoesOnWhereItStopped(t *testing.T) {
	hub := New("a", 8)
	w := hub.Watch("")
	hub.Publish(Event{Type: "account", Object: "1"})
	first := next(t, w, super)
	hub.Publish(Event{Type: "account", Object: "2"})
	if got := next(t, hub.Watch(first.ID), super); got.Object != "2" {
		t.Errorf("after a break it got %v, want object 2", got)
	}
}

func TestMissedEventsAreSaid(t *testing.T) {
	hub := New("a", 4)
	slow := hub.Watch("")
	for i := range 10 {
		hub.Publish(Event{Type: "account", Object: strconv.Itoa(i)})
	}
	for name, w := range map[string]*Watch{"slow": slow, "other run": hub.Watch("b-3"), "too old": hub.Watch("a-1"), "future": hub.Watch("a-99"), "garbage": hub.Watch("x")} {
		got := next(t, w, super)
		if got.Type != Reset || got.ID != "a-10" {
			t.Errorf("%s got %v, want a reset with the newest id", name, got)
		}
	}
	if got := next(t, hub.Watch("a-7"), super); got.Object != "7" {
		t.Errorf("an id that is still kept gave %v", got)
	}
}

func TestWaitingWatcherIsWoken(t *testing.T) {
	hub := New("a", 4)
	w := hub.Watch("")
	got := make(chan Event)
	go func() {
		e, _ := w.Next(t.Context(), super)
		got <- e
	}()
	hub.Publish(Event{Type: "session"})
	if e := <-got; e.Type != "session" {
		t.Errorf("got %v", e)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Next(ctx, super); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

func TestEventsKeepToTheirTenant(t *testing.T) {
	admin := access.Actor{Account: 7, Tenant: 3, Set: access.Of(access.AuditRead)}
	member := access.Actor{Account: 8, Tenant: 3, Roles: []uint64{6, 104}}
	cases := []struct {
		by   access.Actor
		e    Event
		want bool
	}{
		{admin, Event{Type: "account", Tenant: 3, Account: 9, Object: "9"}, true},
		{admin, Event{Type: "account", Tenant: 4, Account: 9, Object: "9"}, false},
		{admin, Event{Type: "system", Tenant: 0}, false},
		{member, Event{Type: "account", Tenant: 3, Account: 9, Object: "9"}, false},
		{member, Event{Type: "account", Tenant: 3, Account: 9, Object: "8"}, true},
		{member, Event{Type: "session", Tenant: 3, Account: 8}, true},
		{member, Event{Type: "role", Tenant: 3, Account: 9, Object: "104"}, true},
		{member, Event{Type: "role", Tenant: 3, Account: 9, Object: "105"}, false},
		{member, Event{Type: "menu", Account: 9, Object: "7"}, true},
		{access.Actor{}, Event{Type: "menu", Object: "7"}, false},
		{access.Actor{}, Event{Type: "session"}, false},
		{super, Event{Type: "outbox", Tenant: 4}, true},
	}
	for _, c := range cases {
		if got := Visible(c.by, c.e); got != c.want {
			t.Errorf("Visible(account %d, %+v) = %v", c.by.Account, c.e, got)
		}
	}
}
