// Package company is resellers' channels and their companies. One area of the
// native API; it puts the domain's operations on the wire and knows no other area.
package company

import (
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/company"
	"stoa/app/listing"
)

// Company is a reseller's customer.
type Company struct {
	ID              uint64           `json:"id"`
	Name            string           `json:"name"`
	Channel         uint64           `json:"channel" description:"its reseller"`
	ChannelName     string           `json:"channel_name"`
	Telephone       string           `json:"telephone"`
	KeyManaged      bool             `json:"is_key_managed"`
	Administrator   string           `json:"administrator" description:"user name of the first administrator; empty if that is gone"`
	AdministratorID uint64           `json:"administrator_id"`
	State           string           `json:"state" enum:"active,frozen,expired,deleting" description:"expired: the paid quota has ended, nothing can be uploaded"`
	Used            int64            `json:"used" description:"bytes that count against the quota"`
	Objects         int64            `json:"objects" description:"files"`
	FreeQuota       int64            `json:"free_quota" description:"bytes"`
	PaidQuota       int64            `json:"paid_quota" description:"bytes"`
	Quota           int64            `json:"quota" description:"bytes: free and paid together"`
	ExpiresAt       *time.Time       `json:"expires_at,omitempty" description:"when the paid quota ends; left out: never"`
	FrozenAt        *time.Time       `json:"frozen_at,omitempty"`
	DeletableAt     *time.Time       `json:"deletable_at,omitempty" description:"of a frozen company: from when on it can be deleted"`
	Deletion        *CompanyDeletion `json:"deletion,omitempty" description:"how far its deletion is"`
	CreatedAt       time.Time        `json:"created_at"`
	ModifiedAt      time.Time        `json:"modified_at"`
	ModifiedBy      string           `json:"modified_by"`
	Version         uint64           `json:"version" description:"for If-Match"`
}

// CompanyDeletion is a deletion under way.
type CompanyDeletion struct {
	BeganAt   time.Time `json:"began_at"`
	OrderedBy string    `json:"ordered_by"`
	Done      int64     `json:"done" description:"files and accounts that are gone"`
	Total     int64     `json:"total"`
	// WaitingSince is since when it can't go on.
	WaitingSince *time.Time `json:"waiting_since,omitempty" description:"since when it waits for storage of the company that can't be reached"`
}

// CompanyDetail is a company with what it has.
type CompanyDetail struct {
	Company
	Accounts    int `json:"accounts"`
	Departments int `json:"departments"`
	Buckets     int `json:"buckets"`
}

// NewAdministrator is a new administrator.
type NewAdministrator struct {
	Name     string `json:"name" minLength:"1"`
	Email    string `json:"email,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Nickname string `json:"nickname,omitempty"`
	Password string `json:"password" minLength:"1" description:"must be changed at the first sign-in to the console"`
}

func (p NewAdministrator) person() company.Person {
	return company.Person{Name: p.Name, Email: p.Email, Phone: p.Phone, Nickname: p.Nickname, Password: p.Password}
}

// CompanyNew is a new company with its administrator.
type CompanyNew struct {
	Channel       uint64           `json:"channel,omitempty" description:"for super administrators; left out: the default channel"`
	Name          string           `json:"name" minLength:"1" maxLength:"64" description:"unique in the channel"`
	Telephone     string           `json:"telephone,omitempty"`
	KeyManaged    bool             `json:"is_key_managed,omitempty"`
	PaidQuota     int64            `json:"paid_quota" minimum:"0" description:"bytes"`
	ExpiresAt     *time.Time       `json:"expires_at,omitempty" description:"when the paid quota ends; left out: never"`
	Administrator NewAdministrator `json:"administrator"`
}

// CompanyChange changes what is given.
type CompanyChange struct {
	Name       *string    `json:"name,omitempty" maxLength:"64"`
	Telephone  *string    `json:"telephone,omitempty"`
	KeyManaged *bool      `json:"is_key_managed,omitempty"`
	FreeQuota  *int64     `json:"free_quota,omitempty" minimum:"0" description:"bytes; super administrators only"`
	PaidQuota  *int64     `json:"paid_quota,omitempty" minimum:"0" description:"bytes"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty" description:"when the paid quota ends"`
	NoExpiry   bool       `json:"no_expiry,omitempty" description:"the paid quota never ends"`
}

// CompanyQuery selects companies.
type CompanyQuery struct {
	rest.Listing
	Q       string `query:"q" description:"part of the name or of the telephone"`
	State   string `query:"state" enum:"active,frozen,expired,deleting"`
	Channel uint64 `query:"channel" description:"of one channel; for super administrators"`
}

