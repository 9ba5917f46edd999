// Package kodo serves the protocol of Qiniu's object storage, so that programs
// written for it put and get files here unchanged: uploads in one piece, in base64
// and resumable, put policies with callbacks, downloads, and the calls that manage
// files. It knows the domain's operations and no other dialect. Uploads are here;
// package manage has what is signed, package serve the downloads, package door what
// all share.
//
// Source: docs/dialects/kodo.md; github.com/qiniu/go-sdk/v7 and Qiniu's manual.
package kodo

import (
	"net/http"
	"time"

	"stoa/api/kodo/door"
	"stoa/api/kodo/manage"
	"stoa/api/kodo/serve"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/egress"
)

// New is the dialect over an opened App. own serves the server's own addresses:
// callbacks and fetches that lead there are handed to it and not dialled; nil
// dials all.
func New(a *app.App, own http.Handler) wire.Dialect {
	d := door.New(a, own)
	h := &handlers{Door: d, hooks: egress.Client(egress.Policy{Trust: a.Config.Egress.Allow, Ports: door.WebPorts(), Timeout: hookPatience,
		MaxBody: hookAnswer, Redirects: -1})}
	last := serve.Route(d)
	out := wire.Dialect{
		Name: "kodo",
		Prefixes: []string{"/putb64/", "/mkblk/", "/bput/", "/mkfile/", "/buckets/", "/batch/", "/list/", "/fetch/", "/stat/", "/delete/", "/copy/", "/move/",
			"/chgm/", "/chtype/", "/chstatus/", "/restoreAr/", "/deleteAfterDays/", "/lifecycle/"},
		Token:  func(r *http.Request) string { return wire.AnyToken(r, "") },
		OK:     func(_ *wire.Call, result any) wire.Response { return wire.JSON(http.StatusOK, result) },
		Fail:   door.Fail,
		Routes: append(h.routes(), manage.Routes(d)...),
		Last:   &last,
		Site:   d.Serves,
	}
	for i := range out.Routes {
		out.Routes[i].Handle = door.Marked(out.Routes[i].Handle)
	}
	last.Handle = door.Marked(last.Handle)
	return out
}

// handlers are the uploads.
type handlers struct {
	*door.Door
	hooks *http.Client // callbacks
}

// Limits of callbacks.
const (
	hookPatience = 20 * time.Second
	hookAnswer   = 1 << 20 // bytes
)
