package v1

import (
	"net/http"

	"stoa/api/wire"
	"stoa/app/org"
)

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

// SearchQuery selects by a part of the name.
type SearchQuery struct {
	Listing
	Q string `query:"q" description:"part of the name"`
}

func (d *door) organisationRoutes() []wire.Route {
	const tag, one = "organisations", "/v1/organisations/{id}"
	return []wire.Route{
		{Method: "GET", Path: "/v1/organisations", Name: "v1.organisations.list", Handle: d.organisationList, Query: SearchQuery{},
			Out: Page[Organisation]{}, Long: true, Tag: tag, Summary: "List organisations"},
		{Method: "POST", Path: "/v1/organisations", Name: "v1.organisations.create", Handle: d.once(d.createOrganisation),
			In: OrganisationNew{}, Out: Organisation{}, Status: http.StatusCreated, Tag: tag, Summary: "Make an organisation"},
		{Method: "GET", Path: one, Name: "v1.organisations.get", Handle: d.getOrganisation, Out: Organisation{}, Tag: tag,
			Summary: "Read an organisation"},
		{Method: "PATCH", Path: one, Name: "v1.organisations.update", Handle: d.updateOrganisation, In: OrganisationChange{},
			Out: Organisation{}, Tag: tag, Summary: "Change an organisation"},
		{Method: "DELETE", Path: one, Name: "v1.organisations.delete", Handle: d.deleteOrganisation, Status: http.StatusNoContent,
			Tag: tag, Summary: "Delete an empty organisation"},
	}
}

func (d *door) organisationList(c *wire.Call) (any, error) {
	var q SearchQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return list[Organisation]{name: "organisations", columns: organisationColumns, fetch: func(at Listing) (Page[Organisation], error) {
		page, err := d.app.Org.Organisations(c.Ctx(), c.Actor, org.Filter{Text: q.Q, Page: at.Page, Limit: at.Limit, Cursor: at.Cursor})
		if err != nil {
			return Page[Organisation]{}, err
		}
		items, err := d.organisations(c, page.Items)
		return Page[Organisation]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, err
	}}.serve(c, q.Listing)
}

var organisationColumns = []column[Organisation]{
	{"id", func(o *Organisation) any { return o.ID }},
	{"name", func(o *Organisation) any { return o.Name }},
	{"kind", func(o *Organisation) any { return o.Kind }},
	{"sign_up", func(o *Organisation) any { return o.SignUp }},
	{"state", func(o *Organisation) any { return o.State }},
	{"accounts", func(o *Organisation) any { return o.Accounts }},
	{"departments", func(o *Organisation) any { return o.Departments }},
	{"created_at", func(o *Organisation) any { return o.CreatedAt }},
	{"modified_at", func(o *Organisation) any { return o.ModifiedAt }},
	{"modified_by", func(o *Organisation) any { return o.ModifiedBy }},
}

func (d *door) organisations(c *wire.Call, units []org.Unit) ([]Organisation, error) {
	sizes, err := d.app.Org.Sizes(c.Ctx(), units)
	if err != nil {
		return nil, err
	}
	views := make([]Organisation, len(units))
	for i := range units {
		u, size := &units[i], sizes[units[i].ID]
		views[i] = Organisation{ID: u.ID, Name: u.Name, Kind: string(u.Kind), SignUp: u.SignUp, State: string(u.State),
			FrozenAt: moment(u.FrozenAt), Telephone: u.Telephone, Accounts: size.Accounts, Departments: size.Departments,
			Sample: u.Sample, CreatedAt: u.Created.UTC(), ModifiedAt: u.Modified.UTC(), ModifiedBy: u.ModifiedBy, Version: u.Version}
	}
	return views, nil
}

func (d *door) organisation(c *wire.Call, u *org.Unit) (Organisation, error) {
	views, err := d.organisations(c, []org.Unit{*u})
	if err != nil {
		return Organisation{}, err
	}
	return views[0], nil
}

func (d *door) taggedOrganisation(c *wire.Call, u *org.Unit) (any, error) {
	view, err := d.organisation(c, u)
	if err != nil {
		return nil, err
	}
	return tagged(u.Version, view), nil
}

func (d *door) createOrganisation(c *wire.Call) (any, error) {
	var in OrganisationNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	u, err := d.app.Org.CreateOrganisation(c.Ctx(), c.Actor, org.NewOrganisation{Name: in.Name, SignUp: in.SignUp})
	if err != nil {
		return nil, err
	}
	view, err := d.organisation(c, u)
	if err != nil {
		return nil, err
	}
	return created("organisations", u.ID, view), nil
}

func (d *door) getOrganisation(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	u, err := d.app.Org.Organisation(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return d.taggedOrganisation(c, u)
}

func (d *door) updateOrganisation(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in OrganisationChange
	version, err := decodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	change := org.OrganisationChange{Name: in.Name, SignUp: in.SignUp, State: (*org.State)(in.State)}
	u, err := d.app.Org.UpdateOrganisation(c.Ctx(), c.Actor, id, change, version)
	if err != nil {
		return nil, err
	}
	return d.taggedOrganisation(c, u)
}

func (d *door) deleteOrganisation(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, d.app.Org.DeleteOrganisation(c.Ctx(), c.Actor, id)
}
