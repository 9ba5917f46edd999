package v1

import (
	"stoa/api/wire"
	"stoa/app/access"
)

func (d *door) roleRoutes() []wire.Route {
	return []wire.Route{{Method: "GET", Path: "/v1/roles", Name: "v1.roles.list", Handle: d.roles, Query: Listing{},
		Out: Page[Role]{}, Tag: "roles", Summary: "List roles and what they allow"}}
}

func (d *door) roles(c *wire.Call) (any, error) {
	var at Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	if err := c.Actor.Need(access.RoleRead); err != nil {
		return nil, err
	}
	var all []Role
	for _, r := range access.Builtin() {
		role := Role{RoleRef: RoleRef{ID: r.ID, Code: r.Code, Name: r.Name}, Builtin: true, Permissions: r.Set.Names()}
		if role.Permissions == nil {
			role.Permissions = []string{}
		}
		all = append(all, role)
	}
	return list[Role]{name: "roles", columns: roleColumns, fetch: func(at Listing) (Page[Role], error) {
		return slice(all, at)
	}}.serve(c, at)
}

var roleColumns = []column[Role]{
	{"id", func(r *Role) any { return r.ID }},
	{"code", func(r *Role) any { return r.Code }},
	{"name", func(r *Role) any { return r.Name }},
	{"builtin", func(r *Role) any { return r.Builtin }},
}
