package openid_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"stoa/api"
	"stoa/app/account"
	"stoa/app/application"
	"stoa/app/apptest"
	"stoa/app/org"
)

// What must not work, each in a world of its own.
func TestCodeIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(w *world, p *party)
		want  string
	}{
		"with another verifier":     {func(_ *world, p *party) { p.verifier = oauth2.GenerateVerifier() }, "invalid_grant"},
		"with another redirect URI": {func(_ *world, p *party) { p.config.RedirectURL = callback + "/other" }, "invalid_grant"},
		"too late":                  {func(w *world, _ *party) { w.Clock.Add(time.Minute) }, "invalid_grant"},
		"with a wrong secret":       {func(_ *world, p *party) { p.config.ClientSecret = "wrong" }, "invalid_client"},
		"by another client": {func(w *world, p *party) {
			other, secret := w.register(application.Change{})
			p.config.ClientID, p.config.ClientSecret = other.ClientID, secret
		}, "invalid_grant"},
		"after the browser signed out": {func(w *world, _ *party) {
			if _, err := w.Session.EndAll(w.t.Context(), w.Super, w.person.ID); err != nil {
				w.t.Fatal(err)
			}
		}, "invalid_grant"},
		"of a disabled application": {func(w *world, p *party) {
			w.state(p, application.Disabled)
		}, "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.party(w.register(application.Change{}))
			code := p.code().Get("code")
			c.spoil(w, p)
			if _, err := p.exchange(t.Context(), code); oauthError(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
			w.Verify()
		})
	}
}

func (w *world) state(p *party, s application.State) {
	w.t.Helper()
	page, err := w.Application.List(w.t.Context(), w.admin, application.Filter{Text: p.config.ClientID})
	if err != nil || len(page.Items) != 1 {
		w.t.Fatal(page, err)
	}
	if _, err := w.Application.Update(w.t.Context(), w.admin, page.Items[0].ID, application.Change{State: &s}, 0); err != nil {
		w.t.Fatal(err)
	}
}

func TestReplayEndsWhatWasMade(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	p := w.party(w.register(application.Change{}))
	p.config.Scopes = append(p.config.Scopes, "offline_access")
	code := p.code().Get("code")
	token, err := p.exchange(ctx, code)
	if err != nil || token.RefreshToken == "" {
		t.Fatal(token, err)
	}
	if _, err := p.exchange(ctx, code); oauthError(err) != "invalid_grant" {
		t.Errorf("a code came back: %v", err)
	}
	if _, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(token)); err == nil {
		t.Error("the token lives after its code came back")
	}

	token, err = p.exchange(ctx, p.code().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	stale := &oauth2.Token{RefreshToken: token.RefreshToken, Expiry: time.Unix(1, 0)}
	next, err := p.config.TokenSource(ctx, stale).Token()
	if err != nil || next.RefreshToken == token.RefreshToken {
		t.Fatal(next, err)
	}
	if _, err := p.config.TokenSource(ctx, stale).Token(); oauthError(err) != "invalid_grant" {
		t.Errorf("a refresh token came back: %v", err)
	}
	if _, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(next)); err == nil {
		t.Error("the family lives after a refresh token came back")
	}
}

