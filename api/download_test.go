package api_test

import (
	"fmt"
	"net/http/httptest"
	"testing"
)

// A download of accounts is in the action log through whichever door it is taken.
func TestDownloadOfAccountsIsRecorded(t *testing.T) {
	app, admin := openDocumented(t)
	server := httptest.NewServer(handlerOf(t, app))
	defer server.Close()
	c := client{t: t, server: server.URL}
	if a := c.json("POST", "/api/admin/system/user/download", object{"ids": []int{1}}, "Authorization", "Bearer "+admin); a.status != 200 {
		t.Fatalf("download: %d %v", a.status, a.body)
	}
	log := c.do("GET", "/v1/audit?action=account.export", "", "", "Authorization", "Bearer "+admin)
	entries, _ := log.at("items").([]any)
	if len(entries) != 1 {
		t.Fatalf("the log has %v", log.body)
	}
	e := entries[0].(map[string]any)
	if got := fmt.Sprintf("%s %s", e["params"], e["dialect"]); got != `{"count":1,"ids":[1]} pcloud` {
		t.Errorf("recorded %s", got)
	}
}
