package v1_test

import (
	"fmt"
	"strings"
	"testing"

	"stoa/app/access"
	"stoa/app/apptest"
)

func TestPostsAndGrades(t *testing.T) {
	w := open(t)
	r := w.want(201, "admin", "POST", "/v1/posts", object{"name": "Head"}, "Idempotency-Key", "k-1")
	if again := w.want(201, "admin", "POST", "/v1/posts", object{"name": "Head"}, "Idempotency-Key", "k-1"); string(again.body) != string(r.body) {
		t.Errorf("a repeated create answers %s, then %s", r.body, again.body)
	}
	head, one := w.number(r.text("id")), r.header.Get("Location")
	r = w.want(201, "admin", "POST", "/v1/posts", object{"name": "Clerk", "parent": head})
	clerk, two := w.number(r.text("id")), r.header.Get("Location")
	w.refused(409, "post.name_taken", "admin", "POST", "/v1/posts", object{"name": "clerk", "parent": head})
	w.want(403, "member", "POST", "/v1/posts", object{"name": "Mine"})
	r = w.want(201, "admin", "POST", "/v1/grades", object{"name": "P5"})
	grade, three := w.number(r.text("id")), r.header.Get("Location")
	w.want(403, "member", "POST", "/v1/grades", object{"name": "Mine"})
	for _, path := range []string{one, three} {
		etag := w.want(200, "admin", "GET", path, nil).header.Get("Etag")
		w.want(404, "stranger", "GET", path, nil)
		w.want(404, "stranger", "PATCH", path, object{"name": "Theirs"})
		w.want(404, "stranger", "DELETE", path, nil)
		w.want(200, "admin", "PATCH", path, object{"name": "Chief"}, "If-Match", etag)
		w.want(412, "admin", "PATCH", path, object{"name": "Lost"}, "If-Match", etag)
	}
	w.refused(409, "post.cycle", "admin", "PATCH", one, object{"parent": clerk})
	r = w.want(200, "admin", "PATCH", w.path("/v1/accounts/{id}", "member"), object{"posts": []any{clerk}, "grade": grade})
	if r.text("posts", 0, "name") != "Clerk" || r.text("grade_name") != "Chief" {
		t.Errorf("the account: %s", r.body)
	}
	if r := w.want(200, "member", "GET", "/v1/me", nil); r.text("account", "posts", 0, "name") != "Clerk" {
		t.Errorf("who am I: %s", r.body)
	}
	w.refused(422, "account.post", "admin", "PATCH", w.path("/v1/accounts/{id}", "member"), object{"posts": []any{grade}})
	if r := w.want(200, "admin", "GET", "/v1/posts/tree", nil); r.text("items", 0, "name") != "Chief" || r.text("items", 0, "children", 0, "accounts") != "1" {
		t.Errorf("tree: %s", r.body)
	}
	for _, list := range []string{"/v1/posts", "/v1/grades", "/v1/posts/tree"} {
		w.want(403, "member", "GET", list, nil)
	}
	if r := w.want(200, "admin", "GET", "/v1/posts?q=CL", nil); r.text("total") != "1" || r.text("items", 0, "parent_name") != "Chief" || r.text("items", 0, "accounts") != "1" {
		t.Errorf("list: %s", r.body)
	}
	if r := w.want(200, "admin", "GET", "/v1/grades?format=csv", nil); !strings.Contains(string(r.body), "Chief,1") {
		t.Errorf("export: %s", r.body)
	}
	w.refused(409, "post.in_use", "admin", "DELETE", one, nil)
	w.refused(409, "post.in_use", "admin", "DELETE", two, nil)
	w.refused(409, "grade.in_use", "admin", "DELETE", three, nil)
	w.want(200, "admin", "PATCH", w.path("/v1/accounts/{id}", "member"), object{"posts": []any{}, "grade": 0})
	for _, path := range []string{two, one, three} {
		w.want(204, "admin", "DELETE", path, nil)
	}
	w.Verify()
}

func TestDepartmentsInOrder(t *testing.T) {
	w := open(t)
	made := func(name string, parent uint64) uint64 {
		return w.number(w.want(201, "admin", "POST", "/v1/departments", object{"name": name, "parent": parent}).text("id"))
	}
	top := made("Top", 1)
	ids := map[string]uint64{}
	for _, name := range []string{"a", "b", "c", "d"} {
		ids[name] = made(name, top)
	}
	order := func() (names string) {
		r := w.want(200, "admin", "GET", "/v1/departments/tree", nil)
		for i := range r.count("children", 0, "children") {
			names += r.text("children", 0, "children", i, "name")
		}
		return names
	}
	for _, step := range []struct {
		move, before, want string
	}{{"d", "b", "adbc"}, {"c", "a", "cadb"}, {"a", "", "cdab"}, {"c", "b", "dacb"}, {"d", "", "acbd"}} {
		path := fmt.Sprintf("/v1/departments/%d/move", ids[step.move])
		w.want(200, "admin", "POST", path, object{"parent": top, "before": ids[step.before]})
		if got := order(); len(got) != 4 || !inOrder(got, step.move, step.before) {
			t.Errorf("%s before %q: %s", step.move, step.before, got)
		}
	}
	path := fmt.Sprintf("/v1/departments/%d/move", top)
	w.refused(409, "org.cycle", "admin", "POST", path, object{"parent": ids["a"]})
	w.refused(404, "org.before_not_found", "admin", "POST", path, object{"parent": 1, "before": ids["a"]})
	w.want(404, "stranger", "POST", path, object{"parent": 1})
	w.Verify()
}

// inOrder reports whether one name comes right before another, or with "" last of
// all that no hand has put in order.
func inOrder(names, one, before string) bool {
	if before == "" {
		return strings.Contains(names, one)
	}
	return strings.Contains(names, one+before)
}