// Whoever ends the person, the tenant or the connection ends the tokens.
func TestTokensEndAtOnce(t *testing.T) {
	disabled, frozen := account.Disabled, org.Frozen
	for name, end := range map[string]func(w *world, app *application.Application) error{
		"account disabled": func(w *world, _ *application.Application) error {
			_, err := w.App.App.Account.Update(w.t.Context(), w.Super, w.person.ID, account.Change{State: &disabled}, 0)
			return err
		},
		"tenant frozen": func(w *world, _ *application.Application) error {
			_, err := w.Org.UpdateOrganisation(w.t.Context(), w.Super, 2, org.OrganisationChange{State: &frozen}, 0)
			return err
		},
		"application disabled": func(w *world, app *application.Application) error {
			s := application.Disabled
			_, err := w.Application.Update(w.t.Context(), w.admin, app.ID, application.Change{State: &s}, 0)
			return err
		},
		"application deleted": func(w *world, app *application.Application) error {
			return w.Application.Delete(w.t.Context(), w.admin, app.ID)
		},
		"taken back": func(w *world, app *application.Application) error {
			return w.OpenID.Forget(w.t.Context(), w.Actor(w.person), w.person.ID, app.ID)
		},
		"all sessions ended": func(w *world, _ *application.Application) error {
			_, err := w.Session.EndAll(w.t.Context(), w.Super, w.person.ID)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			app, secret := w.register(application.Change{})
			p := w.party(app, secret, "openid", "offline_access")
			token, err := p.exchange(t.Context(), p.code().Get("code"))
			if err != nil {
				t.Fatal(err)
			}
			if err := end(w, app); err != nil {
				t.Fatal(err)
			}
			if _, err := p.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(token)); err == nil {
				t.Error("the access token lives")
			}
			if _, err := p.config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken, Expiry: time.Unix(1, 0)}).Token(); err == nil {
				t.Error("the refresh token lives")
			}
			w.Verify()
		})
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	w := newWorld(t)
	p := w.party(w.register(application.Change{}))
	good, err := url.Parse(p.config.AuthCodeURL("s", oauth2.S256ChallengeOption(p.verifier)))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key, value, want string
	}{
		"an unregistered redirect": {"redirect_uri", "https://evil.example.com/", "page"},
		"a redirect with more":     {"redirect_uri", callback + "?next=https://evil.example.com", "page"},
		"a redirect to a script":   {"redirect_uri", "javascript:alert(1)", "page"},
		"an unknown client":        {"client_id", "nobody", "page"},
		"no PKCE":                  {"code_challenge", "", "invalid_request"},
		"plain PKCE":               {"code_challenge_method", "plain", "invalid_request"},
		"the implicit flow":        {"response_type", "token", "unsupported_response_type"},
		"no known scope":           {"scope", "everything", "invalid_scope"},
		"a request object":         {"request", "e30.e30.", "request_not_supported"},
		"prompts that fight":       {"prompt", "none login", "invalid_request"},
		"a strange max_age":        {"max_age", "-1", "invalid_request"},
		"an unsigned hint":         {"id_token_hint", unsigned(w), "invalid_request"},
		"nobody to ask":            {"prompt", "none", "login_required"},
	} {
		u := *good
		q := u.Query()
		q.Set(c.key, c.value)
		u.RawQuery = q.Encode()
		to := w.browse(u.String(), "")
		if c.want == "page" {
			if to.Host != "" {
				t.Errorf("%s: the browser is sent to %s", name, to)
			}
			continue
		}
		if got := to.Query(); !strings.HasPrefix(to.String(), callback+"?") || got.Get("error") != c.want || got.Get("state") != "s" || got.Get("iss") != w.url {
			t.Errorf("%s: %s, want %s", name, to, c.want)
		}
	}
	twice := *good
	twice.RawQuery += "&state=t"
	if to := w.browse(twice.String(), ""); to.Query().Get("error") != "invalid_request" {
		t.Errorf("a parameter twice: %s", to)
	}
	if to := w.browse(good.String()+"&prompt=none", w.cookie); to.Query().Get("error") != "consent_required" {
		t.Errorf("without consent: %s", to)
	}
	p.code()
	if to := w.browse(good.String()+"&prompt=none", w.cookie); to.Query().Get("code") == "" {
		t.Errorf("with consent: %s", to)
	}
	w.Clock.Add(time.Hour)
	if to := w.browse(good.String()+"&max_age=60", w.cookie); to.Path != "/console/authorize" {
		t.Errorf("signed in too long ago: %s", to)
	}
	if to := w.browse(good.String()+"&prompt=login", w.cookie); to.Path != "/console/authorize" || w.decide(to.Query().Get("request"), w.cookie, nil)["ask"] != "sign_in" {
		t.Errorf("must sign in again: %s", to)
	}
}

// unsigned is an id token with alg none.
func unsigned(w *world) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + enc([]byte(`{"iss":"`+w.url+`","sub":"1","aud":"x"}`)) + "."
}

