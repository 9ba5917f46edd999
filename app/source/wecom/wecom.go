// Package wecom signs people in by WeCom (企业微信): the web sign-in page with its
// QR code, then the calls gettoken, auth/getuserinfo and user/get of
// https://developer.work.weixin.qq.com/document/path/98151 and following. It
// knows no accounts and no store.
package wecom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"stoa/app/source/claim"
)

// Where WeCom is, unless the settings say otherwise.
const (
	api   = "https://qyapi.weixin.qq.com"
	login = "https://login.work.weixin.qq.com"

	early = 5 * time.Minute // that a token is given up before its end
)

// Answers of WeCom that mean the token and the code.
const (
	invalidToken   = 40014
	expiredToken   = 42001
	invalidCode    = 40029
	unknownUser    = 60111
	invalidSecret  = 40001
	invalidCorp    = 40013
	notTrustedHost = 60020
)

// Settings say which company and which of its applications.
type Settings struct {
	CorpID  string `cbor:"1,keyasint"`
	AgentID string `cbor:"2,keyasint"`
	API     string `cbor:"3,keyasint,omitempty"` // empty = https://qyapi.weixin.qq.com
	Login   string `cbor:"4,keyasint,omitempty"` // empty = https://login.work.weixin.qq.com
	Private bool   `cbor:"5,keyasint,omitempty"` // the addresses may be in a private network
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
	for field, id := range map[string]string{"corp_id": s.CorpID, "agent_id": s.AgentID} {
		if id == "" || len(id) > 128 || strings.ContainsAny(id, " \n\r\t") {
			return claim.Wrong(field, "the company's administration page of WeCom shows this id: it is needed")
		}
	}
	if err := claim.CheckURL("api", s.API, s.Private); err != nil {
		return err
	}
	return claim.CheckURL("login", s.Login, s.Private)
}

// Provider asks WeCom. It keeps the application's token, as WeCom wants it. It is
// safe for concurrent use.
type Provider struct {
	settings Settings
	secret   string
	clock    func() time.Time

	mu    sync.Mutex
	token string
	until time.Time
}

// New makes a provider of checked settings.
func New(s Settings, secret string, clock func() time.Time) *Provider {
	return &Provider{settings: s, secret: secret, clock: clock}
}

// URL is the page with the QR code.
func (p *Provider) URL(_ context.Context, t claim.Trip) (string, error) {
	q := url.Values{"login_type": {"CorpApp"}, "appid": {p.settings.CorpID}, "agentid": {p.settings.AgentID},
		"redirect_uri": {t.Redirect}, "state": {t.State}}
	return claim.Join(p.settings.Login, "/wwlogin/sso/login?") + q.Encode(), nil
}

// Identify reads the answer that the browser brought back. Guests of the company
// have no userid and are refused.
func (p *Provider) Identify(ctx context.Context, _ claim.Trip, answer url.Values) (*claim.Identity, error) {
	code := answer.Get("code")
	if code == "" || len(code) > 512 {
		return nil, claim.Refused("the answer has no code")
	}
	var who struct {
		UserID string `json:"userid"`
	}
	if err := p.call(ctx, "/cgi-bin/auth/getuserinfo", url.Values{"code": {code}}, &who); err != nil {
		return nil, err
	}
	if who.UserID == "" || len(who.UserID) > 128 {
		return nil, claim.Refused("WeCom says that this is no member of the company")
	}
	object := map[string]any{}
	if err := p.call(ctx, "/cgi-bin/user/get", url.Values{"userid": {who.UserID}}, &object); err != nil {
		return nil, err
	}
	claims := claim.Flatten(object)
	if got := claims.First("userid"); !strings.EqualFold(got, who.UserID) {
		return nil, claim.Refused("WeCom answers with another member")
	}
	return &claim.Identity{Subject: p.settings.CorpID + "\n" + who.UserID, Login: who.UserID, Claims: claims,
		Disabled: claims.First("status") == "2" || claims.First("enable") == "0"}, nil
}

// call asks WeCom, once more with a new token where the old one is refused.
func (p *Provider) call(ctx context.Context, path string, q url.Values, out any) error {
	for try := range 2 {
		token, err := p.access(ctx, try > 0)
		if err != nil {
			return err
		}
		q.Set("access_token", token)
		code, err := p.get(ctx, path, q, out)
		if err != nil {
			return err
		}
		switch code {
		case 0:
			return nil
		case invalidToken, expiredToken:
		case invalidCode, unknownUser:
			return claim.Refused("WeCom answered %d", code)
		default:
			return claim.Down(meaning(code))
		}
	}
	return claim.Down(meaning(invalidToken))
}

func meaning(code int) error {
	switch code {
	case invalidSecret, invalidCorp:
		return fmt.Errorf("WeCom does not know this company id with this secret (%d)", code)
	case notTrustedHost:
		return fmt.Errorf("WeCom does not accept calls from this server's address: add it to the application's trusted addresses (%d)", code)
	}
	return fmt.Errorf("WeCom answered %d", code)
}

// access is the application's token; fresh asks for another one.
func (p *Provider) access(ctx context.Context, fresh bool) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !fresh && p.token != "" && p.clock().Before(p.until) {
		return p.token, nil
	}
	var got struct {
		Token string `json:"access_token"`
		Life  int64  `json:"expires_in"`
	}
	code, err := p.get(ctx, "/cgi-bin/gettoken", url.Values{"corpid": {p.settings.CorpID}, "corpsecret": {p.secret}}, &got)
	if err != nil {
		return "", err
	}
	if code != 0 || got.Token == "" {
		return "", claim.Down(meaning(code))
	}
	p.token, p.until = got.Token, p.clock().Add(time.Duration(min(got.Life, 7200))*time.Second-early)
	return p.token, nil
}

// get is one call; its own code of success is 0.
func (p *Provider) get(ctx context.Context, path string, q url.Values, out any) (code int, err error) {
	client, err := claim.Client(p.settings.Private, "", p.settings.API)
	if err != nil {
		return 0, claim.Down(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, claim.Join(p.settings.API, path)+"?"+q.Encode(), nil)
	if err != nil {
		return 0, claim.Down(errors.New("the address can't be used"))
	}
	res, err := client.Do(r)
	if err != nil {
		return 0, claim.Down(err)
	}
	defer func() { _ = res.Body.Close() }()
	var raw json.RawMessage
	if err := json.NewDecoder(res.Body).Decode(&raw); err != nil || res.StatusCode != http.StatusOK {
		return 0, claim.Down(fmt.Errorf("WeCom answered with status %d", res.StatusCode))
	}
	var status struct {
		Code int `json:"errcode"`
	}
	if err := json.Unmarshal(raw, &status); err != nil || status.Code != 0 {
		return status.Code, wrap(err)
	}
	return 0, wrap(json.Unmarshal(raw, out))
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return claim.Down(errors.New("WeCom's answer can't be read"))
}

// Probe takes a token: company id and secret are right.
func (p *Provider) Probe(ctx context.Context) (string, error) {
	_, err := p.access(ctx, true)
	return "WeCom knows the company and its application", err
}
