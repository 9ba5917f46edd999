package claim_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"stoa/app/naming"
	"stoa/app/source/claim"
)

func usual() claim.Mapping {
	return claim.Mapping{Name: "uid", Nickname: "cn", Email: "mail", Phone: "mobile", Department: "ou", Groups: "groups",
		Roles: []claim.GroupRole{{Group: "staff", Role: 6}, {Group: "Chiefs", Role: 2}}}
}

func TestClaimsBecomeAnAccount(t *testing.T) {
	s := claim.Set{}
	s.Add("UID", "EXAMPLE\\jane")
	s.Add("cn", " Jane Heron ")
	s.Add("mail", "Jane@Example.com")
	s.Add("mobile", "+86 138 0000 0000")
	s.Add("ou", "Sales//East/")
	s.Add("groups", "chiefs", "staff", "others")
	want := claim.Person{Name: "jane", Nickname: "Jane Heron", Email: "Jane@example.com", Phone: "13800000000", Department: []string{"Sales", "East"},
		Roles: []uint64{2, 6}}
	if got := usual().Apply(s); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestWhatNoAccountTakesIsLeftOut(t *testing.T) {
	s := claim.Set{}
	s.Add("uid", "jane@elsewhere.example")
	s.Add("mail", "no address")
	s.Add("mobile", "12")
	got := usual().Apply(s)
	if got.Name != "jane" || got.Email != "" || got.Phone != "" || strings.Join(got.Dropped, " ") != "email phone" {
		t.Errorf("%+v", got)
	}
}

func TestPasswordsAreNoClaims(t *testing.T) {
	s := claim.Set{}
	for _, name := range []string{"userPassword", "unicodePwd", "sambaNTPassword", "client_secret", "krbPrincipalKey", "access_token"} {
		s.Add(name, "five herons")
	}
	if len(s) != 0 {
		t.Errorf("%v", s)
	}
}

func TestConditionsAreMet(t *testing.T) {
	m := claim.Mapping{Required: []claim.Condition{{Claim: "hd", Value: "example.com"}, {Claim: "hd", Value: "example.org"}, {Claim: "groups", Value: "staff"}}}
	s := claim.Set{}
	if m.Admits(s) == nil {
		t.Error("nobody meets them")
	}
	s.Add("hd", "example.org")
	if c := m.Admits(s); c == nil || c.Claim != "groups" {
		t.Errorf("%+v", c)
	}
	s.Add("groups", "STAFF")
	if c := m.Admits(s); c != nil {
		t.Errorf("%+v", c)
	}
}

// Whatever a source sends, what comes out can be kept and shown, and holds no
// name that belongs to somebody else by its form.
func FuzzApply(f *testing.F) {
	f.Add([]byte(`{"uid":"jane","mail":"a@b.example","groups":["staff",{"x":1}],"ou":"a/b","mobile":13800000000}`))
	f.Add([]byte(`{"uid":["","\u0000",null],"cn":true,"mail":{"value":"x@y.example"},"ou":"////"}`))
	f.Add([]byte(`{"uid":"system","mail":"ü@exämple.org"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		object := map[string]any{}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if d.Decode(&object) != nil {
			return
		}
		p := usual().Apply(claim.Flatten(object))
		for _, text := range append(p.Department, p.Name, p.Nickname, p.Email, p.Phone) {
			if !utf8.ValidString(text) || len(text) > 1024 {
				t.Fatalf("%q", text)
			}
		}
		if p.Name != "" {
			if kept, err := naming.Name(p.Name, p.Email, p.Phone); err != nil || kept != p.Name {
				t.Fatalf("%q is no user name: %v", p.Name, err)
			}
		}
		if kept, err := naming.Email(p.Email); err != nil || kept != p.Email {
			t.Fatalf("%q is no e-mail: %v", p.Email, err)
		}
	})
}
