package v1_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"stoa/app"
	"stoa/app/apptest"
)

const (
	pass    = apptest.Password
	newPass = "nine blue kettles 31"
)

func TestSetup(t *testing.T) {
	w := empty(t, apptest.Empty(t))
	if r := w.want(200, "", "GET", "/v1/setup", nil); r.at("needed") != true || r.at("expires_at") != nil {
		t.Errorf("before: %s", r.body)
	}
	token, _, err := w.Setup.Link(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r := w.want(200, "", "GET", "/v1/setup", nil); r.at("expires_at") == nil {
		t.Errorf("with a link: %s", r.body)
	}
	in := object{"token": "wrong", "name": "chief", "password": pass, "sample": true}
	w.refused(403, "setup.link", "", "POST", "/v1/setup", in)
	in["token"], in["password"] = token, "short"
	if r := w.want(422, "", "POST", "/v1/setup", in); r.text("field") != "password" {
		t.Errorf("a bad password: %s", r.body)
	}
	in["password"], in["cookie"] = pass, true
	r := w.want(201, "", "POST", "/v1/setup", in)
	cookie := r.header.Get("Set-Cookie")
	if r.at("token") != nil || !strings.HasPrefix(cookie, "stoa=") || !strings.Contains(cookie, "HttpOnly") {
		t.Errorf("setup with a cookie: %s, cookie %q", r.body, cookie)
	}
	w.refused(409, "setup.done", "", "POST", "/v1/setup", in)
	if r := w.want(200, "", "GET", "/v1/setup", nil); r.at("needed") != false {
		t.Errorf("after: %s", r.body)
	}
}

func TestSignInAndOut(t *testing.T) {
	w := open(t)
	r := w.want(201, "", "POST", "/v1/sessions", object{"login": "member", "password": pass})
	token := r.text("token")
	if r.text("account", "name") != "member" || r.header.Get("Location") != "/v1/me" || r.header.Get("Set-Cookie") != "" {
		t.Errorf("sign-in: %s %v", r.body, r.header)
	}
	if me := w.want(200, token, "GET", "/v1/me", nil); me.text("account", "id") != fmt.Sprint(w.ids["member"]) ||
		me.text("tenant", "name") != "default" || me.count("permissions") != 0 || me.header.Get("Etag") == "" {
		t.Errorf("me: %s", me.body)
	}
	w.want(204, token, "DELETE", "/v1/sessions/current", nil)
	r = w.refused(401, "session.required", token, "GET", "/v1/me", nil)
	if !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer") || r.text("request_id") != r.header.Get("X-Request-Id") {
		t.Errorf("401: %v %s", r.header, r.body)
	}
	w.want(401, "", "POST", "/v1/sessions", object{"login": "member", "password": "wrong wrong 1"})
	w.want(401, "", "POST", "/v1/sessions", object{"login": "nobody", "password": "wrong wrong 1"})
	w.refused(422, "session.login_missing", "", "POST", "/v1/sessions", object{"password": pass})
	w.refused(422, "session.password_missing", "", "POST", "/v1/sessions", object{"login": "member"})
	w.refused(422, "session.code_missing", "", "POST", "/v1/sessions", object{"phone": "13800000000"})
	w.want(400, "", "POST", "/v1/sessions", `{"login":`)
	w.want(400, "", "POST", "/v1/sessions", `{"login":5,"password":"x"}`)
	w.want(404, "", "GET", "/v1/nothing", nil)
	r = w.want(405, "", "PUT", "/v1/sessions", nil)
	if r.text("status") != "405" {
		t.Errorf("wrong method: %s", r.body)
	}
}

