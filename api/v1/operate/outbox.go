package operate

import (
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/message"
)

// Message is a message kept for those who have no gateway.
type Message struct {
	ID        uint64    `json:"id"`
	Tenant    uint64    `json:"tenant"`
	Channel   string    `json:"channel" enum:"sms,email"`
	To        string    `json:"to"`
	Subject   string    `json:"subject"`
	Body      string    `json:"body" description:"empty for a secret one"`
	Purpose   string    `json:"purpose"`
	Secret    bool      `json:"secret" description:"a reset link: its text is shown to nobody"`
	State     string    `json:"state" enum:"kept,queued,sent,failed"`
	Error     string    `json:"error"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// OutboxQuery selects kept messages.
type OutboxQuery struct {
	rest.Listing
	Channel string `query:"channel" enum:"sms,email"`
	State   string `query:"state" enum:"kept,queued,sent,failed"`
	To      string `query:"to" description:"the whole number or address"`
}

func (h handlers) outboxRoutes() []wire.Route {
	return []wire.Route{{Method: "GET", Path: "/v1/outbox", Name: "v1.outbox.list", Needs: access.Of(access.OutboxRead), Handle: h.outbox, Query: OutboxQuery{},
		Out: rest.Page[Message]{}, Long: true, Tag: "outbox",
		Summary: "List the messages kept for those who have no gateway; each reading is recorded"}}
}

func (h handlers) outbox(c *wire.Call) (any, error) {
	var q OutboxQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Message]{Name: "outbox", Columns: messageColumns, Fetch: func(at rest.Listing) (rest.Page[Message], error) {
		number, err := at.Number()
		if err != nil {
			return rest.Page[Message]{}, err
		}
		page, err := h.app.Message.List(c.Ctx(), c.Actor,
			message.Filter{Channel: q.Channel, State: q.State, To: q.To, Page: number, Limit: at.Limit})
		if err != nil {
			return rest.Page[Message]{}, err
		}
		items := make([]Message, len(page.Items))
		for i := range page.Items {
			items[i] = messageView(&page.Items[i])
		}
		return rest.Page[Message]{Items: items, Total: page.Total, TotalCapped: page.Capped,
			Next: at.After(number, len(items), page.Total, page.Capped)}, nil
	}}.Serve(c, q.Listing)
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

var messageColumns = []rest.Column[Message]{
	rest.Col("id", "编号", func(m *Message) any { return m.ID }),
	rest.Col("channel", "渠道", func(m *Message) any { return m.Channel }),
	rest.Col("to", "收件人", func(m *Message) any { return m.To }),
	rest.Col("subject", "主题", func(m *Message) any { return m.Subject }),
	rest.Col("body", "正文", func(m *Message) any { return m.Body }),
	rest.Col("purpose", "用途", func(m *Message) any { return m.Purpose }),
	rest.Col("state", "状态", func(m *Message) any { return m.State }),
	rest.Col("created_at", "创建时间", func(m *Message) any { return m.CreatedAt }),
	rest.Col("expires_at", "到期时间", func(m *Message) any { return m.ExpiresAt }),
}
