package api_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"stoa/app/access"
	"stoa/app/accesskey/signature"
	"stoa/app/apptest"
	"stoa/app/bucket"
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

// BenchmarkForm is Kodo's form upload of 4 KiB by sixteen clients, on disk, without
// the network.
func BenchmarkForm(b *testing.B) {
	a := apptest.OpenDisk(b)
	by := a.Actor(a.Account(2, "keeper", access.RoleAdmin))
	if _, err := a.Bucket.Create(b.Context(), by, bucket.New{Name: "one-files"}); err != nil {
		b.Fatal(err)
	}
	key, secret, err := a.AccessKey.Create(b.Context(), by, "bench")
	if err != nil {
		b.Fatal(err)
	}
	token := signature.NewToken(key.Access, secret, fmt.Appendf(nil, `{"scope":"one-files","deadline":%d}`, a.Clock.Now().Unix()+3600))
	handler := handlerOf(b, a)
	data := bytes.Repeat([]byte("0123456789abcdef"), 256)
	var next atomic.Int64
	b.SetParallelism(8)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			name := fmt.Sprint(next.Add(1))
			_ = form.WriteField("token", token)
			_ = form.WriteField("key", name)
			file, _ := form.CreateFormFile("file", name)
			_, _ = file.Write(data)
			_ = form.Close()
			r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/", &body)
			r.Header.Set("Content-Type", form.FormDataContentType())
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				b.Fatal(w.Code, w.Body)
			}
		}
	})
}
