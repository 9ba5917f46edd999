package v1_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"
	"golang.org/x/crypto/bcrypt"

	"stoa/app/apptest"
)

const super = apptest.SuperName

func TestAccounts(t *testing.T) {
	w := open(t)
	in := object{"name": "fresh", "email": "fresh@example.com", "phone": apptest.Phone(3), "nickname": "Fresh", "password": pass, "duty": "clerk"}
	r := w.want(201, "admin", "POST", "/v1/accounts", in)
	one := r.header.Get("Location")
	if one != "/v1/accounts/"+r.text("id") || r.text("tenant_name") != "default" || r.text("roles", 0, "id") != "6" || r.text("duty") != "clerk" {
		t.Errorf("made: %s at %s", r.body, one)
	}
	w.refused(409, "account.name_taken", "admin", "POST", "/v1/accounts", object{"name": "FRESH", "password": pass})
	w.want(422, "admin", "POST", "/v1/accounts", object{"name": "x", "password": pass})
	w.want(422, "admin", "POST", "/v1/accounts", object{"name": "passless"})
	w.want(403, "member", "POST", "/v1/accounts", object{"name": "passing", "password": pass})
	w.want(403, "admin", "POST", "/v1/accounts", object{"name": "grander", "password": pass, "roles": []int{9}})
	w.want(403, "admin", "POST", "/v1/accounts", object{"name": "abroad", "password": pass, "tenant": w.ids["other-org"]})
	etag := w.want(200, "admin", "GET", one, nil).header.Get("Etag")
	w.want(404, "stranger", "GET", one, nil)
	r = w.want(200, "admin", "PATCH", one, object{"nickname": "Older", "roles": []int{1}}, "If-Match", etag)
	if r.text("nickname") != "Older" || r.text("roles", 0, "code") != "ROLE_OWNER" || r.text("modified_by") != "admin" {
		t.Errorf("changed: %s", r.body)
	}
	w.want(412, "admin", "PATCH", one, object{"nickname": "Lost"}, "If-Match", etag)
	w.want(404, "stranger", "PATCH", one, object{"nickname": "Theirs"})
	w.enter("fresh")
	w.want(204, "admin", "POST", one+"/offline", nil)
	w.want(401, "fresh", "GET", "/v1/me", nil)
	w.want(404, "stranger", "POST", one+"/offline", nil)
	w.want(422, "admin", "POST", one+"/password", object{"password": "1"})
	w.want(204, "admin", "POST", one+"/password", object{"password": newPass})
	token := w.want(201, "", "POST", "/v1/sessions", object{"login": "fresh", "password": newPass}).text("token")
	if r := w.want(200, token, "GET", "/v1/me", nil); r.at("must_change_password") != true {
		t.Errorf("a password set by somebody else: %s", r.body)
	}
	w.want(404, "stranger", "DELETE", one, nil)
	w.want(204, "admin", "DELETE", one, nil)
	w.want(404, "admin", "GET", one, nil)
	w.Verify()
}

func TestSecondaryAccount(t *testing.T) {
	w := open(t)
	r := w.want(201, "owner", "POST", "/v1/accounts", object{"name": "under", "email": "under@example.com", "password": pass, "secondary": true})
	if r.text("parent") != fmt.Sprint(w.ids["owner"]) || r.text("roles", 0, "id") != "4" {
		t.Errorf("secondary: %s", r.body)
	}
	if r := w.want(200, "owner", "GET", "/v1/accounts", nil); r.text("total") != "2" {
		t.Errorf("an owner sees itself and its own: %s", r.body)
	}
	w.want(403, "member", "POST", "/v1/accounts", object{"name": "below", "password": pass, "secondary": true})
}

