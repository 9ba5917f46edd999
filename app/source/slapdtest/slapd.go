// Package slapdtest runs a real OpenLDAP server for tests: on loopback, in a
// directory of the test's, with a certificate of an authority of its own. Tests
// skip where slapd is not installed.
package slapdtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// What every server begins with.
const (
	Base     = "dc=example,dc=com"
	Root     = "cn=admin," + Base
	Reader   = "cn=reader," + Base // who searches
	Password = "five herons wade at dawn"
)

// Server is a running slapd.
type Server struct {
	Port, TLSPort int
	CA            string // PEM

	t    testing.TB
	dir  string
	args []string
	cmd  *exec.Cmd
}

// Start runs a server with the units people and groups, and the account that
// searches. It ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	bin, err := exec.LookPath("slapd")
	if err != nil {
		if bin, err = exec.LookPath("/usr/sbin/slapd"); err != nil {
			t.Skip("slapd is not installed (Debian package slapd)")
		}
	}
	const schemas, modules = "/etc/ldap/schema", "/usr/lib/ldap"
	if _, err := os.Stat(filepath.Join(schemas, "inetorgperson.schema")); err != nil {
		t.Skip("the schemas of slapd are not where Debian has them")
	}
	s := &Server{t: t, dir: t.TempDir(), Port: freePort(t), TLSPort: freePort(t)}
	s.CA = s.certificates()
	conf := []string{}
	for _, name := range []string{"core", "cosine", "inetorgperson"} {
		conf = append(conf, "include "+filepath.Join(schemas, name+".schema"))
	}
	data := filepath.Join(s.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	conf = append(conf, "modulepath "+modules, "moduleload back_mdb", "moduleload memberof", "sizelimit unlimited",
		"TLSCertificateFile "+s.path("server.pem"), "TLSCertificateKeyFile "+s.path("server.key"), "TLSCACertificateFile "+s.path("ca.pem"),
		"database mdb", `suffix "`+Base+`"`, `rootdn "`+Root+`"`, "rootpw "+strconv.Quote(Password), "directory "+data, "overlay memberof",
		"access to attrs=userPassword by anonymous auth by * none", `access to * by dn.exact="`+Reader+`" read by users read by * none`, "")
	s.write("slapd.conf", strings.Join(conf, "\n"))
	s.args = []string{bin, "-d", "0", "-f", s.path("slapd.conf"), "-h", fmt.Sprintf("ldap://127.0.0.1:%d ldaps://127.0.0.1:%d", s.Port, s.TLSPort)}
	s.Run()
	s.Add(Base, map[string][]string{"objectClass": {"dcObject", "organization"}, "o": {"Example"}, "dc": {"example"}})
	for _, unit := range []string{"people", "groups"} {
		s.Add("ou="+unit+","+Base, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {unit}})
	}
	s.Add(Reader, map[string][]string{"objectClass": {"organizationalRole", "simpleSecurityObject"}, "cn": {"reader"}, "userPassword": {Password}})
	return s
}

// Run starts the server again after Stop, on the same data.
func (s *Server) Run() {
	s.t.Helper()
	s.cmd = exec.Command(s.args[0], s.args[1:]...)
	said := &strings.Builder{}
	s.cmd.Stderr, s.cmd.Stdout = said, said
	if err := s.cmd.Start(); err != nil {
		s.t.Skipf("slapd does not start: %v", err)
	}
	ended := make(chan error, 1)
	go func(c *exec.Cmd) { ended <- c.Wait() }(s.cmd)
	s.t.Cleanup(s.Stop)
	for tries := 0; ; tries++ {
		c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", s.TLSPort), time.Second)
		if err == nil {
			_ = c.Close()
			return
		}
		select {
		case err := <-ended:
			s.t.Fatalf("slapd ended: %v\n%s", err, said)
		case <-time.After(20 * time.Millisecond):
		}
		if tries > 1000 {
			s.t.Fatalf("slapd does not listen: %v", err)
		}
	}
}

// Stop ends the server; its data stays.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	for tries := 0; tries < 1000; tries++ {
		c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port), time.Second)
		if err != nil {
			break
		}
		_ = c.Close()
		time.Sleep(10 * time.Millisecond)
	}
	s.cmd = nil
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) root(do func(*ldap.Conn) error) {
	s.t.Helper()
	c, err := ldap.DialURL(fmt.Sprintf("ldap://127.0.0.1:%d", s.Port))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Bind(Root, Password); err != nil {
		s.t.Fatal(err)
	}
	if err := do(c); err != nil {
		s.t.Fatal(err)
	}
}

// Add adds an entry.
func (s *Server) Add(dn string, attributes map[string][]string) {
	s.t.Helper()
	s.root(func(c *ldap.Conn) error {
		r := ldap.NewAddRequest(dn, nil)
		for name, values := range attributes {
			r.Attribute(name, values)
		}
		return c.Add(r)
	})
}

// Person adds somebody below ou=people, with the password, and gives their name in
// the directory. under is a unit there, like "ou=sales,", or "".
func (s *Server) Person(uid, name, under string) string {
	s.t.Helper()
	dn := "uid=" + ldap.EscapeDN(uid) + "," + under + "ou=people," + Base
	s.Add(dn, map[string][]string{"objectClass": {"inetOrgPerson"}, "uid": {uid}, "cn": {name}, "sn": {name}, "displayName": {name},
		"mail": {uid + "@example.com"}, "userPassword": {Password}})
	return dn
}

// Set replaces an attribute.
func (s *Server) Set(dn, attribute string, values ...string) {
	s.t.Helper()
	s.root(func(c *ldap.Conn) error {
		r := ldap.NewModifyRequest(dn, nil)
		r.Replace(attribute, values)
		return c.Modify(r)
	})
}

// Remove deletes an entry.
func (s *Server) Remove(dn string) {
	s.t.Helper()
	s.root(func(c *ldap.Conn) error { return c.Del(ldap.NewDelRequest(dn, nil)) })
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// certificates makes an authority and the server's certificate, and gives the
// authority's in PEM.
func (s *Server) certificates() string {
	s.t.Helper()
	ca, caKey, caText := s.certificate(&x509.Certificate{Subject: pkix.Name{CommonName: "Example authority"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	_, key, text := s.certificate(&x509.Certificate{Subject: pkix.Name{CommonName: "directory"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature}, ca, caKey)
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write("ca.pem", caText)
	s.write("server.pem", text)
	s.write("server.key", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw})))
	return caText
}

func (s *Server) certificate(c, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, string) {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		s.t.Fatal(err)
	}
	c.NotBefore, c.NotAfter = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	if parent == nil {
		parent, parentKey = c, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, parentKey)
	if err != nil {
		s.t.Fatal(err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		s.t.Fatal(err)
	}
	return made, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}
