package api

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"stoa/app"
)

// Server is the one listener with everything behind it.
type Server struct {
	http     *http.Server
	listener net.Listener
	cert     *certificate // nil = plain HTTP
	draining chan struct{}
}

// writeMargin is what a slow client gets beyond the time for body and handler.
const writeMargin = 30 * time.Second

// Listen opens the listener and makes the handler; Serve answers on it. An
// error says what is wrong with the address or the certificate.
func Listen(a *app.App, logger *zerolog.Logger, version string) (*Server, error) {
	c := a.Config
	s := &Server{draining: make(chan struct{})}
	if c.TLS.Cert != "" {
		cert, err := openCertificate(c.TLS.Cert, c.TLS.Key, time.Now)
		if err != nil {
			return nil, err
		}
		s.cert = cert
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, err
	}
	s.listener = l
	s.http = &http.Server{
		Handler:           Handler(a, Options{Log: logger, Version: version, Draining: s.draining}),
		ReadHeaderTimeout: c.Limits.HeaderTimeout,
		ReadTimeout:       c.Limits.HeaderTimeout + c.Limits.BodyTimeout,
		WriteTimeout:      c.Limits.BodyTimeout + c.Limits.Deadline + writeMargin,
		IdleTimeout:       c.Limits.IdleTimeout,
		MaxHeaderBytes:    int(c.Limits.Header),
		ErrorLog:          log.New(noise{logger}, "", 0),
	}
	if s.cert != nil {
		s.http.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.cert.get}
	}
	return s, nil
}

// Address is where the server listens: host:port, the port filled in.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Secure reports whether the server speaks TLS.
func (s *Server) Secure() bool { return s.cert != nil }

// Serve answers requests until Shutdown; then it returns nil.
func (s *Server) Serve() error {
	var err error
	if s.cert != nil {
		err = s.http.ServeTLS(s.listener, "", "")
	} else {
		err = s.http.Serve(s.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Shutdown ends streams, lets running requests finish until ctx ends, then
// cuts the rest. It is called once.
func (s *Server) Shutdown(ctx context.Context) error {
	close(s.draining)
	err := s.http.Shutdown(ctx)
	if err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}

// Reload reads the certificate again; without TLS there is nothing to do.
func (s *Server) Reload() error {
	if s.cert == nil {
		return nil
	}
	return s.cert.load()
}

// noise takes the lines of net/http: broken handshakes and clients that went
// away are of interest when something is looked for.
type noise struct{ log *zerolog.Logger }

func (n noise) Write(p []byte) (int, error) {
	if n.log != nil {
		n.log.Debug().Msg(strings.TrimSpace(string(p)))
	}
	return len(p), nil
}
