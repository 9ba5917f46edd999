package pcloud

import (
	"strconv"

	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/segment"
)

// segmentView is a segment, 号段. maxId is where the next lease begins.
type segmentView struct {
	BizTag      string  `json:"bizTag"`
	MaxID       uint64  `json:"maxId"`
	Step        uint64  `json:"step"`
	Description string  `json:"description"`
	Author      string  `json:"author"`
	UpdateTime  *string `json:"updateTime"`
}

func (h handlers) segmentRoutes(prefix string) []wire.Route {
	segments, draw := prefix+"/integration/admin/segment", prefix+"/integration/segment/get/{bizTag}"
	return []wire.Route{
		{Method: "POST", Path: segments + "/page", Name: "pcloud.segment.page", Needs: access.Of(access.SegmentRead), Handle: h.segmentPage},
		{Method: "POST", Path: segments + "/create", Name: "pcloud.segment.create", Needs: access.Of(access.SegmentWrite), Handle: h.segmentCreate},
		{Method: "PUT", Path: segments + "/modify", Name: "pcloud.segment.modify", Needs: access.Of(access.SegmentWrite), Handle: h.segmentModify},
		{Method: "POST", Path: segments + "/modify", Name: "pcloud.segment.modify", Needs: access.Of(access.SegmentWrite), Handle: h.segmentModify},
		{Method: "GET", Path: draw, Name: "pcloud.segment.get", Needs: access.Of(access.SegmentDraw), HeaderTokenOnly: true, Handle: h.segmentGet},
		{Method: "POST", Path: draw, Name: "pcloud.segment.get", Needs: access.Of(access.SegmentDraw), Handle: h.segmentGet},
	}
}

func (h handlers) segmentPage(c *wire.Call) (any, error) {
	var in struct {
		paging
		Description wire.Text `json:"description"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	number, size, err := in.check()
	if err != nil {
		return nil, err
	}
	page, err := h.app.Segment.List(c.Ctx(), c.Actor, segment.Filter{Description: string(in.Description), Page: number, Limit: size})
	if err != nil {
		return nil, err
	}
	rows := make([]segmentView, len(page.Items))
	for i := range page.Items {
		g := &page.Items[i]
		rows[i] = segmentView{BizTag: g.Tag, MaxID: g.Next, Step: g.Step, Description: g.Description, Author: g.Author,
			UpdateTime: h.stamp(g.Modified)}
		if g.Leased.After(g.Modified) { // Leaf counts a lease as a change
			rows[i].UpdateTime = h.stamp(g.Leased)
		}
	}
	return list{rows, page.Total, page.Capped}, nil
}

// segmentIn is the body of create and modify; what modify leaves out stays.
type segmentIn struct {
	BizTag      wire.Text  `json:"bizTag"`
	MaxID       *wire.Int  `json:"maxId"`
	Step        *wire.Int  `json:"step"`
	Description *wire.Text `json:"description"`
	Author      *wire.Text `json:"author"`
}

// change reads the body. A number below zero is no number of a segment.
func (in *segmentIn) change() (segment.Change, error) {
	var c segment.Change
	for _, n := range []struct {
		field string
		given *wire.Int
		to    **uint64
	}{{"maxId", in.MaxID, &c.Next}, {"step", in.Step, &c.Step}} {
		if n.given == nil {
			continue
		}
		if *n.given < 0 {
			return c, fault.New(fault.Invalid, "pcloud.negative", n.field, "%s can't be negative", n.field)
		}
		v := n.given.Uint()
		*n.to = &v
	}
	c.Description, c.Author = (*string)(in.Description), (*string)(in.Author)
	return c, nil
}

func (h handlers) segmentCreate(c *wire.Call) (any, error) {
	in, change, err := h.segmentBody(c)
	if err != nil {
		return nil, err
	}
	g, err := h.app.Segment.Create(c.Ctx(), c.Actor, segment.New{Tag: string(in.BizTag), Next: orZero(change.Next), Step: orZero(change.Step),
		Description: orZero(change.Description), Author: orZero(change.Author)})
	if err != nil {
		return nil, err
	}
	return g.Tag, nil
}

func (h handlers) segmentModify(c *wire.Call) (any, error) {
	in, change, err := h.segmentBody(c)
	if err != nil {
		return nil, err
	}
	g, err := h.app.Segment.Modify(c.Ctx(), c.Actor, string(in.BizTag), change, 0)
	if err != nil {
		return nil, err
	}
	return g.Tag, nil
}

func (h handlers) segmentBody(c *wire.Call) (*segmentIn, segment.Change, error) {
	var in segmentIn
	if err := c.Decode(&in); err != nil {
		return nil, segment.Change{}, err
	}
	if err := missing("bizTag", string(in.BizTag)); err != nil {
		return nil, segment.Change{}, err
	}
	change, err := in.change()
	return &in, change, err
}

// segmentGet draws the next number. It is a string here: the original's numbers
// were longer than a number of JavaScript.
func (h handlers) segmentGet(c *wire.Call) (any, error) {
	ids, err := h.app.Segment.Draw(c.Ctx(), c.Actor, c.Path("bizTag"), 1)
	if err != nil {
		return nil, err
	}
	return strconv.FormatUint(ids[0], 10), nil
}

func orZero[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}