func TestCookie(t *testing.T) {
	w := open(t)
	r := w.want(201, "", "POST", "/v1/sessions", object{"login": "admin", "password": pass, "cookie": true})
	set := r.header.Get("Set-Cookie")
	if r.at("token") != nil || !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=") || !strings.Contains(set, "Path=/") || strings.Contains(set, "Secure") {
		t.Errorf("over plain HTTP: %s, %q", r.body, set)
	}
	cookie, _, _ := strings.Cut(set, ";")
	w.want(200, "", "GET", "/v1/me", nil, "Cookie", cookie)
	in := object{"name": "Cookie jar"}
	w.want(201, "", "POST", "/v1/departments", in, "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
	in["name"] = "Cross site"
	w.refused(403, "origin.cross_site", "", "POST", "/v1/departments", in, "Cookie", cookie, "Sec-Fetch-Site", "cross-site")
	w.refused(403, "origin.cross_site", "", "POST", "/v1/departments", in, "Cookie", cookie, "Origin", "https://evil.example.com")
	w.refused(403, "origin.cross_site", "", "POST", "/v1/sessions", object{"login": "admin", "password": pass, "cookie": true}, "Sec-Fetch-Site", "cross-site")
	r = w.want(204, "", "DELETE", "/v1/sessions/current", nil, "Cookie", cookie)
	if c := r.header.Get("Set-Cookie"); !strings.Contains(c, "stoa=;") || !strings.Contains(c, "Max-Age=0") {
		t.Errorf("sign-out leaves the cookie: %q", c)
	}
	w.want(401, "", "GET", "/v1/me", nil, "Cookie", cookie)
}

func TestMe(t *testing.T) {
	w := open(t)
	etag := w.want(200, "member", "GET", "/v1/me", nil).header.Get("Etag")
	r := w.want(200, "member", "PATCH", "/v1/me", object{"nickname": "Mem", "duty": "tester"}, "If-Match", etag)
	if r.text("nickname") != "Mem" || r.header.Get("Etag") == etag {
		t.Errorf("changed: %s, ETag %s", r.body, r.header.Get("Etag"))
	}
	w.want(412, "member", "PATCH", "/v1/me", object{"nickname": "Old"}, "If-Match", etag)
	w.want(412, "member", "PATCH", "/v1/me", object{"nickname": "Old"}, "If-Match", "W/x")
	w.want(200, "member", "PATCH", "/v1/me", object{"nickname": "Any"}, "If-Match", "*")
	w.want(409, "member", "PATCH", "/v1/me", object{"email": "admin@example.com"})
	w.want(422, "member", "PATCH", "/v1/me", object{"email": "no address"})
	if r := w.want(200, "member", "PATCH", "/v1/me", object{"roles": []int{9}, "state": "disabled"}); r.text("roles", 0, "id") != "6" || r.text("state") != "active" {
		t.Errorf("a member gave itself what it must not: %s", r.body)
	}
	second := w.want(201, "", "POST", "/v1/sessions", object{"login": "member", "password": pass, "device": "phone"}).text("token")
	if r := w.want(200, "member", "GET", "/v1/me/sessions", nil); r.count("items") != 2 || r.text("total") != "2" {
		t.Errorf("sessions: %s", r.body)
	}
	w.want(204, "member", "DELETE", "/v1/me/sessions", nil)
	w.want(401, second, "GET", "/v1/me", nil)
	w.want(422, "member", "PUT", "/v1/me/password", object{"old": "not it 12 34", "new": newPass})
	w.want(422, "member", "PUT", "/v1/me/password", object{"old": pass, "new": "12345678"})
	w.Clock.Add(time.Hour)
	w.want(204, "member", "PUT", "/v1/me/password", object{"old": pass, "new": newPass})
	w.want(200, "member", "GET", "/v1/me", nil)
	w.want(201, "", "POST", "/v1/sessions", object{"login": "member", "password": newPass})
}

func TestPersonalToken(t *testing.T) {
	w := open(t)
	w.want(404, "member", "GET", "/v1/me/token", nil)
	w.want(404, "member", "DELETE", "/v1/me/token", nil)
	first := w.want(201, "member", "POST", "/v1/me/token", nil).text("token")
	if again := w.want(200, "member", "GET", "/v1/me/token", nil).text("token"); again != first {
		t.Errorf("shown again it is %s, was %s", again, first)
	}
	w.want(200, first, "GET", "/v1/me", nil)
	w.want(409, first, "DELETE", "/v1/sessions/current", nil)
	second := w.want(201, "member", "POST", "/v1/me/token", nil).text("token")
	w.want(401, first, "GET", "/v1/me", nil)
	w.want(204, "member", "DELETE", "/v1/me/token", nil)
	w.want(401, second, "GET", "/v1/me", nil)
}

