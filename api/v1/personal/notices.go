package personal

import (
	"fmt"
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/notice"
)

// Audience is whom a notice is for.
type Audience struct {
	Scope string   `json:"scope" enum:"all,roles,departments,accounts" description:"all = everybody of the organisation; departments with those below them"`
	IDs   []uint64 `json:"ids,omitempty" maxItems:"200" description:"of roles, departments or accounts"`
}

// NoticeNew is a notice to send.
type NoticeNew struct {
	Title     string     `json:"title" minLength:"1" maxLength:"200"`
	Text      string     `json:"text,omitempty" maxLength:"10000" description:"plain text of any number of lines"`
	For       Audience   `json:"for"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" description:"in 90 days if it is left out"`
}

// Receivers are how many a notice would reach.
type Receivers struct {
	Count  int  `json:"count" minimum:"0"`
	Capped bool `json:"capped" description:"there are more than count says"`
}

// Notice is one of the caller's.
type Notice struct {
	ID         uint64    `json:"id"`
	Title      string    `json:"title"`
	Text       string    `json:"text"`
	Sender     uint64    `json:"sender" description:"account"`
	SenderName string    `json:"sender_name"`
	Read       bool      `json:"read"`
	SentAt     time.Time `json:"sent_at"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// SentNotice is a notice as its senders see it.
type SentNotice struct {
	ID              uint64    `json:"id"`
	Title           string    `json:"title"`
	Text            string    `json:"text"`
	Sender          uint64    `json:"sender" description:"account"`
	SenderName      string    `json:"sender_name"`
	For             Audience  `json:"for"`
	Receivers       int       `json:"receivers" description:"as counted when it was sent"`
	ReceiversCapped bool      `json:"receivers_capped"`
	Reads           int       `json:"reads" description:"of them, who have read it"`
	SentAt          time.Time `json:"sent_at"`
	ExpiresAt       time.Time `json:"expires_at"`
}

// Unread is how many notices the caller has not read.
type Unread struct {
	Unread int `json:"unread" minimum:"0"`
}

// Marked is how many notices were marked as read.
type Marked struct {
	Marked int `json:"marked" minimum:"0"`
}

// NoticeQuery selects among the caller's notices.
type NoticeQuery struct {
	rest.Listing
	Q     string `query:"q" description:"part of the title or of the text"`
	State string `query:"state" enum:"read,unread"`
}

func (h handlers) noticeRoutes() []wire.Route {
	const tag, mine, sent = "notices", "/v1/me/notices", "/v1/notices"
	send := access.Of(access.NoticeSend)
	return []wire.Route{
		{Method: "GET", Path: mine, Name: "v1.me.notices", Handle: h.myNotices, Query: NoticeQuery{}, Long: true, Out: rest.Page[Notice]{}, Tag: tag,
			Summary: "List my notices, newest first"},
		{Method: "GET", Path: mine + "/unread", Name: "v1.me.unread", Handle: h.unread, Out: Unread{}, Tag: tag, Summary: "Count what I have not read"},
		{Method: "POST", Path: mine + "/read", Name: "v1.me.read_all", Handle: h.readAll, Out: Marked{}, Tag: tag, Summary: "Mark all my notices as read"},
		{Method: "POST", Path: mine + "/{id}/read", Name: "v1.me.read_notice", Handle: h.readNotice, Out: Notice{}, Tag: tag,
			Summary: "Open one of my notices; it is read from then on"},
		{Method: "DELETE", Path: mine + "/{id}", Name: "v1.me.remove_notice", Handle: h.removeNotice, Status: http.StatusNoContent, Tag: tag,
			Summary: "Remove one of my notices; others keep it"},
		{Method: "GET", Path: sent, Name: "v1.notices.list", Handle: h.sentNotices, Query: rest.Listing{}, Long: true, Needs: send,
			Out: rest.Page[SentNotice]{}, Tag: tag, Summary: "List the organisation's notices, with how many have read each"},
		{Method: "POST", Path: sent, Name: "v1.notices.create", Handle: rest.Once(h.app.Idempotency, h.sendNotice), In: NoticeNew{}, Needs: send,
			Out: SentNotice{}, Status: http.StatusCreated, Tag: tag, Summary: "Send a notice"},
		{Method: "POST", Path: sent + "/receivers", Name: "v1.notices.receivers", Handle: h.receivers, In: Audience{}, Needs: send,
			Out: Receivers{}, Tag: tag, Summary: "Count whom a notice would reach"},
		{Method: "GET", Path: sent + "/{id}", Name: "v1.notices.get", Handle: h.sentNotice, Needs: send, Out: SentNotice{}, Tag: tag,
			Summary: "Read one of the organisation's notices"},
		{Method: "DELETE", Path: sent + "/{id}", Name: "v1.notices.delete", Handle: h.withdrawNotice, Needs: send, Status: http.StatusNoContent,
			Tag: tag, Summary: "Withdraw a notice from everybody"},
	}
}

func noticeOf(n *notice.Notice) Notice {
	return Notice{ID: n.ID, Title: n.Title, Text: n.Text, Sender: n.Sender, SenderName: n.SenderName, Read: n.Read, SentAt: n.At.UTC(), ExpiresAt: n.Expires.UTC()}
}

func sentOf(n *notice.Notice) SentNotice {
	return SentNotice{ID: n.ID, Title: n.Title, Text: n.Text, Sender: n.Sender, SenderName: n.SenderName,
		For: Audience{Scope: string(n.For.Scope), IDs: n.For.IDs}, Receivers: n.Receivers, ReceiversCapped: n.Capped, Reads: n.Reads,
		SentAt: n.At.UTC(), ExpiresAt: n.Expires.UTC()}
}

func (h handlers) myNotices(c *wire.Call) (any, error) {
	var q NoticeQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	f := notice.Filter{Text: q.Q}
	if q.State != "" {
		read := q.State == "read"
		f.Read = &read
	}
	columns := []rest.Column[Notice]{
		rest.Col("sent_at", "发送时间", func(n *Notice) any { return n.SentAt }), rest.Col("sender", "发信人", func(n *Notice) any { return n.SenderName }),
		rest.Col("title", "标题", func(n *Notice) any { return n.Title }), rest.Col("text", "内容", func(n *Notice) any { return n.Text }),
		rest.Col("read", "已读", func(n *Notice) any { return n.Read }),
	}
	return rest.List[Notice]{Name: "notices", Columns: columns, Fetch: func(at rest.Listing) (rest.Page[Notice], error) {
		return pageOf(at, func(page, limit int) (notice.Page, error) {
			f.Page, f.Limit = page, limit
			return h.app.Notice.Mine(c.Ctx(), c.Actor, f)
		}, noticeOf)
	}}.Serve(c, q.Listing)
}

// pageOf is a numbered page of notices.
func pageOf[T any](at rest.Listing, fetch func(page, limit int) (notice.Page, error), show func(*notice.Notice) T) (rest.Page[T], error) {
	number, err := at.Number()
	if err != nil {
		return rest.Page[T]{}, err
	}
	page, err := fetch(number, at.Limit)
	if err != nil {
		return rest.Page[T]{}, err
	}
	out := rest.Page[T]{Items: make([]T, len(page.Items)), Total: page.Total, Next: at.After(number, len(page.Items), page.Total, false)}
	for i := range page.Items {
		out.Items[i] = show(&page.Items[i])
	}
	return out, nil
}

func (h handlers) unread(c *wire.Call) (any, error) {
	n, err := h.app.Notice.Unread(c.Ctx(), c.Actor)
	return Unread{n}, err
}

func (h handlers) readAll(c *wire.Call) (any, error) {
	n, err := h.app.Notice.ReadAll(c.Ctx(), c.Actor)
	return Marked{n}, err
}

func (h handlers) readNotice(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	n, err := h.app.Notice.Open(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return noticeOf(n), nil
}

func (h handlers) removeNotice(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Notice.Remove(c.Ctx(), c.Actor, id)
}

func (h handlers) sentNotices(c *wire.Call) (any, error) {
	var at rest.Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	columns := []rest.Column[SentNotice]{
		rest.Col("sent_at", "发送时间", func(n *SentNotice) any { return n.SentAt }), rest.Col("sender", "发信人", func(n *SentNotice) any { return n.SenderName }),
		rest.Col("title", "标题", func(n *SentNotice) any { return n.Title }), rest.Col("scope", "范围", func(n *SentNotice) any { return n.For.Scope }),
		rest.Col("receivers", "接收人数", func(n *SentNotice) any { return n.Receivers }), rest.Col("reads", "已读人数", func(n *SentNotice) any { return n.Reads }),
	}
	return rest.List[SentNotice]{Name: "notices", Columns: columns, Fetch: func(at rest.Listing) (rest.Page[SentNotice], error) {
		return pageOf(at, func(page, limit int) (notice.Page, error) { return h.app.Notice.Sent(c.Ctx(), c.Actor, page, limit) }, sentOf)
	}}.Serve(c, at)
}

func (in Audience) audience() notice.Audience {
	return notice.Audience{Scope: notice.Scope(in.Scope), IDs: in.IDs}
}

func (h handlers) sendNotice(c *wire.Call) (any, error) {
	var in NoticeNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	draft := notice.New{Title: in.Title, Text: in.Text, For: in.For.audience()}
	if in.ExpiresAt != nil {
		draft.Expires = *in.ExpiresAt
	}
	n, err := h.app.Notice.Send(c.Ctx(), c.Actor, draft)
	if err != nil {
		return nil, err
	}
	return wire.Created{Location: fmt.Sprintf("/v1/notices/%d", n.ID), Value: sentOf(n)}, nil
}

func (h handlers) receivers(c *wire.Call) (any, error) {
	var in Audience
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	n, capped, err := h.app.Notice.Receivers(c.Ctx(), c.Actor, in.audience())
	return Receivers{n, capped}, err
}

func (h handlers) sentNotice(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	n, err := h.app.Notice.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return sentOf(n), nil
}

func (h handlers) withdrawNotice(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Notice.Withdraw(c.Ctx(), c.Actor, id)
}
