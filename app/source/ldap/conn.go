package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"

	"github.com/go-ldap/ldap/v3"

	"stoa/app/egress"
	"stoa/app/source/claim"
)

// conn is one connection; it ends with the context it was made for.
type conn struct {
	*ldap.Conn
	settings *Settings
	secret   string
	stop     func() bool
}

// down says in words why the directory can't be asked.
func down(err error) error { return fmt.Errorf("%w: %s", claim.ErrDown, reason(err)) }

// reason is an error as an administrator reads it.
func reason(err error) string {
	var refused *egress.RefusedError
	var dns *net.DNSError
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var expired x509.CertificateInvalidError
	switch {
	case errors.As(err, &refused):
		return refused.Error() + "; allow private networks in the settings if it is yours"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the host name is not known"
	case errors.As(err, &unknown):
		return "the server's certificate does not lead to a trusted one: give the certificate of its authority"
	case errors.As(err, &host):
		return "the server's certificate is for another host: " + host.Error()
	case errors.As(err, &expired):
		return "the server's certificate can't be used: " + expired.Error()
	case ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials):
		return "the directory refuses the name or the password that stoa searches with"
	case ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject):
		return "there is nothing at the base: check how it is written"
	case ldap.IsErrorWithCode(err, ldap.LDAPResultInsufficientAccessRights):
		return "the directory does not allow this search to who searches"
	case ldap.IsErrorWithCode(err, ldap.LDAPResultConfidentialityRequired):
		return "the directory wants TLS: choose ldaps or starttls"
	}
	return err.Error()
}

// connect opens a connection and secures it.
func connect(ctx context.Context, s *Settings, secret string) (*conn, error) {
	raw, err := s.policy().Dial(ctx, "tcp", s.address())
	if err != nil {
		return nil, down(err)
	}
	return secure(ctx, s, secret, raw)
}

func secure(ctx context.Context, s *Settings, secret string, raw net.Conn) (*conn, error) {
	config, err := s.tls()
	if err != nil {
		return nil, errors.Join(down(err), raw.Close())
	}
	if s.Security == LDAPS {
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		over := tls.Client(raw, config)
		if err := over.HandshakeContext(limited); err != nil {
			return nil, errors.Join(down(err), raw.Close())
		}
		raw = over
	}
	c := &conn{Conn: ldap.NewConn(raw, s.Security == LDAPS), settings: s, secret: secret}
	c.SetTimeout(patience)
	c.Start()
	c.stop = context.AfterFunc(ctx, func() { _ = raw.Close() })
	if s.Security == StartTLS {
		if err := c.StartTLS(config); err != nil {
			c.close()
			return nil, down(err)
		}
	}
	return c, nil
}

func (c *conn) close() {
	c.stop()
	_ = c.Close() // it is given up, whatever it says
}

// search binds as who searches: the account of the settings, or nobody.
func (c *conn) service() error {
	if c.settings.BindDN == "" {
		return nil
	}
	if c.secret == "" {
		return down(errors.New("who searches needs a password"))
	}
	if err := c.Bind(c.settings.BindDN, c.secret); err != nil {
		return down(err)
	}
	return nil
}

// prove binds as a person. Nothing empty is ever sent.
func (c *conn) prove(name, password string) error {
	if name == "" || password == "" {
		return claim.ErrRefused
	}
	err := c.Bind(name, password)
	switch {
	case err == nil:
		return nil
	case ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInvalidDNSyntax, ldap.LDAPResultNoSuchObject,
		ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultConstraintViolation,
		ldap.LDAPResultInsufficientAccessRights):
		return claim.ErrRefused
	}
	return down(err)
}

// find is what a filter finds under a base, at most two: more than one is as good
// as none for a sign-in.
func (c *conn) find(filter string, attributes []string) ([]*ldap.Entry, error) {
	found, err := c.Search(ldap.NewSearchRequest(c.settings.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, int(patience.Seconds()), false,
		filter, attributes, nil))
	if ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) {
		err = nil
	}
	if err != nil {
		return nil, down(err)
	}
	return found.Entries, nil
}
