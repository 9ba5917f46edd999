package grant

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/role"
)

// Role is a role with what it allows.
type Role struct {
	view.RoleRef
	Builtin      bool       `json:"builtin" description:"fixed, but for second_factor; it can be copied"`
	Tenant       uint64     `json:"tenant" description:"0 = shared by all organisations"`
	Scope        string     `json:"scope" enum:"all,custom,department,department_and_below,self" description:"whom its holders see; with several roles the widest holds"`
	Departments  []uint64   `json:"departments" description:"chosen ones, where scope is custom"`
	Menus        []uint64   `json:"menus" description:"pages granted; groups stand for nothing"`
	Resources    []uint64   `json:"resources" description:"resources granted; groups stand for nothing"`
	Permissions  []string   `json:"permissions" description:"what the resources come to"`
	SecondFactor bool       `json:"second_factor" description:"its holders sign in with a second factor"`
	Accounts     *int       `json:"accounts,omitempty" minimum:"0" description:"how many hold it; left out for the built-in roles that nearly everybody has"`
	CreatedAt    *time.Time `json:"created_at,omitempty"`
	ModifiedAt   *time.Time `json:"modified_at,omitempty"`
	ModifiedBy   string     `json:"modified_by"`
	Version      uint64     `json:"version" description:"for If-Match"`
}

// RoleNew is a new role.
type RoleNew struct {
	Code         string   `json:"code,omitempty" maxLength:"64" example:"ROLE_AUDITOR" description:"made of the id if it is left out"`
	Name         string   `json:"name" minLength:"1" maxLength:"64"`
	Shared       bool     `json:"shared,omitempty" description:"for all organisations: super administrators only"`
	CopyOf       uint64   `json:"copy_of,omitempty" description:"a role whose scope and grants it begins with, so far as the caller holds them"`
	Scope        string   `json:"scope,omitempty" enum:"all,custom,department,department_and_below,self" description:"that of copy_of, else self, if it is left out"`
	Departments  []uint64 `json:"departments,omitempty"`
	SecondFactor bool     `json:"second_factor,omitempty"`
}

// RoleChange changes what is given. At a built-in role that is second_factor alone.
type RoleChange struct {
	Code         *string   `json:"code,omitempty" maxLength:"64"`
	Name         *string   `json:"name,omitempty" minLength:"1" maxLength:"64"`
	Scope        *string   `json:"scope,omitempty" enum:"all,custom,department,department_and_below,self"`
	Departments  *[]uint64 `json:"departments,omitempty"`
	SecondFactor *bool     `json:"second_factor,omitempty"`
}

// RoleQuery selects roles by a part of the name or the code.
type RoleQuery struct {
	rest.Listing
	Q      string `query:"q" description:"part of the name or of the code"`
	Tenant uint64 `query:"tenant" description:"another organisation than the caller's: super administrators only"`
}

func (h handlers) roleRoutes() []wire.Route {
	const tag, one = "roles", "/v1/roles/{id}"
	read, write := access.Of(access.RoleRead), access.Of(access.RoleWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/roles", Name: "v1.roles.list", Handle: h.roles, Needs: read, Query: RoleQuery{}, Long: true,
			Out: rest.Page[Role]{}, Tag: tag, Summary: "List roles and what they allow"},
		{Method: "POST", Path: "/v1/roles", Name: "v1.roles.create", Handle: rest.Once(h.app.Idempotency, h.createRole), Needs: write, In: RoleNew{},
			Out: Role{}, Status: http.StatusCreated, Tag: tag, Summary: "Make a role, or copy one"},
		{Method: "GET", Path: one, Name: "v1.roles.get", Handle: h.getRole, Needs: read, Out: Role{}, Tag: tag, Summary: "Read a role"},
		{Method: "PATCH", Path: one, Name: "v1.roles.update", Handle: h.updateRole, Needs: write, In: RoleChange{}, Out: Role{}, Tag: tag,
			Summary: "Change a role"},
		{Method: "DELETE", Path: one, Name: "v1.roles.delete", Handle: h.deleteRole, Needs: write, Status: http.StatusNoContent, Tag: tag,
			Summary: "Delete a role that no account holds"},
		{Method: "GET", Path: one + "/accounts", Name: "v1.roles.accounts", Handle: h.roleAccounts, Needs: read.Or(access.Of(access.AccountRead)),
			Query: rest.Listing{}, Long: true, Out: rest.Page[view.Account]{}, Tag: tag, Summary: "Who has this role"},
		{Method: "POST", Path: "/v1/roles/refresh", Name: "v1.roles.refresh", Handle: h.refreshRoles, Needs: read, Status: http.StatusNoContent,
			Tag: tag, Summary: "Read roles, menus and resources from the store again"},
	}
}

func (h handlers) roles(c *wire.Call) (any, error) {
	var q RoleQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	all, err := h.app.Role.List(c.Ctx(), c.Actor, role.Filter{Text: q.Q, Tenant: q.Tenant})
	if err != nil {
		return nil, err
	}
	return rest.List[Role]{Name: "roles", Columns: roleColumns, Fetch: func(at rest.Listing) (rest.Page[Role], error) {
		part, err := rest.Slice(all, at)
		if err != nil {
			return rest.Page[Role]{}, err
		}
		items, err := h.rolesOf(c, part.Items)
		return rest.Page[Role]{Items: items, Total: part.Total, Next: part.Next}, err
	}}.Serve(c, q.Listing)
}

