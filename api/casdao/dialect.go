// Package casdao serves the casdao console's documented API: sign-up, secondary
// accounts and sign-in under /casdao/api/v1.0/system. It knows the domain's
// operations and its own envelope, no other dialect.
//
// Source: docs/dialects/casdao.md, which repeats the public document and the
// decisions where that is silent.
package casdao

import (
	"net/http"

	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/fault"
)

const prefix = "/casdao/api/v1.0/system"

// New is the dialect over an opened App.
func New(a *app.App) wire.Dialect {
	h := handlers{a}
	return wire.Dialect{
		Name:     "casdao",
		Prefixes: []string{"/casdao/"},
		Token:    func(r *http.Request) string { return wire.AnyToken(r, "X-Auth-Token") },
		OK:       ok,
		Fail:     fail,
		Routes: []wire.Route{
			{Method: "POST", Path: prefix + "/register/existence", Name: "casdao.existence", Public: true, Handle: h.existence},
			{Method: "POST", Path: prefix + "/register/sms/code", Name: "casdao.code", Public: true, Handle: h.code},
			{Method: "POST", Path: prefix + "/register/addition", Name: "casdao.register", Public: true, Handle: h.register},
			{Method: "POST", Path: prefix + "/user/addition", Name: "casdao.secondary", Needs: access.Of(access.SecondaryCreate), Handle: h.secondary},
			{Method: "POST", Path: prefix + "/auth/login", Name: "casdao.login", Public: true, Handle: h.login},
		},
	}
}

// handlers are the five calls; a handler is decode, one operation, a view.
type handlers struct{ app *app.App }

// envelope is every answer of this dialect; msg is null on success and data is
// null on failure.
type envelope struct {
	Code int     `json:"code"`
	Msg  *string `json:"msg"`
	Data any     `json:"data"`
}

func ok(_ *wire.Call, result any) wire.Response {
	return wire.JSON(http.StatusOK, envelope{Code: 200, Data: result})
}

func fail(_ *wire.Call, f *fault.Fault) wire.Response {
	return wire.JSON(http.StatusOK, envelope{Code: Code(f.Kind), Msg: &f.Text})
}

// Code is this dialect's number for a kind of failure.
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
