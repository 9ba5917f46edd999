package operate

import (
	"context"
	"errors"
	"time"

	"stoa/api/wire"
	"stoa/app/event"
)

// recheck is how long a quiet stream goes on before it is seen whether its
// session still is.
const recheck = 20 * time.Second

// Changed is the data of an event: what changed, not its content.
type Changed struct {
	Action  string    `json:"action" example:"account.create"`
	Object  string    `json:"object" description:"id of what changed"`
	Tenant  uint64    `json:"tenant"`
	Account uint64    `json:"account" description:"who did it"`
	At      time.Time `json:"at"`
}

// lastSeen is where a client goes on that had a break.
type lastSeen struct {
	ID string `header:"Last-Event-ID" description:"id of the last event seen"`
}

func (h handlers) eventRoutes() []wire.Route {
	return []wire.Route{{Method: "GET", Path: "/v1/events", Name: "v1.events", Handle: h.events, Long: true, Tag: "events",
		Params: lastSeen{}, Out: wire.Stream{},
		Summary: "Follow changes as server-sent events; Last-Event-ID goes on after a break, an event of type reset says: read everything again"}}
}

// events is the stream of what the caller may know. It ends with the session.
func (h handlers) events(c *wire.Call) (any, error) {
	by, origin, token := c.Actor, c.Origin(), c.Token()
	last := c.Header("Last-Event-ID")
	if last == "" {
		last = c.Query().Get("last_event_id")
	}
	watch := h.app.Events.Watch(last) // before the client learns that the stream is open: it misses nothing from then on
	return wire.Stream{Run: func(ctx context.Context, send func(wire.Event) error, _ string) error {
		for {
			wait, stop := context.WithTimeout(ctx, recheck)
			e, err := watch.Next(wait, by)
			stop()
			silent := errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
			if err != nil && !silent {
				return err
			}
			if by, err = h.app.Session.Peek(ctx, origin, token); err != nil {
				return err
			}
			if silent || !event.Visible(by, e) {
				continue
			}
			if err = send(eventView(e)); err != nil {
				return err
			}
		}
	}}, nil
}

func eventView(e event.Event) wire.Event {
	return wire.Event{ID: e.ID, Type: e.Type, Data: Changed{Action: e.Action, Object: e.Object, Tenant: e.Tenant, Account: e.Account, At: e.At.UTC()}}
}
