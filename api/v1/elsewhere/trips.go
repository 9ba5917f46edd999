package elsewhere

import (
	"net/http"
	"net/url"
	"time"

	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/fault"
	"stoa/app/session"
	"stoa/app/source"
)

// The pages of the console that browsers come back to.
const (
	signInPage = "/console/sign-in"
	linksPage  = "/console/me/links"
)

// cookie is what a browser that is sent to a source comes back with. It is lax,
// because the source's page sends the browser.
func cookie(value string, secure bool) *http.Cookie {
	k := &http.Cookie{Name: "stoa_trip", Value: value, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode, MaxAge: 900}
	if secure {
		k.Name = "__Host-stoa_trip"
	}
	return k
}

func browser(c *wire.Call) string {
	k, err := c.Request().Cookie(cookie("", c.Secure()).Name)
	if err != nil {
		return ""
	}
	return k.Value
}

// PublicSource is what the sign-in page shows of a source.
type PublicSource struct {
	ID     uint64 `json:"id"`
	Kind   string `json:"kind" enum:"ldap,openid,wecom,dingtalk"`
	Name   string `json:"name"`
	Tenant uint64 `json:"tenant" description:"of a directory: to be named at the sign-in; 0 = everybody's"`
}

// PublicSources are those that are enabled.
type PublicSources struct {
	Items []PublicSource `json:"items" description:"in the order of the buttons"`
}

// StartQuery says what a browser is sent to a source for.
type StartQuery struct {
	Link bool   `query:"link" description:"link the person to the caller's account, instead of signing in"`
	Next string `query:"next" description:"page of the console to go on to"`
}

// TicketUse signs in whom a source has proven.
type TicketUse struct {
	Ticket string `json:"ticket" description:"what the callback put behind the # of the sign-in page's address"`
	OTP    string `json:"otp,omitempty" description:"second factor or recovery code"`
	Device string `json:"device,omitempty" description:"what the client calls itself"`
}

// ProvenGrant is a new session; its token is in the cookie.
type ProvenGrant struct {
	ExpiresAt time.Time    `json:"expires_at" description:"when the session ends if nothing is done with it"`
	EndsAt    time.Time    `json:"ends_at" description:"when the session ends in any case"`
	Account   view.Account `json:"account"`
}

// MyLink is a way to sign in from elsewhere.
type MyLink struct {
	Source   uint64     `json:"source"`
	Name     string     `json:"name" description:"of the source"`
	Kind     string     `json:"kind" enum:"ldap,openid,wecom,dingtalk"`
	Login    string     `json:"login" description:"what one is called there"`
	LinkedAt time.Time  `json:"linked_at"`
	UsedAt   *time.Time `json:"used_at,omitempty" description:"to the minute"`
	Last     bool       `json:"last" description:"it is the only way to sign in, and can't be given up"`
}

// MyLinks are all of them.
type MyLinks struct {
	Items []MyLink `json:"items"`
}

// LinkNew links a person of a source to the caller: by a ticket, or by the
// person's password at a directory.
type LinkNew struct {
	Ticket   string `json:"ticket,omitempty" description:"what the callback put behind the # of the page's address"`
	Source   uint64 `json:"source,omitempty" description:"a directory"`
	Login    string `json:"login,omitempty"`
	Password string `json:"password,omitempty" format:"password"`
}

func (h handlers) tripRoutes() []wire.Route {
	const tag, one, mine = "sources", "/v1/sources/{id}", "/v1/me/links"
	return []wire.Route{
		{Method: "GET", Path: "/v1/sources/public", Name: "v1.sources.public", Handle: h.publicSources, Public: true, Out: PublicSources{}, Tag: tag,
			Summary: "List the sources of the sign-in page"},
		{Method: "GET", Path: one + "/start", Name: "v1.sources.start", Handle: h.start, Public: true, Query: StartQuery{}, Status: http.StatusSeeOther,
			Tag: tag, Summary: "Send the browser to a source"},
		{Method: "GET", Path: one + "/callback", Name: "v1.sources.callback", Handle: h.arrive, Public: true, Status: http.StatusSeeOther, Tag: tag,
			Summary: "Take the browser back from a source"},
		{Method: "POST", Path: "/v1/sources/finish", Name: "v1.sources.finish", Handle: h.finish, Public: true, In: TicketUse{}, Out: ProvenGrant{},
			Status: http.StatusCreated, Tag: tag, Summary: "Sign in whom a source has proven"},
		{Method: "GET", Path: mine, Name: "v1.me.links", Handle: h.myLinks, Out: MyLinks{}, Tag: "me", Summary: "List my ways to sign in from elsewhere"},
		{Method: "POST", Path: mine, Name: "v1.me.link", Handle: h.link, In: LinkNew{}, Status: http.StatusNoContent, Tag: "me",
			Summary: "Link myself to a person of a source"},
		{Method: "DELETE", Path: mine + "/{id}", Name: "v1.me.unlink", Handle: h.unlink, Status: http.StatusNoContent, Tag: "me",
			Summary: "Give up my link to a source"},
	}
}

