//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/argon2"

	"stoa/bench/load"
)

// The measured data: 10,000 accounts, the first of which can sign in.
const (
	accounts = 10_000
	signers  = 100
	password = "seven lanterns over the bay"
)

// peer is one of the servers compared, seen through what is asked of it.
type peer interface {
	name() string
	// fill makes an empty data directory with the accounts in it.
	fill(ctx context.Context) error
	// start serves that directory; signIn fetches the administrator's token.
	start(ctx context.Context) (*process, error)
	signIn(ctx context.Context) error
	list(page int) []byte
	listPath() string // what a cold start is timed with
	create(n int) []byte
	login(n int) []byte
	createStatus() int
	loginStatus() int
	authorization() string // the administrator's token
}

// place is what both peers need to run: a directory, a binary, an address.
type place struct {
	bin, dir, addr string
	token          string
}

func (p *place) authorization() string { return p.token }

func (p *place) bearer() []string { return []string{"Authorization: Bearer " + p.token} }

// pocketBase is PocketBase with its own defaults; with durable it syncs every
// commit, which it does not by itself.
type pocketBase struct {
	place
	count   int // accounts to fill it with
	durable bool
}

func (p *pocketBase) name() string { return "pocketbase" }

func (p *pocketBase) fill(ctx context.Context) error {
	_, err := command(ctx, p.dir, "", p.bin, "fill", "--dir", filepath.Join(p.dir, "data"),
		"--count", fmt.Sprint(p.count), "--signers", fmt.Sprint(signers), "--password", password)
	return err
}

func (p *pocketBase) start(ctx context.Context) (*process, error) {
	args := []string{"serve", "--dir", filepath.Join(p.dir, "data"), "--http", p.addr}
	if p.durable {
		args = append(args, "--durable")
	}
	return startProcess(p.name(), p.addr, p.dir, p.bin, args, nil)
}

func (p *pocketBase) signIn(ctx context.Context) error {
	var answer struct{ Token string }
	err := post(ctx, p.addr, "/api/collections/_superusers/auth-with-password",
		map[string]string{"identity": "root@example.com", "password": password}, &answer)
	p.token = answer.Token
	return err
}

// The pages come in the order of the table, which is the cheapest one for the peer.
func (p *pocketBase) listPath() string {
	return "/api/collections/accounts/records?perPage=10&page=1"
}

func (p *pocketBase) list(page int) []byte {
	path := fmt.Sprintf("/api/collections/accounts/records?perPage=10&page=%d", page)
	return load.Request("GET", path, p.bearer(), nil)
}

// create makes a plain record with the fields and indexes of an account and the
// hash as text: through an auth collection PocketBase would hash each time.
func (p *pocketBase) create(n int) []byte {
	body := fmt.Sprintf(`{"name":"new%08d","email":"new%08d@example.com","nickname":"New %d","phone":"137%08d","tenant":1,"role":6,"password_hash":%q}`,
		n, n, n, n, givenHash)
	return load.Request("POST", "/api/collections/people/records", p.bearer(), []byte(body))
}

func (p *pocketBase) createStatus() int { return http.StatusOK }
func (p *pocketBase) loginStatus() int  { return http.StatusOK }

func (p *pocketBase) login(n int) []byte {
	body := fmt.Sprintf(`{"identity":"user%07d","password":%q}`, n%signers, password)
	return load.Request("POST", "/api/collections/accounts/auth-with-password", nil, []byte(body))
}

// givenHash is a password hash for accounts that nobody signs in with.
var givenHash = phc("nobody signs in with this", "sixteen bytes ..")

func phc(password, salt string) string {
	hash := argon2.IDKey([]byte(password), []byte(salt), 2, 19*1024, 1, 32)
	return fmt.Sprintf("$argon2id$v=19$m=19456,t=2,p=1$%s$%s", b64(salt), b64(string(hash)))
}

// post sends one JSON request and decodes a successful answer.
func post(ctx context.Context, addr, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{Timeout: readyTime}
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("%s answered %s: %.300s", path, answer.Status, text)
	}
	return json.Unmarshal(text, out)
}

// command runs a program to its end and returns what it printed.
func command(ctx context.Context, dir, input, bin string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir, cmd.Stdin, cmd.Env = dir, strings.NewReader(input), os.Environ()
	text, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(bin), strings.Join(args, " "), err, text)
	}
	return string(text), nil
}