func TestPasswordHashOnlyFromSuper(t *testing.T) {
	w := open(t)
	hash, err := bcrypt.GenerateFromPassword([]byte(newPass), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	in := object{"name": "imported", "password_hash": string(hash)}
	w.want(403, "admin", "POST", "/v1/accounts", in)
	if r := w.want(201, super, "POST", "/v1/accounts", in); strings.Contains(string(r.body), string(hash)) {
		t.Error("the hash comes back")
	}
	w.want(201, "", "POST", "/v1/sessions", object{"login": "imported", "password": newPass})
	in["name"], in["password_hash"] = "broken", "$argon2id$nothing"
	w.want(422, super, "POST", "/v1/accounts", in)
}

func TestAccountList(t *testing.T) {
	w := open(t)
	for i := range 7 {
		w.want(201, "admin", "POST", "/v1/accounts", object{"name": fmt.Sprintf("listed%d", i), "nickname": "=cmd()", "password": pass})
	}
	r := w.want(200, "admin", "GET", "/v1/accounts?limit=3&sort=-name&q=listed", nil)
	if r.count("items") != 3 || r.text("total") != "7" || r.text("items", 0, "name") != "listed6" {
		t.Errorf("first page: %s", r.body)
	}
	var names []string
	for next := ""; ; {
		page := w.want(200, "admin", "GET", "/v1/accounts?limit=3&sort=name&q=listed&cursor="+next, nil)
		for i := range page.count("items") {
			names = append(names, page.text("items", i, "name"))
		}
		if next = page.text("next"); next == "" {
			break
		}
	}
	if strings.Join(names, " ") != "listed0 listed1 listed2 listed3 listed4 listed5 listed6" {
		t.Errorf("by cursor: %v", names)
	}
	if r := w.want(200, "admin", "GET", "/v1/accounts?limit=3&page=3&q=listed", nil); r.count("items") != 1 {
		t.Errorf("third page: %s", r.body)
	}
	if r := w.want(200, "admin", "GET", "/v1/accounts?role=1&role=2&state=active", nil); r.text("total") != "2" {
		t.Errorf("by role: %s", r.body)
	}
	if r := w.want(200, "stranger", "GET", "/v1/accounts?limit=500", nil); r.text("total") != "2" {
		t.Errorf("another organisation's administrator sees %s", r.text("total"))
	}
	for query, code := range map[string]string{"limit=0": "list.limit", "limit=501": "list.limit", "page=0": "list.page", "page=-1": "list.page",
		"sort=password": "list.sort", "sort=-": "list.sort", "format=pdf": "list.format"} {
		w.refused(422, code, "admin", "GET", "/v1/accounts?"+query, nil)
	}
	w.want(400, "admin", "GET", "/v1/accounts?limit=many", nil)
	if r := w.call("admin", "GET", "/v1/accounts?cursor=garbage", nil); r.status != 422 && r.status != 400 {
		t.Errorf("a broken cursor: %d %s", r.status, r.body)
	}
}

func TestExport(t *testing.T) {
	w := open(t)
	w.want(201, "admin", "POST", "/v1/accounts", object{"name": "exported", "nickname": "=1+1", "password": pass})
	r := w.want(200, "admin", "GET", "/v1/accounts?format=csv&sort=name&bom=true", nil)
	text, marked := strings.CutPrefix(string(r.body), "\uFEFF")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !marked || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("csv: %v, %v", err, r.header)
	}
	if len(rows) != 6 || rows[0][1] != "name" || rows[2][1] != "exported" || rows[2][2] != "'=1+1" {
		t.Errorf("csv rows: %q", rows)
	}
	r = w.want(200, "admin", "GET", "/v1/accounts?format=xlsx&q=exported", nil)
	file, err := excelize.OpenReader(bytes.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	cells, _ := file.GetRows("accounts")
	if len(cells) != 2 || cells[1][2] != "=1+1" {
		t.Errorf("xlsx rows: %q", cells)
	}
	w.want(403, "owner", "GET", "/v1/accounts?format=csv", nil)
	w.refused(422, "account.state", "admin", "GET", "/v1/accounts?format=csv&state=odd", nil)
	for _, path := range []string{"/v1/organisations", "/v1/departments", "/v1/roles", "/v1/applications", "/v1/audit", "/v1/outbox",
		"/v1/sessions", "/v1/me/sessions", "/v1/registration/organisations"} {
		for _, format := range []string{"csv", "xlsx"} {
			if r := w.want(200, super, "GET", path+"?format="+format, nil); len(r.body) == 0 || !strings.Contains(r.header.Get("Content-Disposition"), format) {
				t.Errorf("%s as %s: %v", path, format, r.header)
			}
		}
	}
	w.want(403, "member", "GET", "/v1/audit?format=csv", nil)
}

// Whoever takes the accounts away is in the action log, with what was taken.
func TestExportIsRecorded(t *testing.T) {
	w := open(t)
	w.want(200, "admin", "GET", "/v1/accounts?format=csv&q=mem&state=active", nil)
	w.want(200, super, "GET", fmt.Sprintf("/v1/accounts?format=xlsx&tenant=%d", w.ids["other-org"]), nil)
	w.want(403, "owner", "GET", "/v1/accounts?format=csv", nil)
	w.want(200, "admin", "GET", "/v1/accounts?limit=500", nil)
	r := w.want(200, super, "GET", "/v1/audit?action=account.export&outcome=ok", nil)
	if r.count("items") != 2 {
		t.Fatalf("of two exports the log has %s", r.body)
	}
	for i, want := range []string{fmt.Sprintf(`{"count":2,"tenant":%d}`, w.ids["other-org"]), `{"count":1,"state":"active","tenant":1,"text":"mem"}`} {
		if got := r.text("items", i, "params"); got != want {
			t.Errorf("recorded %s, want %s", got, want)
		}
	}
	if r := w.want(200, "stranger", "GET", "/v1/audit?action=account.export", nil); r.count("items") != 1 {
		t.Errorf("an organisation whose accounts were exported sees %s", r.body)
	}
}

// The files speak the language that the client asks for.
func TestExportHeaders(t *testing.T) {
	w := open(t)
	for accept, chinese := range map[string]bool{"": false, "zh-CN,zh;q=0.9,en;q=0.8": true, "zh-TW": true, "en;q=0.5, zh": true,
		"en-GB,zh;q=0.9": false, "fr": false, "fr, zh;q=0.1": true, ";;": false} {
		r := w.want(200, "admin", "GET", "/v1/roles?format=csv", nil, "Accept-Language", accept)
		if header, _, _ := strings.Cut(string(r.body), "\r\n"); chinese != (header == "编号,代码,名称,内置,数据范围,二次验证,修改人") || chinese == (header == "id,code,name,builtin,scope,second_factor,modified_by") {
			t.Errorf("Accept-Language %q gives %s", accept, header)
		}
	}
	for _, path := range []string{"accounts", "organisations", "departments", "roles", "applications", "audit", "outbox", "sessions", "registration/organisations"} {
		r := w.want(200, super, "GET", "/v1/"+path+"?format=csv", nil, "Accept-Language", "zh")
		header, _, _ := strings.Cut(string(r.body), "\r\n")
		for _, name := range strings.Split(header, ",") {
			if name != "API" && !strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%s: column %q in a Chinese file", path, name)
			}
		}
	}
}

