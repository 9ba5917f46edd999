// Package number is the segments: numbers that other systems draw. One area of
// the native API; it puts the domain's operations on the wire and knows no other
// area.
package number

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/segment"
)

// Segment is a row of numbers that are drawn by its tag.
type Segment struct {
	Tag         string       `json:"tag" description:"unique in the installation"`
	Tenant      uint64       `json:"tenant"`
	MaxID       uint64       `json:"max_id" description:"where the next lease begins: every number handed out is below it"`
	Step        uint64       `json:"step" minimum:"1" maximum:"1000000" description:"least size of a lease"`
	Description string       `json:"description"`
	Author      string       `json:"author"`
	Lease       SegmentLease `json:"lease"`
	CreatedAt   time.Time    `json:"created_at"`
	ModifiedAt  time.Time    `json:"modified_at"`
	ModifiedBy  string       `json:"modified_by"`
	LeasedAt    *time.Time   `json:"leased_at,omitempty" description:"when a lease was last taken"`
	Version     uint64       `json:"version" description:"for If-Match; drawing does not change it"`
}

// SegmentLease is what the server that answers has at hand of a segment.
type SegmentLease struct {
	Size uint64  `json:"size" description:"numbers in the leases at hand; 0 = none: it was not drawn lately"`
	Left uint64  `json:"left" description:"of which are not handed out yet"`
	Step uint64  `json:"step" description:"size of the next lease, which follows the demand; 0 = none at hand"`
	Rate float64 `json:"rate" description:"numbers a second over the last ten seconds"`
}

// SegmentNew is a new segment.
type SegmentNew struct {
	Tag         string `json:"tag" minLength:"1" maxLength:"128" description:"letters, digits and . _ : - ; begins with a letter or a digit"`
	MaxID       uint64 `json:"max_id,omitempty" description:"the first number; 1 if it is left out"`
	Step        uint64 `json:"step,omitempty" maximum:"1000000" description:"least size of a lease; 1000 if it is left out"`
	Description string `json:"description,omitempty" maxLength:"255"`
	Author      string `json:"author,omitempty" maxLength:"64" description:"the caller if it is left out"`
}

// SegmentChange changes what is given.
type SegmentChange struct {
	MaxID       *uint64 `json:"max_id,omitempty" description:"may not be lowered"`
	Step        *uint64 `json:"step,omitempty" minimum:"1" maximum:"1000000"`
	Description *string `json:"description,omitempty" maxLength:"255"`
	Author      *string `json:"author,omitempty" maxLength:"64"`
}

// SegmentQuery selects by a part of the tag or of the description.
type SegmentQuery struct {
	rest.Listing
	Q string `query:"q" description:"part of the tag or of the description"`
}

// DrawQuery says how many numbers are drawn.
type DrawQuery struct {
	N int `query:"n" minimum:"1" maximum:"10000" default:"1" description:"how many"`
}

// SegmentIDs are numbers that were drawn.
type SegmentIDs struct {
	IDs []uint64 `json:"ids" description:"rising; nobody else gets them"`
}

// byTag names the segment in a path.
type byTag struct {
	Tag string `path:"tag" minLength:"1" maxLength:"128"`
}

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route { return handlers{a}.segmentRoutes() }

func (h handlers) segmentRoutes() []wire.Route {
	const tag, one = "segments", "/v1/segments/{tag}"
	return []wire.Route{
		{Method: "GET", Path: "/v1/segments", Name: "v1.segments.list", Needs: access.Of(access.SegmentRead), Handle: h.segmentList, Query: SegmentQuery{},
			Out: rest.Page[Segment]{}, Long: true, Tag: tag, Summary: "List segments"},
		{Method: "POST", Path: "/v1/segments", Name: "v1.segments.create", Needs: access.Of(access.SegmentWrite), Handle: rest.Once(h.app.Idempotency, h.createSegment), In: SegmentNew{},
			Out: Segment{}, Status: http.StatusCreated, Tag: tag, Summary: "Make a segment"},
		{Method: "GET", Path: one, Params: byTag{}, Name: "v1.segments.get", Needs: access.Of(access.SegmentRead), Handle: h.getSegment, Out: Segment{}, Tag: tag,
			Summary: "Read a segment"},
		{Method: "PATCH", Path: one, Params: byTag{}, Name: "v1.segments.update", Needs: access.Of(access.SegmentWrite), Handle: h.updateSegment, In: SegmentChange{}, Out: Segment{},
			Tag: tag, Summary: "Change a segment"},
		{Method: "POST", Path: one + "/ids", Params: byTag{}, Name: "v1.segments.draw", Needs: access.Of(access.SegmentDraw), Handle: h.drawIDs, Query: DrawQuery{}, Out: SegmentIDs{},
			Tag: tag, Summary: "Draw numbers"},
	}
}

