package people

import (
	"iter"
	"net/http"
	"strings"

	"stoa/api/v1/rest"
	"stoa/api/v1/view"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/account"
)

// AccountNew is a new account.
type AccountNew struct {
	Name           string   `json:"name" description:"user name; the phone serves when it is empty"`
	Email          string   `json:"email,omitempty"`
	Phone          string   `json:"phone,omitempty"`
	Nickname       string   `json:"nickname,omitempty"`
	Password       string   `json:"password,omitempty" format:"password"`
	PasswordHash   string   `json:"password_hash,omitempty" description:"argon2id (PHC) or bcrypt, instead of password; super administrators only"`
	Tenant         uint64   `json:"tenant,omitempty" description:"another organisation than the caller's: super administrators only"`
	Department     uint64   `json:"department,omitempty" description:"whoever sees some departments only makes accounts in those; their own if it is left out"`
	Posts          []uint64 `json:"posts,omitempty" maxItems:"16"`
	Grade          uint64   `json:"grade,omitempty"`
	Roles          []uint64 `json:"roles,omitempty" description:"none = member"`
	State          string   `json:"state,omitempty" enum:"active,disabled"`
	Avatar         string   `json:"avatar,omitempty"`
	Telephone      string   `json:"telephone,omitempty"`
	Duty           string   `json:"duty,omitempty"`
	Enterprise     string   `json:"enterprise,omitempty"`
	Division       string   `json:"division,omitempty"`
	EmailConfirmed bool     `json:"email_confirmed,omitempty" description:"believed from super administrators only"`
	PhoneConfirmed bool     `json:"phone_confirmed,omitempty" description:"believed from super administrators only"`
	MustChange     *bool    `json:"must_change_password,omitempty"`
	Secondary      bool     `json:"secondary,omitempty" description:"open it as the caller's own secondary account"`
	Notify         bool     `json:"notify,omitempty" description:"of a secondary account: tell its holder"`
}

// AccountChange changes what is given.
type AccountChange struct {
	Name       *string   `json:"name,omitempty"`
	Email      *string   `json:"email,omitempty"`
	Phone      *string   `json:"phone,omitempty"`
	Nickname   *string   `json:"nickname,omitempty"`
	Department *uint64   `json:"department,omitempty" description:"0 = none"`
	Posts      *[]uint64 `json:"posts,omitempty" maxItems:"16"`
	Grade      *uint64   `json:"grade,omitempty" description:"0 = none"`
	Roles      *[]uint64 `json:"roles,omitempty"`
	State      *string   `json:"state,omitempty" enum:"active,disabled"`
	Avatar     *string   `json:"avatar,omitempty"`
	Telephone  *string   `json:"telephone,omitempty"`
	Duty       *string   `json:"duty,omitempty"`
	Enterprise *string   `json:"enterprise,omitempty"`
	Division   *string   `json:"division,omitempty"`
}

// AccountQuery selects accounts.
type AccountQuery struct {
	rest.Listing
	Sort       string   `query:"sort" enum:"id,-id,name,-name,created,-created,modified,-modified"`
	Q          string   `query:"q" description:"part of the name, nickname, e-mail or phone"`
	Phone      string   `query:"phone" description:"part of the phone"`
	Role       []uint64 `query:"role" description:"one of these roles"`
	State      string   `query:"state" enum:"active,disabled"`
	Tenant     uint64   `query:"tenant" description:"super administrators; 0 = all"`
	Department uint64   `query:"department"`
	Below      bool     `query:"below" description:"those of the departments below it too"`
	Post       uint64   `query:"post"`
	Grade      uint64   `query:"grade"`
	Parent     uint64   `query:"parent" description:"secondary accounts of this one"`
	IDs        []uint64 `query:"ids" description:"these alone"`
}

// NewPassword is a password set by somebody else.
type NewPassword struct {
	Password string `json:"password" format:"password"`
}