func TestSecondFactor(t *testing.T) {
	w := open(t)
	r := w.want(200, "member", "POST", "/v1/me/totp", nil)
	if !strings.HasPrefix(r.text("url"), "otpauth://totp/") {
		t.Errorf("start: %s", r.body)
	}
	secret := r.text("secret")
	w.want(422, "member", "POST", "/v1/me/totp/confirm", object{"code": "000000"})
	codes := w.want(200, "member", "POST", "/v1/me/totp/confirm", object{"code": w.otp(secret)})
	if codes.count("recovery_codes") < 8 {
		t.Errorf("recovery codes: %s", codes.body)
	}
	w.refused(401, "session.otp_required", "", "POST", "/v1/sessions", object{"login": "member", "password": pass})
	w.want(401, "", "POST", "/v1/sessions", object{"login": "member", "password": pass, "otp": "123"})
	w.Clock.Add(time.Minute)
	w.want(201, "", "POST", "/v1/sessions", object{"login": "member", "password": pass, "otp": w.otp(secret)})
	w.want(201, "", "POST", "/v1/sessions", object{"login": "member", "password": pass, "otp": codes.text("recovery_codes", 0)})
	w.want(422, "member", "POST", "/v1/me/recovery-codes", object{"password": "wrong wrong 1"})
	w.Clock.Add(time.Hour)
	w.want(200, "member", "POST", "/v1/me/recovery-codes", object{"password": pass})
	w.want(204, "member", "DELETE", "/v1/me/totp", object{"password": pass})
	w.want(201, "", "POST", "/v1/sessions", object{"login": "member", "password": pass})
}

func TestSessionsOfOthers(t *testing.T) {
	w := open(t)
	r := w.want(200, "admin", "GET", w.path("/v1/sessions?account={id}", "member"), nil)
	if r.text("items", 0, "account_name") != "member" || r.at("items", 0, "current") != false {
		t.Errorf("listed: %s", r.body)
	}
	session := r.text("items", 0, "id")
	w.want(404, "stranger", "GET", w.path("/v1/sessions?account={id}", "member"), nil)
	w.want(404, "stranger", "DELETE", "/v1/sessions/"+session, nil)
	w.want(404, "admin", "DELETE", "/v1/sessions/abc", nil)
	w.want(204, "admin", "DELETE", "/v1/sessions/"+session, nil)
	w.want(401, "member", "GET", "/v1/me", nil)
	w.want(403, "admin", "PUT", "/v1/sessions/current/tenant", object{"tenant": w.ids["other-org"]})
	w.want(204, apptest.SuperName, "PUT", "/v1/sessions/current/tenant", object{"tenant": w.ids["other-org"]})
	if r := w.want(200, apptest.SuperName, "GET", "/v1/me", nil); r.text("tenant", "name") != "other" || r.text("home") != "1" {
		t.Errorf("after the switch: %s", r.body)
	}
	w.want(404, apptest.SuperName, "PUT", "/v1/sessions/current/tenant", object{"tenant": 98765})
}

