// Package event tells watchers that something changed, as soon as it is
// durable. An event names the object and what was done, not the object's
// content: who may see it fetches it. The hub keeps the newest events in memory,
// so that a watcher that was away for a moment goes on where it stopped; one that
// was away too long, or across a restart, is told to read everything again.
//
// It knows neither the store nor the network.
package event

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"stoa/app/access"
)

// Reset is the type of the event that says: events were missed, read again
// what you show.
const Reset = "reset"

// Event is one change.
type Event struct {
	ID      string    // for Watch.Next after a break; set by Publish
	Type    string    // what changed: account, organisation, department, session, …
	Action  string    // what was done: "account.create"
	Object  string    // id of the object, in decimal
	Tenant  uint64    // whose it is; 0 = the installation's
	Account uint64    // who did it; 0 = the server or nobody
	At      time.Time // when, UTC

	For      []uint64 // accounts that may know of it besides
	Everyone bool     // everybody of the tenant may
}

// Hub takes events and hands them to watchers. It is safe for concurrent use.
type Hub struct {
	epoch string
	mu    sync.Mutex
	ring  []Event
	next  uint64        // number of the next event, from 1
	wake  chan struct{} // closed and replaced at every Publish
}

// New makes a hub that remembers keep events. epoch tells this run of the server
// from others; it must not hold a dash.
func New(epoch string, keep int) *Hub {
	return &Hub{epoch: epoch, ring: make([]Event, keep), next: 1, wake: make(chan struct{})}
}

// Publish hands e to all watchers. It never waits for them.
func (h *Hub) Publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.ID = h.id(h.next)
	h.ring[h.next%uint64(len(h.ring))] = e
	h.next++
	close(h.wake)
	h.wake = make(chan struct{})
}

func (h *Hub) id(n uint64) string { return h.epoch + "-" + strconv.FormatUint(n, 10) }

// Watch begins after the event with the id last, or with what comes from now on
// when last is "".
func (h *Hub) Watch(last string) *Watch {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last == "" {
		return &Watch{hub: h, next: h.next}
	}
	epoch, number, _ := strings.Cut(last, "-")
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil || epoch != h.epoch || n >= h.next {
		return &Watch{hub: h, next: h.next, lost: true}
	}
	return &Watch{hub: h, next: n + 1}
}

// Watch is one watcher's place among the events. It belongs to one goroutine
// and needs no closing.
type Watch struct {
	hub  *Hub
	next uint64
	lost bool
}

// Next gives the next event that by may know of. It waits for one until ctx
// ends, and then gives ctx's error.
func (w *Watch) Next(ctx context.Context, by access.Actor) (Event, error) {
	for {
		e, wake := w.step()
		if wake == nil {
			if Visible(by, e) {
				return e, nil
			}
			continue
		}
		select {
		case <-ctx.Done():
			return Event{}, ctx.Err()
		case <-wake:
		}
	}
}

// step takes one event, or gives the channel that is closed when there is one.
func (w *Watch) step() (Event, <-chan struct{}) {
	h := w.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if w.next+uint64(len(h.ring)) < h.next {
		w.next, w.lost = h.next, true
	}
	if w.lost {
		w.lost = false
		return Event{ID: h.id(h.next - 1), Type: Reset}, nil
	}
	if w.next == h.next {
		return Event{}, h.wake
	}
	e := h.ring[w.next%uint64(len(h.ring))]
	w.next++
	return e, nil
}

// Visible reports whether by may know of e: super administrators of everything,
// administrators of what happens in their tenant, everybody of what they did
// themselves, of what was done to their own account and to their own roles, and of
// the navigation and the resources, which are everybody's.
func Visible(by access.Actor, e Event) bool {
	switch {
	case e.Type == Reset, by.Super():
		return true
	case !by.SignedIn():
		return false
	case e.Account != 0 && e.Account == by.Account:
		return true
	case e.Type == "account" && e.Object == strconv.FormatUint(by.Account, 10):
		return true
	case e.Type == "role" && slices.ContainsFunc(by.Roles, func(id uint64) bool { return e.Object == strconv.FormatUint(id, 10) }):
		return true
	case e.Type == "menu" || e.Type == "resource":
		return true
	case slices.Contains(e.For, by.Account) && by.Account != 0, e.Everyone && e.Tenant == by.Home:
		return true
	default:
		return by.Can(access.AuditRead) && e.Tenant != 0 && e.Tenant == by.Tenant
	}
}
