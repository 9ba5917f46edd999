package pcloud

import (
	"context"
	"time"

	"stoa/api/wire"
	"stoa/app/fault"
	"stoa/app/org"
)

// deptView is a department. parentId is null for one directly under the
// organisation: the front end would show a 0 as "unknown".
type deptView struct {
	ID          uint64  `json:"id"`
	Name        string  `json:"name"`
	Label       string  `json:"label"`
	ParentID    *uint64 `json:"parentId"`
	ParentName  *string `json:"parentName"`
	ManagerID   *uint64 `json:"managerId"`
	ManagerName *string `json:"managerName"`
	Established *string `json:"establishedTime"`
	modified
}

func (h handlers) deptPage(c *wire.Call) (any, error) {
	var in struct {
		paging
		Name wire.Text `json:"name"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	number, size, err := in.check()
	if err != nil {
		return nil, err
	}
	page, err := h.app.Org.Departments(c.Ctx(), c.Actor, org.Filter{Text: string(in.Name), Page: number, Limit: size})
	if err != nil {
		return nil, err
	}
	rows, err := h.deptViews(c.Ctx(), page.Items)
	if err != nil {
		return nil, err
	}
	return list{rows, page.Total, page.Capped}, nil
}

// deptViews shows departments with the names of their parents and managers.
func (h handlers) deptViews(ctx context.Context, units []org.Unit) ([]deptView, error) {
	var parents, managers []uint64
	for i := range units {
		parents = append(parents, units[i].Parent)
		managers = append(managers, units[i].Manager)
	}
	parent, err := h.app.Org.Units(ctx, parents)
	if err != nil {
		return nil, err
	}
	manager, err := h.app.Account.Names(ctx, managers)
	if err != nil {
		return nil, err
	}
	rows := make([]deptView, len(units))
	for i := range units {
		u := &units[i]
		rows[i] = deptView{
			ID: u.ID, Name: u.Name, Label: u.Name, Established: h.stamp(u.Established),
			modified: modified{h.stamp(u.Modified), orNull(u.ModifiedBy)},
		}
		if p := parent[u.Parent]; p != nil && u.Parent != u.Tenant {
			rows[i].ParentID, rows[i].ParentName = &p.ID, &p.Name
		}
		if name, there := manager[u.Manager]; there {
			rows[i].ManagerID, rows[i].ManagerName = &u.Manager, &name
		}
	}
	return rows, nil
}

// deptIn is the body of create and modify. An absent parentId means directly
// under the organisation, as 0 does: the front end leaves it out when it is cleared.
type deptIn struct {
	ID          wire.Int  `json:"id"`
	ParentID    wire.Int  `json:"parentId"`
	Name        wire.Text `json:"name"`
	ManagerID   wire.Int  `json:"managerId"`
	Established string    `json:"establishedTime"`
}

// established reads the front end's two forms of a time, in the server's zone.
func (h handlers) established(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", time.DateTime, time.DateOnly, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, h.zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fault.New(fault.Invalid, "pcloud.time", "establishedTime", "establishedTime must look like 2021-02-15T18:49:43")
}

func (h handlers) deptCreate(c *wire.Call) (any, error) {
	var in deptIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := missing("name", string(in.Name)); err != nil {
		return nil, err
	}
	established, err := h.established(in.Established)
	if err != nil {
		return nil, err
	}
	made, err := h.app.Org.CreateDepartment(c.Ctx(), c.Actor, org.NewDepartment{
		Parent: in.ParentID.Uint(), Name: string(in.Name), Manager: in.ManagerID.Uint(), Established: established,
	})
	if err != nil {
		return nil, err
	}
	return made.ID, nil
}

func (h handlers) deptModify(c *wire.Call) (any, error) {
	var in deptIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if in.ID <= 0 {
		return nil, fault.New(fault.Missing, "pcloud.missing", "id", "id is missing")
	}
	if err := missing("name", string(in.Name)); err != nil {
		return nil, err
	}
	parent, manager, name := in.ParentID.Uint(), in.ManagerID.Uint(), string(in.Name)
	change := org.DepartmentChange{Parent: &parent, Name: &name, Manager: &manager}
	if in.Established != "" {
		established, err := h.established(in.Established)
		if err != nil {
			return nil, err
		}
		change.Established = &established
	}
	made, err := h.app.Org.UpdateDepartment(c.Ctx(), c.Actor, in.ID.Uint(), change, 0)
	if err != nil {
		return nil, err
	}
	return made.ID, nil
}

func (h handlers) deptDelete(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return nil, h.app.Org.DeleteDepartment(c.Ctx(), c.Actor, id)
}

// orgView is a node of the department tree; a leaf's children are null, as the
// front end's tree wants them.
type orgView struct {
	ID         uint64    `json:"id"`
	ParentID   *uint64   `json:"parentId"`
	ParentName *string   `json:"parentName"`
	Name       string    `json:"name"`
	Label      string    `json:"label"`
	Children   []orgView `json:"children"`
}

// deptOrg is the tree of departments under one root: the only root department,
// or a virtual one with id 0 and the organisation's name.
func (h handlers) deptOrg(c *wire.Call) (any, error) {
	root, err := h.app.Org.Tree(c.Ctx(), c.Actor, 0)
	if err != nil {
		return nil, err
	}
	return treeView(root, nil), nil
}

func treeView(n *org.Node, parent *org.Node) orgView {
	v := orgView{ID: n.ID, Name: n.Name, Label: n.Name}
	if parent != nil {
		v.ParentID, v.ParentName = &parent.ID, &parent.Name
	}
	for _, child := range n.Children {
		v.Children = append(v.Children, treeView(child, n))
	}
	return v
}
