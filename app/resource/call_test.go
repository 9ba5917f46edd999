package resource

import (
	"testing"

	"stoa/app/access"
)

func served() *Service {
	s := &Service{}
	s.Serve([]Call{
		{Method: "GET", Path: "/v1/accounts", Name: "list", Needs: access.Of(access.AccountRead)},
		{Method: "POST", Path: "/v1/accounts", Name: "create", Needs: access.Of(access.AccountCreate)},
		{Method: "GET", Path: "/v1/accounts/{id}", Name: "get", Needs: access.Of(access.AccountRead)},
		{Method: "DELETE", Path: "/v1/accounts/{id}", Name: "delete", Needs: access.Of(access.AccountDelete)},
		{Method: "POST", Path: "/v1/accounts/bulk", Name: "bulk", Needs: access.Of(access.AccountUpdate)},
		{Method: "POST", Path: "/v1/accounts/{id}", Name: "odd"},
		{Method: "POST", Path: "/api/admin/role/page", Name: "pcloud", Needs: access.Of(access.RoleRead)},
		{Method: "GET", Path: "/v1/sessions/{$}", Name: "slash"},
	})
	return s
}

func TestWhatAResourceStandsFor(t *testing.T) {
	s := served()
	for url, want := range map[string]access.Set{
		"account.delete":       access.Of(access.AccountDelete),
		"/v1/accounts":         access.Of(access.AccountRead, access.AccountCreate),
		"POST /v1/accounts":    access.Of(access.AccountCreate),
		"GET /v1/accounts/12":  access.Of(access.AccountRead),
		"/v1/accounts/{id}":    access.Of(access.AccountRead, access.AccountDelete),
		"/v1/accounts/**":      access.Of(access.AccountRead, access.AccountCreate, access.AccountDelete, access.AccountUpdate),
		"/admin/role/page":     access.Of(access.RoleRead),
		"/api/admin/role/**":   access.Of(access.RoleRead),
		"/v1/account":          {},
		"/v1":                  {},
		"/nowhere":             {},
		"nowhere.read":         {},
		"":                     {},
		"GET account.read":     {},
		"DELETE /v1/accounts/": access.Of(),
	} {
		if got := s.Permissions(&Resource{URL: url}); got != want {
			t.Errorf("%q stands for %v, want %v", url, got.Names(), want.Names())
		}
	}
}

func TestFindChoosesAsTheServerDoes(t *testing.T) {
	s := served()
	for request, want := range map[[2]string]string{
		{"GET", "/v1/accounts"}:          "list",
		{"HEAD", "/v1/accounts"}:         "list",
		{"GET", "/v1/accounts/12?x=/v1"}: "get",
		{"POST", "/v1/accounts/bulk"}:    "bulk",
		{"POST", "/v1/accounts/12"}:      "odd",
		{"GET", "/v1/sessions/"}:         "slash",
		{"PUT", "/v1/accounts"}:          "",
		{"GET", "/v1/accounts/12/more"}:  "",
		{"GET", "/v1/accounts//"}:        "list",
	} {
		if got, _ := s.Find(request[0], request[1]); got.Name != want {
			t.Errorf("%v is answered by %q, want %q", request, got.Name, want)
		}
	}
}

func FuzzFind(f *testing.F) {
	s := served()
	for _, path := range []string{"/v1/accounts/1", "", "/", "//", "/v1/accounts/{id}", "/**", "GET /v1/**"} {
		f.Add("GET", path)
	}
	f.Fuzz(func(_ *testing.T, method, path string) {
		s.Find(method, path)
		v := Resource{Name: "n", URL: path}
		if v.clean() == nil {
			s.Permissions(&v)
		}
	})
}