func TestBulk(t *testing.T) {
	w := open(t)
	ids := []uint64{w.ids["member"], w.ids["owner"], w.ids["outsider"]}
	r := w.want(200, "admin", "POST", "/v1/accounts/bulk", object{"action": "disable", "ids": ids})
	if r.text("done") != "2" || r.text("refused", 0, "id") != fmt.Sprint(w.ids["outsider"]) || r.text("refused", 0, "detail") == "" {
		t.Errorf("disable: %s", r.body)
	}
	w.want(401, "member", "GET", "/v1/me", nil)
	w.want(200, "admin", "POST", "/v1/accounts/bulk", object{"action": "enable", "ids": ids})
	w.enter("member")
	if r := w.want(200, "admin", "POST", "/v1/accounts/bulk", object{"action": "offline", "ids": ids}); r.text("done") != "2" || r.count("refused") != 1 {
		t.Errorf("offline: %s", r.body)
	}
	w.want(401, "member", "GET", "/v1/me", nil)
	if r := w.want(200, "admin", "POST", "/v1/accounts/bulk", object{"action": "delete", "ids": ids}); r.text("done") != "2" {
		t.Errorf("delete: %s", r.body)
	}
	w.want(200, "outsider", "GET", "/v1/me", nil)
	w.refused(422, "bulk.action", "admin", "POST", "/v1/accounts/bulk", object{"action": "explode", "ids": ids})
	w.refused(422, "bulk.ids_missing", "admin", "POST", "/v1/accounts/bulk", object{"action": "delete"})
	w.refused(413, "bulk.too_many", "admin", "POST", "/v1/accounts/bulk", object{"action": "delete", "ids": make([]uint64, 501)})
	w.enter("outsider")
	w.want(403, "outsider", "POST", "/v1/accounts/bulk", object{"action": "offline", "ids": ids})
}

