// Package operate is running the installation: the action log, kept messages,
// the state of the server, the first page and the stream of changes. One area of
// the native API; it puts the domain's operations on the wire and knows no other
// area.
package operate

import (
	"slices"
	"time"

	"stoa/api/wire"
	"stoa/app"
)

// Server is what the area needs to know of the server around it.
type Server struct {
	Version string
	Started time.Time
	Clock   func() time.Time
}

type handlers struct {
	app    *app.App
	server Server
}

// Routes are the area's calls.
func Routes(a *app.App, s Server) []wire.Route {
	h := handlers{a, s}
	return slices.Concat(h.auditRoutes(), h.retentionRoutes(), h.outboxRoutes(), h.systemRoutes(), h.homeRoutes(), h.eventRoutes())
}