func TestRegistration(t *testing.T) {
	w := open(t)
	if r := w.want(200, "", "GET", "/v1/registration/organisations", nil); r.count("items") != 3 {
		t.Errorf("open organisations: %s", r.body)
	}
	phone, tenant := apptest.Phone(1), w.ids["other-org"]
	w.want(422, "", "POST", "/v1/registration/codes", object{"phone": "12", "tenant": tenant})
	w.refused(422, "code.purpose", "", "POST", "/v1/registration/codes", object{"phone": phone, "purpose": "fun"})
	w.want(204, "", "POST", "/v1/registration/codes", object{"phone": phone, "tenant": tenant})
	in := object{"name": "newcomer", "password": newPass, "phone": phone, "code": "000000", "tenant": tenant}
	if r := w.call("", "POST", "/v1/registration", in); r.status < 400 || r.status == 500 {
		t.Errorf("a wrong code: %d %s", r.status, r.body)
	}
	in["code"] = w.Code(phone)
	r := w.want(201, "", "POST", "/v1/registration", in)
	if r.text("name") != "newcomer" || r.text("phone_confirmed") != "true" || r.text("tenant") != fmt.Sprint(tenant) {
		t.Errorf("signed up: %s", r.body)
	}
	w.want(201, "", "POST", "/v1/sessions", object{"login": phone, "password": newPass})
	w.Clock.Add(time.Hour)
	w.want(204, "", "POST", "/v1/registration/codes", object{"phone": phone, "tenant": tenant, "purpose": "login"})
	r = w.want(201, "", "POST", "/v1/sessions", object{"phone": phone, "code": w.Code(phone), "tenant": tenant})
	if r.text("account", "name") != "newcomer" {
		t.Errorf("signed in by code: %s", r.body)
	}
}

func TestForgottenPassword(t *testing.T) {
	sent := make(chan string, 10)
	gateway := listen(t, func(body string) { sent <- body })
	w := open(t, func(c *app.Config) {
		c.Message.SMS = app.SMS{Sender: "http", URL: gateway, Format: "json", Body: `{"to":"{{.To}}","text":"{{.Text}}"}`}
	})
	w.want(201, "admin", "POST", "/v1/accounts", object{"name": "phoney", "phone": apptest.Phone(7), "password": pass})
	w.enter("phoney")
	w.want(202, "", "POST", "/v1/password/forgot", object{"login": "nobody at all"})
	w.want(202, "", "POST", "/v1/password/forgot", object{"login": apptest.Phone(7)})
	if _, err := w.Message.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	wrong := w.call("", "POST", "/v1/password/reset", object{"token": "wrong", "password": newPass})
	if wrong.status < 400 || wrong.status == 500 {
		t.Errorf("a wrong token: %d", wrong.status)
	}
	select {
	case text := <-sent:
		token := regexp.MustCompile(`[A-Za-z0-9_-]{40,}`).FindString(text)
		w.want(204, "", "POST", "/v1/password/reset", object{"token": token, "password": newPass})
		w.want(401, "phoney", "GET", "/v1/me", nil)
		w.want(201, "", "POST", "/v1/sessions", object{"login": "phoney", "password": newPass})
	default:
		t.Error("no link was sent")
	}
	for _, m := range w.want(200, apptest.SuperName, "GET", "/v1/outbox", nil).at("items").([]any) {
		if m := m.(map[string]any); m["secret"] == true && m["body"] != "" {
			t.Errorf("the outbox shows a reset link: %v", m)
		}
	}
}

func TestThrottledSignInSaysWhen(t *testing.T) {
	w := open(t)
	var r reply
	for i := range 12 {
		in := object{"login": "member", "password": "wrong wrong 1"}
		if i >= 3 {
			in["proof"] = solve(t, w)
		}
		if r = w.call("", "POST", "/v1/sessions", in); r.status == http.StatusTooManyRequests {
			break
		}
	}
	if r.status != 429 || r.header.Get("Retry-After") == "" {
		t.Errorf("after 12 failures: %d, Retry-After %q", r.status, r.header.Get("Retry-After"))
	}
	w.want(201, "", "POST", "/v1/sessions", object{"login": "admin", "password": pass})
}

func TestNobodyPassesOnlyPublicRoutes(t *testing.T) {
	w := open(t)
	for _, route := range w.routes {
		if route.Public {
			continue
		}
		path := strings.ReplaceAll(route.Path, "{id}", "1")
		w.refused(401, "session.required", "", route.Method, path, object{})
		w.want(401, "stoa_s_invented-token", route.Method, path, object{})
	}
	w.want(403, "member", "GET", "/v1/departments", nil)
	w.want(422, "member", "DELETE", "/v1/me/totp", object{"password": "wrong wrong 1"})
}
