//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Kodo's signature
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"stoa/bench/load"
)

const (
	smallFile    = 4 << 10
	bigFile      = 64 << 20
	smallClients = 16
	bigClients   = 4
	prepared     = 10_000        // requests of a round, which ends early when they are used up
	shelf        = "bench-files" // the bucket's name, on both sides
)

// storing is the two servers that take files, and a client for both.
type storing struct {
	*bench
	client  *http.Client
	token   string // Kodo's, for any file of the bucket
	gateway *gateway
	next    atomic.Int64
	dir     string // of the bare loops
}

// storage: small files and big ones, up and down, beside versitygw, which does not
// sync, and beside bare loops in this process that do what can't be left out.
func (b *bench) storage(ctx context.Context) error {
	tool := os.Getenv("STOA_VERSITYGW")
	if tool == "" {
		var err error
		if tool, err = exec.LookPath("versitygw"); err != nil {
			b.skip("files beside versitygw", "versitygw is not installed")
			return nil
		}
	}
	s := &storing{bench: b, dir: filepath.Join(b.dir, "bare"), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: smallClients,
		WriteBufferSize: 256 << 10, ReadBufferSize: 256 << 10, DisableCompression: true}}}
	defer s.client.CloseIdleConnections()
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	var err error
	if s.token, err = s.uploadToken(ctx); err != nil {
		return err
	}
	if s.gateway, err = startGateway(ctx, tool, filepath.Join(b.dir, "gateway")); err != nil {
		return err
	}
	b.up = append(b.up, s.gateway.process)
	return errors.Join(s.small(ctx), s.big(ctx), b.halt(s.gateway.process))
}

// uploadToken makes a public bucket and an access key and signs a token with it.
func (s *storing) uploadToken(ctx context.Context) (string, error) {
	if _, err := s.stoa.call(ctx, http.MethodPost, "/v1/buckets", `{"name":"`+shelf+`","private":false}`); err != nil {
		return "", err
	}
	key, err := s.stoa.call(ctx, http.MethodPost, "/v1/access-keys", `{"name":"bench"}`)
	if err != nil {
		return "", err
	}
	policy, err := json.Marshal(map[string]any{"scope": shelf, "deadline": time.Now().Add(time.Hour).Unix()})
	if err != nil {
		return "", err
	}
	text := base64.URLEncoding.EncodeToString(policy)
	sign := hmac.New(sha1.New, fmt.Append(nil, key["secret_key"]))
	_, _ = sign.Write([]byte(text))
	return fmt.Sprintf("%s:%s:%s", key["access_key"], base64.URLEncoding.EncodeToString(sign.Sum(nil)), text), nil
}

// loop lets clients do something over and over for a round, and gives how often a
// second they did.
func (s *storing) loop(clients int, do func(name string) error) func() (float64, error) {
	return func() (float64, error) {
		var done atomic.Int64
		var failed atomic.Pointer[error]
		var all sync.WaitGroup
		begun := time.Now()
		for range clients {
			all.Go(func() {
				for time.Since(begun) < s.span && failed.Load() == nil {
					if err := do(fmt.Sprintf("file-%08d", s.next.Add(1))); err != nil {
						failed.Store(&err)
						return
					}
					done.Add(1)
				}
			})
		}
		all.Wait()
		if err := failed.Load(); err != nil {
			return 0, *err
		}
		return float64(done.Load()) / time.Since(begun).Seconds(), nil
	}
}

// small files go through the client that sends prepared bytes: names, forms and
// signed addresses are made before a round begins.
func (s *storing) small(ctx context.Context) error {
	data := bytes.Repeat([]byte("0123456789abcdef"), smallFile/16)
	round := func(addr string, request func(name string) []byte, after func(name string) error) func() (float64, error) {
		return func() (float64, error) {
			names, requests := make([]string, prepared), make([][]byte, prepared)
			for i := range names {
				names[i] = fmt.Sprintf("file-%08d", s.next.Add(1))
				requests[i] = request(names[i])
			}
			var from int // of the part of the round that is under way
			plan := load.Plan{Addr: addr, Conns: smallClients, Want: http.StatusOK, For: s.warm, Most: prepared / 5}
			plan.Next = func(n int) []byte { return requests[from+n] }
			if after != nil {
				plan.After = func(n int) error { return after(names[from+n]) }
			}
			warm := load.Run(ctx, plan)
			from, plan.For, plan.Most = prepared/5, s.span, prepared-prepared/5
			got := load.Run(ctx, plan)
			return got.Rate(), errors.Join(warm.Err(), got.Err())
		}
	}
	put := func(name string) []byte { return s.gateway.request(ctx, name, data) }
	v, err := s.inTurns(
		round(s.stoa.addr, func(name string) []byte { return s.formRequest(name, data, len(data)) }, nil),
		round(s.gateway.process.addr, put, nil),
		round(s.gateway.process.addr, put, s.gateway.sync))
	if err != nil {
		return err
	}
	s.addShare("4 KiB form uploads, 16 clients, durable; beside versitygw, which does not sync", "files/s", v[0], v[1], atLeast(0.8, "0.8 × versitygw"))
	s.addShare("the same beside versitygw with a sync of the file and its directory after each put", "files/s", v[0], v[2], atLeast(2, "2 × that"))
	return nil
}

