package wire_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"stoa/api/wire"
)

type form struct {
	Name  string    `json:"name"`
	Age   int       `json:"age"`
	State wire.Int  `json:"state"`
	On    wire.Bool `json:"on"`
	Label wire.Text `json:"label"`
	Tags  []string  `json:"tags"`
	Roles []uint64  `json:"roleIds"`
	Nick  *string   `json:"nick"`
	At    time.Time `json:"at"`
	page
}

type page struct {
	Page int `json:"page" query:"p"`
}

func decode(t *testing.T, method, contentType, body string) (form, served) {
	t.Helper()
	var got form
	m := mux(wire.Deps{}, route(method, "/t/x", func(c *wire.Call) (any, error) { return "ok", c.Decode(&got) }))
	path := "/t/x"
	if method == "GET" {
		path, body = path+"?"+body, ""
	}
	return got, call(t, m, method, path, body, "Content-Type", contentType)
}

func TestDecodeJSONAndFormAlike(t *testing.T) {
	nick := "小林"
	want := form{Name: "lin&co", Age: 30, State: 1, On: true, Label: "7", Tags: []string{"a", "b"}, Roles: []uint64{2, 6}, Nick: &nick,
		At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), page: page{2}}
	query := "name=lin%26co&age=30&state=1&on=true&label=7&tags=a&tags=b&roleIds=2,6&nick=" + url.QueryEscape(nick) + "&at=2026-01-02T03:04:05Z&page=2&unknown=1"
	multi := "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nlin&co\r\n--B\r\nContent-Disposition: form-data; name=\"age\"\r\n\r\n30\r\n--B--\r\n"
	body := `{"name":"lin&co","age":30,"state":"1","on":1,"label":7,"tags":["a","b"],"roleIds":[2,6],"nick":"小林","at":"2026-01-02T03:04:05Z","page":2,"unknown":{}}`
	for _, c := range []struct{ name, method, kind, body string }{
		{"JSON", "POST", "application/json", body},
		{"JSON with curl's type", "POST", "application/x-www-form-urlencoded", body},
		{"JSON without a type", "POST", "", " " + body},
		{"form", "POST", "application/x-www-form-urlencoded", query},
		{"form, array names", "POST", "application/x-www-form-urlencoded", strings.ReplaceAll(query, "tags=", "tags[]=")},
		{"query", "GET", "", query},
	} {
		got, s := decode(t, c.method, c.kind, c.body)
		if s.body["data"] != "ok" || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s %+v", c.name, s.raw, got)
		}
	}
	got, s := decode(t, "POST", `multipart/form-data; boundary=B`, multi)
	if s.body["data"] != "ok" || got.Name != "lin&co" || got.Age != 30 {
		t.Errorf("multipart: %s %+v", s.raw, got)
	}
}

func TestDecodeNamesTheFieldAndWhatIsExpected(t *testing.T) {
	for _, c := range []struct{ kind, body, field, want string }{
		{"application/json", `{"name":5}`, "name", "name must be text, not a number"},
		{"application/json", `{"age":"x"}`, "age", "age must be a whole number, not text"},
		{"application/json", `{"age":1.5}`, "age", "age must be a whole number, not the number 1.5"},
		{"application/json", `{"state":"x"}`, "state", "state must be a whole number, not text"},
		{"application/json", `{"on":"perhaps"}`, "on", "on must be true or false, not text"},
		{"application/json", `{"label":[]}`, "label", "label must be text, not a list"},
		{"application/json", `{"roleIds":[-1]}`, "roleIds", "roleIds must be a whole number, 0 or more, not the number -1"},
		{"application/json", `[]`, "", "the body must be an object, not a list"},
		{"application/json", `{"name":"a"`, "", "the body is no valid JSON: Expecting ',' delimiter: line 1 column 12 (char 11)"},
		{"application/json", `{"name":"a"} x`, "", "the body is no valid JSON: Extra data: line 1 column 14 (char 13)"},
		{"application/json", `{"name":"a","name":"b"}`, "", "the body is no valid JSON: Duplicate property name: line 1 column 13 (char 12)"},
		{"application/json", ``, "", "the body is no valid JSON: Expecting value: line 1 column 1 (char 0)"},
		{"application/json", strings.Repeat("[", 100), "", "the body is no valid JSON: Nested too deeply: line 1 column 65 (char 64)"},
		{"application/x-www-form-urlencoded", "age=many", "age", `age must be a whole number, not "many"`},
		{"application/x-www-form-urlencoded", "name=%zz", "", "the body is no valid form: a % must be followed by two hex digits, and pairs are joined by &"},
		{"application/x-www-form-urlencoded", "at=today", "at", `at must be a time such as 2026-01-02T15:04:05Z, not "today"`},
		{"multipart/form-data; boundary=B", "nonsense", "", "the body is no valid multipart form"},
	} {
		_, s := decode(t, "POST", c.kind, c.body)
		if s.body["msg"] != c.want || s.body["field"] != c.field || s.body["kind"] != "malformed" || s.status != 200 {
			t.Errorf("%s: %d %s", c.body, s.status, s.raw)
		}
	}
}

func TestAnswersKeepTheirCharacters(t *testing.T) {
	m := mux(wire.Deps{}, route("GET", "/t/x", func(*wire.Call) (any, error) { return "<算力> & \u2028", nil }))
	if s := call(t, m, "GET", "/t/x", ""); s.raw != "{\"code\":200,\"data\":\"<算力> & \\u2028\"}" {
		t.Errorf("%q", s.raw)
	}
}

// Whatever is sent, the answer is a success or a refusal in the dialect's
// envelope, never an internal error.
func FuzzDecode(f *testing.F) {
	for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=B", "text/plain", ";"} {
		for _, body := range []string{`{"name":"a","age":1,"on":"x","tags":null}`, "name=a&age=1&roleIds=[1,2]&at=", "--B\r\n\r\nx\r\n--B--", "", "{", "[[[[", "a=%"} {
			f.Add(kind, body)
		}
	}
	f.Fuzz(func(t *testing.T, kind, body string) {
		var got form
		m := mux(wire.Deps{}, route("POST", "/t/x", func(c *wire.Call) (any, error) { return "ok", c.Decode(&got) }))
		r := httptest.NewRequest("POST", "/t/x", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		m.ServeHTTP(w, r)
		var v map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != 200 || v["kind"] == "internal" {
			t.Fatalf("%q %q: %d %s", kind, body, w.Code, w.Body)
		}
	})
}

// Token and address headers of any content never break a request.
func FuzzHeaders(f *testing.F) {
	f.Add("Bearer good", "good", "1.2.3.4, 5.6.7.8", "stoa=good", "id")
	f.Add("Basic x", "\x00", "[::1]:80,", "stoa", "")
	m := mux(wire.Deps{}, wire.Route{Method: "GET", Path: "/t/x", Name: "x", Handle: echoName})
	f.Fuzz(func(t *testing.T, authorization, own, forwarded, cookie, id string) {
		r := httptest.NewRequest("GET", "/t/x", nil)
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Auth-Token", own)
		r.Header.Set("X-Forwarded-For", forwarded)
		r.Header.Set("Cookie", cookie)
		r.Header.Set("X-Request-Id", id)
		w := httptest.NewRecorder()
		m.ServeHTTP(w, r)
		if w.Code != 200 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}