func TestOrganisations(t *testing.T) {
	w := open(t)
	r := w.want(201, super, "POST", "/v1/organisations", object{"name": "Reed", "sign_up": true})
	one, etag := r.header.Get("Location"), ""
	w.refused(409, "org.name_taken", super, "POST", "/v1/organisations", object{"name": "reed"})
	w.want(422, super, "POST", "/v1/organisations", object{"name": " "})
	w.want(403, "admin", "POST", "/v1/organisations", object{"name": "Mine"})
	r = w.want(200, super, "GET", one, nil)
	if etag = r.header.Get("Etag"); r.text("name") != "Reed" || r.text("accounts") != "0" || r.text("state") != "active" {
		t.Errorf("read: %s", r.body)
	}
	r = w.want(200, super, "PATCH", one, object{"name": "Rush", "state": "frozen"}, "If-Match", etag)
	if r.text("state") != "frozen" || r.at("frozen_at") == nil {
		t.Errorf("frozen: %s", r.body)
	}
	w.want(412, super, "PATCH", one, object{"name": "Lost"}, "If-Match", etag)
	w.want(422, super, "PATCH", one, object{"state": "melted"})
	w.want(403, "admin", "PATCH", one, object{"name": "Mine"})
	if r := w.want(200, super, "GET", "/v1/organisations?q=rush", nil); r.count("items") != 1 || r.text("items", 0, "name") != "Rush" {
		t.Errorf("search: %s", r.body)
	}
	w.want(403, "admin", "GET", "/v1/organisations", nil)
	w.want(200, "admin", "GET", "/v1/organisations/1", nil)
	w.want(403, "admin", "GET", one, nil)
	w.refused(409, "org.in_use", super, "DELETE", w.path("/v1/organisations/{id}", "other-org"), nil)
	w.want(403, "admin", "DELETE", one, nil)
	w.want(204, super, "DELETE", one, nil)
	w.want(404, super, "GET", one, nil)
}

