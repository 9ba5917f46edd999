package channel

import (
	"context"
	"fmt"

	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/org"
)

// infoView is the 23 documented fields. Sizes are bytes; a certificate is not
// something stoa asks for, so cert_status is always 5, "not required".
type infoView struct {
	ID               uint64  `json:"id"`
	Username         string  `json:"username"`
	Nickname         *string `json:"nickname"`
	Email            *string `json:"email"`
	Cellphone        *string `json:"cellphone"`
	UserActive       bool    `json:"user_active"`
	IsUserActive     bool    `json:"is_user_active"`
	IsEmailConfirmed bool    `json:"is_email_confirmed"`
	IsEmailBinded    bool    `json:"is_email_binded"`
	EmailNeedBind    bool    `json:"email_need_bind"`
	IsPhoneBinded    bool    `json:"is_cellphone_binded"`
	UserType         uint64  `json:"user_type"`
	IsAdmin          bool    `json:"is_admin"`
	CID              uint64  `json:"cid"`
	CompanyName      string  `json:"company_name"`
	IsKeyManaged     bool    `json:"is_key_managed"`
	CertStatus       int     `json:"cert_status"`
	Channel          uint64  `json:"channel"`
	ChannelName      string  `json:"channel_name"`
	Used             int64   `json:"used"`
	Quota            int64   `json:"quota"`
	PaidQuota        int64   `json:"paid_quota"`
	DevicesUsed      int     `json:"devices_used"`
}

const certNotRequired = 5

// info is the signed-in account with its company and channel.
func (h handlers) info(c *wire.Call) (any, error) {
	me, err := h.app.Account.Get(c.Ctx(), c.Actor, c.Actor.Account)
	if err != nil {
		return nil, err
	}
	company, reseller, err := h.tenantOf(c.Ctx(), me)
	if err != nil {
		return nil, err
	}
	devices, err := h.app.Session.DeviceCount(c.Ctx(), me.ID)
	if err != nil {
		return nil, err
	}
	used, err := h.app.Usage.RoomOf(c.Ctx(), company.ID)
	if err != nil {
		return nil, err
	}
	return view(me, company, reseller, used.Used(), devices), nil
}

// tenantOf is the account's company and its channel. Organisations belong to no
// channel and show the default one.
func (h handlers) tenantOf(ctx context.Context, a *account.Account) (company, reseller *org.Unit, err error) {
	units, err := h.app.Org.Units(ctx, []uint64{a.Tenant, org.Default})
	if err != nil {
		return nil, nil, err
	}
	company, reseller = units[a.Tenant], units[org.Default]
	if company != nil && company.Channel != 0 {
		if units, err = h.app.Org.Units(ctx, []uint64{company.Channel}); err != nil {
			return nil, nil, err
		}
		reseller = units[company.Channel]
	}
	if company == nil || reseller == nil {
		return nil, nil, fault.Wrap(fmt.Errorf("account %d: its tenant %d or that one's channel is missing", a.ID, a.Tenant))
	}
	return company, reseller, nil
}

func view(a *account.Account, company, reseller *org.Unit, used int64, devices int) infoView {
	role := a.Role()
	active := a.State == account.Active && company.State == org.Active
	return infoView{
		ID: a.ID, Username: a.Name, Nickname: orNull(a.Nickname), Email: orNull(a.Email), Cellphone: orNull(a.Phone),
		UserActive: active, IsUserActive: active,
		IsEmailConfirmed: a.EmailConfirmed, IsEmailBinded: a.Email != "", EmailNeedBind: a.Email == "", IsPhoneBinded: a.Phone != "",
		UserType: role, IsAdmin: role == access.RoleChannelAdmin || role == access.RoleCompanyAdmin || role == access.RoleSuper,
		CID: company.ID, CompanyName: company.Name, IsKeyManaged: company.KeyManaged, CertStatus: certNotRequired,
		Channel: reseller.ID, ChannelName: reseller.Name,
		Used: used, Quota: company.Quota, PaidQuota: company.PaidQuota, DevicesUsed: devices,
	}
}

// password changes the caller's own password and ends every other session.
func (h handlers) password(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in struct {
		Old wire.Text `json:"oldpassword"`
		New wire.Text `json:"password"`
	}
	if err := decodeJSON(c, &in); err != nil {
		return nil, err
	}
	if err := missing("oldpassword", string(in.Old), "password", string(in.New)); err != nil {
		return nil, err
	}
	return nil, h.app.Credential.ChangePassword(c.Ctx(), c.Actor, id, string(in.Old), string(in.New))
}

// decodeJSON reads a JSON body; what is no JSON is told as the document's
// service told it: "JSON parse error - … line L column C (char N)".
func decodeJSON(c *wire.Call, v any) error {
	err := c.JSON(v)
	if err == nil || fault.KindOf(err) != fault.Malformed {
		return err
	}
	body, bodyErr := c.Body()
	if bodyErr != nil {
		return bodyErr
	}
	what, line, col, char := wire.SyntaxAt(body, err)
	if what == "" {
		return err
	}
	return fault.New(fault.Malformed, "json.syntax", "", "JSON parse error - %s: line %d column %d (char %d)", what, line, col, char)
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
