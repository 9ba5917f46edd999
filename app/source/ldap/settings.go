// Package ldap proves passwords at an LDAP directory (RFC 4511) or an Active
// Directory and lists its people. It knows no accounts and no store: what it
// answers are a directory's entries as claims.
//
// A password is proven by a bind as the person, over a connection that was
// guarded by package egress. An empty password never binds: servers take it for
// an anonymous bind and say yes to anybody (RFC 4513, 5.1.2).
package ldap

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"stoa/app/egress"
	"stoa/app/source/claim"
)

// How the connection is kept from being read.
const (
	LDAPS    = "ldaps"    // TLS from the first byte, port 636
	StartTLS = "starttls" // TLS within the connection, port 389 (RFC 4511, 4.14)
	None     = "none"     // passwords in clear: for a tunnel, or on the same machine
)

// Limits.
const (
	maxText   = 1024     // bytes of a name or filter
	maxCA     = 64 << 10 // bytes
	maxPeople = 100_000
	pageSize  = 500

	patience = 10 * time.Second // of one exchange with the server
)

// loginMark is where the typed login stands in filters and templates, dnMark
// where the entry's name stands in the filter of groups.
const (
	loginMark = "{login}"
	dnMark    = "{dn}"
)

// Settings say where the directory is and how people are found in it.
type Settings struct {
	Host            string `cbor:"1,keyasint"`
	Port            int    `cbor:"2,keyasint,omitempty"` // 0 = 636 for ldaps, else 389
	Security        string `cbor:"3,keyasint"`
	CA              string `cbor:"4,keyasint,omitempty"`  // certificates in PEM that the server's must lead to; empty = the machine's own
	Private         bool   `cbor:"5,keyasint,omitempty"`  // the host may be in a private network or on this machine
	BindDN          string `cbor:"6,keyasint,omitempty"`  // who searches; the source's secret is its password. Empty = people bind directly, or the directory is searched anonymously
	Direct          string `cbor:"7,keyasint,omitempty"`  // name that people bind as, with {login}: uid={login},ou=people,dc=example,dc=com or {login}@example.com; then nobody else searches
	Base            string `cbor:"8,keyasint"`            // where people are: dc=example,dc=com
	Filter          string `cbor:"9,keyasint"`            // finds one person, with {login}
	People          string `cbor:"10,keyasint"`           // finds everybody, for the synchronisation
	Subject         string `cbor:"11,keyasint"`           // attribute that never changes: entryUUID, objectGUID
	GroupBase       string `cbor:"12,keyasint,omitempty"` // where groups are; empty = base
	GroupFilter     string `cbor:"13,keyasint,omitempty"` // finds a person's groups, with {dn} or {login}; empty = the entry says them
	Nested          bool   `cbor:"14,keyasint,omitempty"` // Active Directory: groups of groups count
	Disabled        string `cbor:"15,keyasint,omitempty"` // attribute that marks who may not sign in; with Active Directory userAccountControl is read
	ActiveDirectory bool   `cbor:"16,keyasint,omitempty"`
}

// Fill gives what was left out its usual value.
func (s *Settings) Fill() {
	set := func(to *string, plain, active string) {
		if *to == "" && s.ActiveDirectory {
			*to = active
		} else if *to == "" {
			*to = plain
		}
	}
	set(&s.Security, LDAPS, LDAPS)
	set(&s.Filter, "(&(objectClass=person)(|(uid={login})(mail={login})))",
		"(&(objectCategory=person)(objectClass=user)(|(sAMAccountName={login})(userPrincipalName={login})(mail={login})))")
	set(&s.People, "(objectClass=inetOrgPerson)", "(&(objectCategory=person)(objectClass=user))")
	set(&s.Subject, "entryUUID", "objectGUID")
}

// Check refuses settings that can't work, with a *claim.FieldError.
func (s *Settings) Check() error {
	for field, text := range map[string]string{"host": s.Host, "bind_dn": s.BindDN, "direct": s.Direct, "base": s.Base, "filter": s.Filter,
		"people": s.People, "subject": s.Subject, "group_base": s.GroupBase, "group_filter": s.GroupFilter, "disabled": s.Disabled} {
		if len(text) > maxText || !utf8.ValidString(text) {
			return claim.Wrong(field, "at most %d bytes of text are kept", maxText)
		}
	}
	switch {
	case strings.TrimSpace(s.Host) == "" || strings.ContainsAny(s.Host, "/ @"):
		return claim.Wrong("host", "a host name or an address is expected: ldap.example.com")
	case s.Port < 0 || s.Port > 65535:
		return claim.Wrong("port", "a port is 1 to 65535")
	case s.Security != LDAPS && s.Security != StartTLS && s.Security != None:
		return claim.Wrong("security", "the connection is secured by ldaps, starttls or none")
	case s.Direct != "" && !strings.Contains(s.Direct, loginMark):
		return claim.Wrong("direct", "the name that people bind as has %s where their login stands", loginMark)
	case s.Base == "":
		return claim.Wrong("base", "say where in the directory people are: dc=example,dc=com")
	case !strings.Contains(s.Filter, loginMark):
		return claim.Wrong("filter", "the filter has %s where the login stands", loginMark)
	}
	return s.checkForms()
}

func (s *Settings) checkForms() error {
	for field, dn := range map[string]string{"bind_dn": s.BindDN, "base": s.Base, "group_base": s.GroupBase} {
		if _, err := ldap.ParseDN(dn); err != nil && !(field == "bind_dn" && s.ActiveDirectory) { // name@domain binds there
			return claim.Wrong(field, "this is no name in a directory, like ou=people,dc=example,dc=com")
		}
	}
	for field, filter := range map[string]string{"filter": fill(s.Filter, "x", "x"), "people": s.People, "group_filter": fill(s.GroupFilter, "x", "x")} {
		if filter == "" {
			continue
		}
		if _, err := ldap.CompileFilter(filter); err != nil {
			return claim.Wrong(field, "this is no LDAP filter, like (uid={login})")
		}
	}
	_, err := s.tls()
	return err
}

// fill puts a login and an entry's name into a filter, escaped (RFC 4515, 3), so
// that they are values there and nothing else.
func fill(filter, login, dn string) string {
	return strings.NewReplacer(loginMark, ldap.EscapeFilter(login), dnMark, ldap.EscapeFilter(dn)).Replace(filter)
}

// direct is the name that a login binds as.
func (s *Settings) direct(login string) string {
	if _, err := ldap.ParseDN(s.Direct); err == nil && strings.Contains(s.Direct, "=") {
		login = ldap.EscapeDN(login)
	}
	return strings.ReplaceAll(s.Direct, loginMark, login)
}

func (s *Settings) port() int {
	switch {
	case s.Port != 0:
		return s.Port
	case s.Security == LDAPS:
		return 636
	default:
		return 389
	}
}

func (s *Settings) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.port())) }

// tls is the configuration that the server's certificate is checked by.
func (s *Settings) tls() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.Host}
	if s.CA == "" {
		return c, nil
	}
	c.RootCAs = x509.NewCertPool()
	if len(s.CA) > maxCA || !c.RootCAs.AppendCertsFromPEM([]byte(s.CA)) {
		return nil, claim.Wrong("ca", "there is no certificate in PEM form in it")
	}
	return c, nil
}

func (s *Settings) policy() egress.Policy {
	return egress.Policy{Private: s.Private, Ports: []int{s.port()}}
}
