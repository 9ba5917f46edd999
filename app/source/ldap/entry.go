package ldap

import (
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"stoa/app/source/claim"
)

// OUPath is the claim that holds the organisational units an entry lies in, from
// the top, with / between them: "Sales/East".
const OUPath = "ou_path"

// attributes are what is asked of the directory: what the mapping reads and what
// tells people apart.
func (s *Settings) attributes(mapped []string) []string {
	out := append([]string{s.Subject}, mapped...)
	if s.ActiveDirectory {
		out = append(out, "userAccountControl")
	}
	if s.Disabled != "" {
		out = append(out, s.Disabled)
	}
	return slices.DeleteFunc(out, func(name string) bool { return strings.EqualFold(name, OUPath) })
}

// identity is an entry as claims.
func (s *Settings) identity(e *ldap.Entry, login string) (*claim.Identity, error) {
	id := &claim.Identity{Login: login, Claims: claim.Set{}}
	for _, a := range e.Attributes {
		if binary(a.Name) {
			for _, v := range a.ByteValues {
				id.Claims.Add(a.Name, guid(v))
			}
			continue
		}
		id.Claims.Add(a.Name, a.Values...)
		id.Claims.Add(a.Name, firstParts(a.Values)...)
	}
	id.Subject = id.Claims.First(s.Subject)
	if id.Subject == "" {
		return nil, errors.New("the entry " + e.DN + " has no " + s.Subject + ": choose an attribute that everybody has and that never changes")
	}
	id.Claims.Add(OUPath, ouPath(e.DN, s.Base))
	id.Disabled = s.disabled(id.Claims)
	return id, nil
}

// disabled reads what marks people who may not sign in: bit 2 of Active
// Directory's userAccountControl (ACCOUNTDISABLE), or an attribute that is set to
// anything but no.
func (s *Settings) disabled(c claim.Set) bool {
	if s.ActiveDirectory {
		if flags, err := strconv.ParseUint(c.First("userAccountControl"), 10, 32); err == nil && flags&2 != 0 {
			return true
		}
	}
	if s.Disabled == "" {
		return false
	}
	switch strings.ToLower(c.First(s.Disabled)) {
	case "", "false", "no", "0", "active", "enabled":
		return false
	}
	return true
}

func binary(attribute string) bool { return strings.EqualFold(attribute, "objectGUID") }

// guid is Active Directory's objectGUID as it is written: its first three parts
// have their low byte first (MS-DTYP, 2.3.4.2).
func guid(raw []byte) string {
	if len(raw) != 16 {
		return hex.EncodeToString(raw)
	}
	b := swapped(raw)
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func swapped(raw []byte) []byte {
	b := slices.Clone(raw)
	slices.Reverse(b[0:4])
	slices.Reverse(b[4:6])
	slices.Reverse(b[6:8])
	return b
}

// subjectFilter finds an entry by what never changes of it.
func (s *Settings) subjectFilter(subject string) string {
	value := ldap.EscapeFilter(subject)
	if raw, err := hex.DecodeString(strings.ReplaceAll(subject, "-", "")); err == nil && binary(s.Subject) && len(raw) == 16 {
		var b strings.Builder
		for _, x := range swapped(raw) {
			b.WriteString(`\` + hex.EncodeToString([]byte{x}))
		}
		value = b.String()
	}
	return "(&" + s.People + "(" + s.Subject + "=" + value + "))"
}

// firstParts are the first values of what are names in a directory, so that a
// group can be named by cn=staff,ou=groups,… or by staff.
func firstParts(values []string) []string {
	var out []string
	for _, v := range values {
		if !strings.Contains(v, "=") {
			continue
		}
		dn, err := ldap.ParseDN(v)
		if err == nil && len(dn.RDNs) > 1 && len(dn.RDNs[0].Attributes) > 0 {
			out = append(out, dn.RDNs[0].Attributes[0].Value)
		}
	}
	return out
}

// ouPath is the units between the base and an entry, from the top.
func ouPath(name, base string) string {
	dn, err := ldap.ParseDN(name)
	if err != nil {
		return ""
	}
	below, err := ldap.ParseDN(base)
	if err != nil {
		return ""
	}
	var parts []string
	for _, rdn := range dn.RDNs[:max(0, len(dn.RDNs)-len(below.RDNs))] {
		if len(rdn.Attributes) > 0 && strings.EqualFold(rdn.Attributes[0].Type, "ou") {
			parts = append(parts, strings.ReplaceAll(rdn.Attributes[0].Value, "/", " "))
		}
	}
	slices.Reverse(parts)
	return strings.Join(parts, "/")
}
