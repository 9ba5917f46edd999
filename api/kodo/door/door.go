// Package door is what all of Kodo's calls share: who a token or a signature lets in
// and to what, what clients say of files, how refusals are worded, and which host
// names and addresses are the server's own.
package door

import (
	"net/http"

	"stoa/app"
)

// Door lets callers in.
type Door struct {
	App   *app.App
	own   http.Handler
	sites *sites
}

// New is a Door over an opened App. own serves the server's own addresses; nil =
// they are dialled.
func New(a *app.App, own http.Handler) *Door {
	return &Door{App: a, own: own, sites: &sites{app: a, known: map[string]site{}}}
}

// Serves reports whether a host name is a bucket's. The server's own never is.
func (d *Door) Serves(host string) bool { return d.sites.serves(host) }
