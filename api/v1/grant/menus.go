package grant

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/menu"
	"stoa/app/role"
	"stoa/app/tree"
)

// Menu is a group or a page of the navigation.
type Menu struct {
	ID         uint64    `json:"id"`
	Parent     uint64    `json:"parent" description:"0 = top"`
	Sequence   int       `json:"sequence" minimum:"0" description:"order among siblings"`
	Type       string    `json:"type" enum:"group,page"`
	Name       string    `json:"name"`
	NameEN     string    `json:"name_en" description:"English name of one that came with the product and was not named anew, else empty"`
	Path       string    `json:"path" description:"of the documented front end's route"`
	Component  string    `json:"component" description:"the documented front end's file"`
	Redirect   string    `json:"redirect"`
	Icon       string    `json:"icon"`
	Router     bool      `json:"router" description:"a route of the documented front end"`
	Hidden     bool      `json:"hidden" description:"reachable, and not shown"`
	Page       string    `json:"page" description:"key of the console's page; empty = none"`
	Needs      []string  `json:"needs" description:"permissions without which the page is of no use"`
	Builtin    bool      `json:"builtin" description:"came with the product: it is not deleted, and page and needs are fixed"`
	CreatedAt  time.Time `json:"created_at"`
	ModifiedAt time.Time `json:"modified_at"`
	ModifiedBy string    `json:"modified_by"`
	Version    uint64    `json:"version" description:"for If-Match"`
	As         *MenuSeen `json:"as,omitempty" description:"with as_role: what that role makes of it"`
	Children   []Menu    `json:"children,omitempty" description:"of a tree"`
}

// MenuSeen is a menu as a role shows it.
type MenuSeen struct {
	Granted bool     `json:"granted"`
	Shown   bool     `json:"shown" description:"its holders see it"`
	Missing []string `json:"missing" description:"what the page needs and the role does not allow"`
}

// MenuTree is the whole navigation.
type MenuTree struct {
	Items []Menu `json:"items"`
}

// MenuQuery selects menus.
type MenuQuery struct {
	rest.Listing
	AsRole uint64 `query:"as_role" description:"show what a role makes of each menu"`
}

// AsRoleQuery looks at a tree through a role's eyes.
type AsRoleQuery struct {
	AsRole uint64 `query:"as_role" description:"show what a role makes of each menu"`
}

// MenuNew is a new menu.
type MenuNew struct {
	Parent    uint64   `json:"parent,omitempty"`
	Sequence  int      `json:"sequence,omitempty" minimum:"0" maximum:"1000000"`
	Type      string   `json:"type" enum:"group,page"`
	Name      string   `json:"name" minLength:"1" maxLength:"64"`
	Path      string   `json:"path,omitempty" maxLength:"255"`
	Component string   `json:"component,omitempty" maxLength:"255"`
	Redirect  string   `json:"redirect,omitempty" maxLength:"255"`
	Icon      string   `json:"icon,omitempty" maxLength:"255"`
	Router    bool     `json:"router,omitempty"`
	Hidden    bool     `json:"hidden,omitempty"`
	Page      string   `json:"page,omitempty" maxLength:"64"`
	Needs     []string `json:"needs,omitempty" maxItems:"16"`
}

// MenuChange changes what is given; a new parent moves the menu with all below it.
type MenuChange struct {
	Parent    *uint64   `json:"parent,omitempty" description:"0 = top"`
	Sequence  *int      `json:"sequence,omitempty" minimum:"0" maximum:"1000000"`
	Type      *string   `json:"type,omitempty" enum:"group,page"`
	Name      *string   `json:"name,omitempty" minLength:"1" maxLength:"64"`
	Path      *string   `json:"path,omitempty" maxLength:"255"`
	Component *string   `json:"component,omitempty" maxLength:"255"`
	Redirect  *string   `json:"redirect,omitempty" maxLength:"255"`
	Icon      *string   `json:"icon,omitempty" maxLength:"255"`
	Router    *bool     `json:"router,omitempty"`
	Hidden    *bool     `json:"hidden,omitempty"`
	Page      *string   `json:"page,omitempty" maxLength:"64"`
	Needs     *[]string `json:"needs,omitempty" maxItems:"16"`
}

func (h handlers) menuRoutes() []wire.Route {
	const tag, one = "menus", "/v1/menus/{id}"
	read, write := access.Of(access.MenuRead), access.Of(access.MenuWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/menus", Name: "v1.menus.list", Handle: h.menus, Needs: read, Query: MenuQuery{}, Long: true,
			Out: rest.Page[Menu]{}, Tag: tag, Summary: "List menus, groups before what stands in them"},
		{Method: "GET", Path: "/v1/menus/tree", Name: "v1.menus.tree", Handle: h.menuTree, Needs: read, Query: AsRoleQuery{}, Out: MenuTree{},
			Tag: tag, Summary: "The navigation as a tree; with as_role through a role's eyes"},
		{Method: "POST", Path: "/v1/menus", Name: "v1.menus.create", Handle: rest.Once(h.app.Idempotency, h.createMenu), Needs: write,
			In: MenuNew{}, Out: Menu{}, Status: http.StatusCreated, Tag: tag, Summary: "Make a menu"},
		{Method: "GET", Path: one, Name: "v1.menus.get", Handle: h.getMenu, Needs: read, Out: Menu{}, Tag: tag, Summary: "Read a menu"},
		{Method: "PATCH", Path: one, Name: "v1.menus.update", Handle: h.updateMenu, Needs: write, In: MenuChange{}, Out: Menu{}, Tag: tag,
			Summary: "Change or move a menu"},
		{Method: "DELETE", Path: one, Name: "v1.menus.delete", Handle: h.deleteMenu, Needs: write, Status: http.StatusNoContent, Tag: tag,
			Summary: "Delete a menu that nothing stands under and no role grants"},
	}
}

