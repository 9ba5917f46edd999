package pcloud

import (
	"fmt"

	"stoa/api/wire"
)

// external is the caller's links to other systems as routes of the front end, which
// shows a path that begins with http as a plain link. Their component is never
// opened; it names a view that is there.
func (h handlers) external(c *wire.Call) ([]router, error) {
	links, err := h.app.Link.Mine(c.Ctx(), c.Actor)
	if err != nil || len(links) == 0 {
		return nil, err
	}
	const first = 1_000_000 // above the ids of menus
	root := router{ID: first, Path: "/links", Name: "Links", Component: "Layout", Meta: meta{Title: "外部链接", Icon: "link"}}
	for i := range links {
		l := &links[i]
		root.Children = append(root.Children, router{ID: first + l.ID, Path: l.URL, Name: fmt.Sprintf("Link%d", l.ID), Component: "redirect/index",
			Meta: meta{Title: l.Name(true), Icon: "link"}})
	}
	return []router{root}, nil
}
