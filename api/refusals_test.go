package api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"stoa/app/access"
	"stoa/app/role"
)

// ask makes a request as somebody.
func (h *house) ask(who, method, path, body string) (status int, text string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.server.URL+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+h.tokens[who])
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in %s", part, text)
		}
	}
}

func TestWhyWasIRefused(t *testing.T) {
	h := newHouse(t)
	h.ask("member", "GET", "/v1/roles", "")
	h.ask("member", "POST", "/api/admin/dept/page", `{"page":1}`)
	_, text := h.ask("admin", "GET", fmt.Sprint("/v1/access/refusals?account=", h.ids["member"]), "")
	holds(t, text, `"total":2`, `"call":"v1.roles.list"`, `"missing":["role.read"]`, `"call":"pcloud.dept.page"`, `"missing":["department.read"]`, `"ROLE_ADMIN"`)
	if _, text := h.ask("foreign", "GET", "/v1/access/refusals", ""); !strings.Contains(text, `"total":0`) {
		t.Errorf("another organisation sees %s", text)
	}
	if status, _ := h.ask("member", "GET", "/v1/access/refusals", ""); status != http.StatusForbidden {
		t.Errorf("a member reads the refusals: %d", status)
	}
}

func TestWouldThisRequestBeLetThrough(t *testing.T) {
	h := newHouse(t)
	_, text := h.ask("admin", "POST", "/v1/access/check", `{"method":"DELETE","path":"/v1/accounts/12","role_ids":[6]}`)
	holds(t, text, `"route":"DELETE /v1/accounts/{id}"`, `"allowed":false`, `"missing":["account.read","account.delete"]`, `"ROLE_ADMIN"`)
	_, text = h.ask("admin", "POST", "/v1/access/check", fmt.Sprintf(`{"method":"POST","path":"/api/admin/dept/create","account_id":%d}`, h.ids["admin"]))
	holds(t, text, `"dialect":"pcloud"`, `"allowed":true`)
	if status, text := h.ask("admin", "POST", "/v1/access/check", fmt.Sprintf(`{"method":"GET","path":"/v1/me","account_id":%d}`, h.ids["foreign"])); status != http.StatusNotFound {
		t.Errorf("an account of another organisation is looked into: %d %s", status, text)
	}
	if status, _ := h.ask("admin", "POST", "/v1/access/check", `{"method":"GET","path":"/nowhere","role_ids":[6]}`); status != http.StatusNotFound {
		t.Errorf("a path that nobody serves: %d", status)
	}
}

// The front end's own resource rows, granted by its own calls, really let through.
func TestPathsOfTheFrontEndGrantItsCalls(t *testing.T) {
	h := newHouse(t)
	_, text := h.ask("super", "POST", "/api/admin/resource/create", `{"name":"Users","resourceUrl":"/admin/system/user/page","bizType":0}`)
	resource := text[strings.Index(text, `"data":`)+len(`"data":`) : len(strings.TrimSpace(text))-1]
	v, err := h.Role.Create(t.Context(), h.Super, role.New{Name: "Reader", Scope: role.All})
	if err != nil {
		t.Fatal(err)
	}
	reader := h.Account(1, "reader", v.ID)
	h.enter("reader", reader.ID, reader.Name)
	page := func() string {
		t.Helper()
		_, text := h.ask("reader", "POST", "/admin/system/user/page", `{"page":1,"pageSize":100}`)
		return text
	}
	if text := page(); strings.Contains(text, `"phone":"owner"`) {
		t.Errorf("before the grant it sees %s", text)
	}
	_, text = h.ask("super", "POST", "/api/admin/permission/grant", fmt.Sprintf(`{"roleId":%d,"routers":[],"resources":[%s]}`, v.ID, resource))
	holds(t, text, `"code":200`)
	holds(t, page(), `"phone":"owner"`)
	if got, _ := h.Role.Find(v.ID); got.Set != access.Of(access.AccountRead) {
		t.Errorf("the path gave %v", got.Set.Names())
	}
}