// UsageQuery says how far back the usage goes.
type UsageQuery struct {
	Days int `query:"days" minimum:"1" maximum:"800" default:"90" description:"days up to today"`
}

// CompanyUsage is what a company kept at the end of each day.
type CompanyUsage struct {
	Items []CompanyUsageDay `json:"items" description:"oldest first; days on which nothing was noted are left out"`
	Quota int64             `json:"quota" description:"bytes, as it is now"`
}

// CompanyUsageDay is one of them.
type CompanyUsageDay struct {
	Date    string `json:"date" format:"date"`
	Used    int64  `json:"used" description:"bytes"`
	Objects int64  `json:"objects" description:"files"`
}

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	return append(append(h.companyRoutes(), h.channelRoutes()...), h.certificateRoutes()...)
}

func (h handlers) companyRoutes() []wire.Route {
	const tag, all, one = "companies", "/v1/companies", "/v1/companies/{id}"
	read, write := access.Of(access.CompanyRead), access.Of(access.CompanyWrite)
	return []wire.Route{
		{Method: "GET", Path: all, Name: "v1.companies.list", Needs: read, Handle: h.companyList, Query: CompanyQuery{}, Out: rest.Page[Company]{}, Long: true,
			Tag: tag, Summary: "List companies"},
		{Method: "POST", Path: all, Name: "v1.companies.create", Needs: write.Or(access.Of(access.AccountCreate)), Handle: rest.Once(h.app.Idempotency, h.createCompany), In: CompanyNew{}, Out: Company{},
			Status: http.StatusCreated, Tag: tag, Summary: "Open a company with its administrator: both or neither"},
		{Method: "GET", Path: one, Name: "v1.companies.get", Needs: read, Handle: h.getCompany, Out: CompanyDetail{}, Tag: tag, Summary: "Read a company"},
		{Method: "PATCH", Path: one, Name: "v1.companies.update", Needs: write, Handle: h.updateCompany, In: CompanyChange{}, Out: Company{}, Tag: tag,
			Summary: "Change a company, its quota, its expiry"},
		{Method: "POST", Path: one + "/freeze", Name: "v1.companies.freeze", Needs: write, Handle: h.act((*company.Service).Freeze), Out: Company{}, Tag: tag,
			Summary: "End every session and let nobody sign in; nothing is lost"},
		{Method: "POST", Path: one + "/thaw", Name: "v1.companies.thaw", Needs: write, Handle: h.act((*company.Service).Thaw), Out: Company{}, Tag: tag,
			Summary: "Let a frozen company go on"},
		{Method: "DELETE", Path: one, Name: "v1.companies.delete", Needs: write, Handle: h.deleteCompany, Out: Company{}, Status: http.StatusAccepted, Tag: tag,
			Summary: "Delete a company that was frozen long enough, with all it owns, in the background"},
		{Method: "GET", Path: one + "/usage", Name: "v1.companies.usage", Needs: read, Handle: h.companyUsage, Query: UsageQuery{}, Out: CompanyUsage{}, Tag: tag,
			Summary: "What a company kept, day by day"},
		{Method: "GET", Path: one + "/certificate", Name: "v1.companies.certificate", Needs: read, Handle: h.certificate, Out: Certificate{}, Tag: tag,
			Summary: "The certificate of a deletion that has ended"},
	}
}

func show(c *company.Company, now time.Time) Company {
	u := &c.Unit
	v := Company{ID: u.ID, Name: u.Name, Channel: u.Channel, ChannelName: c.ChannelName, Telephone: u.Telephone, KeyManaged: u.KeyManaged,
		Administrator: c.Administrator, AdministratorID: u.Manager, State: string(company.StateOf(u, now)), Used: c.Used(), Objects: c.Objects,
		FreeQuota: u.Quota, PaidQuota: u.PaidQuota, Quota: c.Limit(), ExpiresAt: rest.Moment(u.ExpiresAt), FrozenAt: rest.Moment(u.FrozenAt),
		DeletableAt: rest.Moment(c.Deletable), CreatedAt: u.Created.UTC(), ModifiedAt: u.Modified.UTC(), ModifiedBy: u.ModifiedBy, Version: u.Version}
	v.Deletion = deletion(c.Purge)
	return v
}

func deletion(p *company.Purge) *CompanyDeletion {
	if p == nil {
		return nil
	}
	return &CompanyDeletion{BeganAt: p.Began.UTC(), OrderedBy: p.ByName, Done: min(p.Of(company.Files)+p.Of("accounts"), p.Expected), Total: p.Expected,
		WaitingSince: rest.Moment(p.Waiting)}
}

