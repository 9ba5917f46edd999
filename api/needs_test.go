package api_test

import (
	"fmt"
	"strings"
	"testing"

	"stoa/api"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/role"
)

// What a route says that it needs is held against what its operation asks for: with
// all permissions but one of those the call does not get through, with those alone
// it is not refused for a permission.
func TestNeedsAreWhatOperationsAskFor(t *testing.T) {
	var routes []wire.Route
	api.Handler(apptest.Open(t).App, api.Options{}).Each(func(_ string, r *wire.Route) { routes = append(routes, *r) })
	all := samples()
	for _, r := range routes {
		if r.Needs == (access.Set{}) || twice(r.Path) {
			continue
		}
		t.Run(r.Method+" "+r.Path, func(t *testing.T) {
			n := needy{house: newHouse(t), all: all}
			for _, p := range r.Needs.List() {
				class, text, _ := n.call(r, n.person("all but "+p.String(), access.Every().Without(access.Of(p))))
				if class == "ok" && (!answersLess()[r.Name] || strings.Contains(text, marker)) {
					t.Errorf("without %s it gets through: %s", p, text)
				}
			}
			class, text, refusal := n.call(r, n.person("only "+strings.Join(r.Needs.Names(), " "), r.Needs))
			if refusal == "access.denied" {
				t.Errorf("with %v it is refused for a permission: %s %s", r.Needs.Names(), class, text)
			}
		})
	}
}

// twice reports whether a path is one of pcloud's that has the same call under /api.
func twice(path string) bool {
	for _, short := range []string{"/admin/", "/integration/", "/open/", "/oss/", "/job/", "/oauth/"} {
		if strings.HasPrefix(path, short) {
			return true
		}
	}
	return false
}

// answersLess are calls that without the permission answer with what is the
// caller's own instead of refusing.
func answersLess() map[string]bool {
	return map[string]bool{"v1.accounts.list": true, "pcloud.user.page": true}
}

// needy calls routes as people who hold chosen permissions.
type needy struct {
	*house
	all map[string]sample
}

// person holds a role that allows a set, in organisation 1, seeing all of it.
func (n *needy) person(who string, set access.Set) string {
	n.t.Helper()
	if _, known := n.names[who]; known {
		return who
	}
	ctx := n.t.Context()
	n.serial++
	v, err := n.Role.Create(ctx, n.Super, role.New{Name: fmt.Sprint("needy ", n.serial), Scope: role.All})
	if err != nil {
		n.t.Fatal(err)
	}
	all, err := n.Resource.List(ctx, n.Super)
	if err != nil {
		n.t.Fatal(err)
	}
	ids := []uint64{}
	for _, r := range all {
		if p, ok := access.PermissionOf(r.URL); ok && set.Has(p) {
			ids = append(ids, r.ID)
		}
	}
	if _, _, err := n.Role.SetGrants(ctx, n.Super, v.ID, role.Grants{Resources: &ids}, 0, false); err != nil {
		n.t.Fatal(err)
	}
	a := n.Account(1, fmt.Sprint("needy-", n.serial), v.ID)
	n.enter(who, a.ID, a.Name)
	return who
}

// call makes a route's sample request. refusal is the code of the fault that the
// server noted, if it refused for want of a right.
func (n *needy) call(r wire.Route, who string) (class, text, refusal string) {
	n.t.Helper()
	request, ok := n.all[r.Name]
	if !ok {
		n.t.Fatalf("%s has no sample request", r.Name)
	}
	req, _ := n.request(trial{method: r.Method, path: r.Path, name: r.Name, who: who, request: request})
	req.Header.Set("Authorization", "Bearer "+n.Login(n.names[who]).Token) // the clock has moved on, the old session may be over
	before := n.newest(who)
	class, text = n.send(req)
	if now := n.newest(who); now != before {
		refusal = strings.Fields(now)[0]
	}
	return class, text, refusal
}

// newest is the latest refusal of somebody: its code, and which request it was.
func (n *needy) newest(who string) string {
	n.t.Helper()
	got, err := n.Role.Refusals(n.t.Context(), n.Super, n.ids[who])
	if err != nil {
		n.t.Fatal(err)
	}
	if len(got) == 0 {
		return ""
	}
	return got[0].Code + " " + got[0].Origin.RequestID
}
