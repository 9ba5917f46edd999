package ldap

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"

	"stoa/app/source/claim"
)

// People lists everybody whom the settings find, page by page (RFC 2696), and
// gives each to fn. name is the attribute that holds the login.
func People(ctx context.Context, s *Settings, secret string, mapped []string, groups, name string, fn func(*claim.Identity) error) error {
	if s.Direct != "" && s.BindDN == "" {
		return down(errors.New("with direct binds nobody can list the directory: give an account that searches"))
	}
	c, err := connect(ctx, s, secret)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.service(); err != nil {
		return err
	}
	seen := 0
	paging := ldap.NewControlPaging(pageSize)
	for {
		page, err := c.Search(ldap.NewSearchRequest(s.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, s.People,
			s.attributes(mapped), []ldap.Control{paging}))
		if err != nil {
			return down(err)
		}
		for _, e := range page.Entries {
			if seen++; seen > maxPeople {
				return down(fmt.Errorf("the directory shows more than %d people: narrow the filter", maxPeople))
			}
			id, err := s.identity(e, e.GetEqualFoldAttributeValue(name))
			if err != nil {
				return down(err)
			}
			if err := c.groups(e, id, groups); err != nil {
				return err
			}
			if err := fn(id); err != nil {
				return err
			}
		}
		next, ok := ldap.FindControl(page.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok || len(next.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(next.Cookie)
	}
}
