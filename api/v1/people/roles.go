package people

import (
	"stoa/api/v1/rest"
	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/access"
)

// Role is a role with what it allows.
type Role struct {
	view.RoleRef
	Builtin     bool     `json:"builtin"`
	Permissions []string `json:"permissions"`
}

func (h handlers) roleRoutes() []wire.Route {
	return []wire.Route{{Method: "GET", Path: "/v1/roles", Name: "v1.roles.list", Handle: h.roles, Query: rest.Listing{},
		Out: rest.Page[Role]{}, Tag: "roles", Summary: "List roles and what they allow"}}
}

func (h handlers) roles(c *wire.Call) (any, error) {
	var at rest.Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	if err := c.Actor.Need(access.RoleRead); err != nil {
		return nil, err
	}
	var all []Role
	for _, r := range access.Builtin() {
		role := Role{RoleRef: view.RoleRef{ID: r.ID, Code: r.Code, Name: r.Name}, Builtin: true, Permissions: r.Set.Names()}
		if role.Permissions == nil {
			role.Permissions = []string{}
		}
		all = append(all, role)
	}
	return rest.List[Role]{Name: "roles", Columns: roleColumns, Fetch: func(at rest.Listing) (rest.Page[Role], error) {
		return rest.Slice(all, at)
	}}.Serve(c, at)
}

var roleColumns = []rest.Column[Role]{
	rest.Col("id", "编号", func(r *Role) any { return r.ID }),
	rest.Col("code", "代码", func(r *Role) any { return r.Code }),
	rest.Col("name", "名称", func(r *Role) any { return r.Name }),
	rest.Col("builtin", "内置", func(r *Role) any { return r.Builtin }),
}
