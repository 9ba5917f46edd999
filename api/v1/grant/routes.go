// Package grant is who may do what: roles and what they grant, the navigation, the
// resources, and why a call is let through or refused. One area of the native API;
// it puts the domain's operations on the wire and knows no other area.
package grant

import (
	"slices"

	"stoa/api/wire"
	"stoa/app"
)

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	return slices.Concat(h.roleRoutes(), h.grantRoutes(), h.menuRoutes(), h.resourceRoutes(), h.accessRoutes())
}
