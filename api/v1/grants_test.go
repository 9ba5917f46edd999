package v1_test

import (
	"fmt"
	"strings"
	"testing"

	"stoa/app/access"
	"stoa/app/resource"
)

// leaf is the id of the resource that stands for a permission.
func (w *world) leaf(permission string) string {
	w.t.Helper()
	r := w.want(200, super, "GET", "/v1/resources?limit=500", nil)
	for i := range r.count("items") {
		if r.text("items", i, "url") == permission {
			return r.text("items", i, "id")
		}
	}
	w.t.Fatalf("no resource stands for %s", permission)
	return ""
}

func (w *world) menuOf(page string) string {
	w.t.Helper()
	r := w.want(200, super, "GET", "/v1/menus?limit=500", nil)
	for i := range r.count("items") {
		if r.text("items", i, "page") == page {
			return r.text("items", i, "id")
		}
	}
	w.t.Fatalf("no menu shows %s", page)
	return ""
}

func TestRolesAndGrants(t *testing.T) {
	w := open(t)
	r := w.want(201, "admin", "POST", "/v1/roles", object{"name": "Clerk", "code": "role_clerk", "scope": "all"}, "Idempotency-Key", "k-1")
	one := r.header.Get("Location")
	if r.text("code") != "ROLE_CLERK" || r.text("accounts") != "0" || r.text("builtin") != "false" || !strings.HasPrefix(one, "/v1/roles/") {
		t.Fatalf("made: %s", r.body)
	}
	again := w.want(201, "admin", "POST", "/v1/roles", object{"name": "Clerk", "code": "role_clerk", "scope": "all"}, "Idempotency-Key", "k-1")
	if string(again.body) != string(r.body) {
		t.Errorf("a repeated create answers %s", again.body)
	}
	w.refused(409, "role.code_taken", "admin", "POST", "/v1/roles", object{"name": "Other", "code": "ROLE_ADMIN"})
	w.refused(422, "role.code", "admin", "POST", "/v1/roles", object{"name": "Other", "code": "boss"})
	w.want(404, "stranger", "GET", one, nil)
	w.want(403, "member", "GET", one, nil)
	if r := w.want(200, "admin", "GET", one, nil); r.text("name") != "Clerk" || r.header.Get("Etag") != `"1"` {
		t.Errorf("read: %s", r.body)
	}
	if r := w.want(200, "admin", "PATCH", one, object{"second_factor": true}, "If-Match", `"1"`); r.text("second_factor") != "true" {
		t.Errorf("changed: %s", r.body)
	}
	w.want(200, "admin", "PATCH", one, object{"second_factor": false})
	w.refused(409, "role.builtin", super, "PATCH", "/v1/roles/2", object{"name": "Boss"})
	w.want(404, "admin", "GET", "/v1/roles/4711/accounts", nil)
	w.want(204, "admin", "POST", "/v1/roles/refresh", nil)
	w.want(403, "member", "POST", "/v1/roles/refresh", nil)
	if r := w.want(200, "admin", "GET", "/v1/permissions/account.delete/holders", nil); r.count("roles") == 0 || r.text("accounts") == "0" {
		t.Errorf("holders: %s", r.body)
	}
	w.want(404, "admin", "GET", "/v1/permissions/account.nothing/holders", nil)

	read, remove, pages := w.leaf("account.read"), w.leaf("account.delete"), w.menuOf("accounts")
	grants := func(resources ...string) object {
		ids := []uint64{}
		for _, id := range resources {
			ids = append(ids, w.number(id))
		}
		return object{"resources": ids, "menus": []uint64{w.number(pages)}}
	}
	r = w.want(200, "admin", "PUT", one+"/grants", grants(read, remove))
	if r.text("dry_run") != "false" || r.count("gained") != 2 || r.count("menus_gained") != 1 || r.count("role", "permissions") != 2 {
		t.Errorf("granted: %s", r.body)
	}
	etag := r.header.Get("Etag")
	w.refused(403, "role.beyond", "admin", "PUT", one+"/grants", grants(read, w.leaf("system.read")))

	// a member that is given the role has the page, and the call behind it
	w.want(403, "member", "GET", "/v1/roles", nil)
	if me := w.want(200, "member", "GET", "/v1/me", nil); strings.Contains(string(me.body), `"accounts"`) {
		t.Errorf("before: %s", me.body)
	}
	id := w.number(strings.TrimPrefix(one, "/v1/roles/"))
	w.want(200, "admin", "PATCH", fmt.Sprintf("/v1/accounts/%d", w.ids["member"]), object{"roles": []uint64{6, id}})
	me := w.want(200, "member", "GET", "/v1/me", nil)
	if !strings.Contains(string(me.body), `"menus":["accounts",`) || !strings.Contains(string(me.body), `"account.delete"`) {
		t.Errorf("with the role: %s", me.body)
	}
	if r := w.want(200, "admin", "GET", one+"/accounts", nil); r.count("items") != 1 || r.text("total") != "1" {
		t.Errorf("who has it: %s", r.body)
	}
	w.refused(409, "role.in_use", "admin", "DELETE", one, nil)

	// what a change would come to, and then the change
	r = w.want(200, "admin", "PUT", one+"/grants?dry_run=true", grants(read), "If-Match", etag)
	if r.text("dry_run") != "true" || r.text("lost", 0, "permission") != "account.delete" || r.text("lost", 0, "accounts") != "1" || r.text("accounts") != "1" {
		t.Errorf("tried: %s", r.body)
	}
	w.want(412, "admin", "PUT", one+"/grants", grants(read), "If-Match", `"1"`)
	w.want(200, "admin", "PUT", one+"/grants", grants(read), "If-Match", etag)
	w.refused(403, "access.denied", "member", "DELETE", fmt.Sprintf("/v1/accounts/%d", w.ids["owner"]), nil)
	w.want(200, "admin", "PATCH", fmt.Sprintf("/v1/accounts/%d", w.ids["member"]), object{"roles": []int{6}})
	w.want(204, "admin", "DELETE", one, nil)
	w.want(404, "admin", "GET", one, nil)
}

