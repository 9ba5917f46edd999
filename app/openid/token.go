package openid

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/application"
	"stoa/app/fault"
	"stoa/app/session"
	"stoa/store"
)

// Credentials are what an application proves itself with at the token endpoint.
type Credentials struct {
	ClientID string
	Secret   string
	Proven   bool // a secret was sent, be it empty
}

// Tokens are what a grant gives.
type Tokens struct {
	Access  string
	Refresh string // "" = none
	ID      string // "" = openid was not asked for
	Scopes  []string
	TTL     time.Duration
}

// identify is the application that credentials prove, or application.Refused. A
// public one has nothing to prove; its codes are bound to it by PKCE.
func (s *Service) identify(ctx context.Context, o access.Origin, c Credentials) (*application.Application, error) {
	var app *application.Application
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		app, err = s.client(r, c.ClientID)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fault.Wrap(err)
	}
	if c.Proven || app == nil {
		if app, err = s.Application.Check(ctx, o, c.ClientID, c.Secret); err != nil {
			return nil, err
		}
		return app, nil
	}
	if !app.Public {
		return nil, application.Refused()
	}
	return app, s.Application.Note(ctx, o, app.ID, false)
}

// Token answers a token request (RFC 6749, 4.1.3, 4.4.2 and 6).
func (s *Service) Token(ctx context.Context, o access.Origin, c Credentials, v url.Values) (*Tokens, error) {
	for _, name := range []string{"grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope"} {
		if len(v[name]) > 1 {
			return nil, fails(fault.Invalid, "invalid_request", name, "%s is there twice", name)
		}
	}
	grant := v.Get("grant_type")
	if grant == "" {
		return nil, fails(fault.Missing, "invalid_request", "grant_type", "grant_type is missing")
	}
	if !slices.Contains([]string{application.GrantCode, application.GrantRefresh, application.GrantClient}, grant) {
		return nil, fails(fault.Invalid, "unsupported_grant_type", "grant_type", "grant_type must be authorization_code, refresh_token or client_credentials")
	}
	app, err := s.identify(ctx, o, c)
	if err != nil {
		return nil, err
	}
	if !app.Allows(grant) {
		return nil, application.Unauthorized(grant)
	}
	switch grant {
	case application.GrantCode:
		return s.exchange(ctx, o, app, v)
	case application.GrantRefresh:
		return s.renew(ctx, o, app, v)
	}
	return s.byItself(ctx, o, app, v)
}

// exchange gives tokens for a code.
func (s *Service) exchange(ctx context.Context, o access.Origin, app *application.Application, v url.Values) (*Tokens, error) {
	refused := fails(fault.Unauthenticated, "invalid_grant", "code", "the code is unknown, used, too old or another application's: sign in again")
	secret := v.Get("code")
	if secret == "" || v.Get("code_verifier") == "" {
		return nil, fails(fault.Missing, "invalid_request", "code", "code and code_verifier are needed")
	}
	var c *code
	var g *session.Grant
	var why *fault.Fault
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		g, why = nil, nil
		if c, err = s.codes.Get(tx, store.K().Bytes(hash(secret))); err != nil {
			return err
		}
		switch {
		case c.Client != app.ID: // whoever found it can't take it from its owner
			return store.ErrNotFound
		case !c.Used.IsZero():
			why = refused
			return s.Session.EndIDTx(tx, o, c.Made, "its authorization code came back: it was stolen")
		case !tx.Now().Before(c.Created.Add(codeLife)):
			return store.ErrNotFound
		}
		c.Used = tx.Now()
		if why = c.holds(v); why != nil {
			return s.codes.Update(tx, c)
		}
		if g, err = s.delegate(tx, o, app, c); err != nil {
			return err
		}
		c.Made = g.Session
		return s.codes.Update(tx, c)
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, refused
	}
	if err != nil {
		return nil, fault.Wrap(err)
	}
	if why != nil {
		return nil, why
	}
	t := &Tokens{Access: g.Token, Refresh: g.Refresh, Scopes: c.Scopes, TTL: session.ClientTTL}
	if slices.Contains(c.Scopes, application.ScopeOpenID) {
		t.ID, err = s.idToken(ctx, about{client: app.ClientID, account: g.Account, scopes: c.Scopes, access: g.Token, nonce: c.Nonce,
			authTime: c.AuthTime, methods: c.Methods})
	}
	return t, err
}

