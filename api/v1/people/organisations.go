package people

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/org"
)

// Organisation is a tenant.
type Organisation struct {
	ID          uint64     `json:"id"`
	Name        string     `json:"name"`
	Kind        string     `json:"kind" enum:"organisation,channel,company"`
	SignUp      bool       `json:"sign_up" description:"open for registration"`
	State       string     `json:"state" enum:"active,frozen"`
	FrozenAt    *time.Time `json:"frozen_at,omitempty"`
	Telephone   string     `json:"telephone"`
	Accounts    int        `json:"accounts" minimum:"0"`
	Departments int        `json:"departments" minimum:"0"`
	Sample      bool       `json:"sample"`
	CreatedAt   time.Time  `json:"created_at"`
	ModifiedAt  time.Time  `json:"modified_at"`
	ModifiedBy  string     `json:"modified_by"`
	Version     uint64     `json:"version" description:"for If-Match"`
}

// OrganisationNew is a new organisation.
type OrganisationNew struct {
	Name   string `json:"name"`
	SignUp bool   `json:"sign_up,omitempty" description:"open for registration"`
}

// OrganisationChange changes what is given.
type OrganisationChange struct {
	Name   *string `json:"name,omitempty"`
	SignUp *bool   `json:"sign_up,omitempty"`
	State  *string `json:"state,omitempty" enum:"active,frozen"`
}

func (h handlers) organisationRoutes() []wire.Route {
	const tag, one = "organisations", "/v1/organisations/{id}"
	return []wire.Route{
		{Method: "GET", Path: "/v1/organisations", Name: "v1.organisations.list", Needs: access.Of(access.OrganisationRead), Handle: h.organisationList, Query: rest.Search{},
			Out: rest.Page[Organisation]{}, Long: true, Tag: tag, Summary: "List organisations"},
		{Method: "POST", Path: "/v1/organisations", Name: "v1.organisations.create", Needs: access.Of(access.OrganisationWrite), Handle: rest.Once(h.app.Idempotency, h.createOrganisation),
			In: OrganisationNew{}, Out: Organisation{}, Status: http.StatusCreated, Tag: tag, Summary: "Make an organisation"},
		{Method: "GET", Path: one, Name: "v1.organisations.get", Needs: access.Of(access.OrganisationRead), Handle: h.getOrganisation, Out: Organisation{}, Tag: tag,
			Summary: "Read an organisation"},
		{Method: "PATCH", Path: one, Name: "v1.organisations.update", Needs: access.Of(access.OrganisationWrite), Handle: h.updateOrganisation, In: OrganisationChange{},
			Out: Organisation{}, Tag: tag, Summary: "Change an organisation"},
		{Method: "DELETE", Path: one, Name: "v1.organisations.delete", Needs: access.Of(access.OrganisationWrite), Handle: h.deleteOrganisation, Status: http.StatusNoContent,
			Tag: tag, Summary: "Delete an empty organisation"},
	}
}

func (h handlers) organisationList(c *wire.Call) (any, error) {
	var q rest.Search
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Organisation]{Name: "organisations", Columns: organisationColumns, Fetch: func(at rest.Listing) (rest.Page[Organisation], error) {
		page, err := h.app.Org.Organisations(c.Ctx(), c.Actor, org.Filter{Text: q.Q, Page: at.Page, Limit: at.Limit, Cursor: at.Cursor})
		if err != nil {
			return rest.Page[Organisation]{}, err
		}
		items, err := h.organisations(c, page.Items)
		return rest.Page[Organisation]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, err
	}}.Serve(c, q.Listing)
}

var organisationColumns = []rest.Column[Organisation]{
	rest.Col("id", "编号", func(o *Organisation) any { return o.ID }),
	rest.Col("name", "名称", func(o *Organisation) any { return o.Name }),
	rest.Col("kind", "类型", func(o *Organisation) any { return o.Kind }),
	rest.Col("sign_up", "开放注册", func(o *Organisation) any { return o.SignUp }),
	rest.Col("state", "状态", func(o *Organisation) any { return o.State }),
	rest.Col("accounts", "账号数", func(o *Organisation) any { return o.Accounts }),
	rest.Col("departments", "部门数", func(o *Organisation) any { return o.Departments }),
	rest.Col("created_at", "创建时间", func(o *Organisation) any { return o.CreatedAt }),
	rest.Col("modified_at", "修改时间", func(o *Organisation) any { return o.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(o *Organisation) any { return o.ModifiedBy }),
}

func (h handlers) organisations(c *wire.Call, units []org.Unit) ([]Organisation, error) {
	sizes, err := h.app.Org.Sizes(c.Ctx(), units)
	if err != nil {
		return nil, err
	}
	views := make([]Organisation, len(units))
	for i := range units {
		u, size := &units[i], sizes[units[i].ID]
		views[i] = Organisation{ID: u.ID, Name: u.Name, Kind: string(u.Kind), SignUp: u.SignUp, State: string(u.State),
			FrozenAt: rest.Moment(u.FrozenAt), Telephone: u.Telephone, Accounts: size.Accounts, Departments: size.Departments,
			Sample: u.Sample, CreatedAt: u.Created.UTC(), ModifiedAt: u.Modified.UTC(), ModifiedBy: u.ModifiedBy, Version: u.Version}
	}
	return views, nil
}

func (h handlers) organisation(c *wire.Call, u *org.Unit) (Organisation, error) {
	views, err := h.organisations(c, []org.Unit{*u})
	if err != nil {
		return Organisation{}, err
	}
	return views[0], nil
}

func (h handlers) taggedOrganisation(c *wire.Call, u *org.Unit) (any, error) {
	view, err := h.organisation(c, u)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(u.Version, view), nil
}

func (h handlers) createOrganisation(c *wire.Call) (any, error) {
	var in OrganisationNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	u, err := h.app.Org.CreateOrganisation(c.Ctx(), c.Actor, org.NewOrganisation{Name: in.Name, SignUp: in.SignUp})
	if err != nil {
		return nil, err
	}
	view, err := h.organisation(c, u)
	if err != nil {
		return nil, err
	}
	return rest.Created("organisations", u.ID, view), nil
}

func (h handlers) getOrganisation(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	u, err := h.app.Org.Organisation(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return h.taggedOrganisation(c, u)
}

func (h handlers) updateOrganisation(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in OrganisationChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	change := org.OrganisationChange{Name: in.Name, SignUp: in.SignUp, State: (*org.State)(in.State)}
	u, err := h.app.Org.UpdateOrganisation(c.Ctx(), c.Actor, id, change, version)
	if err != nil {
		return nil, err
	}
	return h.taggedOrganisation(c, u)
}

func (h handlers) deleteOrganisation(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Org.DeleteOrganisation(c.Ctx(), c.Actor, id)
}
