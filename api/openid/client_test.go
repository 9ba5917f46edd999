package openid_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"stoa/api"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/application"
	"stoa/app/apptest"
)

const callback = "https://grafana.example.com/login/generic_oauth"

// world is a server that a maintained client library talks to, and a browser.
type world struct {
	*apptest.App
	t      *testing.T
	url    string
	admin  access.Actor
	person *account.Account
	cookie string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	a := apptest.Open(t, func(c *app.Config) { c.PublicURL = server.URL })
	handler = api.Handler(a.App, api.Options{Clock: a.Clock.Now})
	w := &world{App: a, t: t, url: server.URL, admin: a.Actor(a.Account(2, "boss", access.RoleAdmin)), person: a.Account(2, "lin.hua")}
	w.cookie = a.Login("lin.hua").Token
	a.Clock.Add(time.Second)
	return w
}

// register makes an application that signs people in.
func (w *world) register(change application.Change) (*application.Application, string) {
	w.t.Helper()
	if change.Redirects == nil {
		change.Redirects = &[]string{callback}
	}
	if change.Types == nil {
		change.Types = &[]string{application.GrantCode, application.GrantRefresh, application.GrantClient}
	}
	if change.Scopes == nil {
		change.Scopes = &[]string{"openid", "profile", "email", "phone", "roles", "offline_access", "account.read"}
	}
	app, secret, err := w.Application.Create(w.t.Context(), w.admin, application.New{Name: "Grafana", Grants: []string{"account.read"}, Change: change})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Clock.Add(time.Second)
	return app, secret
}

// party is a relying party on the library.
type party struct {
	w        *world
	config   oauth2.Config
	provider *oidc.Provider
	verifier string
}

func (w *world) party(app *application.Application, secret string, scopes ...string) *party {
	w.t.Helper()
	provider, err := oidc.NewProvider(w.t.Context(), w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	if scopes == nil {
		scopes = []string{oidc.ScopeOpenID, "profile", "email", "roles"}
	}
	return &party{w: w, provider: provider, verifier: oauth2.GenerateVerifier(), config: oauth2.Config{ClientID: app.ClientID, ClientSecret: secret,
		Endpoint: provider.Endpoint(), RedirectURL: callback, Scopes: scopes}}
}

// browse opens an address in the person's browser and gives where it is sent.
func (w *world) browse(address, cookie string) *url.URL {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), "GET", address, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if cookie != "" {
		req.AddCookie(&http.Cookie{Name: "stoa", Value: cookie})
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	to, err := res.Location()
	if err != nil {
		return &url.URL{Opaque: string(body)}
	}
	return to
}

// decide is what the consent page does.
func (w *world) decide(request, cookie string, approve *bool) map[string]any {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"request": request, "approve": approve})
	if err != nil {
		w.t.Fatal(err)
	}
	if approve == nil {
		body = []byte(`{"request":"` + request + `"}`)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), "POST", w.url+"/v1/authorizations", strings.NewReader(string(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if cookie != "" {
		req.AddCookie(&http.Cookie{Name: "stoa", Value: cookie})
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// code signs the person in and agrees; it gives what came back in the query.
func (p *party) code(options ...oauth2.AuthCodeOption) url.Values {
	p.w.t.Helper()
	to := p.w.browse(p.config.AuthCodeURL("state-1", append(options, oauth2.S256ChallengeOption(p.verifier), oidc.Nonce("nonce-1"))...), p.w.cookie)
	if to.Path == "/console/authorize" {
		yes := true
		answer := p.w.decide(to.Query().Get("request"), p.w.cookie, &yes)
		redirect, _ := answer["redirect_to"].(string)
		var err error
		if to, err = url.Parse(redirect); err != nil || redirect == "" {
			p.w.t.Fatalf("the page is told %v, %v", answer, err)
		}
	}
	if !strings.HasPrefix(to.String(), callback+"?") {
		p.w.t.Fatalf("the browser is sent to %s", to)
	}
	return to.Query()
}

func (p *party) exchange(ctx context.Context, code string, options ...oauth2.AuthCodeOption) (*oauth2.Token, error) {
	return p.config.Exchange(ctx, code, append([]oauth2.AuthCodeOption{oauth2.VerifierOption(p.verifier)}, options...)...)
}

// oauthError is the library's view of a refusal.
func oauthError(err error) string {
	if e, ok := err.(*oauth2.RetrieveError); ok {
		return e.ErrorCode
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestClientLibrarySignsIn(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	app, secret := w.register(application.Change{})
	p := w.party(app, secret)
	back := p.code()
	if back.Get("state") != "state-1" || back.Get("iss") != w.url {
		t.Fatalf("came back with %v", back)
	}
	token, err := p.exchange(ctx, back.Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	verified, err := p.provider.VerifierContext(ctx, &oidc.Config{ClientID: app.ClientID, Now: w.Clock.Now}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if verified.Nonce != "nonce-1" || verified.VerifyAccessToken(token.AccessToken) != nil {
		t.Errorf("nonce %q, at_hash %v", verified.Nonce, verified.VerifyAccessToken(token.AccessToken))
	}
	var claims struct {
		Sub      string   `json:"sub"`
		Name     string   `json:"preferred_username"`
		Email    string   `json:"email"`
		Roles    []string `json:"roles"`
		AuthTime int64    `json:"auth_time"`
		AMR      []string `json:"amr"`
		ACR      string   `json:"acr"`
	}
	if err := verified.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if claims.Name != "lin.hua" || claims.Email != "lin.hua@example.com" || !slices.Contains(claims.Roles, "ROLE_MEMBER") || claims.ACR != "aal1" ||
		!slices.Equal(claims.AMR, []string{"pwd"}) || claims.AuthTime != apptest.Start().Unix() {
		t.Errorf("claims %+v", claims)
	}
	info, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil || info.Subject != claims.Sub || info.Email != claims.Email {
		t.Errorf("user info %+v, %v", info, err)
	}
	if token.RefreshToken != "" {
		t.Error("a refresh token nobody asked for")
	}

	// The second time nobody is asked, and a session that ends takes the token along.
	again := w.browse(p.config.AuthCodeURL("state-2", oauth2.S256ChallengeOption(p.verifier)), w.cookie)
	if again.Query().Get("code") == "" {
		t.Errorf("asked again: %s", again)
	}
	by, err := w.Session.Authenticate(ctx, apptest.Origin("test"), w.cookie)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Session.Logout(ctx, by); err != nil {
		t.Fatal(err)
	}
	if _, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(token)); err == nil {
		t.Error("the token outlived the session")
	}
	w.Verify()
}