func TestDepartments(t *testing.T) {
	w := open(t)
	r := w.want(201, "admin", "POST", "/v1/departments", object{"name": "Works", "manager": w.ids["member"], "established_at": "2020-02-03T00:00:00Z"})
	top, one := r.text("id"), r.header.Get("Location")
	if r.text("manager_name") != "member" || r.text("parent_name") != "default" || r.text("established_at") != "2020-02-03T00:00:00Z" {
		t.Errorf("made: %s", r.body)
	}
	low := w.want(201, "admin", "POST", "/v1/departments", object{"name": "Forge", "parent": w.number(top)})
	w.refused(409, "org.name_taken", "admin", "POST", "/v1/departments", object{"name": "forge", "parent": w.number(top)})
	w.want(404, "stranger", "POST", "/v1/departments", object{"name": "Theirs", "parent": w.number(top)})
	w.want(403, "member", "POST", "/v1/departments", object{"name": "Mine"})
	etag := w.want(200, "admin", "GET", one, nil).header.Get("Etag")
	w.want(404, "stranger", "GET", one, nil)
	w.refused(409, "org.cycle", "admin", "PATCH", one, object{"parent": w.number(low.text("id"))})
	w.want(200, "admin", "PATCH", one, object{"name": "Workshop", "manager": 0}, "If-Match", etag)
	w.want(412, "admin", "PATCH", one, object{"name": "Lost"}, "If-Match", etag)
	if r := w.want(200, "admin", "GET", "/v1/departments?q=fo", nil); r.count("items") != 1 || r.text("items", 0, "parent_name") != "Workshop" {
		t.Errorf("list: %s", r.body)
	}
	w.want(200, "admin", "PATCH", w.path("/v1/accounts/{id}", "member"), object{"department": w.number(top)})
	r = w.want(200, "admin", "GET", "/v1/departments/tree", nil)
	if r.text("name") != "default" || r.text("children", 0, "name") != "Workshop" || r.text("children", 0, "accounts") != "1" || r.text("accounts") != "3" || r.text("children", 0, "children", 0, "name") != "Forge" {
		t.Errorf("tree: %s", r.body)
	}
	if r := w.want(200, super, "GET", "/v1/departments/tree", nil); r.text("kind") != "root" || r.count("children") != 4 {
		t.Errorf("a super administrator's tree: %s", r.body)
	}
	w.want(404, "stranger", "GET", "/v1/departments/tree?tenant=1", nil)
	w.want(403, "member", "GET", "/v1/departments/tree", nil)
	w.refused(409, "org.in_use", "admin", "DELETE", one, nil)
	w.want(204, "admin", "DELETE", low.header.Get("Location"), nil)
	w.want(404, "stranger", "DELETE", one, nil)
	w.want(200, "admin", "PATCH", w.path("/v1/accounts/{id}", "member"), object{"department": 0})
	w.want(204, "admin", "DELETE", one, nil)
}

func TestRolesAndApplications(t *testing.T) {
	w := open(t)
	if r := w.want(200, "admin", "GET", "/v1/roles?limit=3", nil); r.count("items") != 3 || r.text("total") != "7" || r.text("next") != "2" {
		t.Errorf("roles: %s", r.body)
	}
	w.refused(422, "list.cursor", "admin", "GET", "/v1/roles?cursor=x", nil)
	w.want(403, "member", "GET", "/v1/roles", nil)
	r := w.want(201, "admin", "POST", "/v1/applications", object{"name": "Robot", "grants": []string{"account.read"}})
	one, secret := r.header.Get("Location"), r.text("client_secret")
	if r.text("created_by") != "admin" || secret == "" {
		t.Errorf("made: %s", r.body)
	}
	w.want(403, "admin", "POST", "/v1/applications", object{"name": "Grand", "grants": []string{"system.read"}})
	w.want(422, "admin", "POST", "/v1/applications", object{"name": "Odd", "grants": []string{"no.such"}})
	w.want(403, "member", "POST", "/v1/applications", object{"name": "Mine"})
	for _, answer := range []reply{w.want(200, "admin", "GET", one, nil), w.want(200, "admin", "GET", "/v1/applications?q=rob", nil)} {
		if bytes.Contains(answer.body, []byte(secret)) {
			t.Error("the secret is shown twice")
		}
	}
	w.want(404, "stranger", "GET", one, nil)
	w.want(404, "stranger", "POST", one+"/rotate", nil)
	if r := w.want(200, "admin", "POST", one+"/rotate", nil); r.text("client_secret") == secret {
		t.Error("rotated to the same secret")
	}
	w.want(404, "stranger", "DELETE", one, nil)
	w.want(204, "admin", "DELETE", one, nil)
	w.want(404, "admin", "GET", one, nil)
	w.want(403, "member", "GET", "/v1/applications", nil)
}

