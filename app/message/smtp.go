package message

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/wneessen/go-mail"

	"stoa/app/egress"
)

// SMTPConfig is a mail server to submit to.
type SMTPConfig struct {
	Host     string
	Port     int    // 0 = 587, 465 with tls
	Security string // starttls (required), tls or none; "" = starttls
	User     string // "" = no authentication
	Password string
	From     string      // "stoa <stoa@example.com>"
	TLS      *tls.Config // nil = the system's roots
}

// smtpSender submits messages to a mail server.
type smtpSender struct {
	config SMTPConfig
	policy egress.Policy
}

// NewSMTP checks the configuration and makes the sender. It does not connect.
func NewSMTP(c SMTPConfig) (Sender, error) {
	if c.Security == "" {
		c.Security = "starttls"
	}
	if c.Port == 0 {
		c.Port = map[string]int{"tls": 465}[c.Security]
	}
	if c.Port == 0 {
		c.Port = 587
	}
	s := &smtpSender{config: c, policy: egress.Policy{Trust: []string{net.JoinHostPort(c.Host, strconv.Itoa(c.Port))}}}
	if err := mail.NewMsg().From(c.From); err != nil {
		return nil, fmt.Errorf("message.email: from is no mail address: %w", err)
	}
	if _, err := s.client(s.dial); err != nil {
		return nil, fmt.Errorf("message.email: %w", err)
	}
	return s, nil
}

func (s *smtpSender) client(dial mail.DialContextFunc) (*mail.Client, error) {
	c := s.config
	options := []mail.Option{mail.WithPort(c.Port), mail.WithTimeout(sendTime), mail.WithDialContextFunc(dial), mail.WithoutNoop()}
	if c.TLS != nil {
		options = append(options, mail.WithTLSConfig(c.TLS))
	}
	switch c.Security {
	case "starttls":
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case "tls":
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic)) // dial has encrypted already; the client then notes it
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return nil, fmt.Errorf("security is starttls, tls or none, not %q", c.Security)
	}
	if c.User != "" {
		how := mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthCramMD5)
		if c.Security == "none" { // in clear, as configured
			how = mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthCramMD5, mail.SMTPAuthPlainNoEnc, mail.SMTPAuthLoginNoEnc)
		}
		options = append(options, how, mail.WithUsername(c.User), mail.WithPassword(c.Password))
	}
	return mail.NewClient(c.Host, options...)
}

// dial is guarded: the configured host may be private, never link-local.
func (s *smtpSender) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := s.policy.Dial(ctx, network, address)
	if err != nil || s.config.Security != "tls" {
		return conn, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.config.TLS != nil {
		config = s.config.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = s.config.Host
	}
	t := tls.Client(conn, config)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return t, nil
}

// Send submits m as a plain text e-mail.
func (s *smtpSender) Send(ctx context.Context, m Message) error {
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(s.config.From), msg.To(m.To)); err != nil {
		return errors.Join(ErrPermanent, fmt.Errorf("the address is not valid: %w", err))
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetBodyString(mail.TypeTextPlain, m.Body)
	var conn net.Conn
	c, err := s.client(func(ctx context.Context, network, address string) (net.Conn, error) {
		var err error
		conn, err = s.dial(ctx, network, address)
		return conn, err
	})
	if err != nil {
		return errors.Join(ErrPermanent, err)
	}
	err = c.DialAndSendWithContext(ctx, msg)
	if conn != nil {
		_ = conn.Close() // the client leaves it open when the greeting, TLS or sign-in fails
	}
	var refused *mail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return errors.Join(ErrPermanent, fmt.Errorf("the mail server refused it: %w", err))
	}
	if err != nil {
		return fmt.Errorf("the mail server %s did not take it: %w", s.config.Host, err)
	}
	return nil
}
