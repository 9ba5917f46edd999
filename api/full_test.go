package api_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"stoa/app/apptest"
	"stoa/app/session"
	"stoa/store/kv"
)

// full is an engine whose disk may become full.
type full struct {
	kv.Store
	now atomic.Bool
}

func (f *full) Update(ctx context.Context, fn func(kv.Txn) error) error {
	if f.now.Load() {
		return kv.ErrReadOnly
	}
	return f.Store.Update(ctx, fn)
}

// On a full disk every API says what is the matter, not that the server is broken,
// and reads go on.
func TestAFullDiskIsSaid(t *testing.T) {
	var engine *full
	a := apptest.OpenOn(t, func(s kv.Store) kv.Store {
		engine = &full{Store: s}
		return engine
	})
	grant, err := a.Session.Login(t.Context(), apptest.Origin("test"), session.Login{Login: apptest.SuperName, Password: apptest.Password})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handlerOf(t, a))
	defer server.Close()
	c := client{t: t, server: server.URL}
	engine.now.Store(true)
	defer engine.now.Store(false) // what is counted is written at the end
	bearer := []string{"Authorization", "Bearer " + grant.Token}
	res := c.json("POST", "/v1/segments", object{"tag": "orders", "step": 100}, bearer...)
	if text, _ := res.at("detail").(string); res.status != 503 || res.at("code") != "store.full" || !strings.Contains(text, "disk") || res.header.Get("Retry-After") == "" {
		t.Errorf("native: %d %v", res.status, res.body)
	}
	if old := c.json("POST", "/api/admin/system/user/download", object{"ids": []int{1}}, bearer...); old.status < 500 || !strings.Contains(fmt.Sprint(old.body), "disk is nearly full") {
		t.Errorf("pcloud: %d %v", old.status, old.body)
	}
	if list := c.do("GET", "/v1/accounts", "", "", bearer...); list.status != 200 {
		t.Errorf("a list: %d %v", list.status, list.body)
	}
}
