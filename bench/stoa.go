//go:build linux

package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"stoa/bench/load"
)

// fillConns are the connections that fill stoa, and that the create row drives.
const fillConns = 64

// stoa is the server under test with its defaults, except that it believes the
// forwarded address of a proxy on this machine: a client behind one address
// would run into the limit of sign-ins an address may try.
type stoa struct {
	place
	count   int // accounts to fill it with
	clients atomic.Uint32
}

func (s *stoa) name() string { return "stoa" }

func (s *stoa) data() string { return filepath.Join(s.dir, "data") }

// fill sets the installation up and makes the accounts through the API, as a
// client would: there is no other door into the store.
func (s *stoa) fill(ctx context.Context) error {
	if _, err := command(ctx, s.dir, password+"\n", s.bin, "init", "--data", s.data(), "--admin", "root", "--password-stdin"); err != nil {
		return err
	}
	p, err := s.start(ctx)
	if err != nil {
		return err
	}
	if _, err := p.waitFor(ctx, "/readyz", ""); err != nil {
		return err
	}
	if err := s.fillThrough(ctx); err != nil {
		_ = p.stop()
		return err
	}
	return p.stop()
}

func (s *stoa) fillThrough(ctx context.Context) error {
	if err := s.signIn(ctx); err != nil {
		return err
	}
	made := load.Run(ctx, load.Plan{
		Addr: s.addr, Conns: fillConns, For: 10 * time.Minute, Most: s.count, Want: s.createStatus(),
		Next: func(n int) []byte { return s.account("user", "139", n, n < signers) },
	})
	if err := made.Err(); err != nil {
		return fmt.Errorf("filling stoa: %w", err)
	}
	if made.Done != s.count {
		return fmt.Errorf("filling stoa: %d of %d accounts made", made.Done, s.count)
	}
	return nil
}

func (s *stoa) start(context.Context) (*process, error) {
	return startProcess(s.name(), s.addr, s.dir, s.bin,
		[]string{"serve", "--data", s.data(), "--listen", s.addr}, []string{"STOA_TRUSTED_PROXIES=127.0.0.1/32"})
}

func (s *stoa) signIn(ctx context.Context) error {
	var answer struct{ Token string }
	err := post(ctx, s.addr, "/v1/sessions", map[string]string{"login": "root", "password": password}, &answer)
	s.token = answer.Token
	return err
}

func (s *stoa) listPath() string { return "/v1/accounts?limit=10&page=1" }

func (s *stoa) list(page int) []byte {
	return load.Request("GET", fmt.Sprintf("/v1/accounts?limit=10&page=%d", page), s.bearer(), nil)
}

func (s *stoa) me() []byte { return load.Request("GET", "/v1/me", s.bearer(), nil) }

func (s *stoa) create(n int) []byte { return s.account("new", "137", n, false) }

// account is a request that makes an account: with a password to be hashed for
// those that sign in later, else with a hash that is stored as it is.
func (s *stoa) account(prefix, phone string, n int, signs bool) []byte {
	secret := fmt.Sprintf(`"password_hash":%q`, givenHash)
	if signs {
		secret = fmt.Sprintf(`"password":%q`, password)
	}
	body := fmt.Sprintf(`{"name":"%s%07d","email":"%s%07d@example.com","nickname":"User %d","phone":"%s%08d","tenant":1,"roles":[6],%s}`,
		prefix, n, prefix, n, n, phone, n, secret)
	return load.Request("POST", "/v1/accounts", s.bearer(), []byte(body))
}

func (s *stoa) createStatus() int { return http.StatusCreated }
func (s *stoa) loginStatus() int  { return http.StatusCreated }

// login comes from another client address each time, as sign-ins of many people do.
func (s *stoa) login(n int) []byte {
	who := s.clients.Add(1)
	from := fmt.Sprintf("X-Forwarded-For: 10.%d.%d.%d", who>>16&255, who>>8&255, who&255)
	body := fmt.Sprintf(`{"login":"user%07d","password":%q}`, n%signers, password)
	return load.Request("POST", "/v1/sessions", []string{from}, []byte(body))
}

func b64(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) }
