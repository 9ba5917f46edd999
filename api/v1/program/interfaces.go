package program

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/application"
)

// Interface is a call of this server that applications can be granted.
type Interface struct {
	ID          uint64    `json:"id"`
	Name        string    `json:"name"`
	URL         string    `json:"url" example:"GET /v1/accounts" description:"a call of this server; without a method all that is served there"`
	Permissions []string  `json:"permissions" description:"what an application that has it may do"`
	Tenant      uint64    `json:"tenant"`
	CreatedAt   time.Time `json:"created_at"`
	ModifiedAt  time.Time `json:"modified_at"`
	ModifiedBy  string    `json:"modified_by"`
	Version     uint64    `json:"version" description:"for If-Match"`
}

// InterfaceNew is a new interface.
type InterfaceNew struct {
	Name        string    `json:"name"`
	URL         string    `json:"url"`
	Permissions *[]string `json:"permissions,omitempty" description:"those that the call asks for, where it is left out"`
}

// InterfaceChange changes what is given.
type InterfaceChange struct {
	Name        *string   `json:"name,omitempty"`
	URL         *string   `json:"url,omitempty"`
	Permissions *[]string `json:"permissions,omitempty"`
}

func (h handlers) interfaceRoutes() []wire.Route {
	const tag, one = "applications", "/v1/interfaces/{id}"
	read, write := access.Of(access.ApplicationRead), access.Of(access.ApplicationWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/interfaces", Name: "v1.interfaces.list", Handle: h.interfaceList, Query: rest.Search{},
			Out: rest.Page[Interface]{}, Long: true, Tag: tag, Summary: "List interfaces", Needs: read},
		{Method: "POST", Path: "/v1/interfaces", Name: "v1.interfaces.create", Handle: rest.Once(h.app.Idempotency, h.createInterface),
			In: InterfaceNew{}, Out: Interface{}, Status: http.StatusCreated, Tag: tag, Summary: "Make an interface", Needs: write},
		{Method: "GET", Path: one, Name: "v1.interfaces.get", Handle: h.getInterface, Out: Interface{}, Tag: tag, Summary: "Read an interface", Needs: read},
		{Method: "PATCH", Path: one, Name: "v1.interfaces.update", Handle: h.updateInterface, In: InterfaceChange{}, Out: Interface{}, Tag: tag,
			Summary: "Change an interface", Needs: write},
		{Method: "DELETE", Path: one, Name: "v1.interfaces.delete", Handle: h.deleteInterface, Status: http.StatusNoContent, Tag: tag,
			Summary: "Delete an interface that no application has", Needs: write},
	}
}

func interfaceView(i *application.Interface) Interface {
	return Interface{ID: i.ID, Name: i.Name, URL: i.URL, Permissions: list(i.Permissions), Tenant: i.Tenant, CreatedAt: i.Created.UTC(),
		ModifiedAt: i.Modified.UTC(), ModifiedBy: i.ModifiedBy, Version: i.Version}
}

var interfaceColumns = []rest.Column[Interface]{
	rest.Col("id", "编号", func(i *Interface) any { return i.ID }),
	rest.Col("name", "名称", func(i *Interface) any { return i.Name }),
	rest.Col("url", "地址", func(i *Interface) any { return i.URL }),
	rest.Col("modified_at", "修改时间", func(i *Interface) any { return i.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(i *Interface) any { return i.ModifiedBy }),
}

func (h handlers) interfaceList(c *wire.Call) (any, error) {
	var q rest.Search
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Interface]{Name: "interfaces", Columns: interfaceColumns, Fetch: func(at rest.Listing) (rest.Page[Interface], error) {
		number, err := at.Number()
		if err != nil {
			return rest.Page[Interface]{}, err
		}
		page, err := h.app.Application.ListInterfaces(c.Ctx(), c.Actor, application.Filter{Text: q.Q, Page: min(number, 1_000_000), Limit: at.Limit})
		if err != nil {
			return rest.Page[Interface]{}, err
		}
		items := make([]Interface, len(page.Items))
		for i := range page.Items {
			items[i] = interfaceView(&page.Items[i])
		}
		return rest.Page[Interface]{Items: items, Total: page.Total, Next: at.After(number, len(items), page.Total, false)}, nil
	}}.Serve(c, q.Listing)
}

func (h handlers) createInterface(c *wire.Call) (any, error) {
	var in InterfaceNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	i, err := h.app.Application.CreateInterface(c.Ctx(), c.Actor, application.InterfaceChange{Name: &in.Name, URL: &in.URL, Permissions: in.Permissions})
	if err != nil {
		return nil, err
	}
	return rest.Created("interfaces", i.ID, interfaceView(i)), nil
}

func (h handlers) getInterface(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	i, err := h.app.Application.GetInterface(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(i.Version, interfaceView(i)), nil
}

func (h handlers) updateInterface(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in InterfaceChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	i, err := h.app.Application.UpdateInterface(c.Ctx(), c.Actor, id, application.InterfaceChange{Name: in.Name, URL: in.URL, Permissions: in.Permissions}, version)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(i.Version, interfaceView(i)), nil
}

func (h handlers) deleteInterface(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Application.DeleteInterface(c.Ctx(), c.Actor, id)
}
