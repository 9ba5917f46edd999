package people

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/application"
)

// Application is a program that signs in with an id and a secret of its own.
type Application struct {
	ID         uint64    `json:"id"`
	Name       string    `json:"name"`
	ClientID   string    `json:"client_id"`
	Grants     []string  `json:"grants"`
	Tenant     uint64    `json:"tenant"`
	Owner      uint64    `json:"owner" description:"the account that made it; it acts with no more rights"`
	CreatedBy  string    `json:"created_by" description:"name of the owner; empty where the caller may not see it"`
	Sample     bool      `json:"sample"`
	CreatedAt  time.Time `json:"created_at"`
	ModifiedAt time.Time `json:"modified_at"`
	ModifiedBy string    `json:"modified_by"`
	Version    uint64    `json:"version" description:"for If-Match"`
}

// ApplicationSecret is an application with its secret, which is shown once.
type ApplicationSecret struct {
	Application
	ClientSecret string `json:"client_secret" description:"shown this once; only its digest is kept"`
}

// ApplicationNew is a new application.
type ApplicationNew struct {
	Name   string   `json:"name"`
	Grants []string `json:"grants,omitempty" description:"permissions it has when it acts by itself, none above its maker's"`
}

func (h handlers) applicationRoutes() []wire.Route {
	const tag, one = "applications", "/v1/applications/{id}"
	return []wire.Route{
		{Method: "GET", Path: "/v1/applications", Name: "v1.applications.list", Needs: access.Of(access.ApplicationRead), Handle: h.applicationList, Query: rest.Search{},
			Out: rest.Page[Application]{}, Long: true, Tag: tag, Summary: "List applications"},
		{Method: "POST", Path: "/v1/applications", Name: "v1.applications.create", Needs: access.Of(access.ApplicationWrite), Handle: rest.Once(h.app.Idempotency, h.createApplication),
			In: ApplicationNew{}, Out: ApplicationSecret{}, Status: http.StatusCreated, Tag: tag,
			Summary: "Make an application; its secret is shown once"},
		{Method: "GET", Path: one, Name: "v1.applications.get", Needs: access.Of(access.ApplicationRead), Handle: h.getApplication, Out: Application{}, Tag: tag,
			Summary: "Read an application"},
		{Method: "DELETE", Path: one, Name: "v1.applications.delete", Needs: access.Of(access.ApplicationWrite), Handle: h.deleteApplication, Status: http.StatusNoContent,
			Tag: tag, Summary: "Delete an application; it can sign in no longer"},
		{Method: "POST", Path: one + "/rotate", Name: "v1.applications.rotate", Needs: access.Of(access.ApplicationWrite), Handle: h.rotateApplication,
			Out: ApplicationSecret{}, Tag: tag, Summary: "Make a new secret; the old one ends"},
	}
}

func (h handlers) applicationList(c *wire.Call) (any, error) {
	var q rest.Search
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Application]{Name: "applications", Columns: applicationColumns, Fetch: func(at rest.Listing) (rest.Page[Application], error) {
		number, err := at.Number()
		if err != nil {
			return rest.Page[Application]{}, err
		}
		page, err := h.app.Application.List(c.Ctx(), c.Actor, application.Filter{Text: q.Q, Page: number, Limit: at.Limit})
		if err != nil {
			return rest.Page[Application]{}, err
		}
		items, err := h.applications(c, page.Items)
		return rest.Page[Application]{Items: items, Total: page.Total, TotalCapped: page.Capped,
			Next: at.After(number, len(items), page.Total, page.Capped)}, err
	}}.Serve(c, q.Listing)
}

var applicationColumns = []rest.Column[Application]{
	rest.Col("id", "编号", func(a *Application) any { return a.ID }),
	rest.Col("name", "名称", func(a *Application) any { return a.Name }),
	rest.Col("client_id", "客户端编号", func(a *Application) any { return a.ClientID }),
	rest.Col("created_by", "创建人", func(a *Application) any { return a.CreatedBy }),
	rest.Col("created_at", "创建时间", func(a *Application) any { return a.CreatedAt }),
	rest.Col("modified_at", "修改时间", func(a *Application) any { return a.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(a *Application) any { return a.ModifiedBy }),
}

func (h handlers) applications(c *wire.Call, rows []application.Application) ([]Application, error) {
	var owners []uint64
	for i := range rows {
		owners = append(owners, rows[i].Owner)
	}
	people, err := h.names(c, distinct(owners))
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

func (h handlers) application(c *wire.Call, a *application.Application) (Application, error) {
	views, err := h.applications(c, []application.Application{*a})
	if err != nil {
		return Application{}, err
	}
	return views[0], nil
}

func (h handlers) createApplication(c *wire.Call) (any, error) {
	var in ApplicationNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	a, secret, err := h.app.Application.Create(c.Ctx(), c.Actor, application.New{Name: in.Name, Grants: in.Grants})
	if err != nil {
		return nil, err
	}
	view, err := h.application(c, a)
	if err != nil {
		return nil, err
	}
	return rest.Created("applications", a.ID, ApplicationSecret{Application: view, ClientSecret: secret}), nil
}

func (h handlers) getApplication(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	a, err := h.app.Application.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	view, err := h.application(c, a)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(a.Version, view), nil
}

func (h handlers) deleteApplication(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Application.Delete(c.Ctx(), c.Actor, id)
}

func (h handlers) rotateApplication(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	a, secret, err := h.app.Application.Rotate(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	view, err := h.application(c, a)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(a.Version, ApplicationSecret{Application: view, ClientSecret: secret}), nil
}
