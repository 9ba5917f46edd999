package people

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/org"
)

// Department is a part of an organisation.
type Department struct {
	ID            uint64     `json:"id"`
	Name          string     `json:"name"`
	Tenant        uint64     `json:"tenant"`
	TenantName    string     `json:"tenant_name"`
	Parent        uint64     `json:"parent" description:"department above, or the organisation"`
	ParentName    string     `json:"parent_name"`
	Manager       uint64     `json:"manager" description:"account; 0 = none"`
	ManagerName   string     `json:"manager_name"`
	EstablishedAt *time.Time `json:"established_at,omitempty"`
	Accounts      int        `json:"accounts" minimum:"0" description:"accounts in this department itself"`
	Outside       bool       `json:"outside" description:"not one of the caller's departments, only on the way to one: there is no more of it than its name"`
	Sample        bool       `json:"sample"`
	CreatedAt     time.Time  `json:"created_at"`
	ModifiedAt    time.Time  `json:"modified_at"`
	ModifiedBy    string     `json:"modified_by"`
	Version       uint64     `json:"version" description:"for If-Match"`
}

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

// DepartmentPlace is where a department is moved to.
type DepartmentPlace struct {
	Parent uint64 `json:"parent,omitempty" description:"department or organisation; 0 = to the top"`
	Before uint64 `json:"before,omitempty" description:"the department there that it comes before; 0 = behind those put in order by hand, by its name"`
}

// DepartmentQuery selects departments.
type DepartmentQuery struct {
	rest.Search
	Tenant uint64 `query:"tenant" description:"another organisation than the caller's: super administrators only"`
}

// TreeQuery says whose tree is asked for.
type TreeQuery struct {
	Tenant uint64 `query:"tenant" description:"0 = the caller's; for super administrators: all organisations, at most 500"`
}

func (h handlers) departmentRoutes() []wire.Route {
	const tag, one = "departments", "/v1/departments/{id}"
	reads, writes := access.Of(access.DepartmentRead), access.Of(access.DepartmentWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/departments", Name: "v1.departments.list", Handle: h.departmentList, Needs: reads, Query: DepartmentQuery{},
			Out: rest.Page[Department]{}, Long: true, Tag: tag, Summary: "List departments by name"},
		{Method: "POST", Path: "/v1/departments", Name: "v1.departments.create", Handle: rest.Once(h.app.Idempotency, h.createDepartment),
			Needs: writes, In: DepartmentNew{}, Out: Department{}, Status: http.StatusCreated, Tag: tag, Summary: "Make a department"},
		{Method: "GET", Path: "/v1/departments/tree", Name: "v1.departments.tree", Handle: h.tree, Needs: reads, Query: TreeQuery{},
			Out: DepartmentNode{}, Tag: tag, Summary: "Read the tree of departments"},
		{Method: "GET", Path: one, Name: "v1.departments.get", Handle: h.getDepartment, Needs: reads, Out: Department{}, Tag: tag,
			Summary: "Read a department"},
		{Method: "PATCH", Path: one, Name: "v1.departments.update", Handle: h.updateDepartment, Needs: writes, In: DepartmentChange{},
			Out: Department{}, Tag: tag, Summary: "Change or move a department"},
		{Method: "POST", Path: one + "/move", Name: "v1.departments.move", Handle: h.moveDepartment, Needs: writes, In: DepartmentPlace{},
			Out: Department{}, Tag: tag, Summary: "Move a department with all below it, and put it in order there"},
		{Method: "DELETE", Path: one, Name: "v1.departments.delete", Handle: h.deleteDepartment, Needs: writes, Status: http.StatusNoContent,
			Tag: tag, Summary: "Delete an empty department"},
	}
}

func (h handlers) departmentList(c *wire.Call) (any, error) {
	var q DepartmentQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Department]{Name: "departments", Columns: departmentColumns, Fetch: func(at rest.Listing) (rest.Page[Department], error) {
		page, err := h.app.Org.Departments(c.Ctx(), c.Actor,
			org.Filter{Tenant: q.Tenant, Text: q.Q, Page: at.Page, Limit: at.Limit, Cursor: at.Cursor})
		if err != nil {
			return rest.Page[Department]{}, err
		}
		items, err := h.departments(c, page.Items)
		return rest.Page[Department]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, err
	}}.Serve(c, q.Listing)
}

