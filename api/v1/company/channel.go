package company

import (
	"context"
	"net/http"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/company"
	"stoa/app/listing"
)

// doing is an operation on a company.
type doing func(*company.Service, context.Context, access.Actor, uint64) (*company.Company, error)

// Channel is a reseller.
type Channel struct {
	ID              uint64           `json:"id"`
	Name            string           `json:"name"`
	Capacity        int64            `json:"capacity" description:"bytes that it can give; of the default channel, where nothing else was set, the size of the data disk"`
	CapacitySet     bool             `json:"capacity_set" description:"false: it is the size of the data disk"`
	Companies       int              `json:"companies"`
	Given           int64            `json:"given" description:"bytes, the sum of its companies' quotas"`
	Used            int64            `json:"used" description:"bytes that its companies keep"`
	Administrator   string           `json:"administrator" description:"user name of the first administrator"`
	AdministratorID uint64           `json:"administrator_id"`
	Deletion        *CompanyDeletion `json:"deletion,omitempty" description:"how far its deletion is"`
	CreatedAt       time.Time        `json:"created_at"`
	ModifiedAt      time.Time        `json:"modified_at"`
	ModifiedBy      string           `json:"modified_by"`
	Version         uint64           `json:"version" description:"for If-Match"`
}

// ChannelNew is a new channel with its administrator.
type ChannelNew struct {
	Name          string           `json:"name" minLength:"1" maxLength:"64"`
	Capacity      int64            `json:"capacity" minimum:"0" description:"bytes"`
	Administrator NewAdministrator `json:"administrator"`
}

// ChannelChange changes what is given.
type ChannelChange struct {
	Name     *string `json:"name,omitempty" maxLength:"64"`
	Capacity *int64  `json:"capacity,omitempty" minimum:"0" description:"bytes; 0: of the default channel, the size of the data disk"`
}

// StatementQuery names a month.
type StatementQuery struct {
	rest.Listing
	Month string `query:"month" description:"2026-11; left out: the last one"`
}

