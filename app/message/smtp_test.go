package message

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// mailServer speaks enough SMTP (RFC 5321, 3207, 4954) to be submitted to.
type mailServer struct {
	t        *testing.T
	listener net.Listener
	tls      *tls.Config
	implicit bool   // TLS from the first byte
	starttls bool   // offered
	user     string // asked for, with the password "s3cret"; "" = no authentication
	refuse   string // the answer to RCPT; "" = 250

	mu   sync.Mutex
	got  []string // the data of each mail taken
	safe []bool   // whether it came encrypted
	all  sync.WaitGroup
}

func (s *mailServer) start() (host string, port int) {
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		s.t.Fatal(err)
	}
	s.all.Go(func() {
		for {
			c, err := s.listener.Accept()
			if err != nil {
				return
			}
			s.all.Go(func() { s.serve(c) })
		}
	})
	s.t.Cleanup(func() {
		_ = s.listener.Close()
		s.all.Wait()
	})
	a := s.listener.Addr().(*net.TCPAddr)
	return "127.0.0.1", a.Port
}

func (s *mailServer) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	safe, known := s.implicit, s.user == ""
	if s.implicit {
		c = tls.Server(c, s.tls)
	}
	in := bufio.NewReader(c)
	say := func(line string) { _, _ = fmt.Fprintf(c, "%s\r\n", line) }
	say("220 mail.example.com ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(word) {
		case "EHLO":
			say("250-mail.example.com")
			if s.starttls && !safe {
				say("250-STARTTLS")
			}
			if s.user != "" {
				say("250-AUTH PLAIN LOGIN")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go ahead")
			c, safe = tls.Server(c, s.tls), true
			in = bufio.NewReader(c)
		case "AUTH":
			_, text, _ := strings.Cut(rest, " ")
			plain, _ := base64.StdEncoding.DecodeString(text)
			if known = string(plain) == "\x00"+s.user+"\x00s3cret"; known {
				say("235 welcome")
			} else {
				say("535 5.7.8 no")
			}
		case "MAIL":
			if !known {
				say("530 5.7.0 authenticate first")
				continue
			}
			say("250 ok")
		case "RCPT":
			if s.refuse != "" {
				say(s.refuse)
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			s.take(in, safe)
			say("250 2.0.0 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *mailServer) take(in *bufio.Reader, safe bool) {
	var data strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			break
		}
		data.WriteString(line)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got, s.safe = append(s.got, data.String()), append(s.safe, safe)
}

// certificate is one for 127.0.0.1 and the pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, pool
}

func email() Message {
	return Message{ID: 1, Channel: Email, To: "ada@example.com", Subject: "验证码", Body: "Your code is 123456.\n.\nEnd"}
}

func TestSMTP(t *testing.T) {
	config, pool := certificate(t)
	client := &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
	for _, c := range []struct {
		security string
		server   *mailServer
		user     string
		safe     bool
	}{
		{"none", &mailServer{}, "", false},
		{"none", &mailServer{user: "stoa"}, "stoa", false},
		{"starttls", &mailServer{starttls: true}, "", true},
		{"starttls", &mailServer{starttls: true, user: "stoa"}, "stoa", true},
		{"tls", &mailServer{implicit: true, user: "stoa"}, "stoa", true},
	} {
		t.Run(c.security+" "+c.user, func(t *testing.T) {
			c.server.t, c.server.tls = t, config
			host, port := c.server.start()
			s, err := NewSMTP(SMTPConfig{Host: host, Port: port, Security: c.security, User: c.user, Password: "s3cret", From: "stoa <stoa@example.com>", TLS: client})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Send(context.Background(), email()); err != nil {
				t.Fatal(err)
			}
			c.server.mu.Lock()
			defer c.server.mu.Unlock()
			if len(c.server.got) != 1 || c.server.safe[0] != c.safe {
				t.Fatalf("%d mails, encrypted %v", len(c.server.got), c.server.safe)
			}
			for _, want := range []string{"To: <ada@example.com>", "stoa@example.com", "Your code is 123456.", "Subject: =?UTF-8?", "Message-ID:", "Date:"} {
				if !strings.Contains(c.server.got[0], want) {
					t.Errorf("%q is not in the mail:\n%s", want, c.server.got[0])
				}
			}
		})
	}
}

func TestSMTPRefusals(t *testing.T) {
	config, pool := certificate(t)
	for _, c := range []struct {
		name     string
		server   *mailServer
		security string
		password string
		trust    *x509.CertPool
		final    bool
		reason   string
	}{
		{"unknown receiver", &mailServer{refuse: "550 5.1.1 no such user"}, "none", "", pool, true, "no such user"},
		{"try later", &mailServer{refuse: "451 4.7.1 greylisted"}, "none", "", pool, false, "greylisted"},
		{"wrong password", &mailServer{starttls: true, user: "stoa"}, "starttls", "guess", pool, false, "AUTH"},
		{"no encryption offered", &mailServer{}, "starttls", "", pool, false, "STARTTLS"},
		{"certificate of somebody else", &mailServer{starttls: true}, "starttls", "", x509.NewCertPool(), false, "certificate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.server.t, c.server.tls = t, config
			host, port := c.server.start()
			s, err := NewSMTP(SMTPConfig{Host: host, Port: port, Security: c.security, User: c.server.user, Password: c.password,
				From: "stoa@example.com", TLS: &tls.Config{RootCAs: c.trust, ServerName: host, MinVersion: tls.VersionTLS12}})
			if err != nil {
				t.Fatal(err)
			}
			err = s.Send(context.Background(), email())
			if err == nil || errors.Is(err, ErrPermanent) != c.final || !strings.Contains(reason(err), c.reason) {
				t.Errorf("%v", err)
			}
			if len(c.server.got) != 0 {
				t.Errorf("taken all the same: %q", c.server.got)
			}
		})
	}
}

func TestSMTPConfigIsChecked(t *testing.T) {
	for _, c := range []SMTPConfig{{Host: "mail.example.com"}, {Host: "mail.example.com", From: "x"}, {From: "a@example.com"},
		{Host: "mail.example.com", From: "a@example.com", Security: "ssl"}, {Host: "mail.example.com", From: "a@example.com", Port: 70000}} {
		if _, err := NewSMTP(c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	s, err := NewSMTP(SMTPConfig{Host: "mail.example.com", From: "a@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	bad := email()
	bad.To = "no address"
	if err := s.Send(context.Background(), bad); !errors.Is(err, ErrPermanent) {
		t.Errorf("%v", err)
	}
}
