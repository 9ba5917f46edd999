// Package dingtalk signs people in by DingTalk (钉钉), with its OAuth of the new
// kind: https://open.dingtalk.com/document/orgapp/obtain-user-token and
// …/dingtalk-retrieve-user-information. It knows no accounts and no store.
package dingtalk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"stoa/app/source/claim"
)

// Where DingTalk is, unless the settings say otherwise.
const (
	api   = "https://api.dingtalk.com"
	login = "https://login.dingtalk.com"
)

// Settings say which application of DingTalk, and whose people it lets in.
type Settings struct {
	ClientID string `cbor:"1,keyasint"`           // the application's AppKey
	CorpID   string `cbor:"2,keyasint,omitempty"` // only people who sign in for this company are let in; needed where accounts are made
	API      string `cbor:"3,keyasint,omitempty"` // empty = https://api.dingtalk.com
	Login    string `cbor:"4,keyasint,omitempty"` // empty = https://login.dingtalk.com
	Private  bool   `cbor:"5,keyasint,omitempty"` // the addresses may be in a private network
}

// Fill gives what was left out its usual value.
func (s *Settings) Fill() {
	if s.API == "" {
		s.API = api
	}
	if s.Login == "" {
		s.Login = login
	}
}

// Check refuses settings that can't work, with a *claim.FieldError.
func (s *Settings) Check() error {
	if s.ClientID == "" || len(s.ClientID) > 128 {
		return claim.Wrong("client_id", "the application's page at DingTalk shows its AppKey: it is needed")
	}
	if len(s.CorpID) > 128 || strings.ContainsAny(s.CorpID, " \n\r\t") {
		return claim.Wrong("corp_id", "this is no company id of DingTalk")
	}
	if err := claim.CheckURL("api", s.API, s.Private); err != nil {
		return err
	}
	return claim.CheckURL("login", s.Login, s.Private)
}

// Provider asks DingTalk.
type Provider struct {
	settings Settings
	secret   string
}

// New makes a provider of checked settings.
func New(s Settings, secret string) *Provider { return &Provider{settings: s, secret: secret} }

// URL is the page where people sign in. With a company it asks which one.
func (p *Provider) URL(_ context.Context, t claim.Trip) (string, error) {
	q := url.Values{"client_id": {p.settings.ClientID}, "response_type": {"code"}, "scope": {"openid"}, "prompt": {"consent"},
		"redirect_uri": {t.Redirect}, "state": {t.State}}
	if p.settings.CorpID != "" {
		q.Set("scope", "openid corpid")
		q.Set("corpId", p.settings.CorpID)
	}
	return claim.Join(p.settings.Login, "/oauth2/auth?") + q.Encode(), nil
}

// Identify reads the answer that the browser brought back.
func (p *Provider) Identify(ctx context.Context, _ claim.Trip, answer url.Values) (*claim.Identity, error) {
	code := answer.Get("authCode")
	if code == "" {
		code = answer.Get("code")
	}
	if code == "" || len(code) > 512 {
		return nil, claim.Refused("the answer has no code")
	}
	body, err := json.Marshal(map[string]string{"clientId": p.settings.ClientID, "clientSecret": p.secret, "code": code,
		"grantType": "authorization_code"})
	if err != nil {
		return nil, err
	}
	var tokens struct {
		Access string `json:"accessToken"`
		CorpID string `json:"corpId"`
	}
	if err := p.call(ctx, http.MethodPost, "/v1.0/oauth2/userAccessToken", body, "", &tokens); err != nil {
		return nil, err
	}
	if p.settings.CorpID != "" && tokens.CorpID != p.settings.CorpID {
		return nil, claim.Refused("this sign-in is for another company of DingTalk")
	}
	object := map[string]any{}
	if err := p.call(ctx, http.MethodGet, "/v1.0/contact/users/me", nil, tokens.Access, &object); err != nil {
		return nil, err
	}
	claims := claim.Flatten(object)
	union := claims.First("unionId")
	if union == "" || len(union) > 255 {
		return nil, claim.Refused("DingTalk says no unionId")
	}
	return &claim.Identity{Subject: union, Login: claims.First("nick"), Claims: claims}, nil
}

// call is one call; DingTalk says what it refuses by the status.
func (p *Provider) call(ctx context.Context, method, path string, body []byte, token string, out any) error {
	client, err := claim.Client(p.settings.Private, "", p.settings.API)
	if err != nil {
		return claim.Down(err)
	}
	r, err := http.NewRequestWithContext(ctx, method, claim.Join(p.settings.API, path), bytes.NewReader(body))
	if err != nil {
		return claim.Down(errors.New("the address can't be used"))
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("x-acs-dingtalk-access-token", token)
	}
	res, err := client.Do(r)
	if err != nil {
		return claim.Down(err)
	}
	defer func() { _ = res.Body.Close() }()
	var raw json.RawMessage
	if err := json.NewDecoder(res.Body).Decode(&raw); err != nil {
		return claim.Down(fmt.Errorf("DingTalk answered with status %d", res.StatusCode))
	}
	if res.StatusCode/100 != 2 {
		return refusal(res.StatusCode, raw)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return claim.Down(errors.New("DingTalk's answer can't be read"))
	}
	return nil
}

// refusal tells a code that is used up from an application that is not known.
func refusal(status int, raw []byte) error {
	var says struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(raw, &says) // without a code the status must do
	says.Code = strings.ToValidUTF8(says.Code[:min(len(says.Code), 64)], "")
	if strings.Contains(says.Code, "authCode") || strings.HasPrefix(says.Code, "invalidParameter.code") {
		return claim.Refused("DingTalk answered %s", says.Code)
	}
	return claim.Down(fmt.Errorf("DingTalk answered %d %s", status, says.Code))
}

// Probe asks with a code that is none: an application that is known is told so.
func (p *Provider) Probe(ctx context.Context) (string, error) {
	_, err := p.Identify(ctx, claim.Trip{}, url.Values{"authCode": {"probe"}})
	if errors.Is(err, claim.ErrRefused) {
		return "DingTalk knows the application", nil
	}
	return "", err
}