var roleColumns = []rest.Column[Role]{
	rest.Col("id", "编号", func(r *Role) any { return r.ID }),
	rest.Col("code", "代码", func(r *Role) any { return r.Code }),
	rest.Col("name", "名称", func(r *Role) any { return r.Name }),
	rest.Col("builtin", "内置", func(r *Role) any { return r.Builtin }),
	rest.Col("scope", "数据范围", func(r *Role) any { return r.Scope }),
	rest.Col("second_factor", "二次验证", func(r *Role) any { return r.SecondFactor }),
	rest.Col("modified_by", "修改人", func(r *Role) any { return r.ModifiedBy }),
}

// rolesOf shows roles with how many accounts hold each.
func (h handlers) rolesOf(c *wire.Call, rows []role.Role) ([]Role, error) {
	counts, err := h.app.Role.Counts(c.Ctx(), c.Actor, rows)
	if err != nil {
		return nil, err
	}
	out := make([]Role, len(rows))
	for i := range rows {
		v := &rows[i]
		out[i] = Role{RoleRef: view.RoleRef{ID: v.ID, Code: v.Code, Name: v.Name}, Builtin: v.Builtin, Tenant: v.Tenant, Scope: string(v.Scope),
			Departments: list(v.Departments), Menus: list(v.Menus), Resources: list(v.Resources), Permissions: list(v.Set.Names()),
			SecondFactor: v.SecondFactor, CreatedAt: rest.Moment(v.Created), ModifiedAt: rest.Moment(v.Modified), ModifiedBy: v.ModifiedBy,
			Version: v.Version}
		if n := counts[v.ID]; n.Exact {
			out[i].Accounts = &n.Accounts
		}
	}
	return out, nil
}

// list is a list that is never null.
func list[T any](of []T) []T {
	if of == nil {
		return []T{}
	}
	return of
}

func (h handlers) oneRole(c *wire.Call, v *role.Role) (Role, error) {
	views, err := h.rolesOf(c, []role.Role{*v})
	if err != nil {
		return Role{}, err
	}
	return views[0], nil
}

func (h handlers) taggedRole(c *wire.Call, v *role.Role) (any, error) {
	out, err := h.oneRole(c, v)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(v.Version, out), nil
}

func (h handlers) createRole(c *wire.Call) (any, error) {
	var in RoleNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	v, err := h.app.Role.Create(c.Ctx(), c.Actor, role.New{Code: in.Code, Name: in.Name, Shared: in.Shared, CopyOf: in.CopyOf,
		Scope: role.Scope(in.Scope), Departments: in.Departments, SecondFactor: in.SecondFactor})
	if err != nil {
		return nil, err
	}
	out, err := h.oneRole(c, v)
	if err != nil {
		return nil, err
	}
	return rest.Created("roles", v.ID, out), nil
}

func (h handlers) getRole(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	v, err := h.app.Role.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return h.taggedRole(c, v)
}

func (h handlers) updateRole(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in RoleChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	v, err := h.app.Role.Modify(c.Ctx(), c.Actor, id, role.Change{Code: in.Code, Name: in.Name, Scope: (*role.Scope)(in.Scope),
		Departments: in.Departments, SecondFactor: in.SecondFactor}, version)
	if err != nil {
		return nil, err
	}
	return h.taggedRole(c, v)
}

func (h handlers) deleteRole(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Role.Delete(c.Ctx(), c.Actor, id)
}

func (h handlers) roleAccounts(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var at rest.Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	if err := c.Actor.Need(access.AccountRead); err != nil {
		return nil, err
	}
	if _, err := h.app.Role.Get(c.Ctx(), c.Actor, id); err != nil {
		return nil, err
	}
	return rest.List[view.Account]{Name: "accounts", Columns: holderColumns, Fetch: func(at rest.Listing) (rest.Page[view.Account], error) {
		page, err := h.app.Account.List(c.Ctx(), c.Actor, account.Filter{Roles: []uint64{id}, Page: at.Page, Limit: at.Limit, Cursor: at.Cursor})
		if err != nil {
			return rest.Page[view.Account]{}, err
		}
		items, err := view.Accounts(c.Ctx(), h.app, page.Items)
		return rest.Page[view.Account]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, err
	}}.Serve(c, at)
}

var holderColumns = []rest.Column[view.Account]{
	rest.Col("id", "编号", func(a *view.Account) any { return a.ID }),
	rest.Col("name", "用户名", func(a *view.Account) any { return a.Name }),
	rest.Col("nickname", "姓名", func(a *view.Account) any { return a.Nickname }),
	rest.Col("tenant_name", "组织", func(a *view.Account) any { return a.TenantName }),
	rest.Col("department_name", "部门", func(a *view.Account) any { return a.DepartmentName }),
	rest.Col("state", "状态", func(a *view.Account) any { return a.State }),
}

func (h handlers) refreshRoles(c *wire.Call) (any, error) {
	if err := c.Actor.Need(access.RoleRead); err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Role.Refresh(c.Ctx())
}
