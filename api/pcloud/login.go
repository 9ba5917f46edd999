package pcloud

import (
	"time"

	"stoa/api/wire"
	"stoa/app/fault"
	"stoa/app/session"
)

type tokenIn struct {
	Phone        wire.Text `json:"phone"`
	Username     wire.Text `json:"username"` // the front end's older builds
	Password     wire.Text `json:"password"`
	GrantType    string    `json:"grantType"`
	VerifyCode   wire.Text `json:"verifyCode"`
	SecureID     string    `json:"secureId"`
	SecureKey    string    `json:"secureKey"`
	RefreshToken string    `json:"refreshToken"`
}

type tokenView struct {
	Token        string `json:"token"`
	TokenHead    string `json:"tokenHead"`
	ExpiresIn    int64  `json:"expiresIn"`
	RefreshToken string `json:"refreshToken"`
}

// token signs in by one of the document's grant types.
func (h handlers) token(c *wire.Call) (any, error) {
	var in tokenIn
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	grant, err := h.grant(c, in)
	if err != nil {
		return nil, asRefusal(err)
	}
	return tokenView{
		Token: grant.Token, TokenHead: "Bearer ", ExpiresIn: int64(grant.IdleTTL / time.Second), RefreshToken: grant.Refresh,
	}, nil
}

func (h handlers) grant(c *wire.Call, in tokenIn) (*session.Grant, error) {
	login := string(in.Phone)
	if login == "" {
		login = string(in.Username)
	}
	switch in.GrantType {
	case "", "ADMIN", "password":
		if err := missing("phone", login, "password", string(in.Password)); err != nil {
			return nil, err
		}
		return h.app.Session.Login(c.Ctx(), c.Origin(), session.Login{
			Login: login, Password: string(in.Password), OTP: string(in.VerifyCode), AsksOTP: true, Refresh: true,
		})
	case "SMS", "sms_code":
		if err := missing("phone", login, "verifyCode", string(in.VerifyCode)); err != nil {
			return nil, err
		}
		return h.app.Session.LoginCode(c.Ctx(), c.Origin(), session.CodeLogin{Phone: login, Code: string(in.VerifyCode), Refresh: true})
	case "OPEN", "client_credentials":
		if err := missing("secureId", in.SecureID, "secureKey", in.SecureKey); err != nil {
			return nil, err
		}
		return h.app.Session.LoginApplication(c.Ctx(), c.Origin(), in.SecureID, in.SecureKey, session.ShapeOpaque)
	case "refresh_token":
		if err := missing("refreshToken", in.RefreshToken); err != nil {
			return nil, err
		}
		return h.app.Session.RefreshGrant(c.Ctx(), c.Origin(), in.RefreshToken)
	case "APP", "H5", "WECHAT", "ALIPAY", "ONE_LOGIN":
		return nil, fault.New(fault.Invalid, "pcloud.grant_type", "grantType", "grantType %s is not enabled on this server", in.GrantType)
	}
	return nil, fault.New(fault.Invalid, "pcloud.grant_type", "grantType",
		"grantType must be ADMIN, password, SMS, sms_code, OPEN, client_credentials or refresh_token")
}

// asRefusal makes a refused sign-in an ordinary refusal: at code 401 the front
// end would say that a session has ended, to somebody who has none yet.
func asRefusal(err error) error {
	f := fault.Of(err)
	if f.Kind != fault.Unauthenticated {
		return err
	}
	refused := *f
	refused.Kind = fault.Invalid
	return &refused
}

// logout ends the caller's session.
func (h handlers) logout(c *wire.Call) (any, error) {
	return nil, h.app.Session.Logout(c.Ctx(), c.Actor)
}

// missing refuses the first empty value of name, value, name, value, …
func missing(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return fault.New(fault.Missing, "pcloud.missing", pairs[i], "%s is missing", pairs[i])
		}
	}
	return nil
}