const (
	typeGroup  = "group"
	typePage   = "page"
	typeButton = "button"
	typeAPI    = "api"
)

func viewMenu(m *menu.Menu, seen map[uint64]role.Seen) Menu {
	out := Menu{ID: m.ID, Parent: m.Parent, Sequence: m.Sequence, Type: typeGroup, Name: m.Name, Path: m.Path, Component: m.Component,
		Redirect: m.Redirect, Icon: m.Icon, Router: m.Router, Hidden: m.Hidden, Page: m.Page, Needs: list(m.Needs), Builtin: m.Key != "", NameEN: m.English(),
		CreatedAt: m.Created.UTC(), ModifiedAt: m.Modified.UTC(), ModifiedBy: m.ModifiedBy, Version: m.Version}
	if m.Type == menu.Page {
		out.Type = typePage
	}
	if seen != nil {
		at := seen[m.ID]
		out.As = &MenuSeen{Granted: at.Granted, Shown: at.Shown, Missing: list(at.Missing.Names())}
	}
	return out
}

func menuType(s string) menu.Type {
	switch s {
	case typeGroup:
		return menu.Group
	case typePage:
		return menu.Page
	}
	return -1 // which the operation refuses
}

// seenBy is what a role makes of the menus; nil where none is asked for.
func (h handlers) seenBy(c *wire.Call, id uint64) (map[uint64]role.Seen, error) {
	if id == 0 {
		return nil, nil
	}
	return h.app.Role.As(c.Ctx(), c.Actor, id)
}

func (h handlers) menus(c *wire.Call) (any, error) {
	var q MenuQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	all, err := h.app.Menu.List(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	seen, err := h.seenBy(c, q.AsRole)
	if err != nil {
		return nil, err
	}
	views := make([]Menu, len(all))
	for i := range all {
		views[i] = viewMenu(&all[i], seen)
	}
	return rest.List[Menu]{Name: "menus", Columns: menuColumns, Fetch: func(at rest.Listing) (rest.Page[Menu], error) {
		return rest.Slice(views, at)
	}}.Serve(c, q.Listing)
}

var menuColumns = []rest.Column[Menu]{
	rest.Col("id", "编号", func(m *Menu) any { return m.ID }),
	rest.Col("parent", "上级", func(m *Menu) any { return m.Parent }),
	rest.Col("name", "名称", func(m *Menu) any { return m.Name }),
	rest.Col("type", "类型", func(m *Menu) any { return m.Type }),
	rest.Col("path", "路径", func(m *Menu) any { return m.Path }),
	rest.Col("component", "组件", func(m *Menu) any { return m.Component }),
	rest.Col("page", "页面", func(m *Menu) any { return m.Page }),
	rest.Col("hidden", "隐藏", func(m *Menu) any { return m.Hidden }),
}

func (h handlers) menuTree(c *wire.Call) (any, error) {
	var q AsRoleQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	all, err := h.app.Menu.List(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	seen, err := h.seenBy(c, q.AsRole)
	if err != nil {
		return nil, err
	}
	return MenuTree{Items: list(menuNodes(tree.Nest(all, menu.At), seen))}, nil
}

func menuNodes(nodes []*tree.Node[menu.Menu], seen map[uint64]role.Seen) []Menu {
	var out []Menu
	for _, n := range nodes {
		m := viewMenu(&n.Row, seen)
		m.Children = menuNodes(n.Children, seen)
		out = append(out, m)
	}
	return out
}

func (h handlers) createMenu(c *wire.Call) (any, error) {
	var in MenuNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	m, err := h.app.Menu.Create(c.Ctx(), c.Actor, menu.New{Parent: in.Parent, Sequence: in.Sequence, Type: menuType(in.Type), Name: in.Name,
		Path: in.Path, Component: in.Component, Redirect: in.Redirect, Icon: in.Icon, Router: in.Router, Hidden: in.Hidden, Page: in.Page, Needs: in.Needs})
	if err != nil {
		return nil, err
	}
	return rest.Created("menus", m.ID, viewMenu(m, nil)), nil
}

func (h handlers) getMenu(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	m, err := h.app.Menu.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(m.Version, viewMenu(m, nil)), nil
}

func (h handlers) updateMenu(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in MenuChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	change := menu.Change{Parent: in.Parent, Sequence: in.Sequence, Name: in.Name, Path: in.Path, Component: in.Component, Redirect: in.Redirect,
		Icon: in.Icon, Router: in.Router, Hidden: in.Hidden, Page: in.Page, Needs: in.Needs}
	if in.Type != nil {
		t := menuType(*in.Type)
		change.Type = &t
	}
	m, err := h.app.Menu.Modify(c.Ctx(), c.Actor, id, change, version)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(m.Version, viewMenu(m, nil)), nil
}

func (h handlers) deleteMenu(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Menu.Delete(c.Ctx(), c.Actor, id)
}
