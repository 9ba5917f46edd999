package casdao

import (
	"stoa/api/wire"
	"stoa/app/account"
	"stoa/app/fault"
)

// existence answers whether a user name is taken anywhere in the installation.
func (h handlers) existence(c *wire.Call) (any, error) {
	var in struct {
		Username wire.Text `json:"username"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := need("username", string(in.Username)); err != nil {
		return nil, err
	}
	return h.app.Account.Exists(c.Ctx(), c.Origin(), string(in.Username))
}

// code sends the SMS code that a sign-up needs.
func (h handlers) code(c *wire.Call) (any, error) {
	var in struct {
		MobilePhone  wire.Text `json:"mobilePhone"`
		Module       string    `json:"module"`
		Origin       string    `json:"origin"`
		DepartmentID *wire.Int `json:"departmentId"`
	}
	if err := c.JSON(&in); err != nil {
		return nil, err
	}
	tenant, err := organisation(in.DepartmentID)
	if err := first(
		need("mobilePhone", string(in.MobilePhone)),
		fixedText("module", in.Module, "注册验证"),
		fixedText("origin", in.Origin, "console"),
		err,
	); err != nil {
		return nil, err
	}
	return nil, h.app.Account.SendCode(c.Ctx(), c.Origin(), account.PurposeSignUp, string(in.MobilePhone), tenant)
}

// register opens an account with the code that its phone got.
func (h handlers) register(c *wire.Call) (any, error) {
	var in struct {
		RoleID          *wire.Int `json:"roleId"`
		RoleCategory    *wire.Int `json:"roleCategory"`
		Username        string    `json:"username"`
		Password        string    `json:"password"`
		ConfirmPassword string    `json:"confirmPassword"`
		MobilePhone     wire.Text `json:"mobilePhone"`
		Code            wire.Text `json:"code"`
		DepartmentID    *wire.Int `json:"departmentId"`
		Origin          string    `json:"origin"`
	}
	if err := c.JSON(&in); err != nil {
		return nil, err
	}
	tenant, err := organisation(in.DepartmentID)
	if err := first(
		fixedInt("roleId", in.RoleID, 1),
		fixedInt("roleCategory", in.RoleCategory, 1),
		need("username", in.Username),
		need("password", in.Password),
		need("confirmPassword", in.ConfirmPassword),
		need("mobilePhone", string(in.MobilePhone)),
		need("code", string(in.Code)),
		err,
		fixedText("origin", in.Origin, "console"),
	); err != nil {
		return nil, err
	}
	if in.Password != in.ConfirmPassword {
		return nil, fault.New(fault.Invalid, "casdao.confirm", "confirmPassword", "confirmPassword must be the same as password")
	}
	made, err := h.app.Account.SignUp(c.Ctx(), c.Origin(), account.SignUp{
		Name: in.Username, Password: in.Password, Phone: string(in.MobilePhone), Code: string(in.Code), Tenant: tenant,
	})
	if err != nil {
		return nil, err
	}
	return made.ID, nil
}
