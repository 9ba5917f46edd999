package api_test

import (
	"slices"
	"strings"
	"testing"

	"stoa/api"
	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/company"
)

// Administrators of other tenants, a company's and a reseller's, call every route
// that names an object with one of organisation 1: refused or not there, never
// data, and the object stays as it is.
func TestTenantsDoNotMeet(t *testing.T) {
	all, public := samples(), publicRoutes(t)
	var h *house
	asked, calls := 0, 0
	for _, line := range api.Handler(apptest.Open(t).App, api.Options{}).Routes() {
		parts := strings.Fields(line)
		method, path, dialect, name := parts[0], parts[1], parts[2], parts[3]
		request, ok := all[name]
		if dialect == "-" || !ok || public[name] || answersAnyway()[name] {
			continue
		}
		if calls%8 == 0 {
			h = newHouse(t) // so much background work is queued in each
			h.neighbours()
		}
		calls++
		for _, who := range []string{"boss", "reseller"} {
			h.t = t
			c := trial{method, path, name, who, false, request}
			h.tokens[who] = h.Login(h.names[who]).Token
			req, object := h.request(c)
			if !object.used {
				break
			}
			asked++
			class, text := h.send(req)
			h.judge(c, class, text, object)
			if dialect == "v1" && !slices.Contains([]string{"403", "404"}, class) {
				t.Errorf("%s %s by %s: %s %s", method, path, who, class, text)
			}
			if t.Failed() {
				t.Logf("until %s %s (%s) by %s: %s", method, path, name, who, class)
			}
		}
	}
	if asked < 300 {
		t.Errorf("only %d requests named an object", asked)
	}
}

// neighbours are administrators of another company and of another channel.
func (h *house) neighbours() {
	h.t.Helper()
	person := func(n string) company.Person {
		return company.Person{Name: n, Email: n + "@example.com", Password: apptest.Password}
	}
	c, err := h.Company.CreateChannel(h.t.Context(), h.Super, company.NewChannel{Name: "Lakeside", Capacity: company.GiB, Administrator: person("reseller")})
	if err != nil {
		h.t.Fatal(err)
	}
	one, boss, err := h.Company.Create(h.t.Context(), h.Super, company.New{Channel: c.ID, Name: "Birch", Paid: 1 << 20, Administrator: person("boss")})
	if err != nil {
		h.t.Fatal(err)
	}
	if boss.Tenant != one.Unit.ID || !boss.Has(access.RoleCompanyAdmin) {
		h.t.Fatalf("the administrator: %+v", boss)
	}
	h.enter("boss", boss.ID, boss.Name)
	h.enter("reseller", c.Manager, "reseller")
}
