package v1_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"stoa/app/task"
)

// work does what waits in the background.
func (w *world) work() {
	w.t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = w.Task.Work(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestExportInTheBackground(t *testing.T) {
	w := open(t)
	in := object{"format": "csv", "language": "en", "q": "member"}
	w.want(403, "member", "POST", "/v1/accounts/exports", in)
	w.refused(422, "export.format", "admin", "POST", "/v1/accounts/exports", object{"format": "pdf"})
	r := w.want(202, "admin", "POST", "/v1/accounts/exports", in)
	if r.text("state") != "queued" || r.text("type") != "account.export" || r.at("mine") != true {
		t.Errorf("begun: %s", r.body)
	}
	id := "/v1/tasks/" + r.text("id")
	w.refused(404, "task.no_result", "admin", "GET", id+"/result", nil)
	w.work()
	r = w.want(200, "admin", "GET", id, nil)
	if r.text("state") != "succeeded" || r.text("result", "name") != "accounts.csv" || r.text("progress", "done") != r.text("progress", "total") {
		t.Errorf("done: %s", r.body)
	}
	got := w.want(200, "admin", "GET", id+"/result", nil)
	if !strings.Contains(string(got.body), "member@example.com") || !strings.Contains(got.header.Get("Content-Disposition"), "accounts.csv") {
		t.Errorf("the file: %s", got.body)
	}
	w.want(404, "member", "GET", id, nil)
	w.want(403, super, "GET", id+"/result", nil)
	w.want(200, super, "GET", id, nil)
	w.refused(409, "task.finished", "admin", "POST", id+"/cancel", nil)
	w.refused(409, "task.not_stopped", "admin", "POST", id+"/requeue", nil)
	r = w.want(200, "admin", "GET", "/v1/tasks?mine=true&state=succeeded", nil)
	if r.text("total") != "1" {
		t.Errorf("the list: %s", r.body)
	}
	w.want(204, "admin", "DELETE", id, nil)
	w.want(404, "admin", "DELETE", id, nil)
	w.want(401, "", "GET", "/v1/tasks", nil)
}

func TestTasksOfOthers(t *testing.T) {
	w := open(t)
	r := w.want(202, super, "POST", "/v1/accounts/exports", object{"format": "xlsx"})
	id := "/v1/tasks/" + r.text("id")
	w.want(404, "stranger", "POST", id+"/cancel", nil)
	w.want(404, "member", "POST", id+"/requeue", nil)
	r = w.want(200, "admin", "POST", id+"/cancel", nil)
	if r.text("state") != "stopped" {
		t.Errorf("stopped: %s", r.body)
	}
	if r = w.want(200, "admin", "POST", id+"/requeue", nil); r.text("state") != "queued" {
		t.Errorf("begun again: %s", r.body)
	}
	w.refused(409, "task.unfinished", "admin", "DELETE", id, nil)
	if r := w.want(200, "member", "GET", "/v1/tasks", nil); r.text("total") != "0" {
		t.Errorf("a member lists %s", r.body)
	}
	if r := w.want(200, "admin", "GET", "/v1/tasks?active=true&format=csv", nil); !strings.Contains(string(r.body), "account.export") {
		t.Errorf("as a file: %s", r.body)
	}
	w.Verify()
}

func TestImportByTheAPI(t *testing.T) {
	w := open(t)
	file := "name,email\nnew1,new1@example.com\nmember,\n"
	const at = "/v1/imports?kind=accounts&name=people.csv&language=en"
	w.want(403, "member", "POST", at, file, "Content-Type", "text/csv")
	w.want(422, "admin", "POST", "/v1/imports?kind=none", file, "Content-Type", "text/csv")
	r := w.want(201, "admin", "POST", at, file, "Content-Type", "text/csv")
	id := r.header.Get("Location")
	if r.text("check", "state") != "queued" || id != "/v1/imports/"+r.text("id") || r.at("found") != nil {
		t.Errorf("uploaded: %s", r.body)
	}
	w.refused(409, "import.unchecked", "admin", "POST", id+"/confirm", object{})
	w.refused(409, "task.exists", "admin", "POST", id+"/check", object{})
	w.work()
	r = w.want(200, "admin", "GET", id, nil)
	if r.text("found", "good") != "1" || r.text("found", "problems", 0, "code") != "account.name_taken" || r.text("found", "problems", 0, "row") != "3" {
		t.Errorf("found: %s", r.body)
	}
	w.want(404, "stranger", "GET", id, nil)
	w.want(200, "admin", "POST", id+"/check", object{"mapping": object{"email": -1}})
	w.work()
	w.refused(409, "import.errors", "admin", "POST", id+"/confirm", object{})
	w.want(200, "admin", "POST", id+"/confirm", object{"skip_errors": true})
	w.refused(409, "import.busy", "admin", "DELETE", id, nil)
	w.work()
	r = w.want(200, "admin", "GET", id, nil)
	if r.text("outcome", "good") != "1" || r.text("made") != "1" || r.text("failed") != "1" || r.text("run", "state") != "succeeded" {
		t.Errorf("done: %s", r.body)
	}
	w.want(204, "admin", "DELETE", id, nil)
	w.want(404, "admin", "DELETE", id, nil)
	r = w.want(200, "admin", "GET", "/v1/imports/template?format=csv&language=zh-CN", nil)
	if !strings.Contains(string(r.body), "用户名") {
		t.Errorf("the template: %s", r.body)
	}
	w.want(403, "member", "GET", "/v1/imports/template", nil)
}

// Events tell the owner of a task how it goes.
func TestTaskEvents(t *testing.T) {
	w := open(t)
	watch := w.Events.Watch("")
	r := w.want(202, "admin", "POST", "/v1/accounts/exports", object{"format": "csv"})
	admin, err := w.App.App.Account.Get(t.Context(), w.Super, w.ids["admin"])
	if err != nil {
		t.Fatal(err)
	}
	w.work()
	var seen []string
	for !strings.Contains(strings.Join(seen, " "), string(task.Succeeded)) {
		e, err := watch.Next(t.Context(), w.Actor(admin))
		if err != nil {
			t.Fatal(err)
		}
		if e.Type == "task" && e.Object == r.text("id") {
			seen = append(seen, e.Action)
		}
		if len(seen) > 100 {
			t.Fatal(seen)
		}
	}
	if got := fmt.Sprint(seen); !strings.HasPrefix(got, "[task.queued task.running") {
		t.Errorf("told: %s", got)
	}
	w.Clock.Add(time.Second)
}