func (h handlers) shown(c *company.Company) any {
	return rest.Tagged(c.Unit.Version, show(c, h.app.Now()))
}

func (h handlers) companyList(c *wire.Call) (any, error) {
	var q CompanyQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Company]{Name: "companies", Columns: companyColumns, Fetch: func(at rest.Listing) (rest.Page[Company], error) {
		page, err := h.app.Company.List(c.Ctx(), c.Actor, company.Filter{Channel: q.Channel, Text: q.Q, State: company.State(q.State),
			Ask: listing.Ask{Page: at.Page, Limit: at.Limit, Cursor: at.Cursor}})
		if err != nil {
			return rest.Page[Company]{}, err
		}
		items := make([]Company, len(page.Items))
		for i := range page.Items {
			items[i] = show(&page.Items[i], h.app.Now())
		}
		return rest.Page[Company]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, nil
	}}.Serve(c, q.Listing)
}

var companyColumns = []rest.Column[Company]{
	rest.Col("id", "编号", func(o *Company) any { return o.ID }),
	rest.Col("name", "公司", func(o *Company) any { return o.Name }),
	rest.Col("channel_name", "渠道", func(o *Company) any { return o.ChannelName }),
	rest.Col("administrator", "管理员", func(o *Company) any { return o.Administrator }),
	rest.Col("telephone", "电话", func(o *Company) any { return o.Telephone }),
	rest.Col("state", "状态", func(o *Company) any { return stateWord(o.State) }),
	rest.Col("used", "已用(字节)", func(o *Company) any { return o.Used }),
	rest.Col("quota", "配额(字节)", func(o *Company) any { return o.Quota }),
	rest.Col("objects", "文件数", func(o *Company) any { return o.Objects }),
	rest.Col("expires_at", "到期时间", func(o *Company) any { return rest.Stamp(o.ExpiresAt) }),
	rest.Col("created_at", "创建时间", func(o *Company) any { return o.CreatedAt }),
}

func (h handlers) createCompany(c *wire.Call) (any, error) {
	var in CompanyNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	n := company.New{Channel: in.Channel, Name: in.Name, Telephone: in.Telephone, KeyManaged: in.KeyManaged, Paid: in.PaidQuota, Administrator: in.Administrator.person()}
	if in.ExpiresAt != nil {
		n.ExpiresAt = *in.ExpiresAt
	}
	made, _, err := h.app.Company.Create(c.Ctx(), c.Actor, n)
	if err != nil {
		return nil, err
	}
	return rest.Created("companies", made.Unit.ID, show(made, h.app.Now())), nil
}

func (h handlers) getCompany(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	found, holds, err := h.app.Company.Detail(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(found.Unit.Version, CompanyDetail{show(found, h.app.Now()), holds.Accounts, holds.Departments, holds.Buckets}), nil
}

func (h handlers) updateCompany(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in CompanyChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	change := company.Change{Name: in.Name, Telephone: in.Telephone, KeyManaged: in.KeyManaged, Free: in.FreeQuota, Paid: in.PaidQuota, ExpiresAt: in.ExpiresAt}
	if in.NoExpiry {
		change.ExpiresAt = &time.Time{}
	}
	changed, err := h.app.Company.Update(c.Ctx(), c.Actor, id, change, version)
	if err != nil {
		return nil, err
	}
	return h.shown(changed), nil
}

// act is a call that does one thing to a company.
func (h handlers) act(do doing) wire.Handler {
	return func(c *wire.Call) (any, error) {
		id, err := c.ID("id")
		if err != nil {
			return nil, err
		}
		changed, err := do(h.app.Company, c.Ctx(), c.Actor, id)
		if err != nil {
			return nil, err
		}
		return h.shown(changed), nil
	}
}

func (h handlers) deleteCompany(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	gone, err := h.app.Company.Delete(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return show(gone, h.app.Now()), nil
}

func (h handlers) companyUsage(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var q UsageQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if q.Days == 0 && c.Query().Get("days") == "" {
		q.Days = 90
	}
	days, err := h.app.Company.Days(c.Ctx(), c.Actor, id, q.Days)
	if err != nil {
		return nil, err
	}
	found, err := h.app.Company.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	out := CompanyUsage{Items: make([]CompanyUsageDay, len(days)), Quota: found.Limit()}
	for i, d := range days {
		out.Items[i] = CompanyUsageDay{Date: d.Date, Used: d.Bytes, Objects: d.Objects}
	}
	return out, nil
}
