// Package openid signs people in at any OpenID Connect provider: the code flow
// with PKCE (RFC 7636), state and nonce (OpenID Connect Core 1.0, 3.1). It knows
// no accounts and no store: what it answers are a person's claims.
package openid

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"stoa/app/source/claim"
)

const (
	skew       = 2 * time.Minute // that clocks may differ
	discovered = time.Hour       // after which the provider is asked again what it is
	maxScopes  = 20
)

// Settings say which provider it is and who we are there.
type Settings struct {
	Issuer   string   `cbor:"1,keyasint"` // https://login.example.com; its /.well-known/openid-configuration says the rest
	ClientID string   `cbor:"2,keyasint"`
	Scopes   []string `cbor:"3,keyasint,omitempty"` // beside openid; empty = profile and email
	Private  bool     `cbor:"4,keyasint,omitempty"` // the provider may be in a private network or on this machine
	CA       string   `cbor:"5,keyasint,omitempty"` // certificates in PEM that the provider's must lead to; empty = the machine's own
}

// Fill gives what was left out its usual value.
func (s *Settings) Fill() {
	if len(s.Scopes) == 0 {
		s.Scopes = []string{"profile", "email"}
	}
}

// Check refuses settings that can't work, with a *claim.FieldError.
func (s *Settings) Check() error {
	if err := claim.CheckURL("issuer", s.Issuer, s.Private); err != nil {
		return err
	}
	if s.ClientID == "" || len(s.ClientID) > 512 {
		return claim.Wrong("client_id", "the provider gave a client id: it is needed")
	}
	if len(s.Scopes) > maxScopes || slices.ContainsFunc(s.Scopes, func(x string) bool { return x == "" || len(x) > 128 || strings.ContainsAny(x, " \"\\") }) {
		return claim.Wrong("scopes", "scopes are up to %d words", maxScopes)
	}
	_, err := claim.Client(s.Private, s.CA, s.Issuer)
	return err
}

// Provider asks one provider. It keeps what the provider says of itself, and its
// keys, for a while. It is safe for concurrent use.
type Provider struct {
	settings Settings
	secret   string
	clock    func() time.Time

	mu    sync.Mutex
	known *oidc.Provider
	since time.Time
}

// New makes a provider of checked settings.
func New(s Settings, secret string, clock func() time.Time) *Provider {
	return &Provider{settings: s, secret: secret, clock: clock}
}

// discover is the provider's own description (OpenID Connect Discovery 1.0, 4).
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, *http.Client, error) {
	client, err := claim.Client(p.settings.Private, p.settings.CA, p.settings.Issuer)
	if err != nil {
		return nil, nil, claim.Down(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil && p.clock().Sub(p.since) < discovered {
		return p.known, client, nil
	}
	// Keys are fetched later on, by requests that outlive this one.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), client), p.settings.Issuer)
	if err != nil {
		return nil, nil, claim.Down(err)
	}
	p.known, p.since = found, p.clock()
	return found, client, nil
}

func (p *Provider) config(found *oidc.Provider, redirect string) *oauth2.Config {
	scopes := append([]string{oidc.ScopeOpenID}, p.settings.Scopes...)
	return &oauth2.Config{ClientID: p.settings.ClientID, ClientSecret: p.secret, Endpoint: found.Endpoint(), RedirectURL: redirect,
		Scopes: slices.Compact(scopes)}
}

// URL is where the browser is sent.
func (p *Provider) URL(ctx context.Context, t claim.Trip) (string, error) {
	found, _, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.config(found, t.Redirect).AuthCodeURL(t.State, oidc.Nonce(t.Nonce), oauth2.S256ChallengeOption(t.Verifier)), nil
}

// Identify reads the answer that the browser brought back: the code is exchanged
// and the id token checked: signature, issuer, audience, time, nonce.
func (p *Provider) Identify(ctx context.Context, t claim.Trip, answer url.Values) (*claim.Identity, error) {
	if problem := answer.Get("error"); problem != "" {
		return nil, claim.Refused("the provider answered %q", clip(problem+" "+answer.Get("error_description")))
	}
	if iss := answer.Get("iss"); iss != "" && iss != p.settings.Issuer {
		return nil, claim.Refused("the answer is of another issuer") // RFC 9207
	}
	if answer.Get("code") == "" {
		return nil, claim.Refused("the answer has no code")
	}
	found, client, err := p.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, client)
	tokens, err := p.config(found, t.Redirect).Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(t.Verifier))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < 500 {
		return nil, claim.Refused("the provider refused the code: %s", clip(refused.ErrorCode))
	}
	if err != nil {
		return nil, claim.Down(err)
	}
	return p.read(ctx, found, tokens, t.Nonce)
}

