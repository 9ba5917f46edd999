package ldap

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"stoa/app/source/claim"
)

// Ask is who is asked for at a directory.
type Ask struct {
	Login    string
	Subject  string   // of somebody known; "" = whom the login finds
	Password string   // never empty
	Mapped   []string // attributes that are wanted; groups among them
	Groups   string   // the claim that a person's groups go under; "" = they are not wanted
}

// Prove binds as the person that a login or a subject names and gives what the
// directory says of them. claim.ErrRefused stands for every person who is not let in;
// it takes one bind then, too, whether the login is known or not. claim.ErrDown is a
// directory that can't be asked.
func Prove(ctx context.Context, s *Settings, secret string, a Ask) (*claim.Identity, error) {
	if a.Password == "" || a.Login == "" || len(a.Login) > 256 {
		return nil, claim.ErrRefused
	}
	c, err := connect(ctx, s, secret)
	if err != nil {
		return nil, err
	}
	defer c.close()
	if s.Direct != "" {
		return c.direct(a)
	}
	if err := c.service(); err != nil {
		return nil, err
	}
	entry, err := c.person(a)
	if err != nil {
		return nil, err
	}
	if entry == nil {
		if err := c.prove("cn="+strings.ToLower(rand.Text())+","+s.Base, rand.Text()); errors.Is(err, claim.ErrDown) {
			return nil, err
		}
		return nil, claim.ErrRefused
	}
	if err := c.prove(entry.DN, a.Password); err != nil {
		return nil, err
	}
	if err := c.service(); err != nil {
		return nil, err
	}
	return c.admitted(entry, a)
}

// Knows reports whether exactly one entry answers to a login. No password is
// sent. With direct binds nothing can be known before.
func Knows(ctx context.Context, s *Settings, secret, login string) (bool, error) {
	if s.Direct != "" {
		return true, nil
	}
	c, err := connect(ctx, s, secret)
	if err != nil {
		return false, err
	}
	defer c.close()
	if err := c.service(); err != nil {
		return false, err
	}
	entry, err := c.person(Ask{Login: login})
	return entry != nil, err
}

// person is the one entry that is meant; nil for none and for several.
func (c *conn) person(a Ask) (*ldap.Entry, error) {
	filter := fill(c.settings.Filter, a.Login, "")
	if a.Subject != "" {
		filter = c.settings.subjectFilter(a.Subject)
	}
	entries, err := c.find(filter, c.settings.attributes(a.Mapped))
	if err != nil || len(entries) != 1 || entries[0].DN == "" {
		return nil, err
	}
	return entries[0], nil
}

// direct binds as the person and lets them look at their own entry.
func (c *conn) direct(a Ask) (*claim.Identity, error) {
	if err := c.prove(c.settings.direct(a.Login), a.Password); err != nil {
		return nil, err
	}
	entry, err := c.person(Ask{Login: a.Login, Mapped: a.Mapped})
	if err != nil {
		return nil, err
	}
	if entry == nil {
		return nil, claim.ErrRefused
	}
	id, err := c.admitted(entry, a)
	if err == nil && a.Subject != "" && id.Subject != a.Subject {
		return nil, claim.ErrRefused // the login belongs to somebody else by now
	}
	return id, err
}

// admitted is somebody whose password was right, unless they are marked as one
// who may not sign in.
func (c *conn) admitted(e *ldap.Entry, a Ask) (*claim.Identity, error) {
	id, err := c.settings.identity(e, a.Login)
	if err != nil {
		return nil, down(err)
	}
	if id.Disabled {
		return nil, claim.ErrRefused
	}
	return id, c.groups(e, id, a.Groups)
}

// groups adds the groups that only a search finds.
func (c *conn) groups(e *ldap.Entry, id *claim.Identity, under string) error {
	s := c.settings
	filter := fill(s.GroupFilter, id.Login, e.DN)
	if s.ActiveDirectory && s.Nested { // LDAP_MATCHING_RULE_IN_CHAIN
		filter = "(member:1.2.840.113556.1.4.1941:=" + ldap.EscapeFilter(e.DN) + ")"
	}
	if under == "" || filter == "" {
		return nil
	}
	base := s.GroupBase
	if base == "" {
		base = s.Base
	}
	found, err := c.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 500, int(patience.Seconds()), false,
		filter, []string{"cn"}, nil))
	if err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) {
		return down(err)
	}
	for _, g := range found.Entries {
		id.Claims.Add(under, g.DN)
		id.Claims.Add(under, firstParts([]string{g.DN})...)
	}
	return nil
}