func TestAuditAndHome(t *testing.T) {
	w := open(t)
	w.want(201, "admin", "POST", "/v1/departments", object{"name": "Watched"})
	r := w.want(200, "admin", "GET", "/v1/audit?limit=1", nil)
	if r.text("items", 0, "action") != "department.create" || r.text("items", 0, "dialect") != "v1" || r.text("items", 0, "path") != "/v1/departments" {
		t.Errorf("newest: %s", r.body)
	}
	id := r.text("items", 0, "id")
	w.want(200, "admin", "GET", "/v1/audit/"+id, nil)
	w.want(404, "stranger", "GET", "/v1/audit/"+id, nil)
	w.want(404, "admin", "GET", "/v1/audit/zzz", nil)
	w.refused(422, "audit.outcome", "admin", "GET", "/v1/audit?outcome=maybe", nil)
	w.want(400, "admin", "GET", "/v1/audit?from=yesterday", nil)
	if r := w.want(200, "admin", "GET", "/v1/audit?action=department.&account="+fmt.Sprint(w.ids["admin"])+"&from=2026-01-01T00:00:00Z", nil); r.count("items") != 1 {
		t.Errorf("filtered: %s", r.body)
	}
	w.want(403, "member", "GET", "/v1/audit", nil)
	w.want(403, "admin", "POST", "/v1/audit/verify", nil)
	if r := w.want(200, super, "POST", "/v1/audit/verify", nil); r.at("ok") != true || r.count("chains") == 0 {
		t.Errorf("verify: %s", r.body)
	}
	if r := w.want(200, super, "GET", "/v1/home", nil); r.text("counts", "organisations") != "4" || r.count("recent") == 0 || r.count("checklist") != 8 {
		t.Errorf("a super administrator's home: %s", r.body)
	}
	if r := w.want(200, "member", "GET", "/v1/home", nil); r.count("recent") != 0 || r.count("checklist") != 2 {
		t.Errorf("a member's home: %s", r.body)
	}
	w.want(401, "", "GET", "/v1/home", nil)
}

func TestOutboxAndSystem(t *testing.T) {
	w := open(t)
	phone := apptest.Phone(9)
	w.want(204, "", "POST", "/v1/registration/codes", object{"phone": phone, "tenant": w.ids["other-org"]})
	r := w.want(200, super, "GET", "/v1/outbox?channel=sms", nil)
	if r.text("items", 0, "to") != phone || !strings.Contains(r.text("items", 0, "body"), w.Code(phone)) {
		t.Errorf("outbox: %s", r.body)
	}
	w.want(403, "admin", "GET", "/v1/outbox", nil)
	w.Clock.Add(90 * time.Second)
	w.enter(super)
	r = w.want(200, super, "GET", "/v1/system", nil)
	if r.text("version") != "1.2.3" || r.text("uptime") != "90" || !strings.Contains(string(r.body), `"http.plain"`) || !strings.Contains(string(r.body), `"sms.outbox"`) {
		t.Errorf("system: %s", r.body)
	}
	w.want(403, "admin", "GET", "/v1/system", nil)
	if r := w.want(200, super, "POST", "/v1/system/verify", nil); r.at("ok") != true || r.text("rows") == "0" {
		t.Errorf("verify: %s", r.body)
	}
	w.want(403, "admin", "POST", "/v1/system/verify", nil)
	w.want(204, super, "DELETE", "/v1/system/sample", nil)
	w.want(404, super, "GET", "/v1/organisations/2", nil)
	w.want(204, super, "POST", "/v1/system/sample", nil)
	w.want(200, super, "GET", "/v1/organisations/2", nil)
	w.want(403, "admin", "DELETE", "/v1/system/sample", nil)
	w.want(403, "admin", "POST", "/v1/system/sample", nil)
}

