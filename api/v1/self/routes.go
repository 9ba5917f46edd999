// Package self is what people do for themselves: set the installation up, sign
// up and in, see and change their own account, its sessions, tokens and second
// factor. One area of the native API; it puts the domain's operations on the wire
// and knows no other area.
package self

import (
	"slices"

	"stoa/api/wire"
	"stoa/app"
)

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	return slices.Concat(h.setupRoutes(), h.sessionRoutes(), h.registrationRoutes(), h.meRoutes(), h.passkeyRoutes())
}
