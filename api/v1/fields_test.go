package v1_test

import (
	"slices"
	"testing"

	"stoa/app/apptest"
)

// A form with several wrong fields is answered with all of them at once.
func TestEveryWrongFieldIsNamed(t *testing.T) {
	w := open(t)
	made := func(path string, in object) string {
		t.Helper()
		return w.want(201, apptest.SuperName, "POST", path, in).header.Get("Location")
	}
	role := made("/v1/roles", object{"name": "Desk"})
	department := made("/v1/departments", object{"name": "Desk"})
	program := made("/v1/applications", object{"name": "Desk"})
	for _, form := range []struct {
		method, path string
		in           object
		want         []string
	}{
		{"POST", "/v1/accounts", object{"name": "a b", "email": "nowhere", "phone": "12", "password": "short"}, []string{"email", "name", "password", "phone"}},
		{"PATCH", w.path("/v1/accounts/{id}", "member"), object{"email": "nowhere", "telephone": "\u0000"}, []string{"email", "telephone"}},
		{"POST", "/v1/roles", object{"name": "", "code": "no code", "scope": "all"}, []string{"code", "name"}},
		{"PATCH", role, object{"name": "\u0001", "code": "no code"}, []string{"code", "name"}},
		{"POST", "/v1/departments", object{"name": " ", "manager": 999999}, []string{"manager", "name"}},
		{"PATCH", department, object{"name": "\u0001", "manager": 999999}, []string{"manager", "name"}},
		{"POST", "/v1/applications", object{"name": "", "home": "nowhere", "redirect_uris": []string{"nowhere"}, "grants": []string{"no.such"}},
			[]string{"grants", "home", "name", "redirect_uris"}},
		{"PATCH", program, object{"home": "nowhere", "logout_uris": []string{"nowhere"}}, []string{"home", "logout_uris"}},
		{"POST", "/v1/sources", object{"kind": "ldap", "name": "", "ldap": object{"host": "not a host"}, "policy": object{"link": "anything"}},
			[]string{"ldap.host", "name", "policy.link"}},
	} {
		r := w.want(422, apptest.SuperName, form.method, form.path, form.in)
		var got []string
		for i := range r.count("errors") {
			got = append(got, r.text("errors", i, "field"))
			if r.text("errors", i, "detail") == "" || r.text("errors", i, "code") == "" {
				t.Errorf("%s %s: an entry says nothing: %s", form.method, form.path, r.body)
			}
		}
		if first := r.text("field"); len(got) == 0 || first != got[0] {
			t.Errorf("%s %s: the first field is %q of %v", form.method, form.path, first, got)
		}
		if slices.Sort(got); !slices.Equal(got, form.want) {
			t.Errorf("%s %s names %v, want %v: %s", form.method, form.path, got, form.want, r.body)
		}
	}
	w.Verify()
}
