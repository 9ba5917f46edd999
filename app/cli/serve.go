package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"stoa/app"
	"stoa/store/kv"
)

// serve runs the server until it is told to stop.
func serve(r *run) error {
	c, err := r.load()
	if err != nil {
		return err
	}
	log, levels := newLog(r.Stderr, c.Log)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)
	if limit, ok := memoryLimit(int64(c.Memory.Limit)); ok && lookup(r.Environ, "GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
	percent := 0 // the environment says when to collect
	if lookup(r.Environ, "GOGC") == "" {
		percent = mostGrow
		debug.SetGCPercent(percent)
	}
	for _, name := range app.UnknownEnv(r.Environ) {
		log.Warn().Msg("the environment variable " + name + " means nothing")
	}
	a, err := r.open(c, func(err error) { log.Error().Err(err).Msg("background work") })
	if err != nil {
		return err
	}
	s := &serving{run: r, config: c, app: a, log: log, levels: levels, percent: percent}
	return errors.Join(s.listen(signals), a.Close())
}

// open opens the domain; an error says what to do.
func (r *run) open(c app.Config, report func(error)) (*app.App, error) {
	a, err := app.Open(r.ctx, c, app.Options{Report: report, NewKey: r.newKey, Getenv: r.getenv(), Version: Version(r.Version)})
	switch {
	case errors.Is(err, kv.ErrLocked):
		return nil, fmt.Errorf("another process uses the data directory %s: stop it, or name another directory with --data", c.DataDir)
	case err != nil:
		return nil, fmt.Errorf("the data directory %s: %w", c.DataDir, err)
	}
	return a, nil
}

// getenv looks into the environment that the program was given.
func (r *run) getenv() func(string) string {
	return func(name string) string { return lookup(r.Environ, name) }
}

// serving is a server that runs.
type serving struct {
	run    *run
	config app.Config
	app    *app.App
	log    *zerolog.Logger
	levels *levels
	server Server

	percent int // of growth, at which the heap is collected; 0 = as the environment says
}

// listen listens, tells that it does, and waits for the end.
func (s *serving) listen(signals <-chan os.Signal) error {
	server, err := s.run.Listen(s.app, s.log, Version(s.run.Version))
	if err != nil {
		return fmt.Errorf("listening on %s: %w", s.config.Listen, err)
	}
	s.server = server
	ctx, cancel := context.WithCancel(s.run.ctx)
	var workers sync.WaitGroup
	socket, err := listenControl(ctx, s.app, s.config.DataDir)
	if err != nil {
		s.log.Warn().Err(err).Msg("commands can't reach this server: no socket in the data directory")
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve() }()
	workers.Go(func() { s.app.Run(ctx) })
	workers.Go(func() { keepHeap(ctx, s.percent, s.app.Hashed) })
	s.started()
	err = s.wait(signals, failed)
	cancel()
	if socket != nil {
		socket.close()
	}
	workers.Wait()
	return err
}

// wait handles signals until the server is to stop, then drains it.
func (s *serving) wait(signals <-chan os.Signal, failed <-chan error) error {
	for {
		select {
		case err := <-failed:
			return err
		case <-s.run.ctx.Done():
		case sig := <-signals:
			if sig == syscall.SIGHUP {
				s.reload()
				continue
			}
			s.log.Info().Str("signal", sig.String()).Msg("stopping")
		}
		s.notify("STOPPING=1")
		ctx, cancel := context.WithTimeout(context.Background(), s.config.Limits.Drain)
		defer cancel()
		if err := s.server.Shutdown(ctx); err != nil {
			s.log.Warn().Err(err).Msg("requests that still ran were cut")
		}
		return nil
	}
}

func (s *serving) notify(state string) {
	if err := notify(s.run.Environ, state); err != nil {
		s.log.Warn().Err(err).Msg("systemd can't be told")
	}
}

// started says where the server is and what an operator must know.
func (s *serving) started() {
	s.notify("READY=1")
	s.log.Info().Str("version", Version(s.run.Version)).Str("address", s.server.Address()).Str("data", s.config.DataDir).
		Int("pid", os.Getpid()).Msg("serving")
	if !s.server.Secure() && len(s.config.TrustedProxies) == 0 && !loopback(s.server.Address()) {
		s.log.Warn().Msg("plain HTTP: passwords and tokens travel readable; set tls.cert and tls.key, or trusted_proxies behind a proxy that speaks TLS")
	}
	if s.config.Gallery.Anonymous && s.config.Dialects.Gallery.Enabled {
		s.log.Warn().Msg("gallery.anonymous: the gallery API serves everybody without a sign-in")
	}
	fmt.Fprintf(s.run.Stdout, "stoa serves on %s\n", s.base())
	s.offerSetup()
}

// offerSetup prints the one-time link while nobody has set the server up.
func (s *serving) offerSetup() {
	needed, err := s.app.Setup.Needed(s.run.ctx)
	if err != nil || !needed {
		return
	}
	token, until, err := s.app.Setup.Link(s.run.ctx)
	if err != nil {
		s.log.Error().Err(err).Msg("no setup link can be made")
		return
	}
	fmt.Fprintf(s.run.Stdout, "Set it up in a browser (this link works once, until %s; SIGHUP or a restart makes a new one):\n  %s/console/setup#token=%s\n",
		until.In(s.config.Location()).Format(time.TimeOnly), s.base(), token)
}

// base is the address that people open.
func (s *serving) base() string {
	if s.config.PublicURL != "" {
		return strings.TrimRight(s.config.PublicURL, "/")
	}
	scheme := "http://"
	if s.server.Secure() {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(s.server.Address())
	if err != nil {
		return scheme + s.server.Address()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	return scheme + net.JoinHostPort(host, port)
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// reload takes up what can change while the server runs, and says what can't.
func (s *serving) reload() {
	c, err := s.run.load()
	if err != nil {
		s.log.Error().Err(err).Msg("not reloaded: the configuration has errors")
		return
	}
	if err := s.server.Reload(); err != nil {
		s.log.Error().Err(err).Msg("the certificate was not reloaded; the old one stays")
	}
	later := slices.DeleteFunc(s.config.Changed(c), func(key string) bool { return key == "log.level" })
	s.config.Log.Level = c.Log.Level
	s.levels.set(c.Log.Level)
	e := s.log.Info().Str("level", c.Log.Level)
	if len(later) > 0 {
		e = e.Strs("need_restart", later)
	}
	e.Msg("reloaded: log level and certificates")
	s.offerSetup()
}