func (h handlers) segmentList(c *wire.Call) (any, error) {
	var q SegmentQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Segment]{Name: "segments", Columns: segmentColumns, Fetch: func(at rest.Listing) (rest.Page[Segment], error) {
		page, err := h.app.Segment.List(c.Ctx(), c.Actor, segment.Filter{Text: q.Q, Page: at.Page, Limit: at.Limit, Cursor: at.Cursor})
		if err != nil {
			return rest.Page[Segment]{}, err
		}
		items := make([]Segment, len(page.Items))
		for i := range page.Items {
			items[i] = h.segment(&page.Items[i])
		}
		return rest.Page[Segment]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, nil
	}}.Serve(c, q.Listing)
}

var segmentColumns = []rest.Column[Segment]{
	rest.Col("tag", "业务标识", func(g *Segment) any { return g.Tag }),
	rest.Col("max_id", "最大编号", func(g *Segment) any { return g.MaxID }),
	rest.Col("step", "步长", func(g *Segment) any { return g.Step }),
	rest.Col("description", "描述", func(g *Segment) any { return g.Description }),
	rest.Col("author", "负责人", func(g *Segment) any { return g.Author }),
	rest.Col("created_at", "创建时间", func(g *Segment) any { return g.CreatedAt }),
	rest.Col("modified_at", "修改时间", func(g *Segment) any { return g.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(g *Segment) any { return g.ModifiedBy }),
}

func (h handlers) segment(g *segment.Segment) Segment {
	at := h.app.Segment.Lease(g.Tag)
	return Segment{Tag: g.Tag, Tenant: g.Tenant, MaxID: g.Next, Step: g.Step, Description: g.Description, Author: g.Author,
		Lease:     SegmentLease{Size: at.Size, Left: at.Left, Step: at.Step, Rate: at.Rate},
		CreatedAt: g.Created.UTC(), ModifiedAt: g.Modified.UTC(), ModifiedBy: g.ModifiedBy, LeasedAt: rest.Moment(g.Leased), Version: g.Version}
}

func (h handlers) createSegment(c *wire.Call) (any, error) {
	var in SegmentNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	g, err := h.app.Segment.Create(c.Ctx(), c.Actor, segment.New{Tag: in.Tag, Next: in.MaxID, Step: in.Step,
		Description: in.Description, Author: in.Author})
	if err != nil {
		return nil, err
	}
	return wire.Created{Location: "/v1/segments/" + url.PathEscape(g.Tag), Value: h.segment(g)}, nil
}

func (h handlers) getSegment(c *wire.Call) (any, error) {
	g, err := h.app.Segment.Get(c.Ctx(), c.Actor, c.Path("tag"))
	if err != nil {
		return nil, err
	}
	return rest.Tagged(g.Version, h.segment(g)), nil
}

func (h handlers) updateSegment(c *wire.Call) (any, error) {
	var in SegmentChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	g, err := h.app.Segment.Modify(c.Ctx(), c.Actor, c.Path("tag"), segment.Change{Next: in.MaxID, Step: in.Step,
		Description: in.Description, Author: in.Author}, version)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(g.Version, h.segment(g)), nil
}

// drawIDs writes its answer by hand: ten thousand numbers a call are worth it.
func (h handlers) drawIDs(c *wire.Call) (any, error) {
	var q DrawQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if q.N == 0 && c.Query().Get("n") == "" {
		q.N = 1
	}
	ids, err := h.app.Segment.Draw(c.Ctx(), c.Actor, c.Path("tag"), q.N)
	if err != nil {
		return nil, err
	}
	body := make([]byte, 0, 16+len(ids)*17)
	body = append(body, `{"ids":[`...)
	for i, id := range ids {
		if i > 0 {
			body = append(body, ',')
		}
		body = strconv.AppendUint(body, id, 10)
	}
	return wire.Bytes(http.StatusOK, "application/json", append(body, ']', '}')), nil
}
