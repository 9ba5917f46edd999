package pcloud

import (
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/app/org"
	"stoa/app/position"
)

// postView is a post; parentId is null at the top. children are null in lists,
// where the front end asks for them when a row is opened: an empty list would be
// a leaf that can't be.
type postView struct {
	ID         uint64     `json:"id"`
	Name       string     `json:"name"`
	Label      string     `json:"label"`
	ParentID   *uint64    `json:"parentId"`
	ParentName *string    `json:"parentName"`
	Children   []postView `json:"children"`
	modified
}

// gradeView is a grade.
type gradeView struct {
	ID   uint64 `json:"id"`
	Name string `json:"name"`
	modified
}

// nodeView is a node of a tree that the front end chooses from.
type nodeView struct {
	ID       uint64     `json:"id"`
	Label    string     `json:"label"`
	Children []nodeView `json:"children"` // null for a leaf
}

// structureRoutes are posts, grades and the trees to choose a department from.
func (h handlers) structureRoutes(prefix string) []wire.Route {
	dept, post, grade := prefix+"/admin/dept", prefix+"/admin/post", prefix+"/admin/grade"
	reads, writes := access.Of(access.PostRead), access.Of(access.PostWrite)
	sees, changes := access.Of(access.GradeRead), access.Of(access.GradeWrite)
	return []wire.Route{
		{Method: "POST", Path: dept + "/list", Name: "pcloud.dept.list", Handle: h.deptList, Needs: access.Of(access.DepartmentRead)},
		{Method: "POST", Path: dept + "/tree", Name: "pcloud.dept.tree", Handle: h.deptTree, Needs: access.Of(access.DepartmentRead)},
		{Method: "POST", Path: post + "/page", Name: "pcloud.post.page", Handle: h.postPage, Needs: reads},
		{Method: "POST", Path: post + "/list", Name: "pcloud.post.list", Handle: h.postList, Needs: reads},
		{Method: "POST", Path: post + "/create", Name: "pcloud.post.create", Handle: h.createPosition(position.Post), Needs: writes},
		{Method: "PUT", Path: post + "/modify", Name: "pcloud.post.modify", Handle: h.modifyPosition(position.Post), Needs: writes},
		{Method: "POST", Path: post + "/modify", Name: "pcloud.post.modify", Handle: h.modifyPosition(position.Post), Needs: writes},
		{Method: "DELETE", Path: post + "/{id}/delete", Name: "pcloud.post.delete", Handle: h.deletePosition(position.Post), Needs: writes},
		{Method: "POST", Path: post + "/{id}/delete", Name: "pcloud.post.delete", Handle: h.deletePosition(position.Post), Needs: writes},
		{Method: "POST", Path: grade + "/page", Name: "pcloud.grade.page", Handle: h.gradePage, Needs: sees},
		{Method: "POST", Path: grade + "/list", Name: "pcloud.grade.list", Handle: h.gradeList, Needs: sees},
		{Method: "POST", Path: grade + "/create", Name: "pcloud.grade.create", Handle: h.createPosition(position.Grade), Needs: changes},
		{Method: "PUT", Path: grade + "/modify", Name: "pcloud.grade.modify", Handle: h.modifyPosition(position.Grade), Needs: changes},
		{Method: "POST", Path: grade + "/modify", Name: "pcloud.grade.modify", Handle: h.modifyPosition(position.Grade), Needs: changes},
		{Method: "DELETE", Path: grade + "/{id}/delete", Name: "pcloud.grade.delete", Handle: h.deletePosition(position.Grade), Needs: changes},
		{Method: "POST", Path: grade + "/{id}/delete", Name: "pcloud.grade.delete", Handle: h.deletePosition(position.Grade), Needs: changes},
	}
}

// positionPage reads a page of posts or grades by a part of the name.
func (h handlers) positionPage(c *wire.Call, k position.Kind) (listing.Page[position.Position], error) {
	var in struct {
		paging
		Name wire.Text `json:"name"`
	}
	if err := c.Decode(&in); err != nil {
		return listing.Page[position.Position]{}, err
	}
	number, size, err := in.check()
	if err != nil {
		return listing.Page[position.Position]{}, err
	}
	return h.app.Position.List(c.Ctx(), c.Actor, k, position.Filter{Text: string(in.Name), Ask: listing.Ask{Page: number, Limit: size}})
}

func (h handlers) postPage(c *wire.Call) (any, error) {
	page, err := h.positionPage(c, position.Post)
	if err != nil {
		return nil, err
	}
	above := make([]uint64, len(page.Items))
	for i := range page.Items {
		above[i] = page.Items[i].Parent
	}
	parents, err := h.app.Position.Find(c.Ctx(), above)
	if err != nil {
		return nil, err
	}
	rows := make([]postView, len(page.Items))
	for i := range page.Items {
		rows[i] = h.postView(&page.Items[i], parents[page.Items[i].Parent])
	}
	return list{rows, page.Total, page.Capped}, nil
}

func (h handlers) postView(p, parent *position.Position) postView {
	v := postView{ID: p.ID, Name: p.Name, Label: p.Name, modified: modified{h.stamp(p.Modified), orNull(p.ModifiedBy)}}
	if parent != nil {
		v.ParentID, v.ParentName = &parent.ID, &parent.Name
	}
	return v
}

