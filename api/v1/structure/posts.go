package structure

import (
	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/position"
)

func (h handlers) postList(c *wire.Call) (any, error) {
	var q PositionQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Post]{Name: "posts", Columns: postColumns, Fetch: func(at rest.Listing) (rest.Page[Post], error) {
		page, held, err := h.page(c, position.Post, q, at)
		if err != nil {
			return rest.Page[Post]{}, err
		}
		items, err := h.posts(c, page.Items, held)
		return rest.Page[Post]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, err
	}}.Serve(c, q.Listing)
}

var postColumns = []rest.Column[Post]{
	rest.Col("id", "编号", func(p *Post) any { return p.ID }),
	rest.Col("name", "名称", func(p *Post) any { return p.Name }),
	rest.Col("parent", "上级", func(p *Post) any { return p.ParentName }),
	rest.Col("accounts", "账号数", func(p *Post) any { return p.Accounts }),
	rest.Col("created_at", "创建时间", func(p *Post) any { return p.CreatedAt }),
	rest.Col("modified_at", "修改时间", func(p *Post) any { return p.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(p *Post) any { return p.ModifiedBy }),
}

func (h handlers) posts(c *wire.Call, rows []position.Position, held map[uint64]int) ([]Post, error) {
	above := make([]uint64, len(rows))
	for i := range rows {
		above[i] = rows[i].Parent
	}
	parents, err := h.app.Position.Find(c.Ctx(), above)
	if err != nil {
		return nil, err
	}
	views := make([]Post, len(rows))
	for i := range rows {
		p := &rows[i]
		views[i] = Post{ID: p.ID, Name: p.Name, Tenant: p.Tenant, Parent: p.Parent, Accounts: held[p.ID], CreatedAt: p.Created.UTC(),
			ModifiedAt: p.Modified.UTC(), ModifiedBy: p.ModifiedBy, Version: p.Version}
		if up := parents[p.Parent]; up != nil {
			views[i].ParentName = up.Name
		}
	}
	return views, nil
}

func (h handlers) post(c *wire.Call, p *position.Position) (Post, error) {
	held, err := h.app.Position.Holders(c.Ctx(), c.Actor, []uint64{p.ID})
	if err != nil {
		return Post{}, err
	}
	views, err := h.posts(c, []position.Position{*p}, held)
	if err != nil {
		return Post{}, err
	}
	return views[0], nil
}

func (h handlers) createPost(c *wire.Call) (any, error) {
	var in PostNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	p, err := h.app.Position.Create(c.Ctx(), c.Actor, position.Post, position.New{Tenant: in.Tenant, Parent: in.Parent, Name: in.Name})
	if err != nil {
		return nil, err
	}
	view, err := h.post(c, p)
	if err != nil {
		return nil, err
	}
	return rest.Created("posts", p.ID, view), nil
}

func (h handlers) getPost(c *wire.Call) (any, error) {
	p, err := h.read(c, position.Post)
	if err != nil {
		return nil, err
	}
	return h.taggedPost(c, p)
}

func (h handlers) taggedPost(c *wire.Call, p *position.Position) (any, error) {
	view, err := h.post(c, p)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(p.Version, view), nil
}

func (h handlers) updatePost(c *wire.Call) (any, error) {
	var in PostChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	p, err := h.change(c, position.Post, position.Change{Name: in.Name, Parent: in.Parent}, version)
	if err != nil {
		return nil, err
	}
	return h.taggedPost(c, p)
}

func (h handlers) postTree(c *wire.Call) (any, error) {
	var q PostTreeQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	roots, err := h.app.Position.Tree(c.Ctx(), c.Actor, q.Tenant)
	if err != nil {
		return nil, err
	}
	held, err := h.app.Position.Holders(c.Ctx(), c.Actor, idsBelow(roots, nil))
	if err != nil {
		return nil, err
	}
	return PostForest{Items: nodes(roots, held)}, nil
}

func idsBelow(roots []*position.Node, ids []uint64) []uint64 {
	for _, n := range roots {
		ids = idsBelow(n.Children, append(ids, n.ID))
	}
	return ids
}

func nodes(rows []*position.Node, held map[uint64]int) []PostNode {
	out := make([]PostNode, len(rows))
	for i, n := range rows {
		out[i] = PostNode{ID: n.ID, Name: n.Name, Parent: n.Parent, Accounts: held[n.ID], Children: nodes(n.Children, held)}
	}
	return out
}
