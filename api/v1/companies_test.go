package v1_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A reseller's life with a company: opened, changed, frozen, deleted, certified.
func TestCompanies(t *testing.T) {
	w := open(t)
	boss := func(name string) object {
		return object{"name": name, "email": name + "@example.com", "password": "quiet harbour 42 lanterns"}
	}
	r := w.want(201, super, "POST", "/v1/channels", object{"name": "North", "capacity": 10 << 30, "administrator": boss("north-boss")})
	channel := r.text("id")
	of := "/v1/channels/" + channel
	if r = w.want(200, super, "GET", "/v1/channels?q=nor", nil); r.count("items") != 1 || r.text("items", 0, "administrator") != "north-boss" {
		t.Errorf("channels: %s", r.body)
	}
	w.want(200, super, "PATCH", of, object{"name": "Far North", "capacity": 4 << 30})
	if r = w.want(200, super, "GET", of, nil); r.text("name") != "Far North" || r.text("capacity") != fmt.Sprint(4<<30) {
		t.Errorf("channel: %s", r.body)
	}
	made := object{"channel": channelID(channel), "name": "Alder Works", "paid_quota": 3 << 30, "administrator": boss("alder-boss")}
	r = w.want(201, super, "POST", "/v1/companies", made)
	one := "/v1/companies/" + r.text("id")
	if r.text("state") != "active" || r.text("quota") != fmt.Sprint(3<<30) || r.text("administrator") != "alder-boss" {
		t.Errorf("company: %s", r.body)
	}
	made["paid_quota"] = 1 << 20
	w.want(409, super, "POST", "/v1/companies", made) // the name is taken
	w.want(413, super, "POST", "/v1/companies", object{"channel": channelID(channel), "name": "Birch", "paid_quota": 2 << 30, "administrator": boss("birch-boss")})
	if r = w.want(200, super, "GET", "/v1/companies?channel="+channel, nil); r.count("items") != 1 {
		t.Errorf("companies: %s", r.body)
	}
	if r = w.want(200, super, "GET", one, nil); r.text("accounts") != "1" || r.text("buckets") != "0" {
		t.Errorf("detail: %s", r.body)
	}
	w.want(200, super, "PATCH", one, object{"telephone": "010-12345678", "paid_quota": 1 << 30})
	if r = w.want(200, super, "GET", one+"/usage?days=30", nil); r.text("quota") != fmt.Sprint(1<<30) {
		t.Errorf("usage: %s", r.body)
	}
	if r = w.want(200, super, "GET", of+"/statement?month=2026-03", nil); r.text("items", 0, "name") != "Alder Works" {
		t.Errorf("statement: %s", r.body)
	}
	file := w.want(200, super, "GET", of+"/statement?month=2026-03&format=csv", nil, "Accept-Language", "zh-CN")
	if text := string(file.body); !strings.Contains(text, "状态") || !strings.Contains(text, "正常") || strings.Contains(text, "active") {
		t.Errorf("statement in Chinese: %s", text)
	}
	if text := string(w.want(200, super, "GET", of+"/statement?month=2026-03&format=csv", nil).body); !strings.Contains(text, "active") {
		t.Errorf("statement for programs: %s", text)
	}
	w.want(409, super, "DELETE", one, nil) // it is not frozen
	w.want(200, super, "POST", one+"/freeze", nil)
	w.want(401, "", "POST", "/v1/sessions", object{"login": "alder-boss", "password": "quiet harbour 42 lanterns"})
	w.want(200, super, "POST", one+"/thaw", nil)
	w.want(200, super, "POST", one+"/freeze", nil)
	w.want(409, super, "DELETE", one, nil) // not long enough
	w.Clock.Add(8 * 24 * time.Hour)
	w.enter(super)
	if r = w.want(202, super, "DELETE", one, nil); r.text("state") != "deleting" {
		t.Errorf("deletion: %s", r.body)
	}
	for range 50 {
		if n, err := w.Task.Work(t.Context()); err != nil || n == 0 {
			break
		}
	}
	w.want(404, super, "GET", one, nil)
	if r = w.want(200, super, "GET", one+"/certificate", nil); r.text("name") != "Alder Works" {
		t.Errorf("certificate: %s", r.body)
	}
	if r = w.want(200, super, "GET", "/v1/certificates", nil); r.count("items") != 1 || r.text("items", 0, "kind") != "company" {
		t.Errorf("certificates: %s", r.body)
	}
	w.Verify()
}

func TestAChannelIsDeleted(t *testing.T) {
	w := open(t)
	person := func(name string) object {
		return object{"name": name, "email": name + "@example.com", "password": "quiet harbour 42 lanterns"}
	}
	used := w.want(201, super, "POST", "/v1/channels", object{"name": "North", "capacity": 10 << 30, "administrator": person("north-boss")}).text("id")
	w.want(201, super, "POST", "/v1/companies", object{"channel": channelID(used), "name": "Alder Works", "paid_quota": 1 << 30, "administrator": person("alder-boss")})
	empty := w.want(201, super, "POST", "/v1/channels", object{"name": "South", "capacity": 10 << 30, "administrator": person("south-boss")}).text("id")
	if r := w.refused(409, "channel.in_use", super, "DELETE", "/v1/channels/"+used, nil); !strings.Contains(string(r.body), "1 companies") {
		t.Errorf("refused: %s", r.body)
	}
	w.refused(409, "channel.default", super, "DELETE", "/v1/channels/1", nil)
	w.want(403, "admin", "DELETE", "/v1/channels/"+empty, nil)
	if r := w.want(202, super, "DELETE", "/v1/channels/"+empty, nil); r.text("deletion", "total") != "1" {
		t.Errorf("deletion: %s", r.body)
	}
	w.want(401, "", "POST", "/v1/sessions", object{"login": "south-boss", "password": "quiet harbour 42 lanterns"})
	w.refused(409, "channel.deleting", super, "PATCH", "/v1/channels/"+empty, object{"name": "Late"})
	if _, err := w.Task.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.want(404, super, "GET", "/v1/channels/"+empty, nil)
	if r := w.want(200, super, "GET", "/v1/certificates", nil); r.text("items", 0, "kind") != "channel" || r.text("items", 0, "name") != "South" {
		t.Errorf("certificates: %s", r.body)
	}
	w.Verify()
}

func channelID(text string) (id uint64) {
	_, _ = fmt.Sscan(text, &id)
	return id
}
