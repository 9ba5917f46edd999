package company

import (
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/company"
	"stoa/app/listing"
)

// Certificate is what is left of a deleted company.
type Certificate struct {
	Kind        string             `json:"kind" enum:"company,channel" description:"what was deleted"`
	Company     uint64             `json:"company" description:"its id"`
	Name        string             `json:"name"`
	Channel     uint64             `json:"channel"`
	ChannelName string             `json:"channel_name"`
	OrderedBy   string             `json:"ordered_by"`
	FrozenAt    time.Time          `json:"frozen_at"`
	BeganAt     time.Time          `json:"began_at"`
	EndedAt     time.Time          `json:"ended_at"`
	Bytes       int64              `json:"bytes" description:"of the files that were deleted"`
	SHA256      string             `json:"sha256" description:"over the hashes (etag) of the files in the order of their deletion, each with a line feed"`
	Counts      []CertificateCount `json:"counts" description:"what was deleted, by kind"`
}

// CertificateCount is how many of a kind were deleted.
type CertificateCount struct {
	Kind  string `json:"kind"`
	Count int64  `json:"count"`
}

// CertificateQuery selects certificates.
type CertificateQuery struct {
	rest.Listing
	Channel uint64 `query:"channel" description:"of one channel; for super administrators"`
}

func (h handlers) certificateRoutes() []wire.Route {
	return []wire.Route{
		{Method: "GET", Path: "/v1/certificates", Name: "v1.certificates.list", Needs: access.Of(access.CompanyRead), Handle: h.certificateList,
			Query: CertificateQuery{}, Out: rest.Page[Certificate]{}, Long: true, Tag: "companies", Summary: "List the certificates of deleted companies and channels"},
	}
}

func certificate(p *company.Purge) Certificate {
	v := Certificate{Kind: string(p.Kind()), Company: p.Company, Name: p.Name, Channel: p.Channel, ChannelName: p.ChannelName, OrderedBy: p.ByName, FrozenAt: p.FrozenAt.UTC(),
		BeganAt: p.Began.UTC(), EndedAt: p.Ended.UTC(), Bytes: p.Bytes, SHA256: p.Sum(), Counts: []CertificateCount{}}
	for _, c := range p.Counts {
		v.Counts = append(v.Counts, CertificateCount{c.Kind, c.N})
	}
	return v
}

func (h handlers) certificate(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	p, err := h.app.Company.Certificate(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return certificate(p), nil
}

func (h handlers) certificateList(c *wire.Call) (any, error) {
	var q CertificateQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Certificate]{Name: "certificates", Columns: certificateColumns, Fetch: func(at rest.Listing) (rest.Page[Certificate], error) {
		page, err := h.app.Company.Certificates(c.Ctx(), c.Actor, q.Channel, listing.Ask{Page: at.Page, Limit: at.Limit, Cursor: at.Cursor})
		if err != nil {
			return rest.Page[Certificate]{}, err
		}
		items := make([]Certificate, len(page.Items))
		for i := range page.Items {
			items[i] = certificate(&page.Items[i])
		}
		return rest.Page[Certificate]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, nil
	}}.Serve(c, q.Listing)
}

var certificateColumns = []rest.Column[Certificate]{
	rest.Col("company", "编号", func(o *Certificate) any { return o.Company }),
	rest.Col("kind", "类型", func(o *Certificate) any {
		return rest.Words(o.Kind, map[string]string{"company": "公司", "channel": "渠道"})
	}),
	rest.Col("name", "名称", func(o *Certificate) any { return o.Name }),
	rest.Col("channel_name", "渠道", func(o *Certificate) any { return o.ChannelName }),
	rest.Col("ordered_by", "操作人", func(o *Certificate) any { return o.OrderedBy }),
	rest.Col("ended_at", "完成时间", func(o *Certificate) any { return o.EndedAt }),
	rest.Col("bytes", "删除字节数", func(o *Certificate) any { return o.Bytes }),
	rest.Col("sha256", "摘要", func(o *Certificate) any { return o.SHA256 }),
}