// An administrator of some departments: what is outside is not there.
func TestAdministratorOfDepartments(t *testing.T) {
	w := open(t)
	ctx := t.Context()
	ids := map[string]uint64{}
	for _, d := range [][2]string{{"Works", ""}, {"Forge", "Works"}, {"Office", ""}} {
		parent := uint64(1)
		if d[1] != "" {
			parent = ids[d[1]]
		}
		ids[d[0]] = w.number(w.want(201, "admin", "POST", "/v1/departments", object{"name": d[0], "parent": parent}).text("id"))
	}
	for name, d := range map[string]string{"smith": "Forge", "clerk": "Office"} {
		w.ids[name] = w.Account(1, name).ID
		w.want(200, "admin", "PATCH", w.path("/v1/accounts/{id}", name), object{"department": ids[d]})
	}
	boss := w.Account(1, "boss")
	by := w.Actor(boss)
	by.Set, by.Sight, by.Units = access.SetOf([]uint64{access.RoleAdmin}), access.ScopeUnits, []uint64{ids["Forge"]}

	root, err := w.Org.Tree(ctx, by, 0)
	if err != nil || root.Name != "Works" || !root.Outside || root.Manager != 0 || len(root.Children) != 1 || root.Children[0].Name != "Forge" || root.Children[0].Outside {
		t.Fatalf("the tree: %+v, %v", root, err)
	}
	if n, err := w.Org.DepartmentCount(ctx, by); err != nil || n != 1 {
		t.Errorf("%d departments, %v", n, err)
	}
	for _, outside := range []uint64{ids["Works"], ids["Office"]} {
		_, err := w.Org.Department(ctx, by, outside)
		apptest.Want(t, err, "org.not_found")
		apptest.Want(t, w.Org.DeleteDepartment(ctx, by, outside), "org.not_found")
		_, err = w.Org.MoveDepartment(ctx, by, ids["Forge"], outside, 0, 0)
		if outside != ids["Works"] { // there it is already
			apptest.Want(t, err, "org.parent_not_found")
		}
	}
	_, err = w.Session.EndAll(ctx, by, w.ids["clerk"])
	apptest.Want(t, err, "account.not_found")
	_, err = w.Session.List(ctx, by, w.ids["clerk"])
	apptest.Want(t, err, "account.not_found")
	w.Login("smith")
	w.Login("clerk")
	if n, err := w.Session.OnlineCount(ctx, by); err != nil || n != 1 {
		t.Errorf("%d online, %v", n, err)
	}
}

// The same by a role, through the API: what it says of departments holds at every
// call of who has it.
func TestRoleOfADepartment(t *testing.T) {
	w := open(t)
	made := func(name string, parent uint64) uint64 {
		return w.number(w.want(201, "admin", "POST", "/v1/departments", object{"name": name, "parent": parent}).text("id"))
	}
	works := made("Works", 1)
	forge, office := made("Forge", works), made("Office", 1)
	r := w.want(201, "admin", "POST", "/v1/roles", object{"name": "Head of a department", "copy_of": access.RoleAdmin, "scope": "department_and_below"})
	role := w.number(r.text("id"))
	for name, d := range map[string]uint64{"boss": works, "smith": forge, "clerk": office} {
		w.ids[name] = w.Account(1, name).ID
		w.want(200, "admin", "PATCH", w.path("/v1/accounts/{id}", name), object{"department": d})
	}
	w.want(200, "admin", "PATCH", w.path("/v1/accounts/{id}", "boss"), object{"roles": []any{role}})
	w.enter("boss")
	if r := w.want(200, "boss", "GET", "/v1/accounts?sort=name", nil); r.text("total") != "2" || r.text("items", 0, "name") != "boss" || r.text("items", 1, "name") != "smith" {
		t.Errorf("the accounts: %s", r.body)
	}
	clerk, smith := w.path("/v1/accounts/{id}", "clerk"), w.path("/v1/accounts/{id}", "smith")
	w.want(404, "boss", "GET", clerk, nil)
	w.want(404, "boss", "PATCH", clerk, object{"nickname": "x"})
	w.want(404, "boss", "POST", clerk+"/offline", nil)
	w.refused(422, "account.department", "boss", "PATCH", smith, object{"department": office})
	w.want(200, "boss", "PATCH", smith, object{"department": works})
	if r := w.want(201, "boss", "POST", "/v1/accounts", object{"name": "fresh", "password": "tall reeds bend 27"}); r.text("department") != fmt.Sprint(works) {
		t.Errorf("a new account: %s", r.body)
	}
	r = w.want(200, "boss", "GET", "/v1/departments/tree", nil)
	if r.text("outside") != "true" || r.text("accounts") != "0" || r.count("children") != 1 || r.text("children", 0, "name") != "Works" || r.text("children", 0, "accounts") != "3" {
		t.Errorf("the tree: %s", r.body)
	}
	if r := w.want(200, "boss", "GET", "/v1/home", nil); r.text("counts", "accounts") != "3" || r.text("counts", "departments") != "2" {
		t.Errorf("the start page: %s", r.body)
	}
	below := w.want(201, "boss", "POST", "/v1/departments", object{"name": "Foundry", "parent": forge}).header.Get("Location")
	w.want(200, "boss", "GET", below, nil)
	w.want(404, "boss", "POST", "/v1/departments", object{"name": "Other", "parent": office})
	w.want(404, "boss", "POST", "/v1/departments", object{"name": "Top"})
	w.want(200, "admin", "PATCH", fmt.Sprintf("/v1/departments/%d", forge), object{"parent": 1})
	w.want(404, "boss", "GET", below, nil) // moved away, at once
	w.Verify()
}