// holds compares what a code is bound to with what is sent with it.
func (c *code) holds(v url.Values) *fault.Fault {
	if v.Get("redirect_uri") != c.Redirect {
		return fails(fault.Unauthenticated, "invalid_grant", "redirect_uri", "redirect_uri is not the one that the code was asked for with")
	}
	verifier := v.Get("code_verifier")
	sum := sha256.Sum256([]byte(verifier))
	given := base64.RawURLEncoding.EncodeToString(sum[:])
	if len(verifier) < 43 || len(verifier) > 128 || subtle.ConstantTimeCompare([]byte(given), []byte(c.Challenge)) != 1 {
		return fails(fault.Unauthenticated, "invalid_grant", "code_verifier", "code_verifier does not belong to the code_challenge: sign in again")
	}
	return nil
}

// delegate opens the session of a code, while the browser's that it came from
// lasts.
func (s *Service) delegate(tx *store.Tx, o access.Origin, app *application.Application, c *code) (*session.Grant, error) {
	if _, err := s.Session.Proof(tx, c.Session); err != nil {
		return nil, err
	}
	return s.Session.DelegateTx(tx, o, session.Delegation{Account: c.Account, Application: app, Scopes: c.Scopes, Under: c.Session,
		Offline: slices.Contains(c.Scopes, application.ScopeOffline), Methods: c.Methods})
}

// renew gives new tokens for a refresh token.
func (s *Service) renew(ctx context.Context, o access.Origin, app *application.Application, v url.Values) (*Tokens, error) {
	if v.Get("refresh_token") == "" {
		return nil, fails(fault.Missing, "invalid_request", "refresh_token", "refresh_token is missing")
	}
	var wanted []string
	if v.Has("scope") {
		wanted = strings.Fields(v.Get("scope"))
	}
	g, scopes, err := s.Session.RefreshClient(ctx, o, app.ID, v.Get("refresh_token"), wanted)
	if err != nil {
		return nil, err
	}
	t := &Tokens{Access: g.Token, Refresh: g.Refresh, Scopes: scopes, TTL: session.ClientTTL}
	if slices.Contains(scopes, application.ScopeOpenID) {
		t.ID, err = s.idToken(ctx, about{client: app.ClientID, account: g.Account, scopes: scopes, access: g.Token})
	}
	return t, err
}

// byItself gives a token to an application that acts for nobody.
func (s *Service) byItself(ctx context.Context, o access.Origin, app *application.Application, v url.Values) (*Tokens, error) {
	var granted access.Set
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		granted, err = s.Application.Set(r, app)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	scopes := strings.Fields(v.Get("scope"))
	for _, name := range scopes {
		if p, ok := access.PermissionOf(name); !ok || !granted.Has(p) {
			return nil, fails(fault.Invalid, "invalid_scope", "scope", "the scope holds a permission that the application was not granted: it has %s", join(granted.Names()))
		}
	}
	g, err := s.Session.OpenApplication(ctx, o, app, scopes)
	if err != nil {
		return nil, err
	}
	if len(scopes) == 0 {
		scopes = granted.Names()
	}
	return &Tokens{Access: g.Token, Scopes: scopes, TTL: session.ClientTTL}, nil
}

func join(scopes []string) string { return strings.Join(scopes, " ") }

// Inspection is what is told of a token to those who may ask (RFC 7662).
type Inspection struct {
	Active   bool
	ClientID string
	Subject  string // "" = the application acts for itself
	Name     string
	Scopes   []string
	Refresh  bool
	Created  time.Time
	Expires  time.Time
}

// Introspect tells an application of a token of its own tenant's applications;
// every other one is not active.
func (s *Service) Introspect(ctx context.Context, o access.Origin, c Credentials, token string) (Inspection, error) {
	app, err := s.identify(ctx, o, c)
	if err != nil {
		return Inspection{}, err
	}
	if app.Public {
		return Inspection{}, application.Refused()
	}
	var t *session.ClientToken
	err = s.db.View(ctx, func(r store.Reader) (err error) {
		t, err = s.Session.Inspect(r, token)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && t.Application.Tenant != app.Tenant {
		return Inspection{}, nil
	}
	if err != nil {
		return Inspection{}, fault.Wrap(err)
	}
	out := Inspection{Active: true, ClientID: t.Application.ClientID, Scopes: t.Scopes, Refresh: t.Refresh, Created: t.Created, Expires: t.Expires}
	if t.Account != nil {
		out.Subject, out.Name = subject(t.Account.ID), t.Account.Name
	}
	return out, nil
}

// Revoke ends the session of one of the application's tokens (RFC 7009).
func (s *Service) Revoke(ctx context.Context, o access.Origin, c Credentials, token string) error {
	app, err := s.identify(ctx, o, c)
	if err != nil {
		return err
	}
	return s.Session.Revoke(ctx, o, app.ID, token)
}
