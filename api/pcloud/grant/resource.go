package grant

import (
	"strings"

	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/resource"
	"stoa/app/tree"
)

// resourceView is a resource; the front end asks for what is under it when its row
// is opened.
type resourceView struct {
	ID          uint64  `json:"id"`
	ParentID    *uint64 `json:"parentId"`
	Name        string  `json:"name"`
	Label       string  `json:"label"`
	ResourceURL string  `json:"resourceUrl"`
	BizType     int     `json:"bizType"` // 0 API, 1 button
	BizTypeName string  `json:"bizTypeName"`
	HasChildren bool    `json:"hasChildren"`
	modified
}

func (h handlers) resourceRoutes(prefix string) []wire.Route {
	resources := prefix + "/admin/resource"
	read, write := access.Of(access.ResourceRead), access.Of(access.ResourceWrite)
	return []wire.Route{
		{Method: "POST", Path: resources + "/page", Name: "pcloud.resource.page", Needs: read, Handle: h.resourcePage},
		{Method: "POST", Path: resources + "/list", Name: "pcloud.resource.list", Needs: read, Handle: h.resourceList},
		{Method: "POST", Path: resources + "/tree", Name: "pcloud.resource.tree", Needs: read, Handle: h.resourceTree},
		{Method: "POST", Path: resources + "/create", Name: "pcloud.resource.create", Needs: write, Handle: h.resourceCreate},
		{Method: "PUT", Path: resources + "/modify", Name: "pcloud.resource.modify", Needs: write, Handle: h.resourceModify},
		{Method: "POST", Path: resources + "/modify", Name: "pcloud.resource.modify", Needs: write, Handle: h.resourceModify},
		{Method: "DELETE", Path: resources + "/{id}/delete", Name: "pcloud.resource.delete", Needs: write, Handle: h.resourceDelete},
		{Method: "POST", Path: resources + "/{id}/delete", Name: "pcloud.resource.delete", Needs: write, Handle: h.resourceDelete},
	}
}

// resourcePage are the resources at the top or under parentId; with a name all
// that have it.
func (h handlers) resourcePage(c *wire.Call) (any, error) {
	var in struct {
		paging
		Name     wire.Text `json:"name"`
		ParentID wire.Int  `json:"parentId"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	number, size, err := h.Page(in.paging.Page, in.PageNo, in.PageSize)
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(strings.TrimSpace(string(in.Name)))
	rows, err := h.resourceRows(c, func(v *resource.Resource) bool {
		if name != "" {
			return strings.Contains(strings.ToLower(v.Name), name) || strings.Contains(strings.ToLower(v.URL), name)
		}
		return v.Parent == in.ParentID.Uint()
	})
	if err != nil {
		return nil, err
	}
	return h.List(part(rows, number, size), len(rows)), nil
}

func (h handlers) resourceRows(c *wire.Call, wanted func(*resource.Resource) bool) ([]resourceView, error) {
	all, err := h.app.Resource.List(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	under := map[uint64]bool{}
	for i := range all {
		under[all[i].Parent] = true
	}
	rows := []resourceView{}
	for i := range all {
		v := &all[i]
		if !wanted(v) {
			continue
		}
		row := resourceView{ID: v.ID, ParentID: orRoot(v.Parent), Name: v.Name, Label: v.Name, ResourceURL: v.URL, BizType: int(v.Type),
			BizTypeName: "API", HasChildren: under[v.ID], modified: h.modified(v.Modified, v.ModifiedBy)}
		if v.Type == resource.Button {
			row.BizTypeName = "按钮"
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// resourceList are the resources under one.
func (h handlers) resourceList(c *wire.Call) (any, error) {
	var in struct {
		ParentID wire.Int `json:"parentId"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return h.resourceRows(c, func(v *resource.Resource) bool { return v.Parent == in.ParentID.Uint() })
}

func (h handlers) resourceTree(c *wire.Call) (any, error) {
	all, err := h.app.Resource.List(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return tickNodes(tree.Nest(all, resource.At), func(v *resource.Resource) tickView {
		return tickView{v.ID, orRoot(v.Parent), v.Name, v.Name, nil}
	}), nil
}

// resourceIn is the body of create and modify; an absent parentId is the top.
type resourceIn struct {
	ID          wire.Int  `json:"id"`
	ParentID    wire.Int  `json:"parentId"`
	Name        wire.Text `json:"name"`
	ResourceURL wire.Text `json:"resourceUrl"`
	BizType     wire.Int  `json:"bizType"`
}

func (h handlers) resourceCreate(c *wire.Call) (any, error) {
	var in resourceIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := named(in.Name); err != nil {
		return nil, err
	}
	v, err := h.app.Resource.Create(c.Ctx(), c.Actor, resource.New{Parent: in.ParentID.Uint(), Type: resource.Type(in.BizType), Name: string(in.Name),
		URL: string(in.ResourceURL)})
	if err != nil {
		return nil, err
	}
	return v.ID, nil
}

func (h handlers) resourceModify(c *wire.Call) (any, error) {
	var in resourceIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := identified(in.ID, "id"); err != nil {
		return nil, err
	}
	parent, kind := in.ParentID.Uint(), resource.Type(in.BizType)
	v, err := h.app.Resource.Modify(c.Ctx(), c.Actor, in.ID.Uint(), resource.Change{Parent: &parent, Type: &kind, Name: (*string)(&in.Name),
		URL: (*string)(&in.ResourceURL)}, 0)
	if err != nil {
		return nil, err
	}
	return v.ID, nil
}

func (h handlers) resourceDelete(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return nil, h.app.Resource.Delete(c.Ctx(), c.Actor, id)
}
