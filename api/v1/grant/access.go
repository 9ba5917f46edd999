package grant

import (
	"time"

	"stoa/api/v1/rest"
	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/role"
)

// AccessQuestion asks whether a request would be let through: for an account, or
// for somebody with these roles.
type AccessQuestion struct {
	Method    string   `json:"method" enum:"GET,POST,PUT,PATCH,DELETE"`
	Path      string   `json:"path" example:"/v1/accounts/12" maxLength:"2048"`
	RoleIDs   []uint64 `json:"role_ids,omitempty" maxItems:"20"`
	AccountID uint64   `json:"account_id,omitempty"`
}

// AccessAnswer is what a request needs and what there is of it.
type AccessAnswer struct {
	Dialect string         `json:"dialect" example:"pcloud"`
	Call    string         `json:"call" example:"v1.accounts.get"`
	Route   string         `json:"route" example:"GET /v1/accounts/{id}"`
	Public  bool           `json:"public" description:"nobody needs to sign in for it"`
	Needs   []string       `json:"needs"`
	Held    []string       `json:"held" description:"all that the roles allow"`
	Missing []string       `json:"missing"`
	Allowed bool           `json:"allowed" description:"as far as permissions go: the operation still refuses objects that the caller does not see"`
	Givers  []view.RoleRef `json:"givers" description:"roles that give what is missing"`
}

// AccessRefusal is a call that was refused for want of a right.
type AccessRefusal struct {
	At          time.Time      `json:"at"`
	Tenant      uint64         `json:"tenant"`
	Account     uint64         `json:"account" description:"0 = an application"`
	AccountName string         `json:"account_name"`
	Dialect     string         `json:"dialect"`
	Call        string         `json:"call" example:"v1.accounts.delete"`
	Method      string         `json:"method"`
	Path        string         `json:"path"`
	Code        string         `json:"code"`
	Text        string         `json:"text" description:"what the caller was told"`
	Missing     []string       `json:"missing" description:"permissions that were missing; empty where another rule refused"`
	Givers      []view.RoleRef `json:"givers" description:"roles that give what is missing"`
	RequestID   string         `json:"request_id"`
}

// RefusalQuery selects refusals.
type RefusalQuery struct {
	rest.Listing
	Account uint64 `query:"account" description:"of one account"`
}

func (h handlers) accessRoutes() []wire.Route {
	return []wire.Route{
		{Method: "POST", Path: "/v1/access/check", Name: "v1.access.check", Handle: h.checkAccess, Needs: access.Of(access.RoleRead),
			In: AccessQuestion{}, Out: AccessAnswer{}, Tag: "roles", Summary: "Would this request be let through"},
		{Method: "GET", Path: "/v1/access/refusals", Name: "v1.access.refusals", Handle: h.refusals, Needs: access.Of(access.AuditRead),
			Query: RefusalQuery{}, Long: true, Out: rest.Page[AccessRefusal]{}, Tag: "roles", Summary: "Calls that were refused lately, and what would have let them through"},
	}
}

func (h handlers) checkAccess(c *wire.Call) (any, error) {
	var in AccessQuestion
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	a, err := h.app.Role.Check(c.Ctx(), c.Actor, role.Question{Method: in.Method, Path: in.Path, Roles: in.RoleIDs, Account: in.AccountID})
	if err != nil {
		return nil, err
	}
	return AccessAnswer{Dialect: a.Call.Dialect, Call: a.Call.Name, Route: a.Call.Method + " " + a.Call.Path, Public: a.Call.Public,
		Needs: list(a.Needs.Names()), Held: list(a.Held.Names()), Missing: list(a.Missing.Names()), Allowed: a.Allowed, Givers: refs(a.Givers)}, nil
}

func (h handlers) refusals(c *wire.Call) (any, error) {
	var q RefusalQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	all, err := h.app.Role.Refusals(c.Ctx(), c.Actor, q.Account)
	if err != nil {
		return nil, err
	}
	views := make([]AccessRefusal, len(all))
	for i := range all {
		r := &all[i]
		views[i] = AccessRefusal{At: r.At.UTC(), Tenant: r.Tenant, Account: r.Account, AccountName: r.Name, Dialect: r.Origin.Dialect, Call: r.Call,
			Method: r.Origin.Method, Path: r.Origin.Path, Code: r.Code, Text: r.Text, Missing: list(r.Missing.Names()), Givers: refs(r.Givers),
			RequestID: r.Origin.RequestID}
	}
	return rest.List[AccessRefusal]{Name: "refusals", Columns: refusalColumns, Fetch: func(at rest.Listing) (rest.Page[AccessRefusal], error) {
		return rest.Slice(views, at)
	}}.Serve(c, q.Listing)
}

var refusalColumns = []rest.Column[AccessRefusal]{
	rest.Col("at", "时间", func(r *AccessRefusal) any { return r.At }),
	rest.Col("account_name", "账号", func(r *AccessRefusal) any { return r.AccountName }),
	rest.Col("method", "方法", func(r *AccessRefusal) any { return r.Method }),
	rest.Col("path", "路径", func(r *AccessRefusal) any { return r.Path }),
	rest.Col("text", "原因", func(r *AccessRefusal) any { return r.Text }),
}
