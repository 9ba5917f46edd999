package variable_test

import (
	"encoding/json"
	"net/url"
	"reflect"
	"testing"

	"stoa/api/kodo/variable"
)

func of(name string) variable.Value {
	switch name {
	case "key":
		return variable.String(`a "b"&<c>/d.jpg`)
	case "fsize":
		return variable.Number("42")
	case "imageInfo":
		return variable.Number(`{"width":3}`)
	case "x:foo":
		return variable.String("bär")
	}
	return variable.Value{}
}

func TestFill(t *testing.T) {
	for _, c := range []struct{ how, template, want string }{
		{"json", `{"k":$(key),"n":${fsize},"none":$(nothing),"i":$(imageInfo)}`, `{"k":"a \"b\"&<c>/d.jpg","n":42,"none":null,"i":{"width":3}}`},
		{"json", `{"k":"$(key)","n":"$(fsize)","none":"$(nothing)","i":"$(imageInfo)"}`, `{"k":"a \"b\"&<c>/d.jpg","n":"42","none":"","i":"{\"width\":3}"}`},
		{"json", `{"a\"$(fsize)":"x \\","b":$(x:foo)}`, `{"a\"42":"x \\","b":"bär"}`},
		{"form", `name=$(key)&n=$(fsize)&x=$(x:foo)&no=$(nothing)`, `name=a+%22b%22%26%3Cc%3E%2Fd.jpg&n=42&x=b%C3%A4r&no=`},
		{"form", `filename:$(key)&filesize:$(fsize)`, `filename:a+%22b%22%26%3Cc%3E%2Fd.jpg&filesize:42`},
		{"plain", `$(x:foo)/${fsize}.jpg`, `bär/42.jpg`},
		{"plain", `$() $( ${ $(a b) $(key $`, `$() $( ${ $(a b) $(key $`},
	} {
		fill := map[string]func(string, variable.Lookup) string{"json": variable.JSON, "form": variable.Form, "plain": variable.Plain}[c.how]
		if got := fill(c.template, of); got != c.want {
			t.Errorf("%s of %s:\n%s, want\n%s", c.how, c.template, got, c.want)
		}
	}
	if got := variable.Names("$(key) ${x:foo}$(imageInfo.width)"); !reflect.DeepEqual(got, []string{"key", "x:foo", "imageInfo.width"}) {
		t.Error(got)
	}
}

// A template that is JSON with null in each place stays JSON with any value, and
// values never reach beyond their place.
func FuzzJSON(f *testing.F) {
	f.Add(`{"a":$(v),"b":"$(v)"}`, "x\"\\\x00\xff")
	f.Add(`["\\$(v)", "\"$(v)"]`, "}")
	f.Fuzz(func(t *testing.T, template, value string) {
		none := variable.JSON(template, func(string) variable.Value { return variable.Value{} })
		some := variable.JSON(template, func(string) variable.Value { return variable.String(value) })
		if json.Valid([]byte(none)) && !json.Valid([]byte(some)) {
			t.Fatalf("%q with %q is %q", template, value, some)
		}
		form := variable.Form("a=$(v)&b=$(v)", func(string) variable.Value { return variable.String(value) })
		got, err := url.ParseQuery(form)
		if err != nil || len(got) != 2 || got.Get("a") != value || got.Get("b") != value {
			t.Fatalf("form %q: %v, %v", form, got, err)
		}
	})
}
