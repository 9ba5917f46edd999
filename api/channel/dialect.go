// Package channel serves the resellers' documented API, once a Django REST
// framework service: real HTTP statuses, bare bodies, `detail` or `ret` and
// `reason`. It knows the domain's operations and no other dialect.
//
// Source: docs/dialects/channel.md, which repeats the public document and the
// decisions where that is silent.
package channel

import (
	"net/http"

	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/fault"
)

const loginRoute = "channel.ologin"

// New is the dialect over an opened App.
func New(a *app.App) wire.Dialect {
	h := handlers{a}
	return wire.Dialect{
		Name:     "channel",
		Prefixes: []string{"/api/user/", "/api/storage/"},
		Token:    func(r *http.Request) string { return wire.AnyToken(r, "Authorization") },
		OK:       ok,
		Fail:     fail,
		Routes: append([]wire.Route{
			{Method: "POST", Path: "/api/user/ologin/", Slash: true, Name: loginRoute, Public: true, Handle: h.login},
			{Method: "GET", Path: "/api/user/info/", Slash: true, Name: "channel.info", Handle: h.info},
			{Method: "POST", Path: "/api/storage/cloud/", Slash: true, Name: "channel.cloud", Needs: access.Of(access.CloudWrite), MaxBody: maxCloud, Long: true, Handle: h.cloud},
			{Method: "PUT", Path: "/api/user/{id}/", Slash: true, Name: "channel.password", Handle: h.password},
		}, h.companyRoutes()...),
	}
}

type handlers struct{ app *app.App }

// The numbers of `ret`. The document gives 2; the others are ours and stay.
const (
	retFieldError = 1
	retMissing    = 2
	retNotValid   = 3
	retNotFrozen  = 4
	retInFrozen   = 5
)

type detail struct {
	Detail string `json:"detail"`
}

type refusal struct {
	Ret    int `json:"ret"`
	Reason any `json:"reason"` // a text, or the seconds that a company is frozen
}

func ok(_ *wire.Call, result any) wire.Response {
	if result == nil {
		return wire.JSON(http.StatusOK, struct{}{})
	}
	return wire.JSON(http.StatusOK, result)
}

func fail(c *wire.Call, f *fault.Fault) wire.Response {
	if c.Route().Name == loginRoute && Status(f.Kind) < http.StatusInternalServerError {
		return oauthError(f)
	}
	status := Status(f.Kind)
	if early, ok := undeletable(f); ok {
		return wire.JSON(status, early)
	}
	if status == http.StatusNotAcceptable {
		return wire.JSON(status, refusal{Ret: ret(f.Kind), Reason: f.Text})
	}
	return wire.JSON(status, detail{f.Text})
}

// Status is this dialect's HTTP status for a kind of failure.
func Status(k fault.Kind) int {
	switch k {
	case fault.Malformed:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Denied:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Missing, fault.Invalid, fault.Exists, fault.Conflict, fault.Stale:
		return http.StatusNotAcceptable
	case fault.TooLarge, fault.OverQuota:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

func ret(k fault.Kind) int {
	switch k {
	case fault.Missing:
		return retMissing
	case fault.Conflict, fault.Stale:
		return retNotValid
	}
	return retFieldError
}
