package ldap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"stoa/app/source/claim"
)

// Step is one thing that was tried, in the order of a sign-in.
type Step struct {
	Name   string // resolve, connect, tls, bind, search or sign_in
	OK     bool
	Detail string // what was found, or why it failed; for administrators
}

// Probe tries the settings step by step, to the first that fails. sample is
// somebody the directory shows: whom a.Login finds, else anybody; nil if nobody.
// A password in a is tried as well.
func Probe(ctx context.Context, s *Settings, secret string, a Ask) (steps []Step, sample *claim.Identity) {
	fail := func(name string, err error) ([]Step, *claim.Identity) {
		text, _ := strings.CutPrefix(err.Error(), claim.ErrDown.Error()+": ")
		return append(steps, Step{Name: name, Detail: text}), sample
	}
	pass := func(name, detail string, args ...any) {
		steps = append(steps, Step{Name: name, OK: true, Detail: fmt.Sprintf(detail, args...)})
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, s.Host)
	if err != nil {
		return fail("resolve", down(err))
	}
	pass("resolve", "%s", strings.Join(addresses, ", "))
	raw, err := s.policy().Dial(ctx, "tcp", s.address())
	if err != nil {
		return fail("connect", down(err))
	}
	pass("connect", "%s", raw.RemoteAddr())
	c, err := secure(ctx, s, secret, raw)
	if err != nil {
		return fail("tls", err)
	}
	defer c.close()
	pass("tls", "%s", c.secured())
	if err := c.service(); err != nil {
		return fail("bind", err)
	}
	pass("bind", "%s", c.who())
	if s.Direct == "" || s.BindDN != "" {
		n, entry, err := c.sample(a)
		if err != nil {
			return fail("search", err)
		}
		if entry == nil {
			return fail("search", fmt.Errorf("nobody was found under %s: check the base and the filters", s.Base))
		}
		if sample, err = s.identity(entry, a.Login); err == nil {
			err = c.groups(entry, sample, a.Groups)
		}
		if err != nil {
			return fail("search", err)
		}
		pass("search", "%s", n)
	}
	if a.Password == "" {
		return steps, sample
	}
	proven, err := Prove(ctx, s, secret, a)
	if errors.Is(err, claim.ErrRefused) {
		return fail("sign_in", errors.New("the directory does not let this login in with this password"))
	}
	if err != nil {
		return fail("sign_in", err)
	}
	pass("sign_in", "the directory lets %s in", a.Login)
	return steps, proven
}

func (c *conn) secured() string {
	state, ok := c.TLSConnectionState()
	if !ok || c.settings.Security == None {
		return "the connection is not secured: passwords can be read on the way"
	}
	names := "the server's certificate is trusted"
	if len(state.PeerCertificates) > 0 {
		leaf := state.PeerCertificates[0]
		names += ": " + leaf.Subject.String() + ", until " + leaf.NotAfter.UTC().Format("2006-01-02")
	}
	return names
}

func (c *conn) who() string {
	switch {
	case c.settings.BindDN != "":
		return "as " + c.settings.BindDN
	case c.settings.Direct != "":
		return "people bind as " + c.settings.Direct
	}
	return "anonymously"
}

// sample counts the people and picks one: whom the login finds, else the first.
func (c *conn) sample(a Ask) (string, *ldap.Entry, error) {
	s := c.settings
	page, err := c.Search(ldap.NewSearchRequest(s.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, int(patience.Seconds()), false, s.People,
		append(s.attributes(a.Mapped), "*"), []ldap.Control{ldap.NewControlPaging(pageSize)}))
	if err != nil {
		return "", nil, down(err)
	}
	found := fmt.Sprintf("%d people found", len(page.Entries))
	if next, ok := ldap.FindControl(page.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging); ok && len(next.Cookie) > 0 {
		found = fmt.Sprintf("more than %d people found", len(page.Entries))
	}
	if a.Login != "" {
		entries, err := c.find(fill(s.Filter, a.Login, ""), append(s.attributes(a.Mapped), "*"))
		if err != nil {
			return "", nil, err
		}
		switch len(entries) {
		case 0:
			return "", nil, down(errors.New("the filter finds nobody with this login"))
		case 1:
			return found, entries[0], nil
		}
		return "", nil, down(errors.New("the filter finds several people with this login: each must find one"))
	}
	if len(page.Entries) == 0 {
		return found, nil, nil
	}
	return found, page.Entries[0], nil
}
