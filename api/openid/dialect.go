// Package openid serves OAuth 2 and OpenID Connect, so that other systems sign
// people in through this one: the endpoints of RFC 6749, 7009, 7662 and 8414 and of
// OpenID Connect Core, Discovery and RP-Initiated Logout, with the errors that
// those specifications give. It knows the domain's operations and no other dialect.
package openid

import (
	"net/http"

	"stoa/api/wire"
	"stoa/app"
	"stoa/app/application"
	"stoa/app/fault"
	"stoa/app/openid"
)

// Paths of the endpoints below the issuer.
const (
	authorizePath  = "/oauth2/authorize"
	tokenPath      = "/oauth2/token"
	userInfoPath   = "/oauth2/userinfo"
	keysPath       = "/oauth2/jwks"
	revokePath     = "/oauth2/revoke"
	introspectPath = "/oauth2/introspect"
	logoutPath     = "/oauth2/logout"
)

const userInfoRoute = "openid.userinfo"

// maxForm is the largest request body, in bytes.
const maxForm = 64 << 10

// New is the dialect over an opened App.
func New(a *app.App) wire.Dialect {
	h := handlers{a}
	d := wire.Dialect{
		Name:     "openid",
		Prefixes: []string{"/oauth2/", "/.well-known/"},
		Token:    func(r *http.Request) string { return wire.AnyToken(r, "Authorization") },
		OK:       func(_ *wire.Call, result any) wire.Response { return wire.JSON(http.StatusOK, result) },
		Fail:     fail,
		Routes: []wire.Route{
			{Method: "GET", Path: "/.well-known/openid-configuration", Name: "openid.configuration", Public: true, Handle: h.metadata},
			{Method: "GET", Path: "/.well-known/oauth-authorization-server", Name: "openid.configuration", Public: true, Handle: h.metadata},
			{Method: "GET", Path: keysPath, Name: "openid.jwks", Public: true, Handle: h.keys},
			{Method: "GET", Path: authorizePath, Name: "openid.authorize", Public: true, Handle: h.authorize},
			{Method: "POST", Path: authorizePath, Name: "openid.authorize", Public: true, Handle: h.authorize},
			{Method: "POST", Path: tokenPath, Name: "openid.token", Public: true, Handle: h.token},
			{Method: "POST", Path: revokePath, Name: "openid.revoke", Public: true, Handle: h.revoke},
			{Method: "POST", Path: introspectPath, Name: "openid.introspect", Public: true, Handle: h.introspect},
			{Method: "GET", Path: userInfoPath, Name: userInfoRoute, Delegated: true, Handle: h.userInfo},
			{Method: "POST", Path: userInfoPath, Name: userInfoRoute, Delegated: true, Handle: h.userInfo},
			{Method: "GET", Path: logoutPath, Name: "openid.logout", Public: true, Handle: h.logout},
			{Method: "POST", Path: logoutPath, Name: "openid.logout", Public: true, Handle: h.logout},
		},
	}
	for i := range d.Routes {
		d.Routes[i].MaxBody = maxForm
	}
	return d
}

type handlers struct{ app *app.App }

// failure is RFC 6749, 5.2.
type failure struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func fail(c *wire.Call, f *fault.Fault) wire.Response {
	name := openid.ErrorOf(f)
	if c.Route().Name == userInfoRoute && f.Kind == fault.Unauthenticated {
		name = "invalid_token"
	}
	r := wire.JSON(Status(f.Kind), failure{name, f.Text})
	switch {
	case c.Route().Name == userInfoRoute && (f.Kind == fault.Unauthenticated || f.Kind == fault.Denied):
		r = r.With("WWW-Authenticate", `Bearer realm="stoa", error="`+name+`"`) // RFC 6750, 3
	case name == "invalid_client":
		r.Status = http.StatusUnauthorized
		r = r.With("WWW-Authenticate", `Basic realm="stoa"`)
	case name == "invalid_grant" || name == "unauthorized_client":
		r.Status = http.StatusBadRequest
	}
	return r
}

// Status is this dialect's HTTP status for a kind of failure.
func Status(k fault.Kind) int {
	switch k {
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Denied:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.TooLarge, fault.OverQuota:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	case fault.Malformed, fault.Missing, fault.Invalid, fault.Exists, fault.Conflict, fault.Stale:
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// metadata is where everything is and what is supported (OpenID Connect
// Discovery, 3; RFC 8414, 2). Both well-known addresses give the same.
func (h handlers) metadata(*wire.Call) (any, error) {
	issuer := h.app.OpenID.Issuer
	methods := []string{"client_secret_basic", "client_secret_post", "none"}
	proven := methods[:2]
	return open(map[string]any{
		"issuer":                 issuer,
		"authorization_endpoint": issuer + authorizePath,
		"token_endpoint":         issuer + tokenPath,
		"userinfo_endpoint":      issuer + userInfoPath,
		"jwks_uri":               issuer + keysPath,
		"revocation_endpoint":    issuer + revokePath,
		"introspection_endpoint": issuer + introspectPath,
		"end_session_endpoint":   issuer + logoutPath,
		"scopes_supported":       application.IdentityScopes(),
		"claims_supported": []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "name", "nickname",
			"preferred_username", "picture", "updated_at", "email", "email_verified", "phone_number", "phone_number_verified", "roles", "tenant"},
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query"},
		"grant_types_supported":                          []string{application.GrantCode, application.GrantRefresh, application.GrantClient},
		"code_challenge_methods_supported":               []string{"S256"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{"RS256"},
		"token_endpoint_auth_methods_supported":          methods,
		"revocation_endpoint_auth_methods_supported":     methods,
		"introspection_endpoint_auth_methods_supported":  proven,
		"prompt_values_supported":                        []string{"none", "login", "consent", "select_account"},
		"acr_values_supported":                           []string{openid.ACROne, openid.ACRTwo},
		"authorization_response_iss_parameter_supported": true,
		"claims_parameter_supported":                     false,
		"request_parameter_supported":                    false,
		"request_uri_parameter_supported":                false,
		"ui_locales_supported":                           []string{"zh-CN", "en"},
		"service_documentation":                          issuer + "/docs/openid",
	}), nil
}

func (h handlers) keys(c *wire.Call) (any, error) {
	set, err := h.app.OpenID.JWKS(c.Ctx())
	return open(set), err
}

// open lets programs keep an answer for a while, and scripts of other sites read
// it: there is nothing secret in it.
func open(v any) any {
	return wire.WithHeader{Value: v, Header: http.Header{"Cache-Control": {"public, max-age=300"}, "Access-Control-Allow-Origin": {"*"}}}
}
