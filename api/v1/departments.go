package v1

import (
	"net/http"
	"time"

	"stoa/api/wire"
	"stoa/app/org"
)

// DepartmentNew is a new department.
type DepartmentNew struct {
	Name          string    `json:"name"`
	Parent        uint64    `json:"parent,omitempty" description:"department or organisation; 0 = directly under the caller's organisation"`
	Manager       uint64    `json:"manager,omitempty" description:"account; 0 = none"`
	EstablishedAt time.Time `json:"established_at,omitzero"`
}

// DepartmentChange changes what is given.
type DepartmentChange struct {
	Name          *string    `json:"name,omitempty"`
	Parent        *uint64    `json:"parent,omitempty" description:"moves it with everything below; 0 = to the top"`
	Manager       *uint64    `json:"manager,omitempty" description:"0 = none"`
	EstablishedAt *time.Time `json:"established_at,omitempty"`
}

// DepartmentQuery selects departments.
type DepartmentQuery struct {
	SearchQuery
	Tenant uint64 `query:"tenant" description:"another organisation than the caller's: super administrators only"`
}

// TreeQuery says whose tree is asked for.
type TreeQuery struct {
	Tenant uint64 `query:"tenant" description:"0 = the caller's; for super administrators: all organisations, at most 500"`
}

func (d *door) departmentRoutes() []wire.Route {
	const tag, one = "departments", "/v1/departments/{id}"
	return []wire.Route{
		{Method: "GET", Path: "/v1/departments", Name: "v1.departments.list", Handle: d.departmentList, Query: DepartmentQuery{},
			Out: Page[Department]{}, Long: true, Tag: tag, Summary: "List departments by name"},
		{Method: "POST", Path: "/v1/departments", Name: "v1.departments.create", Handle: d.once(d.createDepartment),
			In: DepartmentNew{}, Out: Department{}, Status: http.StatusCreated, Tag: tag, Summary: "Make a department"},
		{Method: "GET", Path: "/v1/departments/tree", Name: "v1.departments.tree", Handle: d.tree, Query: TreeQuery{},
			Out: DepartmentNode{}, Tag: tag, Summary: "Read the tree of departments"},
		{Method: "GET", Path: one, Name: "v1.departments.get", Handle: d.getDepartment, Out: Department{}, Tag: tag,
			Summary: "Read a department"},
		{Method: "PATCH", Path: one, Name: "v1.departments.update", Handle: d.updateDepartment, In: DepartmentChange{},
			Out: Department{}, Tag: tag, Summary: "Change or move a department"},
		{Method: "DELETE", Path: one, Name: "v1.departments.delete", Handle: d.deleteDepartment, Status: http.StatusNoContent,
			Tag: tag, Summary: "Delete an empty department"},
	}
}

func (d *door) departmentList(c *wire.Call) (any, error) {
	var q DepartmentQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return list[Department]{name: "departments", columns: departmentColumns, fetch: func(at Listing) (Page[Department], error) {
		page, err := d.app.Org.Departments(c.Ctx(), c.Actor,
			org.Filter{Tenant: q.Tenant, Text: q.Q, Page: at.Page, Limit: at.Limit, Cursor: at.Cursor})
		if err != nil {
			return Page[Department]{}, err
		}
		items, err := d.departments(c, page.Items)
		return Page[Department]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, err
	}}.serve(c, q.Listing)
}

var departmentColumns = []column[Department]{
	{"id", func(v *Department) any { return v.ID }},
	{"name", func(v *Department) any { return v.Name }},
	{"parent", func(v *Department) any { return v.ParentName }},
	{"tenant", func(v *Department) any { return v.TenantName }},
	{"manager", func(v *Department) any { return v.ManagerName }},
	{"accounts", func(v *Department) any { return v.Accounts }},
	{"established_at", func(v *Department) any { return value(v.EstablishedAt) }},
	{"created_at", func(v *Department) any { return v.CreatedAt }},
	{"modified_at", func(v *Department) any { return v.ModifiedAt }},
	{"modified_by", func(v *Department) any { return v.ModifiedBy }},
}

func (d *door) departments(c *wire.Call, units []org.Unit) ([]Department, error) {
	var above, managers []uint64
	for i := range units {
		above = append(above, units[i].Tenant, units[i].Parent)
		managers = append(managers, units[i].Manager)
	}
	named, err := d.app.Org.Units(c.Ctx(), above)
	if err != nil {
		return nil, err
	}
	people, err := d.names(c, distinct(managers))
	if err != nil {
		return nil, err
	}
	sizes, err := d.app.Org.Sizes(c.Ctx(), units)
	if err != nil {
		return nil, err
	}
	views := make([]Department, len(units))
	for i := range units {
		u := &units[i]
		views[i] = Department{ID: u.ID, Name: u.Name, Tenant: u.Tenant, TenantName: unitName(named, u.Tenant), Parent: u.Parent,
			ParentName: unitName(named, u.Parent), Manager: u.Manager, ManagerName: people[u.Manager],
			EstablishedAt: moment(u.Established), Accounts: sizes[u.ID].Accounts, Sample: u.Sample, CreatedAt: u.Created.UTC(),
			ModifiedAt: u.Modified.UTC(), ModifiedBy: u.ModifiedBy, Version: u.Version}
	}
	return views, nil
}

func unitName(named map[uint64]*org.Unit, id uint64) string {
	if u := named[id]; u != nil {
		return u.Name
	}
	return ""
}

func (d *door) department(c *wire.Call, u *org.Unit) (Department, error) {
	views, err := d.departments(c, []org.Unit{*u})
	if err != nil {
		return Department{}, err
	}
	return views[0], nil
}

func (d *door) taggedDepartment(c *wire.Call, u *org.Unit) (any, error) {
	view, err := d.department(c, u)
	if err != nil {
		return nil, err
	}
	return tagged(u.Version, view), nil
}

func (d *door) createDepartment(c *wire.Call) (any, error) {
	var in DepartmentNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	u, err := d.app.Org.CreateDepartment(c.Ctx(), c.Actor,
		org.NewDepartment{Parent: in.Parent, Name: in.Name, Manager: in.Manager, Established: in.EstablishedAt})
	if err != nil {
		return nil, err
	}
	view, err := d.department(c, u)
	if err != nil {
		return nil, err
	}
	return created("departments", u.ID, view), nil
}

func (d *door) getDepartment(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	u, err := d.app.Org.Department(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return d.taggedDepartment(c, u)
}

func (d *door) updateDepartment(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in DepartmentChange
	version, err := decodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	change := org.DepartmentChange{Name: in.Name, Parent: in.Parent, Manager: in.Manager, Established: in.EstablishedAt}
	u, err := d.app.Org.UpdateDepartment(c.Ctx(), c.Actor, id, change, version)
	if err != nil {
		return nil, err
	}
	return d.taggedDepartment(c, u)
}

func (d *door) deleteDepartment(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, d.app.Org.DeleteDepartment(c.Ctx(), c.Actor, id)
}
