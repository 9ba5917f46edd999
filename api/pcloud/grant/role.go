package grant

import (
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/menu"
	"stoa/app/resource"
	"stoa/app/role"
	"stoa/app/tree"
)

// roleRow is a role in this dialect's words.
type roleRow struct {
	ID       uint64 `json:"id"`
	Name     string `json:"name"`
	RoleCode string `json:"roleCode"`
	modified
}

func (h handlers) roleRoutes(prefix string) []wire.Route {
	roles, grant := prefix+"/admin/role", prefix+"/admin/permission/grant"
	read, write := access.Of(access.RoleRead), access.Of(access.RoleWrite)
	trees := read.Or(access.Of(access.MenuRead, access.ResourceRead))
	return []wire.Route{
		{Method: "POST", Path: roles + "/page", Name: "pcloud.role.page", Needs: read, Handle: h.rolePage},
		{Method: "POST", Path: roles + "/list", Name: "pcloud.role.list", Needs: read, Handle: h.roleList},
		{Method: "GET", Path: roles + "/refresh", Name: "pcloud.role.refresh", Needs: read, HeaderTokenOnly: true, Handle: h.roleRefresh},
		{Method: "POST", Path: roles + "/refresh", Name: "pcloud.role.refresh", Needs: read, Handle: h.roleRefresh},
		{Method: "POST", Path: roles + "/create", Name: "pcloud.role.create", Needs: write, Handle: h.roleCreate},
		{Method: "PUT", Path: roles + "/modify", Name: "pcloud.role.modify", Needs: write, Handle: h.roleModify},
		{Method: "POST", Path: roles + "/modify", Name: "pcloud.role.modify", Needs: write, Handle: h.roleModify},
		{Method: "DELETE", Path: roles + "/{id}/delete", Name: "pcloud.role.delete", Needs: write, Handle: h.roleDelete},
		{Method: "POST", Path: roles + "/{id}/delete", Name: "pcloud.role.delete", Needs: write, Handle: h.roleDelete},
		{Method: "GET", Path: roles + "/{id}/menu", Name: "pcloud.role.menu", Needs: trees, Handle: h.roleMenu},
		{Method: "POST", Path: roles + "/{id}/menu", Name: "pcloud.role.menu", Needs: trees, Handle: h.roleMenu},
		{Method: "POST", Path: grant, Name: "pcloud.permission.grant", Needs: write, Handle: h.roleGrant},
	}
}

