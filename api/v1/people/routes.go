// Package people is who there is: accounts, the organisations and departments
// they are in. One area of the native API; it puts the
// domain's operations on the wire and knows no other area.
package people

import (
	"slices"

	"stoa/api/wire"
	"stoa/app"
)

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	return slices.Concat(h.accountRoutes(), h.organisationRoutes(), h.departmentRoutes())
}
