package v1

import (
	"stoa/api/wire"
	"stoa/app/message"
)

// OutboxQuery selects kept messages.
type OutboxQuery struct {
	Listing
	Channel string `query:"channel" enum:"sms,email"`
	State   string `query:"state" enum:"kept,queued,sent,failed"`
	To      string `query:"to" description:"the whole number or address"`
}

func (d *door) outboxRoutes() []wire.Route {
	return []wire.Route{{Method: "GET", Path: "/v1/outbox", Name: "v1.outbox.list", Handle: d.outbox, Query: OutboxQuery{},
		Out: Page[Message]{}, Long: true, Tag: "outbox",
		Summary: "List the messages kept for those who have no gateway; each reading is recorded"}}
}

func (d *door) outbox(c *wire.Call) (any, error) {
	var q OutboxQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return list[Message]{name: "outbox", columns: messageColumns, fetch: func(at Listing) (Page[Message], error) {
		number, err := offsetPage(at)
		if err != nil {
			return Page[Message]{}, err
		}
		page, err := d.app.Message.List(c.Ctx(), c.Actor,
			message.Filter{Channel: q.Channel, State: q.State, To: q.To, Page: number, Limit: at.Limit})
		if err != nil {
			return Page[Message]{}, err
		}
		items := make([]Message, len(page.Items))
		for i := range page.Items {
			items[i] = messageView(&page.Items[i])
		}
		return Page[Message]{Items: items, Total: page.Total, TotalCapped: page.Capped,
			Next: nextOffset(number, at.Limit, len(items), page.Total, page.Capped)}, nil
	}}.serve(c, q.Listing)
}

// messageView never shows a secret message's text, whatever it is given.
func messageView(m *message.Message) Message {
	v := Message{ID: m.ID, Tenant: m.Tenant, Channel: m.Channel, To: m.To, Subject: m.Subject, Body: m.Body,
		Purpose: m.Purpose, Secret: m.Secret, State: m.State, Error: m.Error, CreatedAt: m.CreatedAt.UTC(),
		ExpiresAt: m.ExpiresAt.UTC()}
	if m.Secret {
		v.Body = ""
	}
	return v
}

var messageColumns = []column[Message]{
	{"id", func(m *Message) any { return m.ID }},
	{"channel", func(m *Message) any { return m.Channel }},
	{"to", func(m *Message) any { return m.To }},
	{"subject", func(m *Message) any { return m.Subject }},
	{"body", func(m *Message) any { return m.Body }},
	{"purpose", func(m *Message) any { return m.Purpose }},
	{"state", func(m *Message) any { return m.State }},
	{"created_at", func(m *Message) any { return m.CreatedAt }},
	{"expires_at", func(m *Message) any { return m.ExpiresAt }},
}
