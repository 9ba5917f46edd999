package api

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"stoa/app"
	"stoa/app/apptest"
)

// writePair writes a self-signed certificate for a host name.
func writePair(t *testing.T, dir, host string, modified time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// served is the host name of the certificate that a handshake shows.
func served(t *testing.T, address string) string {
	t.Helper()
	c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// A changed certificate is served without a restart; one that can't be used
// leaves the old one in place.
func TestCertificateIsReloaded(t *testing.T) {
	dir := t.TempDir()
	cert, key := writePair(t, dir, "one.example.com", time.Now().Add(-time.Hour))
	a := apptest.Open(t, func(c *app.Config) {
		c.Listen = "127.0.0.1:0"
		c.TLS = app.TLS{Cert: cert, Key: key}
	})
	log := zerolog.Nop()
	s, err := Listen(a.App, &log, "test")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	s.cert.clock = func() time.Time { return now }
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	if host := served(t, s.Address()); host != "one.example.com" || !s.Secure() {
		t.Errorf("at first: %s", host)
	}
	writePair(t, dir, "two.example.com", time.Now())
	s.cert.mu.Lock()
	now = now.Add(time.Minute)
	s.cert.mu.Unlock()
	if host := served(t, s.Address()); host != "two.example.com" {
		t.Errorf("after the change: %s", host)
	}
	if err := os.WriteFile(key, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s.Reload() == nil {
		t.Error("a broken key was accepted")
	}
	s.cert.mu.Lock()
	now = now.Add(time.Minute)
	s.cert.mu.Unlock()
	if host := served(t, s.Address()); host != "two.example.com" {
		t.Errorf("with a broken key: %s", host)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAddressInUseIsSaid(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a := apptest.Open(t, func(c *app.Config) { c.Listen = l.Addr().String() })
	log := zerolog.Nop()
	if _, err := Listen(a.App, &log, "test"); err == nil {
		t.Error("two servers on one address")
	}
}
