// Package elsewhere is what leads in from other systems and out to them: sign-in
// sources, people's links to them, and the external links of the navigation. One
// area of the native API; it puts the domain's operations on the wire and knows no
// other area.
package elsewhere

import (
	"slices"

	"stoa/api/wire"
	"stoa/app"
)

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	return slices.Concat(h.sourceRoutes(), h.tripRoutes(), h.linkRoutes())
}
