package channel

import (
	"net/http"
	"time"

	"stoa/api/wire"
	"stoa/app/fault"
	"stoa/app/session"
)

// grantView is OAuth 2's token answer with the document's misspelt expiries_in.
type grantView struct {
	TokenType    string `json:"token_type"`
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in"`
	ExpiriesIn   int64  `json:"expiries_in"`
	ExpiresAt    string `json:"expires_at"`
	RefreshToken string `json:"refresh_token"`
}

// login is OAuth 2's password and refresh_token grants (RFC 6749, 4.3 and 6).
// The document's misspelt "passowrd" is accepted: its clients send it.
func (h handlers) login(c *wire.Call) (any, error) {
	var in struct {
		GrantType    string    `json:"grant_type"`
		ClientID     string    `json:"client_id"`
		ClientSecret string    `json:"client_secret"`
		Username     wire.Text `json:"username"`
		Password     wire.Text `json:"password"`
		RefreshToken string    `json:"refresh_token"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := missing("grant_type", in.GrantType, "client_id", in.ClientID, "client_secret", in.ClientSecret); err != nil {
		return nil, err
	}
	if in.GrantType != "password" && in.GrantType != "passowrd" && in.GrantType != "refresh_token" {
		return nil, fault.New(fault.Invalid, "channel.grant_type", "grant_type", "grant_type must be password or refresh_token")
	}
	if _, err := h.app.Application.Check(c.Ctx(), c.Origin(), in.ClientID, in.ClientSecret); err != nil {
		return nil, err
	}
	var grant *session.Grant
	var err error
	if in.GrantType == "refresh_token" {
		if err := missing("refresh_token", in.RefreshToken); err != nil {
			return nil, err
		}
		grant, err = h.app.Session.RefreshGrant(c.Ctx(), c.Origin(), in.RefreshToken)
	} else {
		if err := missing("username", string(in.Username), "password", string(in.Password)); err != nil {
			return nil, err
		}
		grant, err = h.app.Session.Login(c.Ctx(), c.Origin(), session.Login{
			Login: string(in.Username), Password: string(in.Password), Shape: session.ShapeOpaque, Refresh: true,
		})
	}
	if err != nil {
		return nil, err
	}
	seconds := int64(grant.IdleTTL / time.Second)
	return grantView{
		TokenType: "Bearer", AccessToken: grant.Token, ExpiresIn: seconds, ExpiriesIn: seconds,
		ExpiresAt: grant.Expires.UTC().Format(time.RFC3339), RefreshToken: grant.Refresh,
	}, nil
}

// missing refuses the first empty value of name, value, name, value, …
func missing(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return fault.New(fault.Missing, "channel.missing", pairs[i], "%s field needed", pairs[i])
		}
	}
	return nil
}

// oauthError is RFC 6749, 5.2, with the `detail` that older clients show. The
// document answers 400 to every refused sign-in; only throttling keeps its 429.
func oauthError(f *fault.Fault) wire.Response {
	code := "invalid_request"
	switch {
	case f.Code == "channel.grant_type":
		code = "unsupported_grant_type"
	case f.Code == "application.refused":
		code = "invalid_client"
	case f.Kind == fault.Unauthenticated:
		code = "invalid_grant"
	}
	status := http.StatusBadRequest
	if f.Kind == fault.TooMany {
		status = http.StatusTooManyRequests
	}
	return wire.JSON(status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Detail      string `json:"detail"`
	}{code, f.Text, f.Text})
}
