// Package view is what several areas of the native API show in the same form: an
// account, and the names of roles and units beside it. What one area alone shows
// lives in that area.
//
// The rule for every type that the API takes or gives, here and in the areas: a
// field without omitempty is always there, one with omitempty may be left out, and
// nothing is ever null. A type's name is the name of its schema, so no two areas
// give the same one. The OpenAPI document is made by the same rule.
package view

import (
	"context"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/account"
	"stoa/app/org"
)

// RoleRef is a role as it stands at an account.
type RoleRef struct {
	ID   uint64 `json:"id"`
	Code string `json:"code" example:"ROLE_ADMIN"`
	Name string `json:"name"`
}

// PositionRef is a post as it stands at an account.
type PositionRef struct {
	ID   uint64 `json:"id"`
	Name string `json:"name"`
}

// Account is a person's or a program's account. It never holds a password.
type Account struct {
	ID                 uint64        `json:"id"`
	Name               string        `json:"name" description:"user name, unique in the installation"`
	Email              string        `json:"email"`
	Phone              string        `json:"phone"`
	Nickname           string        `json:"nickname"`
	Tenant             uint64        `json:"tenant" description:"organisation the account belongs to"`
	TenantName         string        `json:"tenant_name"`
	Department         uint64        `json:"department" description:"0 = none"`
	DepartmentName     string        `json:"department_name"`
	Posts              []PositionRef `json:"posts"`
	Grade              uint64        `json:"grade" description:"0 = none"`
	GradeName          string        `json:"grade_name"`
	Parent             uint64        `json:"parent" description:"owner of a secondary account; 0 = none"`
	Roles              []RoleRef     `json:"roles"`
	State              string        `json:"state" enum:"active,disabled"`
	Online             bool          `json:"online"`
	Avatar             string        `json:"avatar"`
	Telephone          string        `json:"telephone"`
	Duty               string        `json:"duty"`
	Enterprise         string        `json:"enterprise"`
	Division           string        `json:"division"`
	SecondFactor       bool          `json:"second_factor"`
	MustChangePassword bool          `json:"must_change_password"`
	EmailConfirmed     bool          `json:"email_confirmed"`
	PhoneConfirmed     bool          `json:"phone_confirmed"`
	Sample             bool          `json:"sample" description:"part of the sample data"`
	CreatedAt          time.Time     `json:"created_at"`
	ModifiedAt         time.Time     `json:"modified_at"`
	ModifiedBy         string        `json:"modified_by"`
	LastSeenAt         *time.Time    `json:"last_seen_at,omitempty"`
	Version            uint64        `json:"version" description:"for If-Match"`
}

// OneAccount is one account as it is shown.
func OneAccount(ctx context.Context, a *app.App, row *account.Account) (Account, error) {
	views, err := Accounts(ctx, a, []account.Account{*row})
	if err != nil {
		return Account{}, err
	}
	return views[0], nil
}

// Accounts shows a page of them; names and presence are looked up once for all.
func Accounts(ctx context.Context, a *app.App, rows []account.Account) ([]Account, error) {
	ids, units := make([]uint64, len(rows)), make([]uint64, 0, 2*len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
		units = append(units, rows[i].Tenant, rows[i].Department)
	}
	named, err := a.Org.Units(ctx, units)
	if err != nil {
		return nil, err
	}
	online, err := a.Session.OnlineAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	views := make([]Account, len(rows))
	for i := range rows {
		views[i] = OfAccount(a, &rows[i], named, online[rows[i].ID])
	}
	return views, FillPositions(ctx, a, rows, views)
}

// OfAccount shows an account beside the units that it is in, without posts and
// grade: FillPositions.
func OfAccount(app *app.App, a *account.Account, units map[uint64]*org.Unit, online bool) Account {
	return Account{ID: a.ID, Name: a.Name, Email: a.Email, Phone: a.Phone, Nickname: a.Nickname, Tenant: a.Tenant,
		TenantName: UnitName(units, a.Tenant), Department: a.Department, DepartmentName: UnitName(units, a.Department),
		Online: online, Parent: a.Parent, Roles: RolesOf(app, a.Roles), State: string(a.State), Avatar: a.Avatar,
		Telephone: a.Telephone, Duty: a.Duty, Enterprise: a.Enterprise, Division: a.Division, SecondFactor: a.SecondFactor,
		MustChangePassword: a.MustChange, EmailConfirmed: a.EmailConfirmed, PhoneConfirmed: a.PhoneConfirmed,
		Sample: a.Sample, CreatedAt: a.Created.UTC(), ModifiedAt: a.Modified.UTC(), ModifiedBy: a.ModifiedBy,
		LastSeenAt: rest.Moment(a.LastSeen), Version: a.Version}
}

// RolesOf names roles by their ids; one that is no longer there is left out.
func RolesOf(app *app.App, ids []uint64) []RoleRef {
	refs := make([]RoleRef, 0, len(ids))
	for _, id := range ids {
		if r, ok := app.Role.Find(id); ok {
			refs = append(refs, RoleRef{ID: r.ID, Code: r.Code, Name: r.Name})
		}
	}
	return refs
}

// UnitName is the name of a unit among those looked up; "" for one that is not there.
func UnitName(named map[uint64]*org.Unit, id uint64) string {
	if u := named[id]; u != nil {
		return u.Name
	}
	return ""
}

// TaggedAccount is one account with its ETag.
func TaggedAccount(c *wire.Call, app *app.App, row *account.Account) (any, error) {
	a, err := OneAccount(c.Ctx(), app, row)
	if err != nil {
		return nil, err
	}
	return rest.Tagged(row.Version, a), nil
}
