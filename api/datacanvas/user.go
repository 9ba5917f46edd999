package datacanvas

import (
	"strconv"

	"stoa/api/wire"
	"stoa/app/account"
	"stoa/app/fault"
)

// userView is an account as the document shows it. autoKey is a string here,
// though a number in jobs; the fields that stoa has no value for stay null.
type userView struct {
	AutoKey    string  `json:"autoKey"`
	Name       string  `json:"name"`
	PwdHash    string  `json:"pwdhash"`
	Email      string  `json:"email"`
	Avatar     *string `json:"avatar"`
	Token      *string `json:"token"`
	CreateTime string  `json:"createtime"`
	Status     int     `json:"status"`
	Group      int     `json:"group"`
	Info       *string `json:"info"`
	Phone      *string `json:"phone"`
	EhcUser    *string `json:"ehcUser"`
}

// createUser opens a secondary account under the caller.
func (h handlers) createUser(c *wire.Call) (any, error) {
	var in struct {
		Name     wire.Text `json:"name"`
		Email    string    `json:"email"`
		Password wire.Text `json:"password"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	for _, f := range []struct{ name, value string }{{"name", string(in.Name)}, {"email", in.Email}, {"password", string(in.Password)}} {
		if f.value == "" {
			return nil, fault.New(fault.Missing, "datacanvas.missing", f.name, "%s is missing", f.name)
		}
	}
	made, err := h.app.Account.CreateSecondary(c.Ctx(), c.Actor, account.NewSecondary{
		Name: string(in.Name), Email: in.Email, Password: string(in.Password),
	})
	if err != nil {
		return nil, err
	}
	return h.view(made), nil
}

// view keeps the documented pwdhash without its danger: it depends on the
// account alone, never on the password.
func (h handlers) view(a *account.Account) userView {
	return userView{
		AutoKey: strconv.FormatUint(a.ID, 10), Name: a.Name, PwdHash: h.app.Account.Pwdhash(a.ID), Email: a.Email,
		CreateTime: a.Created.UTC().Format("2006-01-02T15:04:05.000Z"), Group: 1,
		Avatar: orNull(a.Avatar), Phone: orNull(a.Phone),
	}
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
