package v1_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestBulkByFilter(t *testing.T) {
	w := open(t)
	ids := make([]uint64, 12)
	for i := range ids {
		ids[i] = w.Account(1, fmt.Sprintf("crew%02d", i)).ID
	}
	crew := object{"q": "crew"}
	bulk := func(in object) reply {
		t.Helper()
		return w.want(200, "admin", "POST", "/v1/accounts/bulk", in)
	}
	active := func(n int) {
		t.Helper()
		if r := w.want(200, "admin", "GET", "/v1/accounts?q=crew&state=active", nil); r.text("total") != fmt.Sprint(n) {
			t.Errorf("%s are active, want %d", r.text("total"), n)
		}
	}
	// Nothing is done where it would be another number than was confirmed.
	w.refused(409, "bulk.count", "admin", "POST", "/v1/accounts/bulk", object{"action": "disable", "filter": crew, "expect": 11})
	active(12)
	// What an action changes does not change whom it means.
	r := bulk(object{"action": "disable", "filter": object{"q": "crew", "state": "active"}, "except": ids[:2], "expect": 10})
	if r.text("done") != "10" || r.text("refused_total") != "0" {
		t.Errorf("disabled: %s", r.body)
	}
	active(2)
	if r := bulk(object{"action": "enable", "filter": crew}); r.text("done") != "12" {
		t.Errorf("enabled: %s", r.body)
	}
	active(12)
	// Every account is a change of its own in the action log.
	if r := w.want(200, "admin", "GET", "/v1/audit?action=account.update&limit=1", nil); r.text("total") != "20" {
		t.Errorf("the log has %s changes", r.text("total"))
	}
	w.refused(422, "bulk.ids_and_filter", "admin", "POST", "/v1/accounts/bulk", object{"action": "enable", "filter": crew, "ids": ids})
	w.refused(413, "bulk.too_many", "admin", "POST", "/v1/accounts/bulk", object{"action": "enable", "filter": crew, "except": make([]uint64, 501)})
	w.want(403, "admin", "POST", "/v1/accounts/bulk", object{"action": "enable", "filter": object{"tenant": w.ids["other-org"]}})
	// An organisation's administrator reaches nobody elsewhere by a filter.
	if r := bulk(object{"action": "offline", "filter": object{"q": "outsider"}}); r.text("done") != "0" || r.text("refused_total") != "0" {
		t.Errorf("elsewhere: %s", r.body)
	}
	w.Verify()
}

// Exactly as many as are allowed pass; one more, and nothing at all is done.
func TestBulkUpToItsLimit(t *testing.T) {
	w := open(t)
	if w.App.App.Account.MaxMatched != 10_000 {
		t.Errorf("the limit is %d, documented are 10,000", w.App.App.Account.MaxMatched)
	}
	w.App.App.Account.MaxMatched = 50
	for i := range 50 {
		w.Account(1, fmt.Sprintf("crew%05d", i))
	}
	bulk := func(action, q string) object { return object{"action": action, "filter": object{"q": q}} }
	if r := w.want(200, "admin", "POST", "/v1/accounts/bulk", bulk("enable", "crew")); r.text("done") != "50" || r.text("refused_total") != "0" {
		t.Errorf("all that are allowed: %s", r.body)
	}
	w.Account(1, "crew-and-one")
	r := w.refused(413, "account.bulk_matched", "admin", "POST", "/v1/accounts/bulk", bulk("disable", "crew"))
	if said := r.text("detail"); !strings.Contains(said, "50") || !strings.Contains(said, "narrow the filter") {
		t.Errorf("the refusal does not say what to do: %s", said)
	}
	if r := w.want(200, "admin", "GET", "/v1/accounts?q=crew&state=disabled", nil); r.text("total") != "0" {
		t.Errorf("a refused action was done to %s", r.text("total"))
	}
	if r := w.want(200, "admin", "GET", "/v1/audit?action=account.update&limit=1", nil); r.text("total") != "0" {
		t.Errorf("the log has %s changes", r.text("total"))
	}
	if r := w.want(200, "admin", "POST", "/v1/accounts/bulk", bulk("disable", "crew-and")); r.text("done") != "1" {
		t.Errorf("narrowed: %s", r.body)
	}
}

func TestBulkRolesAndDepartment(t *testing.T) {
	w := open(t)
	ids := []uint64{w.ids["member"], w.ids["owner"], w.ids["outsider"], w.ids["admin"], w.ids["member"]}
	roles := func(name string) string {
		r := w.want(200, "admin", "GET", fmt.Sprintf("/v1/accounts/%d", w.ids[name]), nil)
		return fmt.Sprint(r.at("roles"))
	}
	r := w.want(200, "admin", "POST", "/v1/accounts/bulk", object{"action": "roles", "ids": ids, "add_roles": []int{1}, "remove_roles": []int{6}})
	if r.text("done") != "2" || r.text("refused_total") != "2" || r.count("refused") != 2 {
		t.Errorf("roles: %s", r.body)
	}
	for i := range 2 {
		if id := r.text("refused", i, "id"); (r.text("refused", i, "name") == "admin") != (id == fmt.Sprint(w.ids["admin"])) {
			t.Errorf("a refusal names who was refused where the caller sees it: %s", r.body)
		}
	}
	if r.count("reasons") != 2 || r.text("reasons", 0, "count") != "1" {
		t.Errorf("reasons: %s", r.body)
	}
	if roles("member") != roles("owner") {
		t.Errorf("member has %s, owner %s", roles("member"), roles("owner"))
	}
	// Nobody grants more than they hold, and nobody is left without a role.
	r = w.want(200, "admin", "POST", "/v1/accounts/bulk", object{"action": "roles", "ids": []uint64{w.ids["member"]}, "add_roles": []int{9}})
	if r.text("reasons", 0, "code") != "account.role_beyond" {
		t.Errorf("beyond: %s", r.body)
	}
	r = w.want(200, "admin", "POST", "/v1/accounts/bulk", object{"action": "roles", "ids": []uint64{w.ids["member"]}, "remove_roles": []int{1}})
	if r.text("reasons", 0, "code") != "account.roles" {
		t.Errorf("no role left: %s", r.body)
	}
	w.refused(422, "bulk.roles", "admin", "POST", "/v1/accounts/bulk", object{"action": "roles", "ids": ids})

	department := w.want(201, "admin", "POST", "/v1/departments", object{"name": "Harbour office"})
	w.want(200, "admin", "POST", "/v1/accounts/bulk", object{"action": "move", "filter": object{"role": []int{1}}, "department": department.at("id")})
	if r := w.want(200, "admin", "GET", "/v1/accounts?department="+department.text("id"), nil); r.text("total") != "2" {
		t.Errorf("moved: %s", r.body)
	}
	w.refused(422, "bulk.department", "admin", "POST", "/v1/accounts/bulk", object{"action": "move", "ids": ids})
	w.Verify()
}
