package api_test

import (
	"context"
	"fmt"

	"stoa/app/apptest"
	"stoa/app/company"
)

// companySamples are about resellers' companies; {company} stands for a fresh one
// of the default channel, {frozen} for one that can be deleted, {channel} for a
// fresh channel.
func companySamples() map[string]sample {
	return map[string]sample{
		"channel.company.create": {json: `{"is_key_managed":true,"company_name":"{new}","company_tel":"025-17872178","username":"{new}","email":"{new}@example.com","password":` + fixed + `,"quota":1,"expired_time":"2030-04-30 00:00:00"}`},
		"channel.company.quota":  {json: `{"cid":{company},"quota":1,"expired_time":"2030-05-30 10:00:00"}`},
		"channel.company.status": {json: `{"cid":{company},"status":0}`},
		"channel.company.delete": {json: `{"cid":{frozen}}`},

		"v1.companies.list":        {query: "q=&limit=500"},
		"v1.companies.create":      {json: `{"name":"{new}","paid_quota":1000,"administrator":{"name":"{new}","email":"{new}@example.com","password":` + fixed + `}}`},
		"v1.companies.get":         {},
		"v1.companies.update":      {json: `{"telephone":"025-1234567"}`},
		"v1.companies.freeze":      {},
		"v1.companies.thaw":        {},
		"v1.companies.delete":      {},
		"v1.companies.usage":       {query: "days=30"},
		"v1.companies.certificate": {},
		"v1.certificates.list":     {},
		"v1.channels.list":         {query: "limit=500"},
		"v1.channels.create":       {json: `{"name":"{new}","capacity":1000,"administrator":{"name":"{new}","email":"{new}@example.com","password":` + fixed + `}}`},
		"v1.channels.get":          {},
		"v1.channels.update":       {json: `{"capacity":2000}`},
		"v1.channels.delete":       {},
		"v1.channels.statement":    {query: "month=2026-02"},
	}
}

// reselling are a channel and companies that others have made.
type reselling struct {
	channel, company, frozen uint64
	state                    func() string
}

func (h *house) reselling(name string) reselling {
	h.t.Helper()
	ctx, by := h.t.Context(), h.Super
	person := func(n string) company.Person {
		return company.Person{Name: n, Email: n + "@example.com", Password: apptest.Password}
	}
	c, err1 := h.Company.CreateChannel(ctx, by, company.NewChannel{Name: "channel " + name, Administrator: person(name + "-reseller")})
	one, _, err2 := h.Company.Create(ctx, by, company.New{Name: "company " + name, Administrator: person(name + "-boss")})
	two, _, err3 := h.Company.Create(ctx, by, company.New{Name: "frozen " + name, Administrator: person(name + "-cold")})
	if err1 != nil || err2 != nil || err3 != nil {
		h.t.Fatal(err1, err2, err3)
	}
	if _, err := h.Company.Freeze(ctx, by, two.Unit.ID); err != nil {
		h.t.Fatal(err)
	}
	out := reselling{channel: c.ID, company: one.Unit.ID, frozen: two.Unit.ID}
	out.state = func() string {
		ctx := context.WithoutCancel(ctx)
		a, err1 := h.Company.Channel(ctx, by, out.channel)
		b, err2 := h.Company.Get(ctx, by, out.company)
		d, err3 := h.Company.Get(ctx, by, out.frozen)
		if err1 != nil || err2 != nil || err3 != nil {
			return fmt.Sprint(err1, err2, err3)
		}
		return fmt.Sprintf(", channel %d, company %d, frozen %d", a.Version, b.Unit.Version, d.Unit.Version)
	}
	return out
}
