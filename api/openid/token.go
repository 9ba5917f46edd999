package openid

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"stoa/api/wire"
	"stoa/app/fault"
	"stoa/app/openid"
)

// tokenView is RFC 6749, 5.1, with the id token of OpenID Connect.
type tokenView struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	Scope        string `json:"scope"`
}

// form reads the parameters of a call that an application makes, and what it
// proves itself with: HTTP Basic or the form, not both (RFC 6749, 2.3).
func form(c *wire.Call) (url.Values, openid.Credentials, error) {
	var who openid.Credentials
	if c.Request().URL.RawQuery != "" {
		return nil, who, fault.New(fault.Malformed, "openid.invalid_request", "", "the parameters are sent in the body: in the address they end up in logs")
	}
	v, err := parameters(c)
	if err != nil {
		return nil, who, unreadable(err)
	}
	for _, name := range []string{"client_id", "client_secret", "token"} {
		if len(v[name]) > 1 {
			return nil, who, fault.New(fault.Invalid, "openid.invalid_request", name, "%s is there twice", name)
		}
	}
	who = openid.Credentials{ClientID: v.Get("client_id"), Secret: v.Get("client_secret"), Proven: v.Has("client_secret")}
	scheme, _, _ := strings.Cut(c.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return v, who, nil
	}
	id, secret, ok := c.Request().BasicAuth()
	id, err1 := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	if !ok || err1 != nil || err2 != nil {
		return nil, who, fault.New(fault.Unauthenticated, "openid.invalid_client", "", "the header Authorization can't be read: client id and secret are percent-encoded, joined by : and sent in base64")
	}
	if who.Proven || who.ClientID != "" && who.ClientID != id {
		return nil, who, fault.New(fault.Invalid, "openid.invalid_request", "client_id", "the application names itself in the header and, differently or with a secret, in the body")
	}
	return v, openid.Credentials{ClientID: id, Secret: secret, Proven: true}, nil
}

func (h handlers) token(c *wire.Call) (any, error) {
	v, who, err := form(c)
	if err != nil {
		return nil, err
	}
	t, err := h.app.OpenID.Token(c.Ctx(), c.Origin(), who, v)
	if err != nil {
		return nil, err
	}
	return private(tokenView{AccessToken: t.Access, TokenType: "Bearer", ExpiresIn: int64(t.TTL / time.Second), RefreshToken: t.Refresh,
		IDToken: t.ID, Scope: strings.Join(t.Scopes, " ")}), nil
}

// private is an answer that nobody on the way may keep (RFC 6749, 5.1).
func private(v any) any {
	return wire.WithHeader{Value: v, Header: http.Header{"Cache-Control": {"no-store"}, "Pragma": {"no-cache"}}}
}

// revoke answers the same whether there was such a token or not (RFC 7009, 2.2).
func (h handlers) revoke(c *wire.Call) (any, error) {
	v, who, err := form(c)
	if err != nil {
		return nil, err
	}
	if v.Get("token") == "" {
		return nil, fault.New(fault.Missing, "openid.invalid_request", "token", "token is missing")
	}
	return struct{}{}, h.app.OpenID.Revoke(c.Ctx(), c.Origin(), who, v.Get("token"))
}

// inspection is RFC 7662, 2.2.
type inspection struct {
	Active    bool   `json:"active"`
	Scope     string `json:"scope,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	Username  string `json:"username,omitempty"`
	TokenType string `json:"token_type,omitempty"`
	Expires   int64  `json:"exp,omitempty"`
	Issued    int64  `json:"iat,omitempty"`
	Subject   string `json:"sub,omitempty"`
	Issuer    string `json:"iss,omitempty"`
}

func (h handlers) introspect(c *wire.Call) (any, error) {
	v, who, err := form(c)
	if err != nil {
		return nil, err
	}
	if v.Get("token") == "" {
		return nil, fault.New(fault.Missing, "openid.invalid_request", "token", "token is missing")
	}
	t, err := h.app.OpenID.Introspect(c.Ctx(), c.Origin(), who, v.Get("token"))
	if err != nil || !t.Active {
		return private(inspection{}), err
	}
	out := inspection{Active: true, Scope: strings.Join(t.Scopes, " "), ClientID: t.ClientID, Username: t.Name, TokenType: "Bearer",
		Expires: t.Expires.Unix(), Issued: t.Created.Unix(), Subject: t.Subject, Issuer: h.app.OpenID.Issuer}
	if t.Refresh {
		out.TokenType = "refresh_token"
	}
	return private(out), nil
}

func (h handlers) userInfo(c *wire.Call) (any, error) {
	claims, err := h.app.OpenID.UserInfo(c.Ctx(), c.Token())
	return private(claims), err
}
