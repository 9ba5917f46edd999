package v1_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"stoa/app/access"
)

func TestApplicationSettings(t *testing.T) {
	w := open(t)
	made := w.want(201, "admin", "POST", "/v1/applications", object{"name": "Wiki", "redirect_uris": []string{"https://wiki.example.com/callback"},
		"grant_types": []string{"authorization_code", "refresh_token"}, "scopes": []string{"openid", "email"}})
	one := made.header.Get("Location")
	r := w.want(200, "admin", "PATCH", one, object{"name": "Team wiki", "description": "Where we write", "home": "https://wiki.example.com/",
		"logout_uris": []string{"https://wiki.example.com/bye"}, "trusted": true})
	if r.text("name") != "Team wiki" || r.text("trusted") != "true" {
		t.Errorf("changed: %s", r.body)
	}
	w.refused(412, "application.stale", "admin", "PATCH", one, object{"name": "Late"}, "If-Match", `"1"`)
	for code, change := range map[string]object{
		"application.uri":              {"redirect_uris": []string{"javascript:alert(1)"}},
		"application.uris":             {"redirect_uris": strings.Split(strings.Repeat("https://a.example.com/ ", 21), " ")},
		"application.grant_type":       {"grant_types": []string{"implicit"}},
		"application.refresh_alone":    {"grant_types": []string{"refresh_token"}},
		"application.redirect_missing": {"redirect_uris": []string{}},
		"application.scope":            {"scopes": []string{"everything"}},
		"application.logo":             {"logo": "data:image/svg+xml;base64,PHN2Zz4="},
		"application.home":             {"home": "ftp://wiki.example.com"},
	} {
		if r := w.call("admin", "PATCH", one, change); r.status != 422 || r.text("code") != code {
			t.Errorf("%v: %d %s", change, r.status, r.body)
		}
	}
	w.refused(403, "application.scope", "admin", "PATCH", one, object{"scopes": []string{"system.read"}})
	w.want(200, "admin", "PATCH", one, object{"state": "disabled"})
	w.refused(403, "application.frozen", "admin", "PATCH", one, object{"state": "frozen"})
	w.want(200, "first-super", "PATCH", one, object{"state": "frozen"})
	w.refused(403, "application.frozen", "admin", "PATCH", one, object{"state": "normal"})
	w.want(403, "member", "PATCH", one, object{"name": "Mine"})
}

func TestTwoSecretsSideBySide(t *testing.T) {
	w := open(t)
	made := w.want(201, "admin", "POST", "/v1/applications", object{"name": "Robot", "grants": []string{"account.read"}})
	one := made.header.Get("Location")
	w.refused(422, "application.overlap", "admin", "POST", one+"/rotate?overlap_hours=169", nil)
	fresh := w.want(200, "admin", "POST", one+"/rotate?overlap_hours=24", nil)
	for _, secret := range []string{made.text("client_secret"), fresh.text("client_secret")} {
		if _, err := w.Application.Check(t.Context(), access.Origin{Address: "192.0.2.7"}, made.text("client_id"), secret); err != nil {
			t.Errorf("within the overlap: %v", err)
		}
		w.Clock.Add(time.Minute)
	}
	if r := w.want(200, "admin", "GET", one, nil); !strings.Contains(string(r.body), "old_last_use_at") || !strings.Contains(string(r.body), "192.0.2.7") {
		t.Errorf("who used it: %s", r.body)
	}
	w.want(200, "admin", "DELETE", one+"/old-secret", nil)
	w.refused(409, "application.no_old_secret", "admin", "DELETE", one+"/old-secret", nil)
	if _, err := w.Application.Check(t.Context(), access.Origin{}, made.text("client_id"), made.text("client_secret")); err == nil {
		t.Error("the old secret was ended and is taken")
	}
	w.want(200, "admin", "POST", one+"/rotate?overlap_hours=1", nil)
	w.Clock.Add(time.Hour)
	if _, err := w.Application.Check(t.Context(), access.Origin{}, made.text("client_id"), fresh.text("client_secret")); err == nil {
		t.Error("the overlap is over and the old secret is taken")
	}
}

