// Package claim is what a sign-in source says of a person, whatever its protocol:
// names of attributes or claims and their values, and how they are read as the
// fields of an account. It knows no protocol, no accounts and no store.
package claim

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is believed of a source.
const (
	maxNames  = 256  // names in a set
	maxValues = 512  // values of a name
	maxValue  = 1024 // bytes of a value
)

// Set is what a source says: names, in lower case, and their values. Made by Add.
type Set map[string][]string

// Add adds values under a name; what can't be stored or shown is left out, and so
// is whatever looks like a password.
func (s Set) Add(name string, values ...string) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" || len(name) > 128 || !utf8.ValidString(name) || secret(name) {
		return
	}
	if _, known := s[name]; !known && len(s) >= maxNames {
		return
	}
	for _, v := range values {
		v = strings.TrimSpace(v)
		if v == "" || len(v) > maxValue || !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) || len(s[name]) >= maxValues {
			continue
		}
		s[name] = append(s[name], v)
	}
}

// secret reports names that hold passwords and keys in the usual schemas:
// userPassword, unicodePwd, sambaNTPassword, krbPrincipalKey.
func secret(name string) bool {
	for _, part := range []string{"password", "passwd", "pwd", "secret", "privatekey", "principalkey", "token"} {
		if strings.Contains(name, part) && !strings.HasPrefix(name, "pwdaccountlocked") && !strings.HasPrefix(name, "pwdlastset") {
			return true
		}
	}
	return false
}

// First is the first value under a name, in any case; "" if there is none.
func (s Set) First(name string) string {
	if all := s[strings.ToLower(name)]; len(all) > 0 {
		return all[0]
	}
	return ""
}

// All is every value under a name.
func (s Set) All(name string) []string { return s[strings.ToLower(name)] }

// Flatten reads a JSON object as a set: {"a":{"b":["x"]}} is a.b: x. Numbers that
// are no text are left to the caller's decoder (json.Number prints itself).
func Flatten(object map[string]any) Set {
	s := Set{}
	s.flatten("", object, 0)
	return s
}

func (s Set) flatten(prefix string, object map[string]any, depth int) {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names) // which ones a too long object loses is always the same
	for _, name := range names {
		s.value(prefix+name, object[name], depth)
	}
}

func (s Set) value(name string, value any, depth int) {
	switch v := value.(type) {
	case string:
		s.Add(name, v)
	case bool:
		s.Add(name, map[bool]string{true: "true", false: "false"}[v])
	case interface{ String() string }: // json.Number
		s.Add(name, v.String())
	case []any:
		for _, item := range v[:min(len(v), maxValues)] {
			if depth < 3 {
				s.value(name, item, depth+1)
			}
		}
	case map[string]any:
		if depth < 3 {
			s.flatten(name+".", v, depth+1)
		}
	}
}

// Identity is a person as a source has proven or listed them.
type Identity struct {
	Subject       string // never given to anybody else: issuer and sub, entryUUID, objectGUID, userid
	Login         string // what the person types or is called at the source
	Claims        Set
	EmailVerified bool // the source has seen to it that the e-mail is the person's
	Disabled      bool // the source does not let the person in
	SecondFactor  bool // the source says that it asked for a second factor just now
}

// Trip is one way to a source and back, for those that people are sent to.
type Trip struct {
	Redirect string // where the source sends the browser back to
	State    string // comes back unchanged
	Nonce    string // is in the id token (OpenID Connect Core 1.0, 3.1.2.1)
	Verifier string // of PKCE (RFC 7636)
}
