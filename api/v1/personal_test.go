package v1_test

import (
	"fmt"
	"strings"
	"testing"

	"stoa/app/apptest"
)

func TestPreferences(t *testing.T) {
	w := open(t)
	const one = "/v1/me/preferences/accounts.columns"
	w.want(404, "member", "GET", one, nil)
	r := w.want(200, "member", "PUT", one, object{"value": object{"columns": []string{"name", "phone"}, "dense": true}})
	if r.text("key") != "accounts.columns" || r.text("value", "columns", 1) != "phone" {
		t.Errorf("kept: %s", r.body)
	}
	w.want(200, "member", "PUT", "/v1/me/preferences/theme", object{"value": "dark"})
	r = w.want(200, "member", "GET", "/v1/me/preferences", nil)
	if r.count("items") != 2 || r.text("items", 1, "value") != "dark" {
		t.Errorf("all: %s", r.body)
	}
	if r := w.want(200, "member", "GET", "/v1/me/preferences/theme", nil); r.text("value") != "dark" {
		t.Errorf("one: %s", r.body)
	}
	if r := w.want(200, "admin", "GET", "/v1/me/preferences", nil); r.count("items") != 0 {
		t.Errorf("somebody else's: %s", r.body)
	}
	w.refused(413, "preference.value_size", "member", "PUT", one, object{"value": strings.Repeat("x", 16<<10)})
	w.refused(422, "preference.key", "member", "PUT", "/v1/me/preferences/Theme", object{"value": 1})
	w.refused(422, "preference.key", "member", "GET", "/v1/me/preferences/Theme", nil)
	w.refused(422, "preference.key", "member", "DELETE", "/v1/me/preferences/Theme", nil)
	w.want(204, "member", "DELETE", one, nil)
	w.want(204, "member", "DELETE", one, nil)
	w.want(404, "member", "GET", one, nil)
	w.want(401, "", "GET", "/v1/me/preferences", nil)
}

func TestFavouritesAndRecent(t *testing.T) {
	w := open(t)
	place := func(id string) object {
		return object{"kind": "account", "id": id, "title": "Account " + id, "path": "/accounts/" + id}
	}
	w.want(200, "member", "POST", "/v1/me/favourites", place("1"))
	r := w.want(200, "member", "POST", "/v1/me/favourites", place("2"))
	if r.count("items") != 2 || r.text("items", 1, "id") != "2" {
		t.Errorf("marked: %s", r.body)
	}
	r = w.want(200, "member", "PUT", "/v1/me/favourites", object{"items": []object{place("2"), place("1")}})
	if r.text("items", 0, "id") != "2" {
		t.Errorf("another order: %s", r.body)
	}
	away := place("3")
	away["path"] = "//elsewhere.example.com/"
	w.refused(422, "place.path", "member", "POST", "/v1/me/favourites", away)
	w.refused(422, "place.path", "member", "PUT", "/v1/me/favourites", object{"items": []object{away}})
	w.refused(422, "place.path", "member", "POST", "/v1/me/recent", away)
	w.want(204, "member", "DELETE", "/v1/me/favourites/account/2", nil)
	if r := w.want(200, "member", "GET", "/v1/me/favourites", nil); r.count("items") != 1 || r.text("items", 0, "id") != "1" {
		t.Errorf("left: %s", r.body)
	}
	w.want(401, "", "GET", "/v1/me/favourites", nil)
	w.want(401, "", "DELETE", "/v1/me/favourites/account/2", nil)

	w.want(204, "member", "POST", "/v1/me/recent", place("1"))
	w.want(204, "member", "POST", "/v1/me/recent", place("2"))
	if r := w.want(200, "member", "GET", "/v1/me/recent", nil); r.count("items") != 2 || r.text("items", 0, "id") != "2" {
		t.Errorf("opened: %s", r.body)
	}
	w.want(401, "", "GET", "/v1/me/recent", nil)
}

