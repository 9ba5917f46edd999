package open

import (
	"slices"

	"stoa/api/wire"
	"stoa/app/application"
	"stoa/app/fault"
)

// openResourcePermission lists the interfaces with a mark at those that an
// application has. It answers all of them on the first page, whatever pageSize
// says: the front end then sends the marks of the page it shows, and what was not
// on it would be taken away.
func (h handlers) openResourcePermission(c *wire.Call) (any, error) {
	var in openFilter
	f, err := h.read(c, &in)
	if err != nil {
		return nil, err
	}
	a, err := h.App.Application.Get(c.Ctx(), c.Actor, in.AccountID.Uint())
	if err != nil {
		return nil, err
	}
	page, err := h.App.Application.ListInterfaces(c.Ctx(), c.Actor, application.Filter{Limit: application.MaxInterfaces})
	if err != nil {
		return nil, err
	}
	rows, total := []openResourceView{}, 0
	for i := range page.Items {
		one := &page.Items[i]
		if one.Tenant != a.Tenant {
			continue
		}
		if total++; f.Page > 1 {
			continue
		}
		row, has := h.openResource(one), slices.Contains(a.Interfaces, one.ID)
		row.Permission = &has
		rows = append(rows, row)
	}
	return h.List(rows, total, false), nil
}

// openResourceGrant gives an application exactly these interfaces.
func (h handlers) openResourceGrant(c *wire.Call) (any, error) {
	var in struct {
		AccountID   wire.Int    `json:"accountId"`
		ResourceIDs *[]wire.Int `json:"resourceIds"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if in.ResourceIDs == nil {
		return nil, fault.New(fault.Missing, "pcloud.missing", "resourceIds", "resourceIds is missing: [] takes all away")
	}
	ids := make([]uint64, len(*in.ResourceIDs))
	for i, id := range *in.ResourceIDs {
		ids[i] = id.Uint()
	}
	_, err := h.App.Application.GrantInterfaces(c.Ctx(), c.Actor, in.AccountID.Uint(), ids)
	return nil, err
}

// openResourceRefresh has nothing to do: every change counts at once.
func (h handlers) openResourceRefresh(c *wire.Call) (any, error) {
	id, err := c.ID("accountId")
	if err != nil {
		return nil, err
	}
	_, err = h.App.Application.Get(c.Ctx(), c.Actor, id)
	return nil, err
}