func TestRepeatedCreateIsHarmless(t *testing.T) {
	w := open(t)
	in := object{"name": "Once"}
	first := w.want(201, "admin", "POST", "/v1/applications", in, "Idempotency-Key", "k1")
	again := w.want(201, "admin", "POST", "/v1/applications", in, "Idempotency-Key", "k1")
	if !bytes.Equal(first.body, again.body) || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %s, was %s", again.body, first.body)
	}
	w.refused(422, "idempotency.key_reused", "admin", "POST", "/v1/applications", object{"name": "Twice"}, "Idempotency-Key", "k1")
	w.refused(422, "idempotency.key_reused", "admin", "POST", "/v1/departments", in, "Idempotency-Key", "k1")
	if other := w.want(201, "stranger", "POST", "/v1/applications", in, "Idempotency-Key", "k1"); other.text("id") == first.text("id") {
		t.Error("another caller got the first one's answer")
	}
	w.want(422, "admin", "POST", "/v1/departments", object{"name": ""}, "Idempotency-Key", "k2")
	w.want(201, "admin", "POST", "/v1/departments", object{"name": "Corrected"}, "Idempotency-Key", "k2")
	w.refused(422, "idempotency.key_too_long", "admin", "POST", "/v1/departments", object{"name": "Long"}, "Idempotency-Key", strings.Repeat("k", 256))
	w.Clock.Add(25 * time.Hour)
	w.enter("admin")
	w.want(201, "admin", "POST", "/v1/departments", object{"name": "Next day"}, "Idempotency-Key", "k1")
}

func TestEvents(t *testing.T) {
	w := open(t)
	w.want(401, "", "GET", "/v1/events", nil)
	stream, stop := w.follow("admin", "")
	w.want(201, "stranger", "POST", "/v1/departments", object{"name": "Unseen"})
	w.want(201, "admin", "POST", "/v1/departments", object{"name": "Seen"})
	first := w.next(stream)
	if first.kind != "department" || !strings.Contains(first.data, `"department.create"`) || !strings.Contains(first.data, `"tenant":1`) {
		t.Errorf("event: %+v", first)
	}
	stop()
	w.want(201, "admin", "POST", "/v1/departments", object{"name": "Meanwhile"})
	stream, stop = w.follow("admin", first.id)
	if next := w.next(stream); next.kind != "department" || next.id == first.id {
		t.Errorf("after a break: %+v", next)
	}
	stop()
	stream, stop = w.follow("admin", "older-1")
	if next := w.next(stream); next.kind != "reset" {
		t.Errorf("after a restart: %+v", next)
	}
	w.want(204, super, "POST", w.path("/v1/accounts/{id}/offline", "admin"), nil)
	for w.next(stream) != (sse{}) {
	} // it ends with the session
	stop()
}

// sse is one server-sent event.
type sse struct{ id, kind, data string }

// next is the next event; the zero one when the stream has ended.
func (w *world) next(stream <-chan sse) sse {
	w.t.Helper()
	select {
	case e := <-stream:
		return e
	case <-time.After(time.Minute):
		w.t.Fatal("no event came")
	}
	return sse{}
}

// follow opens the event stream and waits until it is open.
func (w *world) follow(who, last string) (<-chan sse, context.CancelFunc) {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", w.server.URL+"/v1/events", nil)
	req.Header.Set("Authorization", "Bearer "+w.tokens[who])
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		w.t.Fatalf("events: %v %v", res, err)
	}
	coverage.note("events", 200)
	out := make(chan sse, 100)
	go func() {
		defer close(out)
		defer res.Body.Close()
		var e sse
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "id":
				e.id = value
			case "event":
				e.kind = value
			case "data":
				e.data = value
				out <- e
			}
		}
	}()
	return out, stop
}
