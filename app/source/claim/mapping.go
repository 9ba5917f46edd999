package claim

import (
	"slices"
	"strings"
	"unicode/utf8"

	"stoa/app/fault"
	"stoa/app/naming"
)

// Limits of a mapping.
const (
	maxField   = 128
	maxMapped  = 200 // group-to-role lines
	maxWanted  = 20  // conditions
	maxDepth   = 16  // departments above one another
	maxSegment = 64  // characters of a department's name
)

// Mapping says which claim or attribute gives which field of an account; "" gives
// none. Names are compared in any case.
type Mapping struct {
	Name       string      `cbor:"1,keyasint,omitempty"`
	Nickname   string      `cbor:"2,keyasint,omitempty"`
	Email      string      `cbor:"3,keyasint,omitempty"`
	Phone      string      `cbor:"4,keyasint,omitempty"`
	Department string      `cbor:"5,keyasint,omitempty"` // a path with / between the names, from the top; for LDAP ou_path is the units that the entry lies in
	Groups     string      `cbor:"6,keyasint,omitempty"`
	Roles      []GroupRole `cbor:"7,keyasint,omitempty"` // roles by group, beside the default ones
	Required   []Condition `cbor:"8,keyasint,omitempty"` // only people with one of the values of each are let in
}

// GroupRole gives a role to the members of a group.
type GroupRole struct {
	Group string `cbor:"1,keyasint"` // as the source names it; for LDAP the whole name or the first part of it
	Role  uint64 `cbor:"2,keyasint"`
}

// Condition is a value that a person's claims must have.
type Condition struct {
	Claim string `cbor:"1,keyasint"`
	Value string `cbor:"2,keyasint"`
}

// Person is a person of a source as an account would have it. Fields that the
// source has in a form which no account takes are empty, and named in Dropped.
type Person struct {
	Name, Nickname, Email, Phone string
	Department                   []string // names from the top
	Roles                        []uint64 // by groups, ascending
	Dropped                      []string
}

// Check refuses a mapping that can't be meant.
func (m Mapping) Check() error {
	for field, name := range map[string]string{"name": m.Name, "nickname": m.Nickname, "email": m.Email, "phone": m.Phone,
		"department": m.Department, "groups": m.Groups} {
		if len(name) > maxField || !utf8.ValidString(name) {
			return invalid("mapping."+field, "the name of an attribute has up to %d bytes", maxField)
		}
	}
	if len(m.Roles) > maxMapped || len(m.Required) > maxWanted {
		return invalid("mapping.roles", "at most %d lines of roles and %d conditions are kept", maxMapped, maxWanted)
	}
	for _, r := range m.Roles {
		if r.Group == "" || len(r.Group) > maxValue || !utf8.ValidString(r.Group) || r.Role == 0 {
			return invalid("mapping.roles", "each line names a group and a role")
		}
	}
	for _, r := range m.Required {
		if r.Claim == "" || len(r.Claim) > maxField || r.Value == "" || len(r.Value) > maxValue || !utf8.ValidString(r.Claim+r.Value) {
			return invalid("mapping.required", "each condition names an attribute and a value")
		}
	}
	return nil
}

func invalid(field, text string, args ...any) error {
	return fault.New(fault.Invalid, "source.mapping", field, text, args...)
}

// Attributes are the names that the mapping reads, without repeats.
func (m Mapping) Attributes() []string {
	var out []string
	all := []string{m.Name, m.Nickname, m.Email, m.Phone, m.Department, m.Groups}
	for _, r := range m.Required {
		all = append(all, r.Claim)
	}
	for _, name := range all {
		if name = strings.ToLower(name); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Admits names the first condition that the claims do not meet; nil if they meet
// all. Conditions on one claim are alternatives.
func (m Mapping) Admits(s Set) *Condition {
	for _, want := range m.Required {
		met := false
		for _, other := range m.Required {
			if strings.EqualFold(other.Claim, want.Claim) && has(s.All(other.Claim), other.Value) {
				met = true
			}
		}
		if !met {
			return &want
		}
	}
	return nil
}

func has(values []string, want string) bool {
	return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, want) })
}

// Apply reads claims as a person.
func (m Mapping) Apply(s Set) Person {
	var p Person
	take := func(field, name string, form func(string) (string, error)) string {
		raw := s.First(name)
		if name == "" || raw == "" {
			return ""
		}
		stored, err := form(raw)
		if err != nil {
			p.Dropped = append(p.Dropped, field)
			return ""
		}
		return stored
	}
	p.Email = take("email", m.Email, naming.Email)
	p.Phone = take("phone", m.Phone, naming.Phone)
	p.Nickname = take("nickname", m.Nickname, func(v string) (string, error) { return naming.Line(v, "nickname", naming.MaxNickname) })
	p.Name = take("name", m.Name, func(v string) (string, error) { return p.userName(v) })
	p.Department = path(s.First(m.Department))
	p.Roles = m.roles(s.All(m.Groups))
	return p
}

// userName is a source's user name as one of ours: of an address that is not the
// person's e-mail the part before the @, of DOMAIN\name the name.
func (p *Person) userName(v string) (string, error) {
	if i := strings.LastIndexByte(v, '\\'); i >= 0 {
		v = v[i+1:]
	}
	if name, err := naming.Name(v, p.Email, p.Phone); err == nil {
		return name, nil
	}
	local, _, _ := strings.Cut(v, "@")
	return naming.Name(local, p.Email, p.Phone)
}

// path splits a department's path; one that can't be kept is left out whole.
func path(s string) []string {
	if s == "" {
		return nil
	}
	var out []string
	for part := range strings.SplitSeq(s, "/") {
		part = naming.Trim(part)
		if part == "" {
			continue
		}
		if utf8.RuneCountInString(part) > maxSegment || len(out) == maxDepth {
			return nil
		}
		out = append(out, part)
	}
	return out
}

// roles are those of the groups, ascending.
func (m Mapping) roles(groups []string) []uint64 {
	var out []uint64
	for _, r := range m.Roles {
		if has(groups, r.Group) && !slices.Contains(out, r.Role) {
			out = append(out, r.Role)
		}
	}
	slices.Sort(out)
	return out
}