// parentIn is the body of the lists under a node; 0 and an absent parentId are the top.
type parentIn struct {
	ParentID wire.Int `json:"parentId"`
}

// postList is the posts directly under one.
func (h handlers) postList(c *wire.Call) (any, error) {
	var in parentIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	below, parent, err := h.app.Position.Under(c.Ctx(), c.Actor, in.ParentID.Uint())
	if err != nil {
		return nil, err
	}
	rows := make([]postView, len(below))
	for i := range below {
		rows[i] = h.postView(&below[i], parent)
	}
	return list{Rows: rows, Total: len(rows)}, nil
}

func (h handlers) gradePage(c *wire.Call) (any, error) {
	page, err := h.positionPage(c, position.Grade)
	return list{h.grades(page.Items), page.Total, page.Capped}, err
}

// gradeList is all grades, for the boxes that they are chosen from; the first 500.
func (h handlers) gradeList(c *wire.Call) (any, error) {
	page, err := h.app.Position.List(c.Ctx(), c.Actor, position.Grade, position.Filter{Ask: listing.Ask{Limit: maxPageSize}})
	return list{h.grades(page.Items), page.Total, page.Capped}, err
}

func (h handlers) grades(items []position.Position) []gradeView {
	rows := make([]gradeView, len(items))
	for i := range items {
		p := &items[i]
		rows[i] = gradeView{p.ID, p.Name, modified{h.stamp(p.Modified), orNull(p.ModifiedBy)}}
	}
	return rows
}

// positionIn is the body of create and modify. An absent parentId means the top,
// as 0 does: the front end leaves it out when it is cleared.
type positionIn struct {
	ID       wire.Int  `json:"id"`
	ParentID wire.Int  `json:"parentId"`
	Name     wire.Text `json:"name"`
}

func (h handlers) createPosition(k position.Kind) wire.Handler {
	return func(c *wire.Call) (any, error) {
		var in positionIn
		if err := c.Decode(&in); err != nil {
			return nil, err
		}
		if err := missing("name", string(in.Name)); err != nil {
			return nil, err
		}
		made, err := h.app.Position.Create(c.Ctx(), c.Actor, k, position.New{Parent: in.ParentID.Uint(), Name: string(in.Name)})
		if err != nil {
			return nil, err
		}
		return made.ID, nil
	}
}

func (h handlers) modifyPosition(k position.Kind) wire.Handler {
	return func(c *wire.Call) (any, error) {
		var in positionIn
		if err := c.Decode(&in); err != nil {
			return nil, err
		}
		if in.ID <= 0 {
			return nil, fault.New(fault.Missing, "pcloud.missing", "id", "id is missing")
		}
		if err := missing("name", string(in.Name)); err != nil {
			return nil, err
		}
		name, parent := string(in.Name), in.ParentID.Uint()
		changed, err := h.app.Position.Update(c.Ctx(), c.Actor, k, in.ID.Uint(), position.Change{Name: &name, Parent: &parent}, 0)
		if err != nil {
			return nil, err
		}
		return changed.ID, nil
	}
}

func (h handlers) deletePosition(k position.Kind) wire.Handler {
	return func(c *wire.Call) (any, error) {
		id, err := c.ID("id")
		if err != nil {
			return nil, err
		}
		return nil, h.app.Position.Delete(c.Ctx(), c.Actor, k, id)
	}
}

// roots are the departments directly under the organisation.
func (h handlers) roots(c *wire.Call) ([]*org.Node, error) {
	root, err := h.app.Org.Tree(c.Ctx(), c.Actor, 0)
	if err != nil {
		return nil, err
	}
	if root.ID != 0 {
		return []*org.Node{root}, nil
	}
	return root.Children, nil
}

// deptTree is the departments to choose from.
func (h handlers) deptTree(c *wire.Call) (any, error) {
	roots, err := h.roots(c)
	if err != nil {
		return nil, err
	}
	nodes := choices(roots)
	if nodes == nil {
		nodes = []nodeView{}
	}
	return nodes, nil
}

func choices(nodes []*org.Node) []nodeView {
	var out []nodeView
	for _, n := range nodes {
		out = append(out, nodeView{n.ID, n.Name, choices(n.Children)})
	}
	return out
}

// deptList is the departments directly under one, or under the organisation.
func (h handlers) deptList(c *wire.Call) (any, error) {
	var in parentIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	nodes, err := h.roots(c)
	if err != nil {
		return nil, err
	}
	if in.ParentID != 0 {
		nodes = childrenOf(nodes, in.ParentID.Uint())
	}
	units := make([]org.Unit, len(nodes))
	for i, n := range nodes {
		units[i] = n.Unit
	}
	rows, err := h.deptViews(c.Ctx(), units)
	return list{Rows: rows, Total: len(rows)}, err
}

func childrenOf(nodes []*org.Node, id uint64) []*org.Node {
	for _, n := range nodes {
		if n.ID == id {
			return n.Children
		}
		if found := childrenOf(n.Children, id); found != nil {
			return found
		}
	}
	return nil
}