func (h handlers) rolePage(c *wire.Call) (any, error) {
	var in struct {
		paging
		Name wire.Text `json:"name"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	number, size, err := h.Page(in.paging.Page, in.PageNo, in.PageSize)
	if err != nil {
		return nil, err
	}
	all, err := h.app.Role.List(c.Ctx(), c.Actor, role.Filter{Text: string(in.Name)})
	if err != nil {
		return nil, err
	}
	rows := []roleRow{}
	for _, v := range part(all, number, size) {
		rows = append(rows, roleRow{v.ID, v.Name, v.Code, h.modified(v.Modified, v.ModifiedBy)})
	}
	return h.List(rows, len(all)), nil
}

// roleName is a role to choose.
type roleName struct {
	ID   uint64 `json:"id"`
	Name string `json:"name"`
}

// roleList are the roles that users can be given.
func (h handlers) roleList(c *wire.Call) (any, error) {
	all, err := h.app.Role.List(c.Ctx(), c.Actor, role.Filter{})
	if err != nil {
		return nil, err
	}
	rows := []roleName{}
	for i := range all {
		rows = append(rows, roleName{all[i].ID, all[i].Name})
	}
	return rows, nil
}

func (h handlers) roleRefresh(c *wire.Call) (any, error) {
	if err := c.Actor.Need(access.RoleRead); err != nil {
		return nil, err
	}
	return nil, h.app.Role.Refresh(c.Ctx())
}

// roleIn is the body of create and modify; what modify leaves out stays.
type roleIn struct {
	ID       wire.Int   `json:"id"`
	Name     *wire.Text `json:"name"`
	RoleCode *wire.Text `json:"roleCode"`
}

func text(t *wire.Text) wire.Text {
	if t == nil {
		return ""
	}
	return *t
}

// roleCreate makes a role. This dialect knows no data scope: such a role sees what
// its maker sees, at most the organisation.
func (h handlers) roleCreate(c *wire.Call) (any, error) {
	var in roleIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := named(text(in.Name)); err != nil {
		return nil, err
	}
	scope := role.All
	if c.Actor.Scope() < access.ScopeTenant {
		scope = role.Self
	}
	v, err := h.app.Role.Create(c.Ctx(), c.Actor, role.New{Name: string(text(in.Name)), Code: string(text(in.RoleCode)), Scope: scope})
	if err != nil {
		return nil, err
	}
	return v.ID, nil
}

func (h handlers) roleModify(c *wire.Call) (any, error) {
	var in roleIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := identified(in.ID, "id"); err != nil {
		return nil, err
	}
	v, err := h.app.Role.Modify(c.Ctx(), c.Actor, in.ID.Uint(), role.Change{Name: (*string)(in.Name), Code: (*string)(in.RoleCode)}, 0)
	if err != nil {
		return nil, err
	}
	return v.ID, nil
}

func (h handlers) roleDelete(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return nil, h.app.Role.Delete(c.Ctx(), c.Actor, id)
}

// tickView is a node of a tree to tick; a leaf's children are null.
type tickView struct {
	ID       uint64     `json:"id"`
	ParentID *uint64    `json:"parentId"`
	Name     string     `json:"name"`
	Label    string     `json:"label"`
	Children []tickView `json:"children"`
}

// grantsView is what a role grants beside all that could be granted. The ids are
// leaves: one of a group would tick all under it.
type grantsView struct {
	Routers      []tickView `json:"routers"`
	HasRouters   []uint64   `json:"hasRouters"`
	Resources    []tickView `json:"resources"`
	HasResources []uint64   `json:"hasResources"`
}

func (h handlers) roleMenu(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	v, err := h.app.Role.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	menus, err := h.app.Menu.List(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	resources, err := h.app.Resource.List(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	routers := tree.Nest(menus, menu.At)
	operations := tree.Nest(resources, resource.At)
	return grantsView{
		Routers:      tickNodes(routers, func(m *menu.Menu) tickView { return tickView{m.ID, orRoot(m.Parent), m.Name, m.Name, nil} }),
		HasRouters:   ticked(routers, v.Menus, menu.At),
		Resources:    tickNodes(operations, func(r *resource.Resource) tickView { return tickView{r.ID, orRoot(r.Parent), r.Name, r.Name, nil} }),
		HasResources: ticked(operations, v.Resources, resource.At),
	}, nil
}

// tickNodes shows trees.
func tickNodes[T any](of []*tree.Node[T], view func(*T) tickView) []tickView {
	var out []tickView
	for _, n := range of {
		v := view(&n.Row)
		v.Children = tickNodes(n.Children, view)
		out = append(out, v)
	}
	return out
}

// ticked are the granted leaves of trees.
func ticked[T any](of []*tree.Node[T], granted []uint64, at func(*T) tree.Place) []uint64 {
	has := make(map[uint64]bool, len(granted))
	for _, id := range granted {
		has[id] = true
	}
	out := []uint64{}
	var walk func([]*tree.Node[T])
	walk = func(level []*tree.Node[T]) {
		for _, n := range level {
			if id := at(&n.Row).ID; len(n.Children) == 0 && has[id] {
				out = append(out, id)
			}
			walk(n.Children)
		}
	}
	walk(of)
	return out
}

// roleGrant replaces what a role grants. The ticked and half-ticked nodes come
// together; groups among them stand for nothing.
func (h handlers) roleGrant(c *wire.Call) (any, error) {
	var in struct {
		RoleID    wire.Int    `json:"roleId"`
		Routers   *[]wire.Int `json:"routers"`
		Resources *[]wire.Int `json:"resources"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := identified(in.RoleID, "roleId"); err != nil {
		return nil, err
	}
	var g role.Grants
	if in.Routers != nil {
		menus := ids(*in.Routers)
		g.Menus = &menus
	}
	if in.Resources != nil {
		resources := ids(*in.Resources)
		g.Resources = &resources
	}
	_, _, err := h.app.Role.SetGrants(c.Ctx(), c.Actor, in.RoleID.Uint(), g, 0, false)
	return nil, err
}