func TestOwnOrganisationAlone(t *testing.T) {
	w := newWorld(t)
	app, secret := w.register(application.Change{})
	p := w.party(app, secret)
	w.Account(5, "stranger")
	cookie := w.Login("stranger").Token
	address := p.config.AuthCodeURL("s", oauth2.S256ChallengeOption(p.verifier))
	if to := w.browse(address, cookie); to.Query().Get("error") != "access_denied" {
		t.Errorf("a stranger: %s", to)
	}
	yes := true
	if _, err := w.Application.Update(t.Context(), w.admin, app.ID, application.Change{Everyone: &yes, Trusted: &yes}, 0); err != nil {
		t.Fatal(err)
	}
	if to := w.browse(address, cookie); to.Path != "/console/authorize" {
		t.Errorf("a stranger is trusted: %s", to)
	}
	if to := w.browse(address, w.cookie); to.Query().Get("code") == "" {
		t.Errorf("asked although the application is trusted: %s", to)
	}
}

// A token does what its scopes, the application and the person allow, and is no
// key to the person's own account.
func TestScopesBoundRights(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	app, secret := w.register(application.Change{})
	w.cookie = w.Login("boss").Token
	w.Clock.Add(time.Second)
	p := w.party(app, secret, "openid", "account.read")
	token, err := p.exchange(ctx, p.code().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	by, err := w.Session.Authenticate(ctx, apptest.Origin("test"), token.AccessToken)
	if err != nil || by.Client != app.ID || strings.Join(by.Set.Names(), " ") != "account.read" {
		t.Fatalf("%v %v", by, err)
	}
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/v1/accounts", 200}, {"POST", "/v1/accounts", 403}, {"GET", "/v1/me", 403}, {"POST", "/v1/me/token", 403}, {"GET", "/v1/applications", 403},
		{"GET", "/v1/me/sessions", 403}, {"GET", "/oauth2/userinfo", 200},
	} {
		req, err := http.NewRequestWithContext(ctx, c.method, w.url+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token.AccessToken)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, res.StatusCode, c.status)
		}
	}
	less := []string{"openid"}
	if _, err := w.Application.Update(ctx, w.admin, app.ID, application.Change{Scopes: &less}, 0); err != nil {
		t.Fatal(err)
	}
	if by, err = w.Session.Authenticate(ctx, apptest.Origin("test"), token.AccessToken); err != nil || len(by.Set.Names()) != 0 {
		t.Errorf("after the application lost the scope: %v %v", by.Set.Names(), err)
	}
}

func TestNativeProgram(t *testing.T) {
	w := newWorld(t)
	app, _, err := w.Application.Create(t.Context(), w.admin, application.New{Name: "Desk", Public: true,
		Change: application.Change{Redirects: &[]string{"http://127.0.0.1/callback", "com.example.desk:/callback"}}})
	if err != nil {
		t.Fatal(err)
	}
	for uri, want := range map[string]bool{"http://127.0.0.1:49152/callback": true, "http://127.0.0.1/callback": true, "com.example.desk:/callback": true,
		"http://127.0.0.1:1/other": false, "http://localhost:1/callback": false, "http://127.0.0.1.evil.example.com/callback": false,
		"http://user@127.0.0.1:1/callback": false, "https://127.0.0.1:1/callback": false, "http://127.0.0.1:1/callback#x": false} {
		if app.MayRedirect(uri) != want {
			t.Errorf("%s: %v", uri, !want)
		}
	}
	p := w.party(app, "", "openid")
	p.config.RedirectURL = "http://127.0.0.1:49152/callback"
	p.config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	to := w.browse(p.config.AuthCodeURL("s", oauth2.S256ChallengeOption(p.verifier)), w.cookie)
	yes := true
	back, _ := w.decide(to.Query().Get("request"), w.cookie, &yes)["redirect_to"].(string)
	u, err := url.Parse(back)
	if err != nil || u.Port() != "49152" {
		t.Fatal(back, err)
	}
	if _, err := p.exchange(t.Context(), u.Query().Get("code")); err != nil {
		t.Errorf("without a secret: %v", err)
	}
}

