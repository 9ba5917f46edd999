package pcloud

import (
	"context"
	"io"
	"iter"
	"strings"

	"stoa/api/wire"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/sheet"
)

// userView is an account in this dialect's words. The password is always "":
// the front end echoes it, and "" on a change means "unchanged".
type userView struct {
	ID       uint64     `json:"id"`
	Name     string     `json:"name"`
	Phone    string     `json:"phone"`
	Password string     `json:"password"`
	Avatar   string     `json:"avatar"`
	Online   bool       `json:"online"`
	State    bool       `json:"state"` // true = disabled
	Roles    []roleView `json:"roles"`
	modified
}

type roleView struct {
	ID   uint64 `json:"id"`
	Name string `json:"name"`
}

// modified is who changed a row last, and when; a row shows null where nobody did.
type modified struct {
	Date *string `json:"gmtModifiedDate"`
	Name *string `json:"gmtModifiedName"`
}

// userView shows an account. `phone` is what its owner signs in with in this
// dialect, so an account without a phone shows its user name there.
func (h handlers) userView(a *account.Account, online bool) userView {
	v := userView{
		ID: a.ID, Name: a.Nickname, Phone: a.Phone, Avatar: avatarURL(a.Avatar), Online: online != h.app.Config.PCloud.FrontEnd,
		State: a.State == account.Disabled, Roles: []roleView{}, modified: modified{h.stamp(a.Modified), orNull(a.ModifiedBy)},
	}
	if v.Name == "" {
		v.Name = a.Name
	}
	if v.Phone == "" {
		v.Phone = a.Name
	}
	for _, id := range a.Roles {
		if r, ok := h.app.Role.Find(id); ok {
			v.Roles = append(v.Roles, roleView{r.ID, r.Name})
		}
	}
	return v
}

type userPageIn struct {
	paging
	Phone   wire.Text  `json:"phone"`
	Name    wire.Text  `json:"name"`
	Keyword wire.Text  `json:"keyword"` // the front end's department form
	RoleIDs []wire.Int `json:"roleIds"`
}

func (h handlers) userPage(c *wire.Call) (any, error) {
	var in userPageIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	f := account.Filter{Phone: string(in.Phone), Text: string(in.Name), Roles: ids(in.RoleIDs), Sort: account.SortID}
	if in.Keyword != "" {
		f.Text = string(in.Keyword)
	}
	var err error
	if f.Page, f.Limit, err = in.check(); err != nil {
		return nil, err
	}
	page, err := h.app.Account.List(c.Ctx(), c.Actor, f)
	if err != nil {
		return nil, err
	}
	online, err := h.online(c.Ctx(), page.Items)
	if err != nil {
		return nil, err
	}
	rows := make([]userView, len(page.Items))
	for i := range page.Items {
		rows[i] = h.userView(&page.Items[i], online[page.Items[i].ID])
	}
	return list{rows, page.Total, page.Capped}, nil
}

func (h handlers) online(ctx context.Context, accounts []account.Account) (map[uint64]bool, error) {
	all := make([]uint64, len(accounts))
	for i, a := range accounts {
		all[i] = a.ID
	}
	return h.app.Session.OnlineAll(ctx, all)
}

// userIn is the body of create and modify; nil fields of a change stay.
type userIn struct {
	ID       wire.Int    `json:"id"`
	Phone    *wire.Text  `json:"phone"`
	Name     *wire.Text  `json:"name"`
	Password wire.Text   `json:"password"`
	State    *wire.Bool  `json:"state"`
	RoleIDs  *[]wire.Int `json:"roleIds"`
	Avatar   *string     `json:"avatar"`
}