func (h handlers) accountRoutes() []wire.Route {
	const tag, none = "accounts", http.StatusNoContent
	return []wire.Route{
		{Method: "GET", Path: "/v1/accounts", Name: "v1.accounts.list", Needs: access.Of(access.AccountRead), Handle: h.accountList, Query: AccountQuery{}, Long: true,
			Out: rest.Page[view.Account]{}, Tag: tag, Summary: "List accounts"},
		{Method: "POST", Path: "/v1/accounts", Name: "v1.accounts.create", Needs: access.Of(access.AccountCreate), Handle: rest.Once(h.app.Idempotency, h.createAccount), In: AccountNew{},
			Out: view.Account{}, Status: http.StatusCreated, Tag: tag, Summary: "Make an account"},
		{Method: "POST", Path: "/v1/accounts/bulk", Name: "v1.accounts.bulk", Handle: h.bulk, In: Bulk{}, Out: BulkResult{}, Long: true,
			Tag: tag, Summary: "Enable, disable, sign out, move, delete many accounts or change their roles"},
		{Method: "GET", Path: "/v1/accounts/{id}", Name: "v1.accounts.get", Needs: access.Of(access.AccountRead), Handle: h.getAccount, Out: view.Account{}, Tag: tag,
			Summary: "Read an account"},
		{Method: "PATCH", Path: "/v1/accounts/{id}", Name: "v1.accounts.update", Needs: access.Of(access.AccountRead, access.AccountUpdate), Handle: h.updateAccount, In: AccountChange{},
			Out: view.Account{}, Tag: tag, Summary: "Change an account"},
		{Method: "DELETE", Path: "/v1/accounts/{id}", Name: "v1.accounts.delete", Needs: access.Of(access.AccountRead, access.AccountDelete), Handle: h.deleteAccount, Status: none, Tag: tag,
			Summary: "Delete an account"},
		{Method: "POST", Path: "/v1/accounts/{id}/password", Name: "v1.accounts.password", Needs: access.Of(access.AccountRead, access.AccountUpdate), Handle: h.setPassword,
			In: NewPassword{}, Status: none, Tag: tag, Summary: "Set an account's password; it must be changed at the next sign-in"},
		{Method: "POST", Path: "/v1/accounts/{id}/offline", Name: "v1.accounts.offline", Needs: access.Of(access.AccountRead, access.SessionEnd), Handle: h.offline, Status: none, Tag: tag,
			Summary: "End all sessions of an account"},
	}
}

func (h handlers) accountList(c *wire.Call) (any, error) {
	var q AccountQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	sort, reverse, err := rest.Order(q.Sort, "id", "name", "created", "modified")
	if err != nil {
		return nil, err
	}
	f := account.Filter{Text: q.Q, Phone: q.Phone, Roles: q.Role, State: account.State(q.State), Tenant: q.Tenant,
		Department: q.Department, Below: q.Below, Post: q.Post, Grade: q.Grade, Parent: q.Parent, IDs: q.IDs, Sort: account.Sort(sort), Reverse: reverse}
	fetch := func(at rest.Listing) (rest.Page[view.Account], error) {
		f.Page, f.Limit, f.Cursor = at.Page, at.Limit, at.Cursor
		page, err := h.app.Account.List(c.Ctx(), c.Actor, f)
		if err != nil {
			return rest.Page[view.Account]{}, err
		}
		items, err := view.Accounts(c.Ctx(), h.app, page.Items)
		return rest.Page[view.Account]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, err
	}
	export := func() (iter.Seq2[[]view.Account, error], error) {
		rows, err := h.app.Account.Export(c.Ctx(), c.Actor, f)
		return rest.Batched(rows, func(batch []account.Account) ([]view.Account, error) {
			return view.Accounts(c.Ctx(), h.app, batch)
		}), err
	}
	return rest.List[view.Account]{Name: "accounts", Columns: accountColumns, Fetch: fetch, Export: export}.Serve(c, q.Listing)
}

