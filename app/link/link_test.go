package link_test

import (
	"testing"

	"stoa/app/access"
	"stoa/app/apptest"
	"stoa/app/link"
)

func TestLinksAreSeenByThoseTheyAreFor(t *testing.T) {
	a := apptest.Open(t)
	add := func(in link.New) *link.Link {
		t.Helper()
		l, err := a.Link.Create(t.Context(), a.Super, in)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	add(link.New{NameEN: "Everybody", URL: "https://wiki.example.com/", Order: 2})
	add(link.New{NameZH: "\u7ef4\u57fa", URL: "http://example.com/?a=b#c", Tenant: 2, Order: 1})
	add(link.New{NameEN: "Administrators", URL: "https://example.com/admin", Roles: []uint64{access.RoleAdmin}})
	names := func(tenant uint64, name string, roles ...uint64) string {
		t.Helper()
		rows, err := a.Link.Mine(t.Context(), a.Actor(a.Account(tenant, name, roles...)))
		if err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, l := range rows {
			out += l.Name(false) + "|"
		}
		return out
	}
	if got := names(2, "two"); got != "\u7ef4\u57fa|Everybody|" {
		t.Error(got)
	}
	if got := names(5, "five"); got != "Everybody|" {
		t.Error(got)
	}
	if got := names(5, "chief", access.RoleAdmin); got != "Administrators|Everybody|" {
		t.Error(got)
	}
	_, err := a.Link.Mine(t.Context(), access.Nobody(apptest.Origin("v1")))
	apptest.Want(t, err, "session.required")
	a.Verify()
}

func TestWhatIsNoAddressIsRefused(t *testing.T) {
	a := apptest.Open(t)
	for at, code := range map[string]string{"javascript:alert(1)": "link.url", "": "link.url", "//example.com": "link.url", "https://": "link.url",
		"data:text/html,x": "link.url", "https://me:secret@example.com/": "link.url", " https://example.com/ ": ""} {
		_, err := a.Link.Create(t.Context(), a.Super, link.New{NameEN: "Link", URL: at})
		apptest.Want(t, err, code)
	}
	_, err := a.Link.Create(t.Context(), a.Super, link.New{URL: "https://example.com/"})
	apptest.Want(t, err, "link.name")
	_, err = a.Link.Create(t.Context(), a.Super, link.New{NameEN: "Link", URL: "https://example.com/", Icon: "<svg>"})
	apptest.Want(t, err, "link.icon")
}

func TestLinksAreKeptByThoseWhoMay(t *testing.T) {
	a := apptest.Open(t)
	admin := a.Actor(a.Account(2, "keeper", access.RoleAdmin))
	in := link.New{NameEN: "Link", URL: "https://example.com/", Tenant: 2}
	_, err := a.Link.Create(t.Context(), admin, in)
	apptest.Want(t, err, "access.denied")
	admin.Set = admin.Set.Or(access.Of(access.LinkWrite))
	l, err := a.Link.Create(t.Context(), admin, in)
	if err != nil {
		t.Fatal(err)
	}
	in.Tenant = 0
	_, err = a.Link.Modify(t.Context(), admin, l.ID, in, 0)
	apptest.Want(t, err, "link.tenant")
	in.Tenant, in.NameEN = 2, "Renamed"
	if l, err = a.Link.Modify(t.Context(), admin, l.ID, in, l.Version); err != nil || l.NameEN != "Renamed" {
		t.Errorf("%+v, %v", l, err)
	}
	_, err = a.Link.Modify(t.Context(), admin, l.ID, in, 1)
	apptest.Want(t, err, "link.stale")
	foreign := admin
	foreign.Tenant = 5
	apptest.Want(t, a.Link.Delete(t.Context(), foreign, l.ID), "link.not_found")
	if err := a.Link.Delete(t.Context(), admin, l.ID); err != nil {
		t.Error(err)
	}
	apptest.Want(t, a.Link.Delete(t.Context(), admin, l.ID), "link.not_found")
}