func (p *Provider) read(ctx context.Context, found *oidc.Provider, tokens *oauth2.Token, nonce string) (*claim.Identity, error) {
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return nil, claim.Refused("the provider gave no id token")
	}
	verifier := found.Verifier(&oidc.Config{ClientID: p.settings.ClientID, Now: func() time.Time { return p.clock().Add(-skew) }})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return nil, claim.Refused("the id token is not good: %s", clip(err.Error()))
	}
	if nonce == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1 {
		return nil, claim.Refused("the id token was made for another sign-in")
	}
	object, err := claimsOf(token.Claims)
	if err != nil {
		return nil, err
	}
	if found.UserInfoEndpoint() != "" {
		if err := moreClaims(ctx, found, tokens, token.Subject, object); err != nil {
			return nil, err
		}
	}
	return p.identity(token, object)
}

// moreClaims adds what the provider only says at its userinfo endpoint; what the
// id token says is not replaced.
func moreClaims(ctx context.Context, found *oidc.Provider, tokens *oauth2.Token, subject string, object map[string]any) error {
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return claim.Down(err)
	}
	if info.Subject != subject {
		return claim.Refused("userinfo is about somebody else") // OpenID Connect Core 1.0, 5.3.2
	}
	more, err := claimsOf(info.Claims)
	if err != nil {
		return err
	}
	// An e-mail and its being verified are read from one place.
	if _, has := object["email"]; has {
		delete(more, "email_verified")
	}
	for name, value := range more {
		if _, has := object[name]; !has {
			object[name] = value
		}
	}
	return nil
}

func claimsOf(read func(any) error) (map[string]any, error) {
	var raw json.RawMessage
	if err := read(&raw); err != nil {
		return nil, claim.Refused("the claims can't be read")
	}
	object := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, claim.Refused("the claims can't be read")
	}
	return object, nil
}

func (p *Provider) identity(token *oidc.IDToken, object map[string]any) (*claim.Identity, error) {
	if token.Subject == "" || len(token.Subject) > 255 {
		return nil, claim.Refused("the id token has no subject of up to 255 characters")
	}
	claims := claim.Flatten(object)
	id := &claim.Identity{Subject: token.Issuer + "\n" + token.Subject, Claims: claims, EmailVerified: claims.First("email_verified") == "true"}
	for _, name := range []string{"preferred_username", "email", "name", "sub"} {
		if id.Login == "" {
			id.Login = claims.First(name)
		}
	}
	for _, method := range claims.All("amr") { // RFC 8176
		if slices.Contains([]string{"mfa", "otp", "hwk", "swk", "sms", "fpt", "face"}, method) {
			id.SecondFactor = true
		}
	}
	return id, nil
}

func clip(s string) string {
	return strings.ToValidUTF8(strings.TrimSpace(s)[:min(len(strings.TrimSpace(s)), 200)], "")
}

// Probe asks the provider what it is: the addresses it names.
func (p *Provider) Probe(ctx context.Context) (string, error) {
	found, client, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	var says struct {
		Keys string `json:"jwks_uri"`
	}
	if err := found.Claims(&says); err != nil || says.Keys == "" {
		return "", claim.Down(errors.New("the provider names no keys"))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, says.Keys, nil)
	if err != nil {
		return "", claim.Down(err)
	}
	res, err := client.Do(r)
	if err != nil {
		return "", claim.Down(err)
	}
	defer func() { _ = res.Body.Close() }()
	var keys struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(res.Body).Decode(&keys); err != nil || len(keys.Keys) == 0 {
		return "", claim.Down(errors.New("the provider's keys can't be read"))
	}
	return found.Endpoint().AuthURL, nil
}