func TestKeysChange(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	first, err := w.OpenID.Keys(ctx)
	if err != nil || len(first) != 1 {
		t.Fatal(first, err)
	}
	w.Clock.Add(90 * 24 * time.Hour)
	if err := w.OpenID.Tend(ctx); err != nil {
		t.Fatal(err)
	}
	both, err := w.OpenID.Keys(ctx)
	if err != nil || len(both) != 2 || !both[0].Signs.After(w.Clock.Now()) || both[1].Ends.IsZero() {
		t.Fatalf("%+v %v", both, err)
	}
	w.Clock.Add(3 * 24 * time.Hour)
	if _, _, err := w.DB.Reap(ctx, 100); err != nil {
		t.Fatal(err)
	}
	if left, err := w.OpenID.Keys(ctx); err != nil || len(left) != 1 || left[0].ID != both[0].ID {
		t.Errorf("%+v %v", left, err)
	}
	w.Verify()
}

func TestSweepForgetsWhatIsGone(t *testing.T) {
	w := newWorld(t)
	app, secret := w.register(application.Change{})
	w.party(app, secret).code()
	if n, err := w.OpenID.Sweep(t.Context()); err != nil || n != 0 {
		t.Errorf("swept %d, %v", n, err)
	}
	if err := w.Application.Delete(t.Context(), w.admin, app.ID); err != nil {
		t.Fatal(err)
	}
	if n, err := w.OpenID.Sweep(t.Context()); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
}

// No parameters give a 500, another dialect's envelope, or a way to an address
// that is not registered.
func FuzzParameters(f *testing.F) {
	a := apptest.Open(f)
	handler := api.Handler(a.App, api.Options{Clock: a.Clock.Now})
	app, secret, err := a.Application.Create(f.Context(), a.Super, application.New{Name: "Fuzzed", Change: application.Change{
		Redirects: &[]string{callback}, Types: &[]string{application.GrantCode, application.GrantClient}}})
	if err != nil {
		f.Fatal(err)
	}
	id := "client_id=" + app.ClientID
	f.Add(uint8(0), id+"&redirect_uri="+url.QueryEscape(callback)+"&response_type=code&scope=openid&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "")
	f.Add(uint8(0), id+"&redirect_uri=%2F%2Fevil.example.com&state=%zz", "")
	f.Add(uint8(1), id+"&client_secret="+secret+"&grant_type=client_credentials&scope=%00", "")
	f.Add(uint8(1), "grant_type=authorization_code&code=x&code=y", "Basic "+base64.StdEncoding.EncodeToString([]byte(app.ClientID+":"+secret)))
	f.Add(uint8(2), id+"&token=stoa_r_&client_secret="+secret, "Basic %%%")
	f.Add(uint8(3), "id_token_hint=e30.e30.&post_logout_redirect_uri=x", "")
	f.Fuzz(func(t *testing.T, where uint8, parameters, authorization string) {
		paths := []string{"/oauth2/authorize", "/oauth2/token", "/oauth2/introspect", "/oauth2/logout", "/oauth2/revoke"}
		path := paths[int(where)%len(paths)]
		r := httptest.NewRequest("POST", path, strings.NewReader(parameters))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if !strings.ContainsAny(authorization, "\r\n\x00") {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		to := w.Header().Get("Location")
		switch {
		case w.Code >= 500:
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		case to != "" && !strings.HasPrefix(to, "/console/") && !strings.HasPrefix(to, callback+"?"):
			t.Fatalf("%s leads to %s", path, to)
		case w.Code >= 400:
			var body struct{ Error string }
			if json.Unmarshal(w.Body.Bytes(), &body) != nil || body.Error == "" {
				t.Fatalf("%s: %s", path, w.Body)
			}
		}
	})
}

// oauthError is the library's view of a refusal.
func oauthError(err error) string {
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused):
		return refused.ErrorCode
	case err != nil:
		return err.Error()
	}
	return ""
}
