// Package gallery serves the picture app's documented API: `code` 1 is success,
// anything below is a failure. It knows the domain's operations and no other
// dialect.
//
// Source: docs/dialects/gallery.md, which repeats the public document and the
// decisions where that is silent. Pictures and tasks come with picture processing.
package gallery

import (
	"net/http"

	"stoa/api/wire"
	"stoa/app"
	"stoa/app/fault"
)

const (
	followRoute  = "gallery.follow"
	addInfoRoute = "gallery.addinfo"
)

// New is the dialect over an opened App.
func New(a *app.App) wire.Dialect {
	h := handlers{a}
	d := wire.Dialect{
		Name:  "gallery",
		Token: func(r *http.Request) string { return wire.AnyToken(r, "Authorization") },
		OK:    func(_ *wire.Call, result any) wire.Response { return wire.JSON(http.StatusOK, result) },
		Fail:  fail,
	}
	anonymous := a.Config.Gallery.Anonymous
	for _, method := range []string{"POST", "GET"} {
		d.Routes = append(d.Routes,
			wire.Route{Method: method, Path: "/api/user/add/", Slash: true, Name: "gallery.add", Public: true, HeaderTokenOnly: method == "GET", Handle: h.add},
			wire.Route{Method: method, Path: "/api/user/query/", Slash: true, Name: "gallery.query", Public: true, Handle: h.query},
			wire.Route{Method: method, Path: "/api/user/follow/", Slash: true, Name: followRoute, Public: anonymous, HeaderTokenOnly: method == "GET", Handle: h.follow},
			wire.Route{Method: method, Path: "/api/image/addinfo/", Slash: true, Name: addInfoRoute, Public: anonymous, HeaderTokenOnly: method == "GET", Handle: h.addInfo},
			wire.Route{Method: method, Path: "/api/image/query/", Slash: true, Name: "gallery.image", Public: anonymous, Handle: h.queryImage},
		)
	}
	d.Routes = append(d.Routes, wire.Route{Method: "POST", Path: "/api/image/upload/", Slash: true, Name: "gallery.upload", Public: true, Handle: h.upload})
	return d
}

type handlers struct{ app *app.App }

// done is the smallest success.
type done struct {
	Code int `json:"code"`
}

type failure struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
}

// codeNotThere is the one failure that the document knows for some calls.
const codeNotThere = -1

// codeSignature is the fault of a callback that nobody signed: the one refusal with
// a status of its own, since it is no client of the document's that is refused.
const codeSignature = "gallery.signature"

func fail(c *wire.Call, f *fault.Fault) wire.Response {
	status := http.StatusOK
	switch f.Kind {
	case fault.Internal:
		status = http.StatusInternalServerError
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	}
	if f.Code == codeSignature {
		status = http.StatusUnauthorized
	}
	code := Code(f.Kind)
	if name := c.Route().Name; (name == followRoute || name == addInfoRoute) && status == http.StatusOK {
		code = codeNotThere
	}
	return wire.JSON(status, failure{code, f.Text})
}

// Code is this dialect's number for a kind of failure: 0, -1 and -2 are the
// original service's, the others ours.
func Code(k fault.Kind) int {
	switch k {
	case fault.NotFound:
		return codeNotThere
	case fault.Exists:
		return -2
	case fault.Unauthenticated, fault.Denied:
		return -3
	case fault.Internal, fault.Unavailable:
		return -4
	case fault.TooLarge, fault.OverQuota:
		return -5
	case fault.TooMany:
		return -6
	case fault.Malformed, fault.Missing, fault.Invalid, fault.Conflict, fault.Stale:
		return 0
	}
	return 0
}
