package v1

import (
	"context"

	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/org"
)

// account is one account as it is shown.
func (d *door) account(ctx context.Context, row *account.Account) (Account, error) {
	views, err := d.accounts(ctx, []account.Account{*row})
	if err != nil {
		return Account{}, err
	}
	return views[0], nil
}

// accounts shows a page of them; names and presence are looked up once for all.
func (d *door) accounts(ctx context.Context, rows []account.Account) ([]Account, error) {
	ids, units := make([]uint64, len(rows)), make([]uint64, 0, 2*len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
		units = append(units, rows[i].Tenant, rows[i].Department)
	}
	named, err := d.app.Org.Units(ctx, units)
	if err != nil {
		return nil, err
	}
	online, err := d.app.Session.OnlineAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	views := make([]Account, len(rows))
	for i := range rows {
		views[i] = accountView(&rows[i], named, online[rows[i].ID])
	}
	return views, nil
}

// accountView shows an account beside the units that it is in.
func accountView(a *account.Account, units map[uint64]*org.Unit, online bool) Account {
	return Account{ID: a.ID, Name: a.Name, Email: a.Email, Phone: a.Phone, Nickname: a.Nickname, Tenant: a.Tenant,
		TenantName: unitName(units, a.Tenant), Department: a.Department, DepartmentName: unitName(units, a.Department),
		Online: online, Parent: a.Parent, Roles: rolesOf(a.Roles), State: string(a.State), Avatar: a.Avatar,
		Telephone: a.Telephone, Duty: a.Duty, Enterprise: a.Enterprise, Division: a.Division, SecondFactor: a.SecondFactor,
		MustChangePassword: a.MustChange, EmailConfirmed: a.EmailConfirmed, PhoneConfirmed: a.PhoneConfirmed,
		Sample: a.Sample, CreatedAt: a.Created.UTC(), ModifiedAt: a.Modified.UTC(), ModifiedBy: a.ModifiedBy,
		LastSeenAt: moment(a.LastSeen), Version: a.Version}
}

// rolesOf names roles by their ids; one that is no longer there is left out.
func rolesOf(ids []uint64) []RoleRef {
	refs := make([]RoleRef, 0, len(ids))
	for _, id := range ids {
		if r, ok := access.BuiltinRole(id); ok {
			refs = append(refs, RoleRef{ID: r.ID, Code: r.Code, Name: r.Name})
		}
	}
	return refs
}

// names are the user names of those accounts that the caller may see; a caller
// who may see no accounts gets none.
func (d *door) names(c *wire.Call, ids []uint64) (map[uint64]string, error) {
	found := make(map[uint64]string, len(ids))
	for len(ids) > 0 {
		part := ids[:min(len(ids), maxLimit)]
		ids = ids[len(part):]
		page, err := d.app.Account.List(c.Ctx(), c.Actor, account.Filter{IDs: part, Limit: maxLimit})
		if fault.KindOf(err) == fault.Denied && err != nil {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			found[page.Items[i].ID] = page.Items[i].Name
		}
	}
	return found, nil
}

// distinct are the ids among those given that are not 0, each once.
func distinct(ids []uint64) []uint64 {
	seen := make(map[uint64]bool, len(ids))
	out := ids[:0:0]
	for _, id := range ids {
		if id != 0 && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}
