package ldap

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"stoa/app/source/claim"
	"stoa/app/source/slapdtest"
)

func settings(s *slapdtest.Server) *Settings {
	out := &Settings{Host: "127.0.0.1", Port: s.TLSPort, Security: LDAPS, CA: s.CA, Private: true, BindDN: slapdtest.Reader, Base: slapdtest.Base}
	out.Fill()
	return out
}

func ask(login, password string) Ask {
	return Ask{Login: login, Password: password, Mapped: []string{"uid", "mail", "displayName", OUPath, "memberOf"}, Groups: "memberOf"}
}

func TestPeopleProveTheirPasswords(t *testing.T) {
	s := slapdtest.Start(t)
	s.Add("ou=east,ou=people,"+slapdtest.Base, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"east"}})
	dn := s.Person("jane", "Jane Heron", "ou=east,")
	odd := s.Person("o*(dd)\\", "Odd Name", "")
	s.Add("cn=staff,ou=groups,"+slapdtest.Base, map[string][]string{"objectClass": {"groupOfNames"}, "cn": {"staff"}, "member": {dn}})
	plain := settings(s)
	plain.Port, plain.Security = s.Port, StartTLS
	clear := settings(s)
	clear.Port, clear.Security = s.Port, None
	direct := settings(s)
	direct.Direct, direct.BindDN = "uid={login},ou=east,ou=people,"+slapdtest.Base, ""
	for name, c := range map[string]*Settings{"ldaps": settings(s), "starttls": plain, "none": clear, "direct": direct} {
		if err := c.Check(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		id, err := Prove(t.Context(), c, slapdtest.Password, ask("jane", slapdtest.Password))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if id.Subject == "" || id.Claims.First("mail") != "jane@example.com" || id.Claims.First(OUPath) != "people/east" ||
			!slices.Contains(id.Claims.All("memberOf"), "staff") {
			t.Errorf("%s: %+v", name, id)
		}
		if len(id.Claims.All("userPassword")) > 0 {
			t.Errorf("%s: a password is among the claims", name)
		}
		for what, a := range map[string]Ask{"a wrong password": ask("jane", "wrong"), "no password": ask("jane", ""), "nobody": ask("nobody", slapdtest.Password),
			"everybody": ask("*", slapdtest.Password), "a filter": ask("*)(uid=*", slapdtest.Password), "an or": ask("x)(|(uid=jane", slapdtest.Password),
			"a name with more": ask("jane,ou=east", slapdtest.Password), "a zero byte": ask("jane\x00", slapdtest.Password)} {
			if id, err := Prove(t.Context(), c, slapdtest.Password, a); !errors.Is(err, claim.ErrRefused) {
				t.Errorf("%s, %s: %v, %v", name, what, id, err)
			}
		}
	}
	c := settings(s)
	id, err := Prove(t.Context(), c, slapdtest.Password, ask("o*(dd)\\", slapdtest.Password))
	if err != nil || id.Claims.First("displayName") != "Odd Name" {
		t.Errorf("a name of special characters (%s): %+v, %v", odd, id, err)
	}
	a := ask("gone", slapdtest.Password)
	a.Subject = id.Subject
	if again, err := Prove(t.Context(), c, slapdtest.Password, a); err != nil || again.Subject != id.Subject {
		t.Errorf("by what never changes: %+v, %v", again, err)
	}
}

func TestADirectoryThatCannotBeAsked(t *testing.T) {
	s, other := slapdtest.Start(t), slapdtest.Start(t)
	s.Person("jane", "Jane Heron", "")
	try := func(change func(*Settings), secret, says string) {
		t.Helper()
		c := settings(s)
		change(c)
		_, err := Prove(t.Context(), c, secret, ask("jane", slapdtest.Password))
		if !errors.Is(err, claim.ErrDown) || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want what says %q", err, says)
		}
		if strings.Contains(err.Error(), slapdtest.Password) {
			t.Error("the secret is in the message")
		}
	}
	try(func(c *Settings) { c.CA = other.CA }, slapdtest.Password, "authority")
	try(func(c *Settings) { c.CA = "" }, slapdtest.Password, "authority")
	try(func(c *Settings) { c.Private = false }, slapdtest.Password, "loopback")
	try(func(c *Settings) { c.Host = "169.254.169.254" }, slapdtest.Password, "link-local")
	try(func(*Settings) {}, "wrong", "stoa searches with")
	try(func(*Settings) {}, "", "password")
	try(func(c *Settings) { c.Base = "dc=example,dc=org" }, slapdtest.Password, "base")
	s.Stop()
	try(func(*Settings) {}, slapdtest.Password, "refused")
}