// formRequest is a form as it goes over the wire; size is the file's, whose bytes
// data stands for.
func (s *storing) formRequest(name string, data []byte, size int) []byte {
	const boundary = "bench-7f1c0d8e5a3b49d2a6c4"
	var body bytes.Buffer
	for _, f := range [][2]string{{"token", s.token}, {"key", name}} {
		fmt.Fprintf(&body, "--%s\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", boundary, f[0], f[1])
	}
	fmt.Fprintf(&body, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=%q\r\nContent-Type: application/octet-stream\r\n\r\n", boundary, name)
	fmt.Fprintf(&body, "%s\r\n--%s--\r\n", data, boundary)
	return fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; boundary=%s\r\nContent-Length: %d\r\n\r\n%s",
		s.stoa.addr, boundary, body.Len()-len(data)+size, body.Bytes())
}

func (s *storing) big(ctx context.Context) error {
	data := make([]byte, bigFile)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data) // as pictures and films are; never fails
	if err := errors.Join(s.form("down", data), s.gateway.put(ctx, s.client, "down", data), os.WriteFile(filepath.Join(s.dir, "down"), data, 0o600)); err != nil {
		return err
	}
	floor, err := listenBare(s.dir)
	if err != nil {
		return err
	}
	defer floor.close()
	v, err := s.inTurns(
		s.loop(bigClients, func(name string) error { return s.form(name, data) }),
		func() (float64, error) {
			v, err := s.loop(bigClients, func(name string) error { return floor.send(name, data) })()
			return v, errors.Join(err, floor.clear())
		},
		s.loop(bigClients, func(string) error { return s.fetch(ctx, "http://"+s.stoa.addr+"/"+shelf+"/down") }),
		s.loop(bigClients, func(string) error { return s.fetch(ctx, s.gateway.url(ctx, http.MethodGet, "down")) }),
		s.loop(bigClients, func(string) error { return floor.fetch() }))
	if err != nil {
		return err
	}
	const mega = bigFile / 1e6
	s.addShare("64 MiB uploads, 4 clients, beside a bare loop: socket, SHA-256 and SHA-1, file, fsync", "MB/s", v[0]*mega, v[1]*mega, atLeast(0.9, "≥ 0.9 × the bare loop"))
	s.addShare("64 MiB downloads, 4 clients, beside versitygw", "MB/s", v[2]*mega, v[3]*mega, atLeast(1, "1.0 × versitygw"))
	s.addShare("the same beside a file copied to a socket", "MB/s", v[2]*mega, v[4]*mega, atLeast(0.8, "≥ 80 %"))
	return nil
}

// form uploads as Kodo's form does, over a connection of its own as the bare loop's
// client.
func (s *storing) form(name string, data []byte) error {
	const mark = "\x00"
	head, tail, _ := bytes.Cut(s.formRequest(name, []byte(mark), len(data)), []byte(mark))
	c, err := net.Dial("tcp", s.stoa.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := (&net.Buffers{head, data, tail}).WriteTo(c); err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("an upload was answered %s: %.500s", answer.Status, text)
	}
	return err
}

func (s *storing) fetch(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	return do(s.client, r)
}

// do sends a request and reads the answer to its end.
func do(client *http.Client, r *http.Request) error {
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 500))
		return fmt.Errorf("%s %s answered %s: %s", r.Method, r.URL.Path, answer.Status, text)
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, answer.Body, make([]byte, 256<<10))
	return err
}