var departmentColumns = []rest.Column[Department]{
	rest.Col("id", "编号", func(v *Department) any { return v.ID }),
	rest.Col("name", "名称", func(v *Department) any { return v.Name }),
	rest.Col("parent", "上级", func(v *Department) any { return v.ParentName }),
	rest.Col("tenant", "组织", func(v *Department) any { return v.TenantName }),
	rest.Col("manager", "负责人", func(v *Department) any { return v.ManagerName }),
	rest.Col("accounts", "账号数", func(v *Department) any { return v.Accounts }),
	rest.Col("established_at", "成立日期", func(v *Department) any { return rest.Stamp(v.EstablishedAt) }),
	rest.Col("created_at", "创建时间", func(v *Department) any { return v.CreatedAt }),
	rest.Col("modified_at", "修改时间", func(v *Department) any { return v.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(v *Department) any { return v.ModifiedBy }),
}

func (h handlers) departments(c *wire.Call, units []org.Unit) ([]Department, error) {
	var above, managers []uint64
	for i := range units {
		above = append(above, units[i].Tenant, units[i].Parent)
		managers = append(managers, units[i].Manager)
	}
	named, err := h.app.Org.Units(c.Ctx(), above)
	if err != nil {
		return nil, err
	}
	people, err := h.names(c, distinct(managers))
	if err != nil {
		return nil, err
	}
	sizes, err := h.app.Org.Sizes(c.Ctx(), units)
	if err != nil {
		return nil, err
	}
	views := make([]Department, len(units))
	for i := range units {
		u := &units[i]
		views[i] = Department{ID: u.ID, Name: u.Name, Tenant: u.Tenant, TenantName: view.UnitName(named, u.Tenant), Parent: u.Parent,
			ParentName: view.UnitName(named, u.Parent), Manager: u.Manager, ManagerName: people[u.Manager],
			EstablishedAt: rest.Moment(u.Established), Accounts: sizes[u.ID].Accounts, Outside: u.Outside, Sample: u.Sample, CreatedAt: u.Created.UTC(),
			ModifiedAt: u.Modified.UTC(), ModifiedBy: u.ModifiedBy, Version: u.Version}
	}
	return views, nil
}

func (h handlers) department(c *wire.Call, u *org.Unit) (Department, error) {
	views, err := h.departments(c, []org.Unit{*u})
	if err != nil {
		return Department{}, err
	}
	return views[0], nil
}

func (h handlers) taggedDepartment(c *wire.Call, u *org.Unit) (any, error) {
	view, err := h.department(c, u)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(u.Version, view), nil
}

func (h handlers) createDepartment(c *wire.Call) (any, error) {
	var in DepartmentNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	u, err := h.app.Org.CreateDepartment(c.Ctx(), c.Actor,
		org.NewDepartment{Parent: in.Parent, Name: in.Name, Manager: in.Manager, Established: in.EstablishedAt})
	if err != nil {
		return nil, err
	}
	view, err := h.department(c, u)
	if err != nil {
		return nil, err
	}
	return rest.Created("departments", u.ID, view), nil
}

func (h handlers) getDepartment(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	u, err := h.app.Org.Department(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return h.taggedDepartment(c, u)
}

func (h handlers) updateDepartment(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in DepartmentChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	change := org.DepartmentChange{Name: in.Name, Parent: in.Parent, Manager: in.Manager, Established: in.EstablishedAt}
	u, err := h.app.Org.UpdateDepartment(c.Ctx(), c.Actor, id, change, version)
	if err != nil {
		return nil, err
	}
	return h.taggedDepartment(c, u)
}

func (h handlers) moveDepartment(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in DepartmentPlace
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	u, err := h.app.Org.MoveDepartment(c.Ctx(), c.Actor, id, in.Parent, in.Before, version)
	if err != nil {
		return nil, err
	}
	return h.taggedDepartment(c, u)
}

func (h handlers) deleteDepartment(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Org.DeleteDepartment(c.Ctx(), c.Actor, id)
}
