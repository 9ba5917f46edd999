package grant

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/resource"
	"stoa/app/tree"
)

// Resource is something that can be granted, or a group of such.
type Resource struct {
	ID          uint64     `json:"id"`
	Parent      uint64     `json:"parent" description:"0 = top"`
	Sequence    int        `json:"sequence" minimum:"0"`
	Type        string     `json:"type" enum:"api,button"`
	Name        string     `json:"name"`
	URL         string     `json:"url" example:"account.read" description:"a permission, or a path with or without a method in front, which may end in /**; empty = a group"`
	Permissions []string   `json:"permissions" description:"what it stands for now; empty for a path that no API has"`
	Builtin     bool       `json:"builtin" description:"came with the product: it is not deleted, and its url is fixed"`
	CreatedAt   time.Time  `json:"created_at"`
	ModifiedAt  time.Time  `json:"modified_at"`
	ModifiedBy  string     `json:"modified_by"`
	Version     uint64     `json:"version" description:"for If-Match"`
	Children    []Resource `json:"children,omitempty" description:"of a tree"`
}

// ResourceTree is all resources.
type ResourceTree struct {
	Items []Resource `json:"items"`
}

// ResourceNew is a new resource.
type ResourceNew struct {
	Parent   uint64 `json:"parent,omitempty"`
	Sequence int    `json:"sequence,omitempty" minimum:"0" maximum:"1000000"`
	Type     string `json:"type" enum:"api,button"`
	Name     string `json:"name" minLength:"1" maxLength:"64"`
	URL      string `json:"url,omitempty" maxLength:"255"`
}

// ResourceChange changes what is given; a new parent moves the resource with all
// below it.
type ResourceChange struct {
	Parent   *uint64 `json:"parent,omitempty" description:"0 = top"`
	Sequence *int    `json:"sequence,omitempty" minimum:"0" maximum:"1000000"`
	Type     *string `json:"type,omitempty" enum:"api,button"`
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"64"`
	URL      *string `json:"url,omitempty" maxLength:"255"`
}

func (h handlers) resourceRoutes() []wire.Route {
	const tag, one = "resources", "/v1/resources/{id}"
	read, write := access.Of(access.ResourceRead), access.Of(access.ResourceWrite)
	return []wire.Route{
		{Method: "GET", Path: "/v1/resources", Name: "v1.resources.list", Handle: h.resources, Needs: read, Query: rest.Listing{}, Long: true,
			Out: rest.Page[Resource]{}, Tag: tag, Summary: "List resources, groups before what stands in them"},
		{Method: "GET", Path: "/v1/resources/tree", Name: "v1.resources.tree", Handle: h.resourceTree, Needs: read, Out: ResourceTree{},
			Tag: tag, Summary: "The resources as a tree"},
		{Method: "POST", Path: "/v1/resources", Name: "v1.resources.create", Handle: rest.Once(h.app.Idempotency, h.createResource), Needs: write,
			In: ResourceNew{}, Out: Resource{}, Status: http.StatusCreated, Tag: tag, Summary: "Make a resource"},
		{Method: "GET", Path: one, Name: "v1.resources.get", Handle: h.getResource, Needs: read, Out: Resource{}, Tag: tag, Summary: "Read a resource"},
		{Method: "PATCH", Path: one, Name: "v1.resources.update", Handle: h.updateResource, Needs: write, In: ResourceChange{}, Out: Resource{},
			Tag: tag, Summary: "Change or move a resource"},
		{Method: "DELETE", Path: one, Name: "v1.resources.delete", Handle: h.deleteResource, Needs: write, Status: http.StatusNoContent, Tag: tag,
			Summary: "Delete a resource that nothing stands under and no role grants"},
	}
}

func (h handlers) resource(v *resource.Resource) Resource {
	out := Resource{ID: v.ID, Parent: v.Parent, Sequence: v.Sequence, Type: typeAPI, Name: v.Name, URL: v.URL,
		Permissions: list(h.app.Resource.Permissions(v).Names()), Builtin: v.Key != "", CreatedAt: v.Created.UTC(), ModifiedAt: v.Modified.UTC(),
		ModifiedBy: v.ModifiedBy, Version: v.Version}
	if v.Type == resource.Button {
		out.Type = typeButton
	}
	return out
}

func resourceType(s string) resource.Type {
	switch s {
	case typeAPI:
		return resource.API
	case typeButton:
		return resource.Button
	}
	return -1 // which the operation refuses
}

func (h handlers) resources(c *wire.Call) (any, error) {
	var at rest.Listing
	if err := c.Bind(&at); err != nil {
		return nil, err
	}
	all, err := h.app.Resource.List(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return rest.List[Resource]{Name: "resources", Columns: resourceColumns, Fetch: func(at rest.Listing) (rest.Page[Resource], error) {
		part, err := rest.Slice(all, at)
		items := make([]Resource, len(part.Items))
		for i := range part.Items {
			items[i] = h.resource(&part.Items[i])
		}
		return rest.Page[Resource]{Items: items, Total: part.Total, Next: part.Next}, err
	}}.Serve(c, at)
}

var resourceColumns = []rest.Column[Resource]{
	rest.Col("id", "编号", func(r *Resource) any { return r.ID }),
	rest.Col("parent", "上级", func(r *Resource) any { return r.Parent }),
	rest.Col("name", "名称", func(r *Resource) any { return r.Name }),
	rest.Col("type", "类型", func(r *Resource) any { return r.Type }),
	rest.Col("url", "地址", func(r *Resource) any { return r.URL }),
}

func (h handlers) resourceTree(c *wire.Call) (any, error) {
	all, err := h.app.Resource.List(c.Ctx(), c.Actor)
	if err != nil {
		return nil, err
	}
	return ResourceTree{Items: list(h.resourceNodes(tree.Nest(all, resource.At)))}, nil
}

func (h handlers) resourceNodes(nodes []*tree.Node[resource.Resource]) []Resource {
	var out []Resource
	for _, n := range nodes {
		v := h.resource(&n.Row)
		v.Children = h.resourceNodes(n.Children)
		out = append(out, v)
	}
	return out
}

func (h handlers) createResource(c *wire.Call) (any, error) {
	var in ResourceNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	v, err := h.app.Resource.Create(c.Ctx(), c.Actor, resource.New{Parent: in.Parent, Sequence: in.Sequence, Type: resourceType(in.Type),
		Name: in.Name, URL: in.URL})
	if err != nil {
		return nil, err
	}
	return rest.Created("resources", v.ID, h.resource(v)), nil
}

func (h handlers) getResource(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	v, err := h.app.Resource.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(v.Version, h.resource(v)), nil
}

func (h handlers) updateResource(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in ResourceChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	change := resource.Change{Parent: in.Parent, Sequence: in.Sequence, Name: in.Name, URL: in.URL}
	if in.Type != nil {
		t := resourceType(*in.Type)
		change.Type = &t
	}
	v, err := h.app.Resource.Modify(c.Ctx(), c.Actor, id, change, version)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(v.Version, h.resource(v)), nil
}

func (h handlers) deleteResource(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Resource.Delete(c.Ctx(), c.Actor, id)
}
