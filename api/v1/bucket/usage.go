package bucket

import (
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
)

// UsageQuery says how far back the days go.
type UsageQuery struct {
	Days int `query:"days" minimum:"1" maximum:"800" default:"30" description:"today and the days before it"`
}

// Usage is what an organisation keeps and may keep, in bytes.
type Usage struct {
	Tenant    uint64     `json:"tenant"`
	Used      int64      `json:"used" description:"what counts against the quota: files, and parts of unfinished uploads"`
	Pending   int64      `json:"pending" description:"of which parts of unfinished uploads"`
	Objects   int64      `json:"objects" description:"files"`
	Limited   bool       `json:"limited" description:"there is a quota"`
	Quota     int64      `json:"quota" description:"the most that may be used now; of no meaning where limited is false"`
	Free      int64      `json:"free" description:"of the quota: what does not end"`
	Paid      int64      `json:"paid" description:"of the quota: what ends at expires_at"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Expired   bool       `json:"expired" description:"nothing can be uploaded any more"`
	Frozen    bool       `json:"frozen" description:"likewise"`
	Days      []UsageDay `json:"days" description:"oldest first; days of which nothing is known are left out; the last one is today as it stands"`
}

// UsageDay is what was kept at the end of a day.
type UsageDay struct {
	Date    string `json:"date" format:"date"`
	Bytes   int64  `json:"bytes"`
	Objects int64  `json:"objects"`
}

func (h handlers) usage(c *wire.Call) (any, error) {
	var q UsageQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if q.Days == 0 && c.Query().Get("days") == "" {
		q.Days = 30
	}
	r, err := h.app.Usage.Report(c.Ctx(), c.Actor, q.Days)
	if err != nil {
		return nil, err
	}
	out := Usage{Tenant: r.Tenant, Used: r.Used(), Pending: r.Pending, Objects: r.Objects, Limited: r.Limited, Quota: r.Limit(), Free: r.Free, Paid: r.Paid,
		ExpiresAt: rest.Moment(r.ExpiresAt), Expired: r.Expired, Frozen: r.Frozen, Days: make([]UsageDay, len(r.Days))}
	for i, d := range r.Days {
		out.Days[i] = UsageDay{Date: d.Date, Bytes: d.Bytes, Objects: d.Objects}
	}
	return out, nil
}