// StatementLine is a company in a statement.
type StatementLine struct {
	Company   uint64     `json:"company"`
	Name      string     `json:"name"`
	State     string     `json:"state" description:"as it is now; deleted: it is gone"`
	OpenedAt  time.Time  `json:"opened_at"`
	DeletedAt *time.Time `json:"deleted_at,omitempty"`
	Quota     int64      `json:"quota" description:"bytes, as it is now"`
	Peak      int64      `json:"peak" description:"bytes, the most at the end of a day"`
	Average   int64      `json:"average" description:"bytes, over the days that were noted"`
	Last      int64      `json:"last" description:"bytes at the end of the last day"`
	Days      int        `json:"days" description:"of the month that were noted"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

// Statement is what a channel's companies kept in a month.
type Statement struct {
	rest.Page[StatementLine]
	Channel     uint64 `json:"channel"`
	ChannelName string `json:"channel_name"`
	Month       string `json:"month"`
	Quota       int64  `json:"quota" description:"bytes, the sum"`
	Peak        int64  `json:"peak" description:"bytes, the sum of the companies' peaks"`
	Average     int64  `json:"average" description:"bytes, the sum"`
}

func (h handlers) channelRoutes() []wire.Route {
	const tag, all, one = "channels", "/v1/channels", "/v1/channels/{id}"
	read, write := access.Of(access.ChannelRead), access.Of(access.ChannelWrite)
	return []wire.Route{
		{Method: "GET", Path: all, Name: "v1.channels.list", Needs: read, Handle: h.channelList, Query: rest.Search{}, Out: rest.Page[Channel]{}, Long: true,
			Tag: tag, Summary: "List channels"},
		{Method: "POST", Path: all, Name: "v1.channels.create", Needs: write.Or(access.Of(access.AccountCreate)), Handle: rest.Once(h.app.Idempotency, h.createChannel), In: ChannelNew{}, Out: Channel{},
			Status: http.StatusCreated, Tag: tag, Summary: "Make a channel with its administrator: both or neither"},
		{Method: "GET", Path: one, Name: "v1.channels.get", Needs: access.Of(access.CompanyRead), Handle: h.getChannel, Out: Channel{}, Tag: tag,
			Summary: "Read a channel; its administrators read their own"},
		{Method: "PATCH", Path: one, Name: "v1.channels.update", Needs: write, Handle: h.updateChannel, In: ChannelChange{}, Out: Channel{}, Tag: tag,
			Summary: "Rename a channel or change its capacity"},
		{Method: "DELETE", Path: one, Name: "v1.channels.delete", Needs: write, Handle: h.deleteChannel, Out: Channel{}, Status: http.StatusAccepted, Tag: tag,
			Summary: "Delete a channel that has no companies, in the background; what it was is in the certificates"},
		{Method: "GET", Path: one + "/statement", Name: "v1.channels.statement", Needs: access.Of(access.CompanyRead), Handle: h.statement, Query: StatementQuery{},
			Out: Statement{}, Long: true, Tag: tag, Summary: "What a channel's companies kept in a month"},
	}
}

func channel(c *company.Channel) Channel {
	u := &c.Unit
	return Channel{ID: u.ID, Name: u.Name, Capacity: c.Size, CapacitySet: u.Capacity > 0 || u.ID != 1, Companies: c.Companies, Given: c.Given, Used: c.Used,
		Administrator: c.Administrator, AdministratorID: u.Manager, CreatedAt: u.Created.UTC(), ModifiedAt: u.Modified.UTC(), ModifiedBy: u.ModifiedBy,
		Version: u.Version, Deletion: deletion(c.Purge)}
}

func (h handlers) channelList(c *wire.Call) (any, error) {
	var q rest.Search
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Channel]{Name: "channels", Columns: channelColumns, Fetch: func(at rest.Listing) (rest.Page[Channel], error) {
		page, err := h.app.Company.Channels(c.Ctx(), c.Actor, listing.Ask{Page: at.Page, Limit: at.Limit, Cursor: at.Cursor}, q.Q)
		if err != nil {
			return rest.Page[Channel]{}, err
		}
		items := make([]Channel, len(page.Items))
		for i := range page.Items {
			items[i] = channel(&page.Items[i])
		}
		return rest.Page[Channel]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, nil
	}}.Serve(c, q.Listing)
}

var channelColumns = []rest.Column[Channel]{
	rest.Col("id", "编号", func(o *Channel) any { return o.ID }),
	rest.Col("name", "渠道", func(o *Channel) any { return o.Name }),
	rest.Col("administrator", "管理员", func(o *Channel) any { return o.Administrator }),
	rest.Col("companies", "公司数", func(o *Channel) any { return o.Companies }),
	rest.Col("capacity", "容量(字节)", func(o *Channel) any { return o.Capacity }),
	rest.Col("given", "已分配(字节)", func(o *Channel) any { return o.Given }),
	rest.Col("used", "已用(字节)", func(o *Channel) any { return o.Used }),
	rest.Col("created_at", "创建时间", func(o *Channel) any { return o.CreatedAt }),
}

func (h handlers) createChannel(c *wire.Call) (any, error) {
	var in ChannelNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	made, err := h.app.Company.CreateChannel(c.Ctx(), c.Actor, company.NewChannel{Name: in.Name, Capacity: in.Capacity, Administrator: in.Administrator.person()})
	if err != nil {
		return nil, err
	}
	return rest.Created("channels", made.ID, channel(made)), nil
}

func (h handlers) getChannel(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	found, err := h.app.Company.Channel(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(found.Version, channel(found)), nil
}

func (h handlers) updateChannel(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in ChannelChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	changed, err := h.app.Company.UpdateChannel(c.Ctx(), c.Actor, id, company.ChannelChange{Name: in.Name, Capacity: in.Capacity}, version)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(changed.Version, channel(changed)), nil
}

func (h handlers) deleteChannel(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	going, err := h.app.Company.DeleteChannel(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return channel(going), nil
}

func (h handlers) statement(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var q StatementQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	if q.Month == "" {
		q.Month = h.app.Company.LastMonth()
	}
	found, err := h.app.Company.Statement(c.Ctx(), c.Actor, id, q.Month)
	if err != nil {
		return nil, err
	}
	lines := make([]StatementLine, len(found.Lines))
	for i, l := range found.Lines {
		lines[i] = StatementLine{Company: l.Company, Name: l.Name, State: string(l.State), OpenedAt: l.Opened.UTC(), DeletedAt: rest.Moment(l.Deleted), Quota: l.Limit,
			Peak: l.Peak, Average: l.Average, Last: l.Last, Days: l.Days, ExpiresAt: rest.Moment(l.ExpiresAt)}
		if lines[i].DeletedAt != nil {
			lines[i].State = "deleted"
		}
	}
	answer, err := rest.List[StatementLine]{Name: "statement-" + q.Month, Columns: lineColumns, Fetch: func(at rest.Listing) (rest.Page[StatementLine], error) {
		return rest.Slice(lines, at)
	}}.Serve(c, q.Listing)
	page, ok := answer.(rest.Page[StatementLine])
	if err != nil || !ok {
		return answer, err
	}
	return Statement{Page: page, Channel: found.Channel, ChannelName: found.ChannelName, Month: found.Month, Quota: found.Limit, Peak: found.Peak,
		Average: found.Average}, nil
}

var lineColumns = []rest.Column[StatementLine]{
	rest.Col("company", "编号", func(o *StatementLine) any { return o.Company }),
	rest.Col("name", "公司", func(o *StatementLine) any { return o.Name }),
	rest.Col("state", "状态", func(o *StatementLine) any { return stateWord(o.State) }),
	rest.Col("quota_gib", "配额(GiB)", func(o *StatementLine) any { return inGiB(o.Quota) }),
	rest.Col("peak_gib", "峰值(GiB)", func(o *StatementLine) any { return inGiB(o.Peak) }),
	rest.Col("average_gib", "日均(GiB)", func(o *StatementLine) any { return inGiB(o.Average) }),
	rest.Col("last_gib", "月末(GiB)", func(o *StatementLine) any { return inGiB(o.Last) }),
	rest.Col("peak", "峰值(字节)", func(o *StatementLine) any { return o.Peak }),
	rest.Col("average", "日均(字节)", func(o *StatementLine) any { return o.Average }),
	rest.Col("days", "统计天数", func(o *StatementLine) any { return o.Days }),
	rest.Col("expires_at", "到期时间", func(o *StatementLine) any { return rest.Stamp(o.ExpiresAt) }),
	rest.Col("opened_at", "开通时间", func(o *StatementLine) any { return o.OpenedAt }),
	rest.Col("deleted_at", "删除时间", func(o *StatementLine) any { return rest.Stamp(o.DeletedAt) }),
}

// stateWord is a company's state in a file.
func stateWord(state string) rest.Word {
	return rest.Words(state, map[string]string{"active": "正常", "frozen": "已冻结", "expired": "配额已到期", "deleting": "删除中", "deleted": "已删除"})
}

// inGiB is bytes as people say them, to a thousandth.
func inGiB(n int64) float64 { return float64(n*1000/company.GiB) / 1000 }
