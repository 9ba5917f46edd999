package casdao

import (
	"stoa/api/wire"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/session"
)

// secondary opens an account under the caller.
func (h handlers) secondary(c *wire.Call) (any, error) {
	var in secondaryIn
	if err := c.JSON(&in); err != nil {
		return nil, err
	}
	tenant, err := in.check()
	if err != nil {
		return nil, err
	}
	made, err := h.app.Account.CreateSecondary(c.Ctx(), c.Actor, account.NewSecondary{
		Name: in.Username, Password: in.Password, Phone: string(in.MobilePhone), Email: in.Email,
		Nickname: in.Name, Telephone: string(in.Telephone), Duty: in.Duty, Enterprise: in.Enterprise, Division: in.Organization,
		Tenant: tenant, TenantName: in.DepartmentName, Notify: true,
	})
	if err != nil {
		return nil, err
	}
	return made.ID, nil
}

// secondaryIn is the body of document section 4.
type secondaryIn struct {
	RoleID          *wire.Int `json:"roleId"`
	RoleCategory    *wire.Int `json:"roleCategory"`
	Username        string    `json:"username"`
	Password        string    `json:"password"`
	MobilePhone     wire.Text `json:"mobilePhone"`
	DepartmentID    *wire.Int `json:"departmentId"`
	DepartmentName  string    `json:"departmentName"`
	Origin          string    `json:"origin"`
	ParentID        *wire.Int `json:"parentId"`
	ClusterAccounts *[]any    `json:"clusterAccounts"`
	Status          *wire.Int `json:"status"`
	Notify          *wire.Int `json:"notify"`
	Module          string    `json:"module"`
	Name            string    `json:"name"`
	Telephone       wire.Text `json:"telephone"`
	Email           string    `json:"email"`
	Organization    string    `json:"organization"`
	Duty            string    `json:"duty"`
	Enterprise      string    `json:"enterprise"`
}

// check holds the document's constants and gives the organisation.
func (in secondaryIn) check() (tenant uint64, err error) {
	tenant, err = organisation(in.DepartmentID)
	return tenant, first(
		fixedInt("roleId", in.RoleID, 4),
		fixedInt("roleCategory", in.RoleCategory, 4),
		need("username", in.Username),
		need("password", in.Password),
		need("mobilePhone", string(in.MobilePhone)),
		err,
		need("departmentName", in.DepartmentName),
		fixedText("origin", in.Origin, "console"),
		fixedInt("parentId", in.ParentID, -1),
		noClusters(in.ClusterAccounts),
		fixedInt("status", in.Status, 0),
		fixedInt("notify", in.Notify, 3),
		fixedText("module", in.Module, "密码通知"),
	)
}

func noClusters(got *[]any) error {
	if got == nil {
		return fault.New(fault.Missing, "casdao.fixed", "clusterAccounts", "clusterAccounts is missing: it must be []")
	}
	if len(*got) != 0 {
		return fault.New(fault.Invalid, "casdao.fixed", "clusterAccounts", "clusterAccounts must be []")
	}
	return nil
}

// login answers the token itself.
func (h handlers) login(c *wire.Call) (any, error) {
	var in struct {
		Username     wire.Text `json:"username"`
		Password     string    `json:"password"`
		Source       string    `json:"source"`
		DepartmentID *wire.Int `json:"departmentId"`
	}
	if err := c.JSON(&in); err != nil {
		return nil, err
	}
	tenant, err := organisation(in.DepartmentID)
	if err := first(
		need("username", string(in.Username)),
		need("password", in.Password),
		fixedText("source", in.Source, "console"),
		err,
	); err != nil {
		return nil, err
	}
	grant, err := h.app.Session.Login(c.Ctx(), c.Origin(), session.Login{
		Login: string(in.Username), Password: in.Password, Tenant: tenant, Shape: session.ShapeUUID,
	})
	if err != nil {
		return nil, err
	}
	return grant.Token, nil
}