func TestInterfaces(t *testing.T) {
	w := open(t)
	w.Application.Know(func(url string) (access.Set, bool) {
		return access.Of(access.AccountRead), strings.HasSuffix(url, "/v1/accounts")
	})
	made := w.want(201, "admin", "POST", "/v1/interfaces", object{"name": "Accounts", "url": "GET /v1/accounts"})
	one := made.header.Get("Location")
	w.refused(422, "application.interface_url", "admin", "POST", "/v1/interfaces", object{"name": "Elsewhere", "url": "/nothing"})
	w.refused(403, "application.grant", "admin", "POST", "/v1/interfaces", object{"name": "More", "url": "/v1/accounts", "permissions": []string{"system.read"}})
	app := w.want(201, "admin", "POST", "/v1/applications", object{"name": "Robot"})
	at := app.header.Get("Location")
	w.want(200, "admin", "PUT", at+"/interfaces", object{"interfaces": []json.Number{json.Number(made.text("id"))}})
	g, err := w.Session.LoginApplication(t.Context(), access.Origin{}, app.text("client_id"), app.text("client_secret"), 0)
	if err != nil || g.Actor.Set != access.Of(access.AccountRead) {
		t.Errorf("by the interface: %v, %v", g, err)
	}
	w.refused(409, "application.interface_used", "admin", "DELETE", one, nil)
	w.want(200, "admin", "PATCH", one, object{"permissions": []string{}})
	if by, err := w.Session.Authenticate(t.Context(), access.Origin{}, g.Token); err != nil || by.Set != (access.Set{}) {
		t.Errorf("after it was emptied: %v, %v", by.Set.Names(), err)
	}
	w.refused(404, "application.interface_not_found", "admin", "PUT", at+"/interfaces", object{"interfaces": []int{999}})
	w.want(404, "stranger", "GET", one, nil)
	w.want(404, "stranger", "PATCH", one, object{"name": "Mine"})
	w.want(200, "admin", "GET", one, nil)
	if r := w.want(200, "admin", "GET", "/v1/interfaces?q=acc", nil); r.text("total") != "1" {
		t.Errorf("found: %s", r.body)
	}
	w.want(403, "member", "GET", "/v1/interfaces", nil)
	w.want(200, "admin", "PUT", at+"/interfaces", object{"interfaces": []int{}})
	w.want(204, "admin", "DELETE", one, nil)
}