func (h handlers) publicSources(c *wire.Call) (any, error) {
	rows, err := h.app.Source.Public(c.Ctx())
	out := PublicSources{Items: []PublicSource{}}
	for _, x := range rows {
		out.Items = append(out.Items, PublicSource{ID: x.ID, Kind: string(x.Kind), Name: x.Name, Tenant: x.Tenant})
	}
	return out, err
}

// back sends the browser to a page of the console with a refusal's code: it is a
// person who reads the answer, not a program.
func back(page string, err error) any {
	return wire.Redirect{URL: page + "?refused=" + url.QueryEscape(fault.Of(err).Code)}
}

func (h handlers) start(c *wire.Call) (any, error) {
	var q StartQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	page := signInPage
	if q.Link {
		page = linksPage
	}
	id, err := c.ID("id")
	if err != nil {
		return back(page, err), nil
	}
	at, err := h.app.Trip.Start(c.Ctx(), c.Actor, c.Origin(), id, q.Link, q.Next)
	if err != nil {
		return back(page, err), nil
	}
	return wire.WithCookie{Value: wire.Redirect{URL: at.URL}, Cookie: cookie(at.Browser, c.Secure())}, nil
}

func (h handlers) arrive(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return back(signInPage, err), nil
	}
	arrival, err := h.app.Trip.Arrive(c.Ctx(), c.Origin(), id, browser(c), c.Query())
	if err != nil {
		return back(signInPage, err), nil
	}
	behind := url.Values{"ticket": {arrival.Ticket}}
	if arrival.Link {
		return wire.Redirect{URL: linksPage + "#" + behind.Encode()}, nil
	}
	to := signInPage
	if arrival.Next != "" {
		to += "?next=" + url.QueryEscape(arrival.Next)
	}
	return wire.Redirect{URL: to + "#" + behind.Encode()}, nil
}

func (h handlers) finish(c *wire.Call) (any, error) {
	var in TicketUse
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	proven, take, err := h.app.Trip.Redeem(c.Ctx(), c.Origin(), in.Ticket, browser(c))
	if err != nil {
		return nil, err
	}
	g, err := h.app.Session.LoginProven(c.Ctx(), c.Origin(), session.Proven{Account: proven, OTP: in.OTP, Device: in.Device, Take: take})
	if err != nil {
		return nil, err
	}
	a, err := view.OneAccount(c.Ctx(), h.app, g.Account)
	if err != nil {
		return nil, err
	}
	out := ProvenGrant{ExpiresAt: g.Expires.UTC(), EndsAt: g.Absolute.UTC(), Account: a}
	return wire.WithCookie{Value: wire.Created{Location: "/v1/me", Value: out}, Cookie: wire.SessionCookie(g.Token, c.Secure())}, nil
}

func (h handlers) myLinks(c *wire.Call) (any, error) {
	rows, err := h.app.Source.Links(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	out := MyLinks{Items: []MyLink{}}
	for _, l := range rows {
		out.Items = append(out.Items, myLink(l))
	}
	return out, nil
}

func myLink(l source.Own) MyLink {
	out := MyLink{Source: l.Source, Name: l.Name, Kind: string(l.Kind), Login: l.Login, LinkedAt: l.Linked.UTC(), Last: l.Last}
	if !l.Used.IsZero() {
		used := l.Used.UTC()
		out.UsedAt = &used
	}
	return out
}

func (h handlers) link(c *wire.Call) (any, error) {
	var in LinkNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if in.Ticket != "" {
		return wire.NoContent{}, h.app.Trip.LinkTicket(c.Ctx(), c.Actor, in.Ticket, browser(c))
	}
	return wire.NoContent{}, h.app.Source.LinkLogin(c.Ctx(), c.Actor, in.Source, in.Login, in.Password)
}

func (h handlers) unlink(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Source.Unlink(c.Ctx(), c.Actor, id)
}
