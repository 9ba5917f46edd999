package grant

import (
	"stoa/api/v1/rest"
	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/role"
)

// RoleGrants replaces what is given: all menus, all resources, the scope.
type RoleGrants struct {
	Menus       *[]uint64 `json:"menus,omitempty" maxItems:"4000" description:"ids; groups may be among them and stand for nothing"`
	Resources   *[]uint64 `json:"resources,omitempty" maxItems:"4000" description:"ids; groups may be among them and stand for nothing"`
	Scope       *string   `json:"scope,omitempty" enum:"all,custom,department,department_and_below,self"`
	Departments *[]uint64 `json:"departments,omitempty"`
}

// GrantQuery asks for what a change comes to.
type GrantQuery struct {
	DryRun bool `query:"dry_run" description:"tell what the change comes to, and change nothing"`
}

// PermissionShift is a permission that a change gives or takes.
type PermissionShift struct {
	Permission string `json:"permission"`
	Accounts   int    `json:"accounts" minimum:"0" description:"accounts that gain or lose it: those that have it by another role do not"`
}

// NamedRef is an object by its id and name.
type NamedRef struct {
	ID   uint64 `json:"id"`
	Name string `json:"name"`
}

// GrantChange is what a change of grants comes to.
type GrantChange struct {
	DryRun          bool              `json:"dry_run"`
	Role            Role              `json:"role" description:"as it is after the change, or would be"`
	Gained          []PermissionShift `json:"gained"`
	Lost            []PermissionShift `json:"lost"`
	MenusGained     []NamedRef        `json:"menus_gained"`
	MenusLost       []NamedRef        `json:"menus_lost"`
	ResourcesGained []NamedRef        `json:"resources_gained"`
	ResourcesLost   []NamedRef        `json:"resources_lost"`
	ScopeBefore     string            `json:"scope_before"`
	ScopeAfter      string            `json:"scope_after"`
	Accounts        int               `json:"accounts" minimum:"0" description:"how many hold the role"`
}

// PermissionHolders is who holds a permission.
type PermissionHolders struct {
	Permission     string         `json:"permission"`
	Roles          []view.RoleRef `json:"roles" description:"roles that allow it"`
	Accounts       int            `json:"accounts" minimum:"0" description:"how many accounts that the caller sees hold one of them"`
	AccountsCapped bool           `json:"accounts_capped"`
}

type byName struct {
	Name string `path:"name" minLength:"1" maxLength:"64" example:"account.delete"`
}

type grantParams struct {
	ID      uint64 `path:"id" minimum:"1"`
	IfMatch string `header:"If-Match" description:"ETag of the last reading; a change by somebody else since is refused with 412"`
}

func (h handlers) grantRoutes() []wire.Route {
	return []wire.Route{
		{Method: "PUT", Path: "/v1/roles/{id}/grants", Name: "v1.roles.grant", Handle: h.grant, Needs: access.Of(access.RoleWrite),
			Params: grantParams{}, Query: GrantQuery{}, In: RoleGrants{}, Out: GrantChange{}, Tag: "roles",
			Summary: "Replace what a role grants; with dry_run tell what that comes to"},
		{Method: "GET", Path: "/v1/permissions/{name}/holders", Name: "v1.permissions.holders", Handle: h.permissionHolders, Params: byName{},
			Needs: access.Of(access.RoleRead, access.AccountRead), Out: PermissionHolders{}, Tag: "roles", Summary: "Who has this permission"},
	}
}

func (h handlers) grant(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var q GrantQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	var in RoleGrants
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	v, d, err := h.app.Role.SetGrants(c.Ctx(), c.Actor, id, role.Grants{Menus: in.Menus, Resources: in.Resources,
		Scope: (*role.Scope)(in.Scope), Departments: in.Departments}, version, q.DryRun)
	if err != nil {
		return nil, err
	}
	shown, err := h.oneRole(c, v)
	if err != nil {
		return nil, err
	}
	out := GrantChange{DryRun: q.DryRun, Role: shown, Gained: shifts(d.Gained), Lost: shifts(d.Lost), MenusGained: []NamedRef{}, MenusLost: []NamedRef{},
		ResourcesGained: []NamedRef{}, ResourcesLost: []NamedRef{}, ScopeBefore: string(d.Before), ScopeAfter: string(d.After),
		Accounts: d.Accounts}
	for _, m := range d.MenusGained {
		out.MenusGained = append(out.MenusGained, NamedRef{m.ID, m.Name})
	}
	for _, m := range d.MenusLost {
		out.MenusLost = append(out.MenusLost, NamedRef{m.ID, m.Name})
	}
	for _, r := range d.ResourcesGained {
		out.ResourcesGained = append(out.ResourcesGained, NamedRef{r.ID, r.Name})
	}
	for _, r := range d.ResourcesLost {
		out.ResourcesLost = append(out.ResourcesLost, NamedRef{r.ID, r.Name})
	}
	return rest.Tagged(v.Version, out), nil
}

func shifts(of []role.Shift) []PermissionShift {
	out := make([]PermissionShift, len(of))
	for i, s := range of {
		out[i] = PermissionShift{s.Permission.String(), s.Accounts}
	}
	return out
}

func (h handlers) permissionHolders(c *wire.Call) (any, error) {
	p, ok := access.PermissionOf(c.Path("name"))
	if !ok {
		return nil, fault.New(fault.NotFound, "permission.not_found", "name", "there is no such permission")
	}
	who, err := h.app.Role.WhoHas(c.Ctx(), c.Actor, p)
	if err != nil {
		return nil, err
	}
	return PermissionHolders{Permission: p.String(), Roles: refs(who.Roles), Accounts: who.Accounts, AccountsCapped: who.Capped}, nil
}

func refs(roles []role.Role) []view.RoleRef {
	out := make([]view.RoleRef, len(roles))
	for i := range roles {
		out[i] = view.RoleRef{ID: roles[i].ID, Code: roles[i].Code, Name: roles[i].Name}
	}
	return out
}