// dot is a GIF of one white pixel.
const dot = "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

func TestAvatars(t *testing.T) {
	w := open(t)
	r := w.want(200, "member", "PUT", "/v1/me/avatar", dot, "Content-Type", "image/gif")
	url := r.text("avatar")
	if !strings.HasPrefix(url, "/v1/avatars/") {
		t.Fatalf("set: %s", r.body)
	}
	shown := w.want(200, "", "GET", url, nil)
	for name, value := range map[string]string{"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff",
		"Cache-Control": "public, max-age=31536000, immutable", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"} {
		if got := shown.header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if r := w.want(304, "", "GET", url, nil, "If-None-Match", shown.header.Get("Etag")); len(r.body) > 0 {
		t.Errorf("unchanged, and sent again: %q", r.body)
	}
	form := "--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"me.png\"\r\n\r\n" + dot + "\r\n--x--\r\n"
	again := w.want(200, "member", "PUT", "/v1/me/avatar", form, "Content-Type", "multipart/form-data; boundary=x").text("avatar")
	if again == url {
		t.Error("another picture has the same address: browsers would show the old one")
	}
	w.want(404, "", "GET", url, nil)
	w.refused(422, "avatar.format", "member", "PUT", "/v1/me/avatar", "<html>", "Content-Type", "image/png")
	w.refused(422, "body.file", "member", "PUT", "/v1/me/avatar", strings.ReplaceAll(form, `"file"`, `"else"`), "Content-Type", "multipart/form-data; boundary=x")
	w.want(413, "member", "PUT", "/v1/me/avatar", strings.Repeat("x", 6<<20), "Content-Type", "image/png")
	if r := w.want(200, "member", "DELETE", "/v1/me/avatar", nil); r.text("avatar") != "" {
		t.Errorf("removed: %s", r.body)
	}
	w.want(404, "", "GET", again, nil)
	w.want(401, "", "DELETE", "/v1/me/avatar", nil)

	one := "/v1/accounts/" + fmt.Sprint(w.ids["member"]) + "/avatar"
	w.want(200, "admin", "PUT", one, dot, "Content-Type", "image/gif")
	w.want(404, "stranger", "PUT", one, dot, "Content-Type", "image/gif")
	w.want(404, "stranger", "DELETE", one, nil)
	w.want(404, "member", "PUT", "/v1/accounts/"+fmt.Sprint(w.ids["admin"])+"/avatar", dot, "Content-Type", "image/gif")
	w.want(200, "admin", "DELETE", one, nil)
}

func TestNotices(t *testing.T) {
	w := open(t)
	everybody := object{"title": "The canteen is closed", "text": "On Friday.\nBring your own.", "for": object{"scope": "all"}}
	if r := w.want(200, "admin", "POST", "/v1/notices/receivers", object{"scope": "all"}); r.text("count") == "0" {
		t.Errorf("receivers: %s", r.body)
	}
	w.refused(422, "notice.scope", "admin", "POST", "/v1/notices/receivers", object{"scope": "some"})
	sent := w.want(201, "admin", "POST", "/v1/notices", everybody)
	id := sent.text("id")
	w.refused(403, "access.denied", "member", "POST", "/v1/notices", everybody)
	w.refused(404, "notice.account", "stranger", "POST", "/v1/notices", object{"title": "x", "for": object{"scope": "accounts", "ids": []uint64{w.ids["member"]}}})
	w.want(201, "admin", "POST", "/v1/notices", object{"title": "For you", "for": object{"scope": "accounts", "ids": []uint64{w.ids["member"]}}})

	if r := w.want(200, "member", "GET", "/v1/me/notices/unread", nil); r.text("unread") != "2" {
		t.Errorf("unread: %s", r.body)
	}
	if r := w.want(200, "outsider", "GET", "/v1/me/notices", nil); r.count("items") != 0 {
		t.Errorf("another organisation reads: %s", r.body)
	}
	r := w.want(200, "member", "GET", "/v1/me/notices?state=unread&q=CANTEEN", nil)
	if r.count("items") != 1 || r.text("total") != "1" || r.text("items", 0, "text") != "On Friday.\nBring your own." || r.text("items", 0, "read") != "false" {
		t.Errorf("found: %s", r.body)
	}
	if r := w.want(200, "member", "POST", "/v1/me/notices/"+id+"/read", nil); r.text("read") != "true" {
		t.Errorf("read: %s", r.body)
	}
	if r := w.want(200, "admin", "GET", "/v1/notices/"+id, nil); r.text("reads") != "1" {
		t.Errorf("who has read it: %s", r.body)
	}
	if r := w.want(200, "admin", "GET", "/v1/notices", nil); r.count("items") != 2 || r.text("items", 1, "reads") != "1" || r.text("total") != "2" {
		t.Errorf("sent: %s", r.body)
	}
	if r := w.want(200, "member", "POST", "/v1/me/notices/read", nil); r.text("marked") != "1" {
		t.Errorf("all: %s", r.body)
	}
	w.want(404, "outsider", "POST", "/v1/me/notices/"+id+"/read", nil)
	w.want(404, "outsider", "DELETE", "/v1/me/notices/"+id, nil)
	w.want(204, "member", "DELETE", "/v1/me/notices/"+id, nil)
	w.want(404, "member", "DELETE", "/v1/me/notices/"+id, nil)
	if r := w.want(200, "owner", "GET", "/v1/me/notices", nil); r.count("items") != 1 {
		t.Errorf("others keep it: %s", r.body)
	}
	w.want(404, "stranger", "GET", "/v1/notices/"+id, nil)
	w.want(404, "stranger", "DELETE", "/v1/notices/"+id, nil)
	w.want(204, "admin", "DELETE", "/v1/notices/"+id, nil)
	if r := w.want(200, "owner", "GET", "/v1/me/notices", nil); r.count("items") != 0 {
		t.Errorf("withdrawn: %s", r.body)
	}
	for _, path := range []string{"/v1/me/notices", "/v1/me/notices/unread", "/v1/notices"} {
		w.want(401, "", "GET", path, nil)
	}
	w.want(401, "", "POST", "/v1/me/notices/read", nil)
}

func TestTemplates(t *testing.T) {
	w := open(t)
	const one = "/v1/templates/sign_up_code/zh"
	if r := w.want(200, "admin", "GET", "/v1/templates", nil); r.count("items") != 14 || r.text("items", 0, "language") != "zh" || r.text("items", 0, "active") != "true" {
		t.Errorf("all: %s", r.body)
	}
	w.want(403, "member", "GET", "/v1/templates", nil)
	before := w.want(200, "admin", "GET", one, nil)
	w.want(404, "admin", "GET", "/v1/templates/lottery/zh", nil)
	text := object{"body": "{{product}} 验证码 {{code}}", "name": "注册"}
	if r := w.want(200, "admin", "POST", one+"/preview", text); r.text("body") != "stoa 验证码 482915" {
		t.Errorf("preview: %s", r.body)
	}
	w.refused(422, "template.unknown", "admin", "POST", one+"/preview", object{"body": "{{code}} {{password}}"})
	w.want(403, "admin", "PUT", one, text)
	r := w.want(200, apptest.SuperName, "PUT", one, text)
	if r.text("changed") != "true" || r.text("builtin_body") != before.text("body") || r.text("modified_by") != apptest.SuperName {
		t.Errorf("changed: %s", r.body)
	}
	w.refused(422, "template.needed", apptest.SuperName, "PUT", one, object{"body": "{{product}}"})
	w.want(403, "admin", "DELETE", one, nil)
	if r := w.want(200, apptest.SuperName, "DELETE", one, nil); r.text("changed") != "false" || r.text("body") != before.text("body") {
		t.Errorf("reset: %s", r.body)
	}
}
