package openid

import (
	"context"
	"errors"
	"net/url"

	"stoa/app/access"
	"stoa/app/application"
	"stoa/app/fault"
	"stoa/store"
)

// farewell is a request to sign out that was found good.
type farewell struct {
	Subject  string `json:"u,omitempty"` // whom the application means
	Redirect string `json:"r,omitempty"`
	State    string `json:"t,omitempty"`
	Name     string `json:"n,omitempty"` // of the application
	At       int64  `json:"at"`
}

// Farewell is the question whether somebody wants to sign out.
type Farewell struct {
	Application string // its name; "" = none is named
	Redirect    string // where the browser goes afterwards; "" = it stays
	Ask         bool   // the person has not said yet that they want to
}

// BeginLogout checks a request to sign out (OpenID Connect RP-Initiated Logout
// 1.0) and seals it for the page that does it.
func (s *Service) BeginLogout(ctx context.Context, v url.Values) (string, error) {
	f := farewell{State: v.Get("state"), At: s.db.Clock().UnixNano()}
	if len(f.State) > maxState {
		return "", fails(fault.Invalid, "invalid_request", "state", "state has up to %d bytes", maxState)
	}
	clientID := v.Get("client_id")
	if hint := v.Get("id_token_hint"); hint != "" {
		claims, err := s.hinted(hint)
		if err != nil || len(claims.Audience) != 1 || clientID != "" && claims.Audience[0] != clientID {
			return "", fails(fault.Invalid, "invalid_request", "id_token_hint", "id_token_hint is no id token of this server and application")
		}
		f.Subject, clientID = claims.Subject, claims.Audience[0]
	}
	var app *application.Application
	if clientID != "" {
		err := s.db.View(ctx, func(r store.Reader) (err error) {
			app, err = s.client(r, clientID)
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			return "", fails(fault.Invalid, "invalid_client", "client_id", "there is no such application")
		}
		if err != nil {
			return "", fault.Wrap(err)
		}
		f.Name = app.Name
	}
	if f.Redirect = v.Get("post_logout_redirect_uri"); f.Redirect != "" && (app == nil || !app.MayLogout(f.Redirect)) {
		return "", fails(fault.Invalid, "invalid_redirect_uri", "post_logout_redirect_uri", "this address is none that the application has registered for after signing out")
	}
	sealed, err := s.keep(f)
	return sealed, fault.Wrap(err)
}

// Logout ends the session of the person at the browser, where they or an id token
// of theirs say so, and tells where to go. With nobody signed in there is nothing
// to ask.
func (s *Service) Logout(ctx context.Context, by access.Actor, sealed string, confirmed bool) (Farewell, error) {
	var f farewell
	if err := s.resume(sealed, &f, func() int64 { return f.At }, s.db.Clock()); err != nil {
		return Farewell{}, err
	}
	out := Farewell{Application: f.Name}
	if f.Redirect != "" {
		out.Redirect = f.Redirect
		if f.State != "" {
			out.Redirect = withState(f.Redirect, f.State)
		}
	}
	if !person(by) {
		return out, nil
	}
	if !confirmed && f.Subject != subject(by.Account) {
		out.Ask = true
		return out, nil
	}
	return out, s.Session.Logout(ctx, by)
}

func withState(redirect, state string) string {
	join := "?"
	if u, err := url.Parse(redirect); err == nil && u.RawQuery != "" {
		join = "&"
	}
	return redirect + join + url.Values{"state": {state}}.Encode()
}
