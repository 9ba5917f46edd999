package keeping

import (
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/dialect"
)

// Dialect is one API of the installation: whether it is on, and how it is used.
type Dialect struct {
	Name       string     `json:"name"`
	Enabled    bool       `json:"enabled"`
	Fixed      bool       `json:"fixed" description:"it can't be switched off"`
	Configured bool       `json:"configured" description:"what the configuration says; a switch made here wins"`
	SwitchedAt *time.Time `json:"switched_at,omitempty"`
	SwitchedBy string     `json:"switched_by"`
	Hosts      []string   `json:"hosts" description:"host names that it is bound to; empty = all"`
	Calls      uint64     `json:"calls" description:"in the last 90 days"`
	LastUsed   *time.Time `json:"last_used,omitempty"`
	Days       []Day      `json:"days" description:"those with calls, oldest first"`
}

// Day is the calls of one day.
type Day struct {
	Day   string `json:"day" format:"date" description:"UTC"`
	Calls uint64 `json:"calls"`
}

// DialectDetail is who uses an API, and which calls.
type DialectDetail struct {
	Dialect
	Users    int              `json:"users" minimum:"0" description:"different accounts in the days asked for"`
	Capped   bool             `json:"capped" description:"there is more than was counted"`
	Routes   []DialectRoute   `json:"routes" description:"most used first"`
	Accounts []DialectAccount `json:"accounts" description:"the latest first, at most 200"`
}

// DialectRoute is one call's use.
type DialectRoute struct {
	Name     string    `json:"name" example:"casdao.login"`
	Calls    uint64    `json:"calls"`
	Accounts int       `json:"accounts" minimum:"0"`
	LastUsed time.Time `json:"last_used"`
}

// DialectAccount is one account's use.
type DialectAccount struct {
	Account  uint64    `json:"account" description:"0 = nobody signed in"`
	Name     string    `json:"name"`
	Tenant   uint64    `json:"tenant"`
	Calls    uint64    `json:"calls"`
	LastUsed time.Time `json:"last_used"`
	Routes   []string  `json:"routes"`
}

// DialectChange switches an API.
type DialectChange struct {
	Enabled bool `json:"enabled"`
}

// DialectQuery says how far back.
type DialectQuery struct {
	Days int `query:"days" minimum:"1" maximum:"90" default:"30" description:"how far back"`
}

type byDialect struct {
	Dialect string `path:"dialect" minLength:"1" maxLength:"32"`
}

func (h handlers) dialectRoutes() []wire.Route {
	const tag, one = "dialects", "/v1/dialects/{dialect}"
	read, write := access.Of(access.DialectRead), access.Of(access.DialectWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/dialects", Name: "v1.dialects.list", Handle: h.dialects, Needs: read, Out: rest.Page[Dialect]{}, Tag: tag,
			Summary: "The APIs of this installation and how they are used"},
		{Method: "GET", Path: one, Params: byDialect{}, Name: "v1.dialects.get", Handle: h.dialectDetail, Needs: read, Query: DialectQuery{},
			Out: DialectDetail{}, Tag: tag, Summary: "Who uses an API, when last, and which calls"},
		{Method: "PATCH", Path: one, Params: byDialect{}, Name: "v1.dialects.update", Handle: h.switchDialect, Needs: write, In: DialectChange{},
			Out: Dialect{}, Tag: tag, Summary: "Switch an API on or off, at once and on every node"},
	}
}

func (h handlers) dialects(c *wire.Call) (any, error) {
	all, err := h.app.Dialect.List(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	items := make([]Dialect, len(all))
	for i, a := range all {
		items[i] = h.dialect(a)
	}
	return rest.Page[Dialect]{Items: items, Total: len(items)}, nil
}

func (h handlers) dialectDetail(c *wire.Call) (any, error) {
	var q DialectQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if q.Days == 0 && c.Query().Get("days") == "" {
		q.Days = 30
	}
	d, err := h.app.Dialect.Get(c.Ctx(), c.Actor, c.Path("dialect"), q.Days)
	if err != nil {
		return nil, err
	}
	out := DialectDetail{Dialect: h.dialect(d.API), Users: d.Users, Capped: d.Capped, Routes: make([]DialectRoute, len(d.Routes)),
		Accounts: make([]DialectAccount, len(d.Accounts))}
	for i, r := range d.Routes {
		out.Routes[i] = DialectRoute{Name: r.Name, Calls: r.Calls, Accounts: r.Accounts, LastUsed: r.Last.UTC()}
	}
	for i, a := range d.Accounts {
		out.Accounts[i] = DialectAccount{Account: a.Account, Name: a.Name, Tenant: a.Tenant, Calls: a.Calls, LastUsed: a.Last.UTC(), Routes: a.Routes}
	}
	return out, nil
}

func (h handlers) switchDialect(c *wire.Call) (any, error) {
	var in DialectChange
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := h.app.Dialect.Switch(c.Ctx(), c.Actor, c.Path("dialect"), in.Enabled); err != nil {
		return nil, err
	}
	d, err := h.app.Dialect.Get(c.Ctx(), c.Actor, c.Path("dialect"), 1)
	if err != nil {
		return nil, err
	}
	return h.dialect(d.API), nil
}

func (h handlers) dialect(a dialect.API) Dialect {
	d := Dialect{Name: a.Name, Enabled: a.Enabled, Fixed: a.Fixed, Configured: a.Default, SwitchedAt: rest.Moment(a.Switched), SwitchedBy: a.By,
		Hosts: h.app.Config.Dialects.Hosts(a.Name), Calls: a.Calls, LastUsed: rest.Moment(a.Last), Days: make([]Day, len(a.Days))}
	for i, day := range a.Days {
		d.Days[i] = Day{Day: day.At.Format(time.DateOnly), Calls: day.Calls}
	}
	return d
}