func TestSignInToAnApplication(t *testing.T) {
	w := open(t)
	made := w.want(201, "admin", "POST", "/v1/applications", object{"name": "Wiki", "redirect_uris": []string{"https://wiki.example.com/callback"},
		"logout_uris": []string{"https://wiki.example.com/bye"}, "grant_types": []string{"authorization_code"}})
	answer, err := w.OpenID.Authorize(t.Context(), access.Actor{}, url.Values{"client_id": {made.text("client_id")}, "response_type": {"code"},
		"redirect_uri": {"https://wiki.example.com/callback"}, "scope": {"openid"}, "code_challenge_method": {"S256"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}}, false)
	if err != nil || answer.Ask == nil {
		t.Fatalf("%+v, %v", answer, err)
	}
	step := object{"request": answer.Ask.Request}
	if r := w.want(200, "", "POST", "/v1/authorizations", step); r.text("ask") != "sign_in" {
		t.Errorf("nobody: %s", r.body)
	}
	if r := w.want(200, "member", "POST", "/v1/authorizations", step); r.text("ask") != "consent" {
		t.Errorf("the first time: %s", r.body)
	}
	if r := w.want(200, "member", "POST", "/v1/authorizations", object{"request": answer.Ask.Request, "approve": true}); !strings.Contains(r.text("redirect_to"), "code=") {
		t.Errorf("agreed: %s", r.body)
	}
	w.refused(404, "openid.request", "member", "POST", "/v1/authorizations", object{"request": "invented"})
	if r := w.want(200, "member", "GET", "/v1/me/applications", nil); r.text("total") != "1" {
		t.Errorf("connected: %s", r.body)
	}
	w.want(401, "", "GET", "/v1/me/applications", nil)
	consents := made.header.Get("Location") + "/consents"
	if r := w.want(200, "admin", "GET", consents, nil); r.text("total") != "1" {
		t.Errorf("who signs in: %s", r.body)
	}
	w.want(404, "stranger", "GET", consents, nil)
	w.want(204, "admin", "DELETE", w.path(consents+"/{id}", "member"), nil)
	w.refused(404, "openid.not_connected", "admin", "DELETE", w.path(consents+"/{id}", "member"), nil)
	w.want(200, "member", "POST", "/v1/authorizations", object{"request": answer.Ask.Request, "approve": true})
	mine := "/v1/me/applications/" + made.text("id")
	w.want(204, "member", "DELETE", mine, nil)
	w.refused(404, "openid.not_connected", "member", "DELETE", mine, nil)
	if r := w.want(200, "admin", "GET", "/v1/openid", nil); !strings.HasSuffix(r.text("discovery"), "/.well-known/openid-configuration") || r.count("keys") != 1 {
		t.Errorf("provider: %s", r.body)
	}
	w.want(403, "member", "GET", "/v1/openid", nil)

	bye, err := w.OpenID.BeginLogout(t.Context(), url.Values{"client_id": {made.text("client_id")}, "state": {"s"},
		"post_logout_redirect_uri": {"https://wiki.example.com/bye"}})
	if err != nil {
		t.Fatal(err)
	}
	w.refused(404, "openid.request", "member", "POST", "/v1/farewells", object{"request": "invented"})
	if r := w.want(200, "member", "POST", "/v1/farewells", object{"request": bye}); r.text("ask") != "true" {
		t.Errorf("signed out without asking: %s", r.body)
	}
	if r := w.want(200, "member", "POST", "/v1/farewells", object{"request": bye, "confirm": true}); r.text("redirect_to") != "https://wiki.example.com/bye?state=s" {
		t.Errorf("afterwards: %s", r.body)
	}
	w.want(401, "member", "GET", "/v1/me", nil)
}

// An application's own calls, and those that it makes for people, are told apart from
// everybody else's.
func TestApplicationUsage(t *testing.T) {
	w := open(t)
	made := w.want(201, "admin", "POST", "/v1/applications", object{"name": "Robot", "grants": []string{"account.read"}})
	one := made.header.Get("Location")
	if r := w.want(200, "admin", "GET", one+"/usage", nil); r.text("calls") != "0" || strings.Contains(string(r.body), "last_used") {
		t.Errorf("before any use: %s", r.body)
	}
	w.want(200, "admin", "GET", "/v1/accounts", nil)
	app, err := w.Application.Check(t.Context(), access.Origin{Address: "192.0.2.7"}, made.text("client_id"), made.text("client_secret"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := w.Session.OpenApplication(t.Context(), access.Origin{Dialect: "v1"}, app, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.want(200, "", "GET", "/v1/accounts", nil, "Authorization", "Bearer "+g.Token)
	}
	w.want(403, "", "GET", "/v1/audit", nil, "Authorization", "Bearer "+g.Token)
	r := w.want(200, "admin", "GET", one+"/usage?days=1", nil)
	for _, want := range []string{`"calls":4`, `"name":"v1.accounts.list","calls":3`, `"name":"v1.audit.list","calls":1`, `"last_used"`} {
		if !strings.Contains(string(r.body), want) {
			t.Errorf("%s is not in %s", want, r.body)
		}
	}
	w.want(403, "member", "GET", one+"/usage", nil)
	w.refused(422, "application.days", "admin", "GET", one+"/usage?days=91", nil)
}
