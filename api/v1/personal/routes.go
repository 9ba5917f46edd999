// Package personal is what people have for themselves: preferences, favourites,
// what they opened last, pictures. One area of the native API; it puts the domain's
// operations on the wire and knows no other area.
package personal

import (
	"slices"

	"stoa/api/wire"
	"stoa/app"
)

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	return slices.Concat(h.preferenceRoutes(), h.avatarRoutes(), h.noticeRoutes(), h.templateRoutes())
}
