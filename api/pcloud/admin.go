package pcloud

import (
	"strconv"
	"strings"

	"stoa/api/wire"
	"stoa/app/menu"
	"stoa/app/tree"
)

// shell is the component that a root's pages are shown in.
const shell = "Layout"

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
	ID        uint64   `json:"id"`
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
	if len(codes) == 0 {
		codes = append(codes, "ROLE_NONE")
	}
	links, err := h.external(c)
	if err != nil {
		return nil, err
	}
	return adminView{userView: h.userView(me, true), Authorities: codes, Permissions: codes, Routers: append(routers(h.app.Role.Navigation(c.Actor)), links...)}, nil
}

// routers are the pages of a navigation as the front end's router takes them: two
// levels, roots in the shell, no root without a page.
func routers(navigation []*tree.Node[menu.Menu]) []router {
	roots := []router{}
	for _, n := range navigation {
		m := &n.Row
		if !m.Router {
			continue
		}
		root := router{ID: m.ID, Path: "/" + strings.Trim(m.Path, "/"), Name: routeName(m), Component: shell, Hidden: m.Hidden,
			Meta: meta{Title: m.Name, Icon: m.Icon}}
		if len(n.Children) == 0 && m.Type == menu.Page { // a page at the top needs a shell around it
			page := pageOf(m, "index")
			page.Name += "Index"
			root.Children = []router{page}
		} else {
			root.Children = pagesUnder(n, "")
		}
		if len(root.Children) == 0 {
			continue
		}
		to := root.redirect(m.Redirect)
		root.Redirect = &to
		roots = append(roots, root)
	}
	return append(roots, refresh())
}

// refresh is the hidden route by which the front end loads the page of a tab again.
func refresh() router {
	return router{Path: "/redirect", Name: "Redirect", Component: shell, Hidden: true,
		Children: []router{{Path: ":path*", Name: "RedirectPage", Component: "redirect/index", Hidden: true}}}
}

// pagesUnder are the pages below a menu; those of groups within it move up.
func pagesUnder(n *tree.Node[menu.Menu], above string) []router {
	var out []router
	for _, child := range n.Children {
		m := &child.Row
		path := above + strings.Trim(m.Path, "/")
		switch {
		case !m.Router:
		case len(child.Children) > 0:
			out = append(out, pagesUnder(child, path+"/")...)
		case m.Component != "" && m.Component != shell:
			out = append(out, pageOf(m, path))
		}
	}
	return out
}

func pageOf(m *menu.Menu, path string) router {
	return router{ID: m.ID, Path: path, Name: routeName(m), Component: strings.Trim(m.Component, "/"), Hidden: m.Hidden,
		Meta: meta{Title: m.Name, Icon: m.Icon}}
}

// redirect is where a root leads: as it says, if that is one of its pages, else to
// the first that is shown.
func (r router) redirect(wanted string) string {
	first := r.Children[0]
	for i := len(r.Children) - 1; i >= 0; i-- {
		page := r.Children[i]
		if r.Path+"/"+page.Path == wanted {
			return wanted
		}
		if !page.Hidden {
			first = page
		}
	}
	return r.Path + "/" + first.Path
}

// routeName is unique among the routes: of the key of a menu that came with the
// product, else of the id.
func routeName(m *menu.Menu) string {
	if m.Key == "" {
		return "Menu" + strconv.FormatUint(m.ID, 10)
	}
	var name strings.Builder
	for part := range strings.SplitSeq(m.Key, "/") {
		name.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return name.String()
}