func TestEverybodyIsListed(t *testing.T) {
	s := slapdtest.Start(t)
	for i := range 620 { // more than a page
		s.Person("p"+strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("y", i/26), "Somebody", "")
	}
	seen := map[string]bool{}
	err := People(t.Context(), settings(s), slapdtest.Password, []string{"uid", "mail"}, "", "uid", func(id *claim.Identity) error {
		seen[id.Subject] = true
		return nil
	})
	if err != nil || len(seen) != 620 {
		t.Errorf("%d people, %v", len(seen), err)
	}
}

func TestProbeSaysWhereItFails(t *testing.T) {
	s := slapdtest.Start(t)
	s.Person("jane", "Jane Heron", "")
	last := func(change func(*Settings), a Ask, secret string) Step {
		t.Helper()
		c := settings(s)
		change(c)
		steps, _ := Probe(t.Context(), c, secret, a)
		return steps[len(steps)-1]
	}
	none := func(*Settings) {}
	steps, sample := Probe(t.Context(), settings(s), slapdtest.Password, ask("jane", slapdtest.Password))
	var names []string
	for _, step := range steps {
		names = append(names, step.Name)
		if !step.OK {
			t.Errorf("%+v", step)
		}
	}
	if strings.Join(names, " ") != "resolve connect tls bind search sign_in" || sample.Claims.First("mail") != "jane@example.com" {
		t.Errorf("%v, %+v", names, sample)
	}
	for want, got := range map[string]Step{
		"resolve": last(func(c *Settings) { c.Host = "no-such-host.invalid" }, Ask{}, slapdtest.Password),
		"connect": last(func(c *Settings) { c.Port = 1 }, Ask{}, slapdtest.Password),
		"tls":     last(func(c *Settings) { c.CA = "" }, Ask{}, slapdtest.Password),
		"bind":    last(none, Ask{}, "wrong"),
		"search":  last(none, Ask{Login: "nobody"}, slapdtest.Password),
		"sign_in": last(none, ask("jane", "wrong"), slapdtest.Password),
	} {
		if got.Name != want || got.OK || got.Detail == "" {
			t.Errorf("%s: %+v", want, got)
		}
	}
}

func TestActiveDirectory(t *testing.T) {
	s := &Settings{Host: "dc.example.com", Base: "dc=example,dc=com", ActiveDirectory: true}
	s.Fill()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	raw := []byte{0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}
	e := ldap.NewEntry("CN=Jane,OU=East,OU=Sales,DC=example,DC=com", map[string][]string{"userAccountControl": {"514"}, "sAMAccountName": {"jane"}})
	e.Attributes = append(e.Attributes, &ldap.EntryAttribute{Name: "objectGUID", Values: []string{string(raw)}, ByteValues: [][]byte{raw}})
	id, err := s.identity(e, "jane")
	if err != nil || id.Subject != "00112233-4455-6677-8899-aabbccddeeff" || !id.Disabled || id.Claims.First(OUPath) != "Sales/East" {
		t.Errorf("%+v, %v", id, err)
	}
	if got := s.subjectFilter(id.Subject); !strings.Contains(got, `(objectGUID=\33\22\11\00\55\44\77\66\88\99\aa\bb\cc\dd\ee\ff)`) {
		t.Error(got)
	}
	if _, err := ldap.CompileFilter(s.subjectFilter(id.Subject)); err != nil {
		t.Error(err)
	}
}

// What is typed is a value in a filter and in a name, and nothing else.
func FuzzFill(f *testing.F) {
	for _, s := range []string{"jane", "*)(uid=*", "a\\2ab", "(&)", "\x00", "{dn}", "ü,+\"<>;= #"} {
		f.Add(s)
	}
	c := &Settings{Host: "x", Base: "dc=example,dc=com", Direct: "uid={login},dc=example,dc=com"}
	c.Fill()
	want, err := ldap.CompileFilter(fill("(&(a=1)(uid={login}))", "x", ""))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, login string) {
		if strings.Contains(login, dnMark) {
			return
		}
		got, err := ldap.CompileFilter(fill("(&(a=1)(uid={login}))", login, ""))
		if err != nil {
			t.Fatalf("%q: %v", login, err)
		}
		if len(got.Children) != len(want.Children) || got.Children[1].Tag != want.Children[1].Tag {
			t.Fatalf("%q changes the filter", login)
		}
		if dn, err := ldap.ParseDN(c.direct(login)); err == nil && len(dn.RDNs) != 3 {
			t.Fatalf("%q changes the name: %v", login, dn)
		}
	})
}