func (h handlers) userCreate(c *wire.Call) (any, error) {
	var in userIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	n := account.New{Phone: text(in.Phone), Nickname: text(in.Name), Password: string(in.Password), State: state(in.State)}
	if err := missing("phone", n.Phone, "password", n.Password); err != nil {
		return nil, err
	}
	if in.Avatar != nil {
		n.Avatar = storedAvatar(*in.Avatar)
	}
	if in.RoleIDs != nil {
		n.Roles = ids(*in.RoleIDs)
	}
	made, err := h.app.Account.Create(c.Ctx(), c.Actor, n)
	if err != nil {
		return nil, err
	}
	return made.ID, nil
}

// userModify changes what the body names: the front end sends whole rows, but
// also just {id, state}. An empty or starred password means "unchanged".
func (h handlers) userModify(c *wire.Call) (any, error) {
	var in userIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if in.ID <= 0 {
		return nil, fault.New(fault.Missing, "pcloud.missing", "id", "id is missing")
	}
	old, err := h.app.Account.Get(c.Ctx(), c.Actor, in.ID.Uint())
	if err != nil {
		return nil, err
	}
	change := account.Change{Nickname: (*string)(in.Name)}
	if in.Avatar != nil {
		picture := storedAvatar(*in.Avatar)
		change.Avatar = &picture
	}
	if in.Phone != nil && string(*in.Phone) != h.userView(old, false).Phone {
		change.Phone = (*string)(in.Phone)
	}
	if p := string(in.Password); strings.Trim(p, "*") != "" {
		change.Password = &p
	}
	if in.State != nil {
		s := state(in.State)
		change.State = &s
	}
	if in.RoleIDs != nil {
		roles := ids(*in.RoleIDs)
		change.Roles = &roles
	}
	made, err := h.app.Account.Update(c.Ctx(), c.Actor, old.ID, change, 0)
	if err != nil {
		return nil, err
	}
	return made.ID, nil
}

// userOffline ends all sessions of a user at once.
func (h handlers) userOffline(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	_, err = h.app.Session.EndAll(c.Ctx(), c.Actor, id)
	return nil, err
}

const sheetName = "用户信息"

// userDownload is the spreadsheet itself, of the users named that the caller
// may see; without ids, of all of them.
func (h handlers) userDownload(c *wire.Call) (any, error) {
	var in struct {
		IDs      []wire.Int `json:"ids"`
		FileName string     `json:"fileName"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	accounts, err := h.app.Account.Export(c.Ctx(), c.Actor, account.Filter{IDs: ids(in.IDs)})
	if err != nil {
		return nil, err
	}
	name := strings.TrimSpace(in.FileName)
	if name == "" {
		name = sheetName
	}
	if !strings.HasSuffix(strings.ToLower(name), ".xlsx") {
		name += ".xlsx"
	}
	header := []string{"编号", "姓名", "登录账号", "邮箱", "角色", "状态", "更新时间", "操作人"}
	return wire.File{Name: name, Type: sheet.MediaXLSX, Write: func(w io.Writer) error {
		return sheet.XLSX(w, sheetName, header, h.exportRows(accounts))
	}}, nil
}

func (h handlers) exportRows(accounts iter.Seq2[*account.Account, error]) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for a, err := range accounts {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(h.exportRow(a), nil) {
				return
			}
		}
	}
}

func (h handlers) exportRow(a *account.Account) []any {
	v := h.userView(a, false)
	roles := make([]string, len(v.Roles))
	for i, r := range v.Roles {
		roles[i] = r.Name
	}
	stateName := "正常"
	if v.State {
		stateName = "禁用"
	}
	return []any{a.ID, v.Name, v.Phone, a.Email, strings.Join(roles, "、"), stateName, a.Modified.In(h.zone), a.ModifiedBy}
}

// state reads 0/1 and booleans: 1 or true is disabled.
func state(disabled *wire.Bool) account.State {
	if disabled != nil && bool(*disabled) {
		return account.Disabled
	}
	return account.Active
}

func text(t *wire.Text) string {
	if t == nil {
		return ""
	}
	return string(*t)
}

func ids(in []wire.Int) []uint64 {
	out := make([]uint64, 0, len(in))
	for _, n := range in {
		out = append(out, n.Uint())
	}
	return out
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
