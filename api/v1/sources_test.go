package v1_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"stoa/api/v1/elsewhere"
	"stoa/app/apptest"
	"stoa/app/source/slapdtest"
)

// wecom is as much of WeCom as signs ZhangSan in.
func wecom(t *testing.T) string {
	t.Helper()
	say := func(answer map[string]any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			answer["errcode"] = 0
			_ = json.NewEncoder(w).Encode(answer)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/cgi-bin/gettoken", say(object{"access_token": "t1", "expires_in": 7200}))
	mux.Handle("/cgi-bin/auth/getuserinfo", say(object{"userid": "ZhangSan"}))
	mux.Handle("/cgi-bin/user/get", say(object{"userid": "ZhangSan", "name": "Jane Heron", "status": 1}))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func company(at string) elsewhere.SourceInput {
	secret := "invented"
	return elsewhere.SourceInput{Tenant: 1, Kind: "wecom", Name: "Example WeCom", Enabled: true, Secret: &secret,
		WeCom:  &elsewhere.SourceWeCom{CorpID: "ww1", AgentID: "1", API: at, Login: at, Private: true},
		Policy: elsewhere.SourcePolicy{Create: true, Roles: []uint64{}}}
}

func TestSources(t *testing.T) {
	w := open(t)
	in := company(wecom(t))
	w.want(403, "admin", "POST", "/v1/sources", in)
	w.want(403, "admin", "GET", "/v1/sources", nil)
	r := w.want(201, apptest.SuperName, "POST", "/v1/sources", in)
	one := "/v1/sources/" + r.text("id")
	if r.text("secret_set") != "true" || strings.Contains(string(r.body), "invented") || !strings.HasSuffix(r.text("callback"), one+"/callback") {
		t.Errorf("made: %s", r.body)
	}
	w.want(403, "admin", "GET", one, nil)
	etag := w.want(200, apptest.SuperName, "GET", one, nil).header.Get("Etag")
	in.Name, in.Secret = "Renamed", nil
	r = w.want(200, apptest.SuperName, "PUT", one, in, "If-Match", etag)
	if r.text("name") != "Renamed" || r.text("secret_set") != "true" {
		t.Errorf("changed: %s", r.body)
	}
	w.refused(412, "source.stale", apptest.SuperName, "PUT", one, in, "If-Match", etag)
	if r := w.want(200, apptest.SuperName, "GET", "/v1/sources", nil); r.count("items") != 1 {
		t.Errorf("listed: %s", r.body)
	}
	if r := w.want(200, "", "GET", "/v1/sources/public", nil); r.text("items", 0, "name") != "Renamed" {
		t.Errorf("public: %s", r.body)
	}
	if r := w.want(200, apptest.SuperName, "POST", one+"/test", object{}); r.text("ok") != "true" {
		t.Errorf("tested: %s", r.body)
	}
	w.want(403, "admin", "POST", one+"/test", object{})
	fresh := company("http://127.0.0.1:9")
	if r := w.want(200, apptest.SuperName, "POST", "/v1/sources/test", object{"source": fresh}); r.text("ok") != "false" || r.text("steps", 0, "detail") == "" {
		t.Errorf("tried: %s", r.body)
	}
	fresh.WeCom.API = "ftp://example.com"
	w.refused(422, "source.settings", apptest.SuperName, "POST", "/v1/sources/test", object{"source": fresh})
	w.refused(422, "source.kind", apptest.SuperName, "POST", one+"/sync?dry_run=true", nil)
	w.want(403, "admin", "DELETE", one, nil)
	w.want(204, apptest.SuperName, "DELETE", one, nil)
}

// visit sends a browser to a source and takes it back: the cookie it carries, and
// where it ends up.
func (w *world) visit(who, one, query string) (cookie string, at *url.URL) {
	w.t.Helper()
	r := w.want(303, who, "GET", one+"/start"+query, nil)
	cookie, _, _ = strings.Cut(r.header.Get("Set-Cookie"), ";")
	there, err := url.Parse(r.header.Get("Location"))
	if err != nil || !strings.HasPrefix(cookie, "stoa_trip=") || !strings.Contains(r.header.Get("Set-Cookie"), "HttpOnly") {
		w.t.Fatalf("%v, %v", r.header, err)
	}
	r = w.want(303, "", "GET", one+"/callback?code=c1&state="+url.QueryEscape(there.Query().Get("state")), nil, "Cookie", cookie)
	if at, err = url.Parse(r.header.Get("Location")); err != nil {
		w.t.Fatal(err)
	}
	return cookie, at
}

func ticketOf(t *testing.T, at *url.URL) string {
	t.Helper()
	q, err := url.ParseQuery(at.Fragment)
	if err != nil || q.Get("ticket") == "" || at.Query().Has("ticket") {
		t.Fatalf("the browser ends up at %s, %v", at, err)
	}
	return q.Get("ticket")
}

func TestABrowserSignsInElsewhere(t *testing.T) {
	w := open(t)
	one := "/v1/sources/" + w.want(201, apptest.SuperName, "POST", "/v1/sources", company(wecom(t))).text("id")
	cookie, at := w.visit("", one, "?next=/segments")
	if at.Path != "/console/sign-in" || at.Query().Get("next") != "/segments" {
		t.Errorf("%s", at)
	}
	w.refused(409, "source.lost", "", "POST", "/v1/sources/finish", object{"ticket": ticketOf(t, at)})
	r := w.want(201, "", "POST", "/v1/sources/finish", object{"ticket": ticketOf(t, at)}, "Cookie", cookie)
	session, _, _ := strings.Cut(r.header.Get("Set-Cookie"), ";")
	if r.text("account", "name") != "ZhangSan" || !strings.HasPrefix(session, "stoa=stoa_s_") {
		t.Errorf("%s %v", r.body, r.header)
	}
	if r := w.want(200, "", "GET", "/v1/me/links", nil, "Cookie", session); r.text("items", 0, "login") != "ZhangSan" || r.text("items", 0, "last") != "true" {
		t.Errorf("%s", r.body)
	}
	w.refused(409, "source.last_link", "", "DELETE", "/v1/me/links/"+strings.TrimPrefix(one, "/v1/sources/"), nil, "Cookie", session)
	w.want(401, "", "GET", "/v1/me/links", nil)
	// Refusals send the browser back to where a person reads them.
	r = w.want(303, "", "GET", one+"/callback?code=c1&state=invented", nil)
	if r.header.Get("Location") != "/console/sign-in?refused=source.lost" {
		t.Error(r.header.Get("Location"))
	}
	if r = w.want(303, "", "GET", "/v1/sources/999/start", nil); r.header.Get("Location") != "/console/sign-in?refused=source.not_found" {
		t.Error(r.header.Get("Location"))
	}
}

func TestABrowserLinks(t *testing.T) {
	w := open(t)
	id := w.want(201, apptest.SuperName, "POST", "/v1/sources", company(wecom(t))).text("id")
	cookie, at := w.visit("member", "/v1/sources/"+id, "?link=true")
	if at.Path != "/console/me/links" {
		t.Errorf("%s", at)
	}
	ticket := object{"ticket": ticketOf(t, at)}
	w.refused(409, "source.lost", "admin", "POST", "/v1/me/links", ticket, "Cookie", cookie)
	w.want(204, "member", "POST", "/v1/me/links", ticket, "Cookie", cookie)
	w.want(204, "member", "DELETE", "/v1/me/links/"+id, nil)
	w.refused(404, "source.not_linked", "member", "DELETE", "/v1/me/links/"+id, nil)
}

func TestADirectoryIsSynchronised(t *testing.T) {
	s := slapdtest.Start(t)
	s.Person("jane", "Jane Heron", "")
	w := open(t)
	secret := slapdtest.Password
	in := elsewhere.SourceInput{Tenant: 1, Kind: "ldap", Name: "Example directory", Enabled: true, Secret: &secret,
		LDAP: &elsewhere.SourceLDAP{Host: "127.0.0.1", Port: s.TLSPort, Security: "ldaps", CA: s.CA, Private: true, BindDN: slapdtest.Reader,
			Base: slapdtest.Base},
		Policy: elsewhere.SourcePolicy{Roles: []uint64{}}}
	one := "/v1/sources/" + w.want(201, apptest.SuperName, "POST", "/v1/sources", in).text("id")
	r := w.want(200, apptest.SuperName, "POST", one+"/sync?dry_run=true", nil)
	if r.text("dry_run") != "true" || r.text("counts", "added") != "1" || r.text("steps", 0, "action") != "add" {
		t.Errorf("%s", r.body)
	}
	if r := w.want(200, apptest.SuperName, "POST", one+"/sync", nil); r.text("dry_run") != "false" || r.text("counts", "added") != "1" {
		t.Errorf("%s", r.body)
	}
	if r := w.want(200, apptest.SuperName, "GET", one, nil); r.text("last_sync", "counts", "people") != "1" {
		t.Errorf("%s", r.body)
	}
	r = w.want(200, apptest.SuperName, "POST", one+"/test", object{"login": "jane", "password": slapdtest.Password})
	if r.text("ok") != "true" || r.text("person", "name") != "jane" || strings.Contains(string(r.body), slapdtest.Password) {
		t.Errorf("%s", r.body)
	}
	w.want(201, "", "POST", "/v1/sessions", object{"login": "jane", "password": slapdtest.Password, "tenant": 1})
}

func TestExternalLinks(t *testing.T) {
	w := open(t)
	in := elsewhere.LinkInput{NameEN: "Wiki", URL: "https://wiki.example.com/", Roles: []uint64{}}
	w.want(403, "admin", "POST", "/v1/links", in)
	w.want(403, "admin", "GET", "/v1/links", nil)
	r := w.want(201, apptest.SuperName, "POST", "/v1/links", in)
	one := "/v1/links/" + r.text("id")
	w.want(403, "admin", "GET", one, nil)
	etag := w.want(200, apptest.SuperName, "GET", one, nil).header.Get("Etag")
	in.NameEN = "Handbook"
	w.want(200, apptest.SuperName, "PUT", one, in, "If-Match", etag)
	w.refused(412, "link.stale", apptest.SuperName, "PUT", one, in, "If-Match", etag)
	if r := w.want(200, apptest.SuperName, "GET", "/v1/links", nil); r.count("items") != 1 {
		t.Errorf("%s", r.body)
	}
	if r := w.want(200, "member", "GET", "/v1/links/mine", nil); r.text("items", 0, "name_zh") != "Handbook" {
		t.Errorf("%s", r.body)
	}
	w.want(401, "", "GET", "/v1/links/mine", nil)
	w.want(403, "admin", "DELETE", one, nil)
	w.want(204, apptest.SuperName, "DELETE", one, nil)
}
