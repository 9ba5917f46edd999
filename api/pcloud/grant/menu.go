package grant

import (
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/menu"
	"stoa/app/tree"
)

// menuView is a menu with those under it; a leaf's children are null.
type menuView struct {
	ID        uint64     `json:"id"`
	ParentID  *uint64    `json:"parentId"`
	Sequence  int        `json:"sequence"`
	MenuType  int        `json:"menuType"` // 0 group, 1 page
	Name      string     `json:"name"`
	Label     string     `json:"label"`
	Path      string     `json:"path"`
	Component string     `json:"component"`
	Redirect  string     `json:"redirect"`
	Icon      string     `json:"icon"`
	Router    bool       `json:"router"`
	Hidden    bool       `json:"hidden"`
	Meta      menuMeta   `json:"meta"`
	Children  []menuView `json:"children"`
	modified
}

type menuMeta struct {
	Title      string   `json:"title"`
	Icon       string   `json:"icon"`
	NoCache    bool     `json:"noCache"`
	Permission []string `json:"permission"`
}

// shell is the component of a group at the top.
const shell = "Layout"

func (h handlers) menuRoutes(prefix string) []wire.Route {
	menus := prefix + "/admin/menu"
	read, write := access.Of(access.MenuRead), access.Of(access.MenuWrite)
	return []wire.Route{
		{Method: "POST", Path: menus + "/page", Name: "pcloud.menu.page", Needs: read, Handle: h.menuPage},
		{Method: "POST", Path: menus + "/create", Name: "pcloud.menu.create", Needs: write, Handle: h.menuCreate},
		{Method: "PUT", Path: menus + "/modify", Name: "pcloud.menu.modify", Needs: write, Handle: h.menuModify},
		{Method: "POST", Path: menus + "/modify", Name: "pcloud.menu.modify", Needs: write, Handle: h.menuModify},
		{Method: "DELETE", Path: menus + "/{id}/delete", Name: "pcloud.menu.delete", Needs: write, Handle: h.menuDelete},
		{Method: "POST", Path: menus + "/{id}/delete", Name: "pcloud.menu.delete", Needs: write, Handle: h.menuDelete},
	}
}

// menuPage is the whole tree, whatever page is asked for.
func (h handlers) menuPage(c *wire.Call) (any, error) {
	all, err := h.app.Menu.List(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	rows := h.menuViews(tree.Nest(all, menu.At))
	return h.List(rows, len(rows)), nil
}

func (h handlers) menuViews(of []*tree.Node[menu.Menu]) []menuView {
	var out []menuView
	for _, n := range of {
		m := &n.Row
		needs := m.Needs
		if needs == nil {
			needs = []string{}
		}
		out = append(out, menuView{ID: m.ID, ParentID: orRoot(m.Parent), Sequence: m.Sequence, MenuType: int(m.Type), Name: m.Name, Label: m.Name,
			Path: m.Path, Component: m.Component, Redirect: m.Redirect, Icon: m.Icon, Router: m.Router, Hidden: m.Hidden,
			Meta: menuMeta{Title: m.Name, Icon: m.Icon, Permission: needs}, Children: h.menuViews(n.Children),
			modified: h.modified(m.Modified, m.ModifiedBy)})
	}
	return out
}

// menuIn is the body of create and modify. modify gets the whole row back; an
// absent parentId means the top, because the front end leaves a cleared one out.
type menuIn struct {
	ID        wire.Int   `json:"id"`
	ParentID  wire.Int   `json:"parentId"`
	Sequence  wire.Int   `json:"sequence"`
	MenuType  *wire.Int  `json:"menuType"`
	Name      wire.Text  `json:"name"`
	Path      wire.Text  `json:"path"`
	Component wire.Text  `json:"component"`
	Redirect  wire.Text  `json:"redirect"`
	Icon      wire.Text  `json:"icon"`
	Router    *wire.Bool `json:"router"`
	Hidden    wire.Bool  `json:"hidden"`
}

// kind is the type that is said, else the one that the component tells.
func (in *menuIn) kind() menu.Type {
	switch {
	case in.MenuType != nil && *in.MenuType == 0, in.MenuType == nil && (in.Component == "" || in.Component == shell):
		return menu.Group
	}
	return menu.Page
}

func (in *menuIn) route() bool {
	return in.Router == nil && in.Path != "" || in.Router != nil && bool(*in.Router)
}

func (h handlers) menuCreate(c *wire.Call) (any, error) {
	var in menuIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := named(in.Name); err != nil {
		return nil, err
	}
	m, err := h.app.Menu.Create(c.Ctx(), c.Actor, menu.New{Parent: in.ParentID.Uint(), Sequence: int(in.Sequence), Type: in.kind(), Name: string(in.Name),
		Path: string(in.Path), Component: string(in.Component), Redirect: string(in.Redirect), Icon: string(in.Icon), Router: in.route(),
		Hidden: bool(in.Hidden)})
	if err != nil {
		return nil, err
	}
	return m.ID, nil
}

func (h handlers) menuModify(c *wire.Call) (any, error) {
	var in menuIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := identified(in.ID, "id"); err != nil {
		return nil, err
	}
	parent, sequence, kind, router, hidden := in.ParentID.Uint(), int(in.Sequence), in.kind(), in.route(), bool(in.Hidden)
	m, err := h.app.Menu.Modify(c.Ctx(), c.Actor, in.ID.Uint(), menu.Change{Parent: &parent, Sequence: &sequence, Type: &kind, Name: (*string)(&in.Name),
		Path: (*string)(&in.Path), Component: (*string)(&in.Component), Redirect: (*string)(&in.Redirect), Icon: (*string)(&in.Icon),
		Router: &router, Hidden: &hidden}, 0)
	if err != nil {
		return nil, err
	}
	return m.ID, nil
}

func (h handlers) menuDelete(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return nil, h.app.Menu.Delete(c.Ctx(), c.Actor, id)
}
