package program

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/openid"
)

// Connection is an application that the caller signs in to.
type Connection struct {
	Application uint64    `json:"application"`
	Name        string    `json:"name"`
	Logo        string    `json:"logo"`
	Home        string    `json:"home"`
	Scopes      []string  `json:"scopes" description:"what it was allowed"`
	Sessions    int       `json:"sessions" description:"in which it acts for the caller now"`
	AllowedAt   time.Time `json:"allowed_at"`
	LastUsedAt  time.Time `json:"last_used_at"`
}

// Consent is somebody who signs in to an application.
type Consent struct {
	Account    uint64    `json:"account"`
	Name       string    `json:"name"`
	Scopes     []string  `json:"scopes"`
	Sessions   int       `json:"sessions"`
	AllowedAt  time.Time `json:"allowed_at"`
	LastUsedAt time.Time `json:"last_used_at"`
}

// byAccount names an application and an account in a path.
type byAccount struct {
	ID      uint64 `path:"id"`
	Account uint64 `path:"account"`
}

func (h handlers) connectionRoutes() []wire.Route {
	const none = http.StatusNoContent
	return []wire.Route{
		{Method: "GET", Path: "/v1/me/applications", Name: "v1.me.applications", Handle: h.connections, Query: rest.Listing{}, Long: true,
			Out: rest.Page[Connection]{}, Tag: "me", Summary: "List the applications that I sign in to"},
		{Method: "DELETE", Path: "/v1/me/applications/{id}", Name: "v1.me.forget_application", Handle: h.forget, Status: none, Tag: "me",
			Summary: "Take back what I allowed an application; it is signed out"},
		{Method: "GET", Path: "/v1/applications/{id}/consents", Name: "v1.applications.consents", Handle: h.consents, Query: rest.Listing{}, Long: true,
			Out: rest.Page[Consent]{}, Tag: "applications", Summary: "List who signs in to an application", Needs: access.Of(access.ApplicationRead)},
		{Method: "DELETE", Path: "/v1/applications/{id}/consents/{account}", Name: "v1.applications.forget", Handle: h.forgetFor, Status: none,
			Params: byAccount{}, Tag: "applications", Summary: "Sign an application out of somebody's account", Needs: access.Of(access.ApplicationRead, access.ApplicationWrite)},
	}
}

var connectionColumns = []rest.Column[Connection]{
	rest.Col("application", "应用编号", func(v *Connection) any { return v.Application }),
	rest.Col("name", "名称", func(v *Connection) any { return v.Name }),
	rest.Col("allowed_at", "授权时间", func(v *Connection) any { return v.AllowedAt }),
	rest.Col("last_used_at", "最近登录", func(v *Connection) any { return v.LastUsedAt }),
}

func (h handlers) connections(c *wire.Call) (any, error) {
	var at rest.Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	return rest.List[Connection]{Name: "applications", Columns: connectionColumns, Fetch: func(at rest.Listing) (rest.Page[Connection], error) {
		rows, err := h.app.OpenID.Connected(c.Ctx(), c.Actor)
		if err != nil {
			return rest.Page[Connection]{}, err
		}
		all := make([]Connection, len(rows))
		for i, r := range rows {
			all[i] = Connection{Application: r.Application, Name: r.Name, Logo: r.Logo, Home: r.Home, Scopes: list(r.Scopes), Sessions: r.Sessions,
				AllowedAt: r.Created.UTC(), LastUsedAt: r.Used.UTC()}
		}
		return rest.Slice(all, at)
	}}.Serve(c, at)
}

func (h handlers) forget(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	if c.Actor.Account == 0 {
		return nil, access.SignIn()
	}
	return wire.NoContent{}, h.app.OpenID.Forget(c.Ctx(), c.Actor, c.Actor.Account, id)
}

var consentColumns = []rest.Column[Consent]{
	rest.Col("account", "账号编号", func(v *Consent) any { return v.Account }),
	rest.Col("name", "账号", func(v *Consent) any { return v.Name }),
	rest.Col("allowed_at", "授权时间", func(v *Consent) any { return v.AllowedAt }),
	rest.Col("last_used_at", "最近登录", func(v *Consent) any { return v.LastUsedAt }),
}

func (h handlers) consents(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var at rest.Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	return rest.List[Consent]{Name: "consents", Columns: consentColumns, Fetch: func(at rest.Listing) (rest.Page[Consent], error) {
		number, err := at.Number()
		if err != nil {
			return rest.Page[Consent]{}, err
		}
		page, err := h.app.OpenID.Consents(c.Ctx(), c.Actor, id, number, at.Limit)
		if err != nil {
			return rest.Page[Consent]{}, err
		}
		return rest.Page[Consent]{Items: consentViews(page.Items), Total: page.Total, Next: at.After(number, len(page.Items), page.Total, false)}, nil
	}}.Serve(c, at)
}

func consentViews(rows []openid.Connection) []Consent {
	out := make([]Consent, len(rows))
	for i, r := range rows {
		out[i] = Consent{Account: r.Account, Name: r.Name, Scopes: list(r.Scopes), Sessions: r.Sessions, AllowedAt: r.Created.UTC(), LastUsedAt: r.Used.UTC()}
	}
	return out
}

func (h handlers) forgetFor(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	account, err := c.ID("account")
	if err != nil {
		return nil, err
	}
	if err := c.Actor.Need(access.ApplicationWrite); err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.OpenID.Forget(c.Ctx(), c.Actor, account, id)
}
