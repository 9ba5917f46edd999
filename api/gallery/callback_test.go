package gallery

import (
	"net/url"
	"strings"
	"testing"

	"stoa/app/fault"
)

func TestCallbackBodies(t *testing.T) {
	want := callback{filename: "a b&c:d.jpg", param: "mosaic=1", size: 42}
	for _, c := range []struct{ kind, body string }{
		{"application/x-www-form-urlencoded", "filename:a+b%26c%3Ad.jpg&filesize:42&param:mosaic%3D1"},
		{"application/x-www-form-urlencoded", "filename=a+b%26c%3Ad.jpg&filesize=42&param=mosaic%3D1"},
		{"", "filesize:42&filename=a%20b%26c:d.jpg&param:mosaic=1"},
		{"application/json", `{"filename":"a b&c:d.jpg","filesize":42,"param":"mosaic=1"}`},
		{"application/x-www-form-urlencoded", ` {"filename":"a b&c:d.jpg","filesize":"42","param":"mosaic=1"}`},
	} {
		got, err := parseCallback(c.kind, []byte(c.body))
		if err != nil || got != want {
			t.Errorf("%s %s: %+v %v", c.kind, c.body, got, err)
		}
	}
	got, err := parseCallback("", []byte("filename:x&param:&bucket:photos&key:k&nonsense&filesize:"))
	if err != nil || got != (callback{filename: "x", size: -1, bucket: "photos", key: "k"}) {
		t.Errorf("%+v %v", got, err)
	}
	for _, bad := range []string{"filename:%zz", "filesize:x", "filesize:-1", `{"filename":`, `{"filename":{}}`, "a=b" + strings.Repeat("&a=b", 200)} {
		if _, err := parseCallback("", []byte(bad)); err == nil {
			t.Errorf("%.30s was taken", bad)
		}
	}
}

func FuzzCallback(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", []byte("filename:a.jpg&filesize:5&param:x"))
	f.Add("application/json", []byte(`{"filename":"a","filesize":1}`))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		c, err := parseCallback(kind, body)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Malformed && k != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		if c.size < -1 {
			t.Fatal("size", c.size)
		}
		form := "filename:" + url.QueryEscape(c.filename) + "&param:" + url.QueryEscape(c.param)
		again, err := parseCallback("", []byte(form))
		if err != nil || again.filename != c.filename || again.param != c.param {
			t.Fatalf("%q: %+v %v", form, again, err)
		}
	})
}
