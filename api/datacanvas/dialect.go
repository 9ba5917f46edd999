// Package datacanvas serves the DataCanvas platform's documented API. It knows
// the domain's operations and its own envelope, no other dialect.
//
// Source: docs/dialects/datacanvas.md, which repeats the public document and
// the decisions where that is silent. Modules and jobs come with the pipelines.
package datacanvas

import (
	"net/http"

	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/fault"
)

// New is the dialect over an opened App.
func New(a *app.App) wire.Dialect {
	h := handlers{a}
	return wire.Dialect{
		Name:     "datacanvas",
		Prefixes: []string{"/user", "/tf/"},
		Token:    func(r *http.Request) string { return wire.AnyToken(r, "X-Access-Token") },
		OK:       ok,
		Fail:     fail,
		Routes: []wire.Route{
			{Method: "POST", Path: "/user", Slash: true, Name: "datacanvas.user", Needs: access.Of(access.SecondaryCreate), Handle: h.createUser},
		},
	}
}

type handlers struct{ app *app.App }

type success struct {
	Code int `json:"code"`
	Data any `json:"data"`
}

type failure struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
	Data any    `json:"data"`
}

func ok(_ *wire.Call, result any) wire.Response {
	return wire.JSON(http.StatusOK, success{Data: result})
}

func fail(_ *wire.Call, f *fault.Fault) wire.Response {
	return wire.JSON(http.StatusOK, failure{Code: Code(f.Kind), Msg: f.Text})
}

// Code is this dialect's number for a kind of failure; never 0.
func Code(k fault.Kind) int {
	switch k {
	case fault.Malformed:
		return 400
	case fault.Unauthenticated:
		return 401
	case fault.Denied:
		return 403
	case fault.NotFound:
		return 404
	case fault.Exists, fault.Conflict, fault.Stale:
		return 409
	case fault.TooLarge, fault.OverQuota:
		return 413
	case fault.Missing, fault.Invalid:
		return 422
	case fault.TooMany:
		return 429
	case fault.Unavailable:
		return 503
	case fault.Internal:
		return 500
	}
	return 500
}
