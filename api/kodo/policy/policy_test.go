package policy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"stoa/api/kodo/policy"
	"stoa/app/fault"
)

func parse(t *testing.T, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func TestScope(t *testing.T) {
	for _, c := range []struct {
		text, key          string
		allows, overwrites bool
	}{
		{`{"scope":"photos"}`, "a.jpg", true, false},
		{`{"scope":"photos:a.jpg"}`, "a.jpg", true, true},
		{`{"scope":"photos:a.jpg"}`, "a.jpg2", false, true},
		{`{"scope":"photos:a.jpg","insertOnly":1}`, "a.jpg", true, false},
		{`{"scope":"photos:2026/","isPrefixalScope":1}`, "2026/a.jpg", true, false},
		{`{"scope":"photos:2026/","isPrefixalScope":1}`, "2025/a.jpg", false, false},
		{`{"scope":"photos:a:b"}`, "a:b", true, true},
	} {
		p := parse(t, c.text)
		if p.Bucket != "photos" || p.AllowsKey(c.key) != c.allows || p.Overwrites() != c.overwrites {
			t.Errorf("%s with %s: %v %v", c.text, c.key, p.AllowsKey(c.key), p.Overwrites())
		}
	}
	p := parse(t, `{"scope":"photos","deadline":"1000"}`)
	if p.Expired(time.Unix(1000, 0)) || !p.Expired(time.Unix(1001, 0)) || !parse(t, `{"scope":"a"}`).Expired(time.Unix(5, 0)) {
		t.Error("deadline")
	}
}

func TestTypes(t *testing.T) {
	for _, c := range []struct {
		limit, kind string
		allows      bool
	}{
		{"", "text/html", true},
		{"image/*", "image/png", true},
		{"image/*", "IMAGE/PNG; x=y", true},
		{"image/*", "imagex/png", false},
		{"image/jpeg;image/png", "image/png", true},
		{"image/jpeg;image/png", "image/gif", false},
		{"!application/json;text/plain", "text/plain", false},
		{"!application/json;text/plain", "image/png", true},
		{"!image/*", "image/png", false},
	} {
		text, _ := json.Marshal(map[string]any{"scope": "b", "mimeLimit": c.limit})
		if got := parse(t, string(text)).AllowsType(c.kind); got != c.allows {
			t.Errorf("%s with %s: %v", c.limit, c.kind, got)
		}
	}
}

func TestRefused(t *testing.T) {
	for text, field := range map[string]string{
		``: "token", `[]`: "token", `{"scope":1}`: "token", `{"scope":"a","deadline":"x"}`: "token",
		`{}`: "scope", `{"scope":":key"}`: "scope", `{"scope":"a","isPrefixalScope":1}`: "isPrefixalScope",
		`{"scope":"a","forceSaveKey":true}`:                                                                      "forceSaveKey",
		`{"scope":"a","persistentOps":"avthumb/mp4"}`:                                                            "persistentOps",
		`{"scope":"a","persistentWorkflowTemplateID":"x"}`:                                                       "persistentWorkflowTemplateID",
		`{"scope":"a","callbackFetchKey":1}`:                                                                     "callbackFetchKey",
		`{"scope":"a","fileType":1}`:                                                                             "fileType",
		`{"scope":"a","fsizeMin":5,"fsizeLimit":4}`:                                                              "fsizeMin",
		`{"scope":"a","fsizeLimit":-4}`:                                                                          "fsizeLimit",
		`{"scope":"a","deleteAfterDays":-1}`:                                                                     "deleteAfterDays",
		`{"scope":"a","mimeLimit":"image"}`:                                                                      "mimeLimit",
		`{"scope":"a","mimeLimit":"!"}`:                                                                          "mimeLimit",
		`{"scope":"a","returnUrl":"ftp://a"}`:                                                                    "returnUrl",
		`{"scope":"a","returnUrl":"http://a","callbackUrl":"http://b","callbackBody":"a=b"}`:                     "returnUrl",
		`{"scope":"a","returnBody":"{\"k\":$(key}"}`:                                                             "returnBody",
		`{"scope":"a","callbackUrl":"http://b"}`:                                                                 "callbackBody",
		`{"scope":"a","callbackUrl":"b","callbackBody":"a"}`:                                                     "callbackUrl",
		`{"scope":"a","callbackUrl":" ; ","callbackBody":"a"}`:                                                   "callbackUrl",
		`{"scope":"a","callbackUrl":"http://u:p@b","callbackBody":"a"}`:                                          "callbackUrl",
		`{"scope":"a","callbackUrl":"http://b","callbackBody":"a","callbackBodyType":"text/plain"}`:              "callbackBodyType",
		`{"scope":"a","callbackUrl":"http://b","callbackBody":"a=$(key)","callbackBodyType":"application/json"}`: "callbackBody",
		`{"scope":"a","callbackUrl":"http://b","callbackBody":"a","callbackHost":"a b"}`:                         "callbackHost",
		`{"scope":"a","callbackUrl":"` + strings.Repeat("http://b;", 11) + `","callbackBody":"a"}`:               "callbackUrl",
	} {
		_, err := policy.Parse([]byte(text))
		if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || f.Field != field {
			t.Errorf("%s: %v, want a fault at %s", text, err, field)
		}
	}
}

func TestCallbacks(t *testing.T) {
	p := parse(t, `{"scope":"a","callbackUrl":"http://b/1; https://c/2","callbackBody":"a=$(key)","callbackHost":"h.example.com:81"}`)
	if got := p.Callbacks(); len(got) != 2 || got[1] != "https://c/2" || p.CallbackBodyType != policy.TypeForm {
		t.Error(got, p.CallbackBodyType)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"scope":"a:b","deadline":1,"mimeLimit":"!image/*","callbackUrl":"http://b","callbackBody":"a"}`), "image/png")
	f.Fuzz(func(t *testing.T, text []byte, kind string) {
		p, err := policy.Parse(text)
		if err != nil {
			if f := fault.Of(err); f.Kind != fault.Invalid || f.Text == "" {
				t.Fatal(err)
			}
			return
		}
		p.AllowsType(kind)
		if p.Bucket == "" || p.HasKey && !bool(p.IsPrefixalScope) && p.AllowsKey(p.Key+"x") {
			t.Fatal("the scope")
		}
	})
}
