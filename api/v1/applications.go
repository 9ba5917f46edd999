package v1

import (
	"net/http"

	"stoa/api/wire"
	"stoa/app/application"
)

// ApplicationNew is a new application.
type ApplicationNew struct {
	Name   string   `json:"name"`
	Grants []string `json:"grants,omitempty" description:"permissions it has when it acts by itself, none above its maker's"`
}

func (d *door) applicationRoutes() []wire.Route {
	const tag, one = "applications", "/v1/applications/{id}"
	return []wire.Route{
		{Method: "GET", Path: "/v1/applications", Name: "v1.applications.list", Handle: d.applicationList, Query: SearchQuery{},
			Out: Page[Application]{}, Long: true, Tag: tag, Summary: "List applications"},
		{Method: "POST", Path: "/v1/applications", Name: "v1.applications.create", Handle: d.once(d.createApplication),
			In: ApplicationNew{}, Out: ApplicationSecret{}, Status: http.StatusCreated, Tag: tag,
			Summary: "Make an application; its secret is shown once"},
		{Method: "GET", Path: one, Name: "v1.applications.get", Handle: d.getApplication, Out: Application{}, Tag: tag,
			Summary: "Read an application"},
		{Method: "DELETE", Path: one, Name: "v1.applications.delete", Handle: d.deleteApplication, Status: http.StatusNoContent,
			Tag: tag, Summary: "Delete an application; it can sign in no longer"},
		{Method: "POST", Path: one + "/rotate", Name: "v1.applications.rotate", Handle: d.rotateApplication,
			Out: ApplicationSecret{}, Tag: tag, Summary: "Make a new secret; the old one ends"},
	}
}

func (d *door) applicationList(c *wire.Call) (any, error) {
	var q SearchQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return list[Application]{name: "applications", columns: applicationColumns, fetch: func(at Listing) (Page[Application], error) {
		number, err := offsetPage(at)
		if err != nil {
			return Page[Application]{}, err
		}
		page, err := d.app.Application.List(c.Ctx(), c.Actor, application.Filter{Text: q.Q, Page: number, Limit: at.Limit})
		if err != nil {
			return Page[Application]{}, err
		}
		items, err := d.applications(c, page.Items)
		return Page[Application]{Items: items, Total: page.Total, TotalCapped: page.Capped,
			Next: nextOffset(number, at.Limit, len(items), page.Total, page.Capped)}, err
	}}.serve(c, q.Listing)
}

var applicationColumns = []column[Application]{
	{"id", func(a *Application) any { return a.ID }},
	{"name", func(a *Application) any { return a.Name }},
	{"client_id", func(a *Application) any { return a.ClientID }},
	{"created_by", func(a *Application) any { return a.CreatedBy }},
	{"created_at", func(a *Application) any { return a.CreatedAt }},
	{"modified_at", func(a *Application) any { return a.ModifiedAt }},
	{"modified_by", func(a *Application) any { return a.ModifiedBy }},
}

func (d *door) applications(c *wire.Call, rows []application.Application) ([]Application, error) {
	var owners []uint64
	for i := range rows {
		owners = append(owners, rows[i].Owner)
	}
	people, err := d.names(c, distinct(owners))
	if err != nil {
		return nil, err
	}
	views := make([]Application, len(rows))
	for i := range rows {
		a := &rows[i]
		views[i] = Application{ID: a.ID, Name: a.Name, ClientID: a.ClientID, Grants: a.Grants, Tenant: a.Tenant, Owner: a.Owner,
			CreatedBy: people[a.Owner], Sample: a.Sample, CreatedAt: a.Created.UTC(), ModifiedAt: a.Modified.UTC(),
			ModifiedBy: a.ModifiedBy, Version: a.Version}
		if views[i].Grants == nil {
			views[i].Grants = []string{}
		}
	}
	return views, nil
}

func (d *door) application(c *wire.Call, a *application.Application) (Application, error) {
	views, err := d.applications(c, []application.Application{*a})
	if err != nil {
		return Application{}, err
	}
	return views[0], nil
}

func (d *door) createApplication(c *wire.Call) (any, error) {
	var in ApplicationNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	a, secret, err := d.app.Application.Create(c.Ctx(), c.Actor, application.New{Name: in.Name, Grants: in.Grants})
	if err != nil {
		return nil, err
	}
	view, err := d.application(c, a)
	if err != nil {
		return nil, err
	}
	return created("applications", a.ID, ApplicationSecret{Application: view, ClientSecret: secret}), nil
}

func (d *door) getApplication(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	a, err := d.app.Application.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	view, err := d.application(c, a)
	if err != nil {
		return nil, err
	}
	return tagged(a.Version, view), nil
}

func (d *door) deleteApplication(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, d.app.Application.Delete(c.Ctx(), c.Actor, id)
}

func (d *door) rotateApplication(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	a, secret, err := d.app.Application.Rotate(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	view, err := d.application(c, a)
	if err != nil {
		return nil, err
	}
	return tagged(a.Version, ApplicationSecret{Application: view, ClientSecret: secret}), nil
}
