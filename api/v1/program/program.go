// Package program is the programs that work with this server: applications with
// their secrets and interfaces, who signs in to them, and the questions that people
// are asked when one wants to know them. One area of the native API; it puts the
// domain's operations on the wire and knows no other area.
package program

import (
	"slices"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/account"
	"stoa/app/fault"
)

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	return slices.Concat(h.applicationRoutes(), h.usageRoutes(), h.settingRoutes(), h.interfaceRoutes(), h.connectionRoutes(), h.authorizationRoutes())
}

// names are the user names of those accounts that the caller may see; a caller
// who may see no accounts gets none.
func (h handlers) names(c *wire.Call, ids []uint64) (map[uint64]string, error) {
	found := map[uint64]string{}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	page, err := h.app.Account.List(c.Ctx(), c.Actor, account.Filter{IDs: ids, Limit: rest.MaxLimit})
	if fault.KindOf(err) == fault.Denied && err != nil {
		return found, nil
	}
	if err != nil {
		return nil, err
	}
	for i := range page.Items {
		found[page.Items[i].ID] = page.Items[i].Name
	}
	return found, nil
}