var accountColumns = []rest.Column[view.Account]{
	rest.Col("id", "编号", func(a *view.Account) any { return a.ID }),
	rest.Col("name", "用户名", func(a *view.Account) any { return a.Name }),
	rest.Col("nickname", "昵称", func(a *view.Account) any { return a.Nickname }),
	rest.Col("email", "邮箱", func(a *view.Account) any { return a.Email }),
	rest.Col("phone", "手机号", func(a *view.Account) any { return a.Phone }),
	rest.Col("tenant", "组织", func(a *view.Account) any { return a.TenantName }),
	rest.Col("department", "部门", func(a *view.Account) any { return a.DepartmentName }),
	rest.Col("posts", "岗位", func(a *view.Account) any { return positionNames(a.Posts) }),
	rest.Col("grade", "职级", func(a *view.Account) any { return a.GradeName }),
	rest.Col("roles", "角色", func(a *view.Account) any { return roleNames(a.Roles) }),
	rest.Col("state", "状态", func(a *view.Account) any { return a.State }),
	rest.Col("telephone", "电话", func(a *view.Account) any { return a.Telephone }),
	rest.Col("duty", "职务", func(a *view.Account) any { return a.Duty }),
	rest.Col("enterprise", "单位", func(a *view.Account) any { return a.Enterprise }),
	rest.Col("division", "科室", func(a *view.Account) any { return a.Division }),
	rest.Col("created_at", "创建时间", func(a *view.Account) any { return a.CreatedAt }),
	rest.Col("modified_at", "修改时间", func(a *view.Account) any { return a.ModifiedAt }),
	rest.Col("modified_by", "修改人", func(a *view.Account) any { return a.ModifiedBy }),
	rest.Col("last_seen_at", "最近活动", func(a *view.Account) any { return rest.Stamp(a.LastSeenAt) }),
}

func positionNames(posts []view.PositionRef) string {
	names := make([]string, len(posts))
	for i, p := range posts {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}

func roleNames(roles []view.RoleRef) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = r.Name
	}
	return strings.Join(names, ", ")
}

func (h handlers) createAccount(c *wire.Call) (any, error) {
	var in AccountNew
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	row, err := h.makeAccount(c, in)
	if err != nil {
		return nil, err
	}
	a, err := view.OneAccount(c.Ctx(), h.app, row)
	if err != nil {
		return nil, err
	}
	return rest.Created("accounts", a.ID, a), nil
}

func (h handlers) makeAccount(c *wire.Call, in AccountNew) (*account.Account, error) {
	if in.Secondary {
		return h.app.Account.CreateSecondary(c.Ctx(), c.Actor, account.NewSecondary{Name: in.Name, Email: in.Email,
			Phone: in.Phone, Nickname: in.Nickname, Password: in.Password, Tenant: in.Tenant, Avatar: in.Avatar,
			Telephone: in.Telephone, Duty: in.Duty, Enterprise: in.Enterprise, Division: in.Division, Notify: in.Notify})
	}
	return h.app.Account.Create(c.Ctx(), c.Actor, account.New{Name: in.Name, Email: in.Email, Phone: in.Phone,
		Nickname: in.Nickname, Password: in.Password, PasswordHash: in.PasswordHash, Tenant: in.Tenant,
		Department: in.Department, Posts: in.Posts, Grade: in.Grade, Roles: in.Roles, State: account.State(in.State), Avatar: in.Avatar,
		Telephone: in.Telephone, Duty: in.Duty, Enterprise: in.Enterprise, Division: in.Division,
		EmailConfirmed: in.EmailConfirmed, PhoneConfirmed: in.PhoneConfirmed, MustChange: in.MustChange})
}

func (h handlers) getAccount(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	row, err := h.app.Account.Get(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	return view.TaggedAccount(c, h.app, row)
}

func (h handlers) updateAccount(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in AccountChange
	version, err := rest.DecodeChange(c, &in)
	if err != nil {
		return nil, err
	}
	row, err := h.app.Account.Update(c.Ctx(), c.Actor, id, account.Change{Name: in.Name, Email: in.Email, Phone: in.Phone,
		Nickname: in.Nickname, Department: in.Department, Posts: in.Posts, Grade: in.Grade, Roles: in.Roles, State: (*account.State)(in.State),
		Avatar: in.Avatar, Telephone: in.Telephone, Duty: in.Duty, Enterprise: in.Enterprise, Division: in.Division}, version)
	if err != nil {
		return nil, err
	}
	return view.TaggedAccount(c, h.app, row)
}

func (h handlers) deleteAccount(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	_, refused, err := h.app.Account.Delete(c.Ctx(), c.Actor, []uint64{id})
	if err == nil && len(refused) > 0 {
		err = refused[0].Err
	}
	return wire.NoContent{}, err
}

func (h handlers) setPassword(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	var in NewPassword
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Account.SetPassword(c.Ctx(), c.Actor, id, in.Password)
}

func (h handlers) offline(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	_, err = h.app.Session.EndAll(c.Ctx(), c.Actor, id)
	return wire.NoContent{}, err
}
