package elsewhere

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/link"
)

// LinkInput is all of an external link.
type LinkInput struct {
	Tenant uint64   `json:"tenant" description:"whose people see it; 0 = everybody's"`
	NameZH string   `json:"name_zh" maxLength:"64"`
	NameEN string   `json:"name_en" maxLength:"64" description:"one of the two names is needed"`
	URL    string   `json:"url" maxLength:"2048" description:"http or https"`
	Icon   string   `json:"icon" maxLength:"32" description:"a name of the console's set; empty = the usual one"`
	Order  int      `json:"order" minimum:"-1000" maximum:"1000"`
	NewTab bool     `json:"new_tab"`
	Roles  []uint64 `json:"roles" description:"who sees it; none = everybody"`
}

// Link is an entry of the navigation that leads to another system.
type Link struct {
	ID uint64 `json:"id"`
	LinkInput
	ModifiedAt time.Time `json:"modified_at"`
	ModifiedBy string    `json:"modified_by"`
	Version    uint64    `json:"version" description:"for If-Match"`
}

// NavigationLink is one in the caller's navigation.
type NavigationLink struct {
	ID     uint64 `json:"id"`
	NameZH string `json:"name_zh"`
	NameEN string `json:"name_en"`
	URL    string `json:"url"`
	Icon   string `json:"icon"`
	NewTab bool   `json:"new_tab"`
}

// NavigationLinks are those that the caller sees.
type NavigationLinks struct {
	Items []NavigationLink `json:"items" description:"in their order"`
}

func (h handlers) linkRoutes() []wire.Route {
	const tag, one = "links", "/v1/links/{id}"
	write := access.Of(access.LinkWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/links/mine", Name: "v1.links.mine", Handle: h.navigation, Out: NavigationLinks{}, Tag: tag,
			Summary: "List the external links of my navigation"},
		{Method: "GET", Path: "/v1/links", Name: "v1.links.list", Handle: h.links, Query: rest.Listing{}, Out: rest.Page[Link]{}, Long: true, Needs: write,
			Tag: tag, Summary: "List external links"},
		{Method: "POST", Path: "/v1/links", Name: "v1.links.create", Handle: rest.Once(h.app.Idempotency, h.createLink), In: LinkInput{}, Out: Link{},
			Status: http.StatusCreated, Needs: write, Tag: tag, Summary: "Make an external link"},
		{Method: "GET", Path: one, Name: "v1.links.get", Handle: h.oneLink, Out: Link{}, Needs: write, Tag: tag, Summary: "Read an external link"},
		{Method: "PUT", Path: one, Params: versioned{}, Name: "v1.links.update", Handle: h.updateLink, In: LinkInput{}, Out: Link{}, Needs: write, Tag: tag,
			Summary: "Change an external link"},
		{Method: "DELETE", Path: one, Name: "v1.links.delete", Handle: h.deleteLink, Status: http.StatusNoContent, Needs: write, Tag: tag,
			Summary: "Remove an external link"},
	}
}

func linkView(l *link.Link) Link {
	return Link{ID: l.ID, LinkInput: LinkInput{Tenant: l.Tenant, NameZH: l.NameZH, NameEN: l.NameEN, URL: l.URL, Icon: l.Icon, Order: l.Order,
		NewTab: l.NewTab, Roles: append([]uint64{}, l.Roles...)}, ModifiedAt: l.Modified.UTC(), ModifiedBy: l.ModifiedBy, Version: l.Version}
}

func (h handlers) navigation(c *wire.Call) (any, error) {
	rows, err := h.app.Link.Mine(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	out := NavigationLinks{Items: []NavigationLink{}}
	for _, l := range rows {
		out.Items = append(out.Items, NavigationLink{ID: l.ID, NameZH: l.Name(true), NameEN: l.Name(false), URL: l.URL, Icon: l.Icon, NewTab: l.NewTab})
	}
	return out, nil
}

func (h handlers) links(c *wire.Call) (any, error) {
	var at rest.Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	return rest.List[Link]{Name: "links", Columns: linkColumns, Fetch: func(at rest.Listing) (rest.Page[Link], error) {
		rows, err := h.app.Link.List(c.Ctx(), c.Actor)
		if err != nil {
			return rest.Page[Link]{}, err
		}
		all := make([]Link, len(rows))
		for i := range rows {
			all[i] = linkView(&rows[i])
		}
		return rest.Slice(all, at)
	}}.Serve(c, at)
}

var linkColumns = []rest.Column[Link]{
	rest.Col("id", "编号", func(l *Link) any { return l.ID }),
	rest.Col("name_zh", "中文名称", func(l *Link) any { return l.NameZH }),
	rest.Col("name_en", "英文名称", func(l *Link) any { return l.NameEN }),
	rest.Col("url", "地址", func(l *Link) any { return l.URL }),
	rest.Col("tenant", "组织编号", func(l *Link) any { return l.Tenant }),
	rest.Col("order", "排序", func(l *Link) any { return l.Order }),
	rest.Col("modified_at", "修改时间", func(l *Link) any { return l.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(l *Link) any { return l.ModifiedBy }),
}

func (h handlers) createLink(c *wire.Call) (any, error) {
	var in LinkInput
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	l, err := h.app.Link.Create(c.Ctx(), c.Actor, link.New(in))
	if err != nil {
		return nil, err
	}
	return rest.Created("links", l.ID, linkView(l)), nil
}

func (h handlers) oneLink(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	l, err := h.app.Link.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(l.Version, linkView(l)), nil
}

func (h handlers) updateLink(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in LinkInput
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	l, err := h.app.Link.Modify(c.Ctx(), c.Actor, id, link.New(in), version)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(l.Version, linkView(l)), nil
}

func (h handlers) deleteLink(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Link.Delete(c.Ctx(), c.Actor, id)
}