func TestMenusAndResources(t *testing.T) {
	w := open(t)
	root := w.want(201, super, "POST", "/v1/menus", object{"type": "group", "name": "Extra"})
	page := w.want(201, super, "POST", "/v1/menus", object{"type": "page", "name": "Page", "parent": w.number(root.text("id")), "page": "extra", "needs": []string{"system.read"}})
	one := page.header.Get("Location")
	w.refused(409, "menu.cycle", super, "PATCH", root.header.Get("Location"), object{"parent": w.number(page.text("id"))})
	w.refused(409, "menu.in_use", super, "DELETE", root.header.Get("Location"), nil)
	w.refused(422, "menu.needs", super, "POST", "/v1/menus", object{"type": "page", "name": "Page", "needs": []string{"nothing"}})
	w.refused(422, "menu.type", super, "POST", "/v1/menus", object{"type": "link", "name": "Page"})
	w.want(403, "admin", "DELETE", one, nil)
	r := w.want(200, super, "GET", "/v1/menus/tree?as_role=2", nil)
	if r.text("items", 0, "children", 0, "as", "missing", 0) != "system.read" || r.text("items", 0, "as", "shown") != "false" ||
		r.text("items", 1, "as", "shown") != "true" {
		t.Errorf("as an administrator: %s", r.body)
	}
	w.want(412, super, "PATCH", one, object{"name": "Other"}, "If-Match", `"9"`)
	w.want(200, super, "PATCH", one, object{"name": "Other"}, "If-Match", `"1"`)
	if r := w.want(200, "admin", "GET", one, nil); r.text("name") != "Other" || r.text("version") != "2" {
		t.Errorf("changed: %s", r.body)
	}
	w.want(204, super, "DELETE", one, nil)
	w.want(404, "admin", "GET", one, nil)
	w.want(403, "member", "GET", "/v1/menus", nil)
	w.want(403, "member", "GET", "/v1/menus/tree", nil)

	made := w.want(201, super, "POST", "/v1/resources", object{"type": "api", "name": "People", "url": "account.read"})
	if made.text("permissions", 0) != "account.read" {
		t.Errorf("it stands for %s", made.body)
	}
	place := made.header.Get("Location")
	if r := w.want(200, super, "PATCH", place, object{"name": "Persons", "type": "button"}, "If-Match", `"1"`); r.text("type") != "button" {
		t.Errorf("changed: %s", r.body)
	}
	if r := w.want(200, "admin", "GET", place, nil); r.text("name") != "Persons" || r.text("permissions", 0) != "account.read" {
		t.Errorf("read: %s", r.body)
	}
	w.want(403, "member", "GET", "/v1/resources", nil)
	w.want(403, "member", "GET", "/v1/resources/tree", nil)
	w.refused(422, "resource.url", super, "PATCH", made.header.Get("Location"), object{"url": "people"})
	w.want(403, "admin", "POST", "/v1/resources", object{"type": "api", "name": "People"})
	if r := w.want(200, "admin", "GET", "/v1/resources/tree", nil); r.count("items", 0, "children") == 0 && r.count("items", 1, "children") == 0 {
		t.Errorf("the tree: %s", r.body)
	}
	w.want(403, "admin", "DELETE", place, nil)
	w.want(204, super, "DELETE", place, nil)
	w.want(404, "admin", "GET", place, nil)
	w.refused(409, "resource.builtin", super, "DELETE", "/v1/resources/"+w.leaf("account.read"), nil)
}

func TestAccessIsAskedFor(t *testing.T) {
	w := open(t)
	if r := w.want(200, "admin", "GET", "/v1/access/refusals", nil); r.text("total") != "0" {
		t.Errorf("refusals: %s", r.body)
	}
	w.want(403, "member", "GET", "/v1/access/refusals", nil)
	w.want(403, "member", "POST", "/v1/access/check", object{"method": "GET", "path": "/v1/me", "role_ids": []int{6}})
	calls := []resource.Call{{Method: "GET", Path: "/v1/roles", Dialect: "v1", Name: "v1.roles.list", Needs: access.Of(access.RoleRead)}}
	if err := w.Role.Serve(t.Context(), calls); err != nil {
		t.Fatal(err)
	}
	r := w.want(200, "admin", "POST", "/v1/access/check", object{"method": "GET", "path": "/v1/roles", "role_ids": []int{6}})
	if r.text("allowed") != "false" || r.text("missing", 0) != "role.read" {
		t.Errorf("check: %s", r.body)
	}
}
