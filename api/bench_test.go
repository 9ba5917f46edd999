package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"stoa/app/apptest"
	"stoa/app/org"
)

// BenchmarkDepartmentTree answers a tree of 10,000 departments on disk, ten under
// one and five deep: as the console and as pcloud's front end asks for it, and
// both after a change.
func BenchmarkDepartmentTree(b *testing.B) {
	a := apptest.OpenDisk(b)
	token := a.Login(apptest.SuperName).Token
	up := []uint64{1}
	var last *org.Unit
	for i := range 10_000 {
		made, err := a.Org.CreateDepartment(b.Context(), a.Super, org.NewDepartment{Parent: up[i/10], Name: fmt.Sprint("Department ", i)})
		if err != nil {
			b.Fatal(err)
		}
		up, last = append(up, made.ID), made
	}
	handler := handlerOf(b, a)
	get := func(path string) {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK || w.Body.Len() < 500_000 {
			b.Fatal(w.Code, w.Body.Len())
		}
	}
	for name, path := range map[string]string{"native": "/v1/departments/tree?tenant=1", "pcloud": "/api/admin/dept/org"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				get(path)
			}
		})
		b.Run(name+"-changed", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				title := fmt.Sprint("Renamed ", i)
				if _, err := a.Org.UpdateDepartment(b.Context(), a.Super, last.ID, org.DepartmentChange{Name: &title}, 0); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				get(path)
			}
		})
	}
}

// BenchmarkMe is the smallest answer that needs a token, without the network.
func BenchmarkMe(b *testing.B) {
	a := apptest.OpenDisk(b)
	token := a.Login(apptest.SuperName).Token
	handler := handlerOf(b, a)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/v1/me", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body)
		}
	}
}
