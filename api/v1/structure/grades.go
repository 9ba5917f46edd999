package structure

import (
	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/position"
)

func (h handlers) gradeList(c *wire.Call) (any, error) {
	var q PositionQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Grade]{Name: "grades", Columns: gradeColumns, Fetch: func(at rest.Listing) (rest.Page[Grade], error) {
		page, held, err := h.page(c, position.Grade, q, at)
		if err != nil {
			return rest.Page[Grade]{}, err
		}
		items := make([]Grade, len(page.Items))
		for i := range page.Items {
			items[i] = grade(&page.Items[i], held[page.Items[i].ID])
		}
		return rest.Page[Grade]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, nil
	}}.Serve(c, q.Listing)
}

var gradeColumns = []rest.Column[Grade]{
	rest.Col("id", "编号", func(g *Grade) any { return g.ID }),
	rest.Col("name", "名称", func(g *Grade) any { return g.Name }),
	rest.Col("accounts", "账号数", func(g *Grade) any { return g.Accounts }),
	rest.Col("created_at", "创建时间", func(g *Grade) any { return g.CreatedAt }),
	rest.Col("modified_at", "修改时间", func(g *Grade) any { return g.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(g *Grade) any { return g.ModifiedBy }),
}

func grade(p *position.Position, accounts int) Grade {
	return Grade{ID: p.ID, Name: p.Name, Tenant: p.Tenant, Accounts: accounts, CreatedAt: p.Created.UTC(), ModifiedAt: p.Modified.UTC(),
		ModifiedBy: p.ModifiedBy, Version: p.Version}
}

func (h handlers) grade(c *wire.Call, p *position.Position) (Grade, error) {
	held, err := h.app.Position.Holders(c.Ctx(), c.Actor, []uint64{p.ID})
	return grade(p, held[p.ID]), err
}

func (h handlers) createGrade(c *wire.Call) (any, error) {
	var in GradeNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	p, err := h.app.Position.Create(c.Ctx(), c.Actor, position.Grade, position.New{Tenant: in.Tenant, Name: in.Name})
	if err != nil {
		return nil, err
	}
	view, err := h.grade(c, p)
	if err != nil {
		return nil, err
	}
	return rest.Created("grades", p.ID, view), nil
}

func (h handlers) getGrade(c *wire.Call) (any, error) {
	p, err := h.read(c, position.Grade)
	if err != nil {
		return nil, err
	}
	return h.taggedGrade(c, p)
}

func (h handlers) taggedGrade(c *wire.Call, p *position.Position) (any, error) {
	view, err := h.grade(c, p)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(p.Version, view), nil
}

func (h handlers) updateGrade(c *wire.Call) (any, error) {
	var in GradeChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	p, err := h.change(c, position.Grade, position.Change{Name: in.Name}, version)
	if err != nil {
		return nil, err
	}
	return h.taggedGrade(c, p)
}
