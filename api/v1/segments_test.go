package v1_test

import (
	"fmt"
	"strings"
	"testing"

	"stoa/app/apptest"
	"stoa/app/session"
)

func TestSegments(t *testing.T) {
	w := open(t)
	in := object{"tag": "order", "max_id": 100, "step": 20, "description": "Orders"}
	r := w.want(201, "admin", "POST", "/v1/segments", in)
	if r.header.Get("Location") != "/v1/segments/order" || r.text("max_id") != "100" || r.text("author") != "admin" || r.text("lease", "size") != "0" {
		t.Errorf("made: %s", r.body)
	}
	w.refused(409, "segment.tag_taken", "admin", "POST", "/v1/segments", in)
	w.refused(409, "segment.tag_taken", "stranger", "POST", "/v1/segments", in)
	w.refused(422, "segment.tag", "admin", "POST", "/v1/segments", object{"tag": "a b"})
	w.want(403, "member", "POST", "/v1/segments", object{"tag": "mine"})
	first := w.want(201, "admin", "POST", "/v1/segments", object{"tag": "once"}, "Idempotency-Key", "k-1")
	again := w.want(201, "admin", "POST", "/v1/segments", object{"tag": "once"}, "Idempotency-Key", "k-1")
	if string(first.body) != string(again.body) {
		t.Errorf("a repeated create answers %s, then %s", first.body, again.body)
	}

	if r := w.want(200, "admin", "POST", "/v1/segments/order/ids", nil); string(r.body) != `{"ids":[100]}` {
		t.Errorf("one: %s", r.body)
	}
	r = w.want(200, "admin", "POST", "/v1/segments/order/ids?n=50", nil)
	if r.count("ids") != 50 || r.text("ids", 0) != "101" || r.text("ids", 49) != "150" {
		t.Errorf("fifty: %s", r.body)
	}
	if r := w.want(200, "admin", "POST", "/v1/segments/order/ids?n=10000", nil); r.count("ids") != 10000 {
		t.Errorf("the most: %d", r.count("ids"))
	}
	for _, n := range []string{"0", "-1", "10001", "many", "1.5"} {
		if r := w.call("admin", "POST", "/v1/segments/order/ids?n="+n, nil); r.status != 422 && r.status != 400 {
			t.Errorf("n=%s: %d %s", n, r.status, r.body)
		}
	}
	w.want(404, "stranger", "POST", "/v1/segments/order/ids", nil)
	w.want(404, "admin", "POST", "/v1/segments/none/ids", nil)
	w.want(403, "member", "POST", "/v1/segments/order/ids", nil)

	r = w.want(200, "admin", "GET", "/v1/segments/order", nil)
	if r.text("lease", "size") == "0" || r.at("leased_at") == nil || r.text("version") != "1" {
		t.Errorf("drawn from: %s", r.body)
	}
	etag := r.header.Get("Etag")
	w.want(404, "stranger", "GET", "/v1/segments/order", nil)
	w.refused(422, "segment.lowered", "admin", "PATCH", "/v1/segments/order", object{"max_id": 5}, "If-Match", etag)
	r = w.want(200, "admin", "PATCH", "/v1/segments/order", object{"max_id": 50000, "description": "All orders"}, "If-Match", etag)
	if r.text("max_id") != "50000" || r.text("description") != "All orders" || r.text("step") != "20" || r.text("version") != "2" {
		t.Errorf("changed: %s", r.body)
	}
	w.want(412, "admin", "PATCH", "/v1/segments/order", object{"step": 5}, "If-Match", etag)
	w.want(404, "stranger", "PATCH", "/v1/segments/order", object{"step": 5})
	if r := w.want(200, "admin", "POST", "/v1/segments/order/ids", nil); string(r.body) != `{"ids":[50000]}` {
		t.Errorf("raised: %s", r.body)
	}
	w.Verify()
}

func TestSegmentList(t *testing.T) {
	w := open(t)
	for i := range 5 {
		w.want(201, "admin", "POST", "/v1/segments", object{"tag": fmt.Sprintf("listed-%d", i), "description": "=cmd()"})
	}
	w.want(201, "stranger", "POST", "/v1/segments", object{"tag": "theirs"})
	r := w.want(200, "admin", "GET", "/v1/segments?limit=2&q=LISTED", nil)
	if r.count("items") != 2 || r.text("total") != "5" || r.text("items", 0, "tag") != "listed-0" {
		t.Errorf("a page: %s", r.body)
	}
	r = w.want(200, "admin", "GET", "/v1/segments?limit=2&q=LISTED&cursor="+r.text("next"), nil)
	if r.count("items") != 2 || r.text("items", 0, "tag") != "listed-2" {
		t.Errorf("the next page: %s", r.body)
	}
	if r := w.want(200, super, "GET", "/v1/segments", nil); r.text("total") != "6" {
		t.Errorf("a super administrator sees %s", r.body)
	}
	w.want(422, "admin", "GET", "/v1/segments?limit=501", nil)
	w.want(403, "member", "GET", "/v1/segments", nil)
	r = w.want(200, "admin", "GET", "/v1/segments?format=csv", nil)
	if text := string(r.body); strings.Count(text, "listed-") != 5 || strings.Contains(text, ",=cmd()") {
		t.Errorf("as a file: %s", text)
	}
}

// An application that was granted it draws numbers, and does nothing else.
func TestApplicationDraws(t *testing.T) {
	w := open(t)
	w.want(201, "admin", "POST", "/v1/segments", object{"tag": "order"})
	a := w.want(201, "admin", "POST", "/v1/applications", object{"name": "Shop", "grants": []string{"segment.draw"}})
	grant, err := w.Session.LoginApplication(t.Context(), apptest.Origin("test"), a.text("client_id"), a.text("client_secret"), session.ShapeOpaque)
	if err != nil {
		t.Fatal(err)
	}
	token := grant.Token
	if r := w.want(200, token, "POST", "/v1/segments/order/ids?n=2", nil); string(r.body) != `{"ids":[1,2]}` {
		t.Errorf("drawn: %s", r.body)
	}
	w.want(403, token, "GET", "/v1/segments/order", nil)
	w.want(403, token, "PATCH", "/v1/segments/order", object{"step": 5})
}
