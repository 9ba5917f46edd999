package v1_test

import (
	"strings"
	"testing"
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
