package v1_test

import (
	"testing"

	"stoa/app"
	"stoa/app/apptest"
)

func TestBackupsAreMadeCheckedAndRemoved(t *testing.T) {
	dir := t.TempDir()
	w := open(t, func(c *app.Config) { c.Backup.Dir = dir })
	w.want(202, apptest.SuperName, "POST", "/v1/backups", nil)
	if err := w.Backup.Round(t.Context(), "here"); err != nil {
		t.Fatal(err)
	}
	list := w.want(200, apptest.SuperName, "GET", "/v1/backups", nil)
	if list.count("items") != 1 {
		t.Fatalf("list: %s", list.body)
	}
	one := "/v1/backups/" + list.text("items", 0, "name")
	if v := w.want(200, apptest.SuperName, "POST", one+"/verify", nil); v.status != 200 {
		t.Fatalf("verify: %s", v.body)
	}
	if f := w.want(200, apptest.SuperName, "GET", one+"/file", nil); len(f.body) < 1000 {
		t.Errorf("the file has %d bytes", len(f.body))
	}
	for _, path := range []string{"/v1/backups", one + "/file"} {
		w.want(403, "admin", "GET", path, nil)
	}
	w.want(403, "admin", "POST", "/v1/backups", nil)
	w.want(403, "admin", "POST", one+"/verify", nil)
	w.want(403, "admin", "DELETE", one, nil)
	w.want(204, apptest.SuperName, "DELETE", one, nil)
	w.want(404, apptest.SuperName, "GET", one+"/file", nil)
}

func TestDialectsAreSwitched(t *testing.T) {
	w := open(t)
	if l := w.want(200, apptest.SuperName, "GET", "/v1/dialects", nil); l.count("items") < 5 {
		t.Errorf("list: %s", l.body)
	}
	off := w.want(200, apptest.SuperName, "PATCH", "/v1/dialects/casdao", object{"enabled": false})
	if off.at("enabled") != false || off.text("switched_by") != apptest.SuperName {
		t.Errorf("off: %s", off.body)
	}
	if d := w.want(200, apptest.SuperName, "GET", "/v1/dialects/casdao?days=7", nil); d.at("enabled") != false {
		t.Errorf("detail: %s", d.body)
	}
	w.want(404, apptest.SuperName, "GET", "/v1/dialects/nothing", nil)
	w.want(403, "admin", "GET", "/v1/dialects", nil)
	w.want(403, "admin", "PATCH", "/v1/dialects/casdao", object{"enabled": true})
}

func TestHowLongTheLogIsKept(t *testing.T) {
	w := open(t)
	const one = "/v1/audit/retention/1"
	w.want(200, apptest.SuperName, "PUT", one, object{"days": 400})
	if l := w.want(200, apptest.SuperName, "GET", "/v1/audit/retention", nil); l.count("items") != 2 {
		t.Errorf("list: %s", l.body)
	}
	if p := w.want(200, apptest.SuperName, "GET", one+"/preview?days=400", nil); p.text("entries") != "0" {
		t.Errorf("preview: %s", p.body)
	}
	w.want(422, apptest.SuperName, "PUT", one, object{"days": -1})
	w.want(204, apptest.SuperName, "DELETE", one, nil)
	for method, path := range map[string]string{"GET": "/v1/audit/retention", "PUT": one, "DELETE": one} {
		w.want(403, "admin", method, path, object{"days": 400})
	}
	w.want(403, "admin", "GET", one+"/preview?days=400", nil)
}
