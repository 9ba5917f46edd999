package pcloud

import (
	"stoa/api/wire"
	"stoa/app/access"
)

// adminView is the front end's bootstrap: who I am and what I may open.
type adminView struct {
	userView
	Authorities []string `json:"authorities"`
	Permissions []string `json:"permissions"`
	Routers     []router `json:"routers"`
}

// router is one route of the front end's navigation: component "Layout" is its
// shell, anything else a file under its views.
type router struct {
	ID        int      `json:"id"`
	Path      string   `json:"path"`
	Name      string   `json:"name"`
	Component string   `json:"component"`
	Redirect  *string  `json:"redirect,omitempty"`
	Hidden    bool     `json:"hidden"`
	Meta      meta     `json:"meta"`
	Children  []router `json:"children,omitempty"`
}

type meta struct {
	Title   string `json:"title"`
	Icon    string `json:"icon"`
	NoCache bool   `json:"noCache"`
}

// adminInfo is the caller. `permissions` are role codes, as the original sends
// them; the front end loops at sign-in when there are none.
func (h handlers) adminInfo(c *wire.Call) (any, error) {
	me, err := h.app.Account.Get(c.Ctx(), c.Actor, c.Actor.Account)
	if err != nil {
		return nil, err
	}
	codes := make([]string, 0, len(me.Roles))
	for _, id := range me.Roles {
		if r, ok := h.app.Role.Find(id); ok {
			codes = append(codes, r.Code)
		}
	}
	return adminView{userView: h.userView(me, true), Authorities: codes, Permissions: codes, Routers: routers(c.Actor)}, nil
}

// routers are the front end's pages that the caller may use.
func routers(by access.Actor) []router {
	var pages []router
	if by.Can(access.AccountRead) {
		pages = append(pages, page(2, "user", "SystemUser", "用户管理"))
	}
	if by.Can(access.DepartmentRead) {
		pages = append(pages, page(3, "dept", "SystemDept", "部门管理"))
	}
	roots := []router{}
	if len(pages) > 0 {
		first := "/system/" + pages[0].Path
		roots = append(roots, router{
			ID: 1, Path: "/system", Name: "System", Component: "Layout", Redirect: &first,
			Meta: meta{Title: "系统管理", Icon: "system"}, Children: pages,
		})
	}
	if by.Can(access.SegmentRead) {
		center := "/segment/center"
		roots = append(roots, router{
			ID: 4, Path: "/segment", Name: "Segment", Component: "Layout", Redirect: &center,
			Meta: meta{Title: "号段管理", Icon: "segment"}, Children: []router{{ID: 5, Path: "center", Name: "SegmentCenter",
				Component: "segment/center/index", Meta: meta{Title: "号段中心", Icon: "segment"}}},
		})
	}
	return roots
}

func page(id int, path, name, title string) router {
	return router{ID: id, Path: path, Name: name, Component: "system/" + path + "/index", Meta: meta{Title: title, Icon: path}}
}
