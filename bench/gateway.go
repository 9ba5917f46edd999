//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // Kodo's hash, which the bare loop has to make too
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// gateway is versitygw over a directory: a real S3 server that writes files and
// does not sync them.
type gateway struct {
	process *process
	sign    *minio.Client
	data    string
}

func startGateway(ctx context.Context, tool, dir string) (*gateway, error) {
	const access, secret = "bench-access", "bench-secret-0123456789"
	g := &gateway{data: filepath.Join(dir, "data")}
	meta := filepath.Join(dir, "meta")
	if err := errors.Join(os.MkdirAll(filepath.Join(g.data, shelf), 0o700), os.MkdirAll(meta, 0o700)); err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	if g.sign, err = minio.New(addr, &minio.Options{Creds: credentials.NewStaticV4(access, secret, ""), Region: "us-east-1", BucketLookup: minio.BucketLookupPath}); err != nil {
		return nil, err
	}
	g.process, err = startProcess("versitygw", addr, dir, tool, []string{"--quiet", "--keep-alive", "--port", addr, "posix", "--sidecar", meta, g.data},
		[]string{"ROOT_ACCESS_KEY=" + access, "ROOT_SECRET_KEY=" + secret})
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var d net.Dialer
		if c, err := d.DialContext(ctx, "tcp", addr); err == nil {
			return g, c.Close()
		}
	}
	return nil, errors.Join(errors.New("versitygw does not listen"), g.process.stop())
}

// url is a signed address; signing costs the client some tens of microseconds.
func (g *gateway) url(ctx context.Context, method, name string) string {
	u, err := g.sign.Presign(ctx, method, shelf, name, time.Hour, nil)
	if err != nil {
		return "unsigned: " + err.Error()
	}
	return u.String()
}

// request is a signed PUT as it goes over the wire.
func (g *gateway) request(ctx context.Context, name string, data []byte) []byte {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, g.url(ctx, http.MethodPut, name), nil)
	if err != nil {
		return nil // the server refuses it
	}
	return fmt.Appendf(nil, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", r.URL.RequestURI(), r.Host, len(data), data)
}

func (g *gateway) put(ctx context.Context, client *http.Client, name string, data []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, g.url(ctx, http.MethodPut, name), bytes.NewReader(data))
	if err != nil {
		return err
	}
	return do(client, r)
}

// sync makes a file that was put durable.
func (g *gateway) sync(name string) error {
	for _, path := range []string{filepath.Join(g.data, shelf, name), filepath.Join(g.data, shelf)} {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// bare is the least that a server does: it takes bytes from a socket, hashes them,
// writes them to a file and syncs it; or copies a file to a socket.
type bare struct {
	dir      string
	up, down net.Listener
}

func listenBare(dir string) (*bare, error) {
	b := &bare{dir: dir}
	var config net.ListenConfig
	var err error
	if b.up, err = config.Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if b.down, err = config.Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, b.up.Close())
	}
	go serveBare(b.up, b.take)
	go serveBare(b.down, b.give)
	return b, nil
}

func (b *bare) close() { _ = errors.Join(b.up.Close(), b.down.Close()) }

// clear removes what was put: a run shall not fill the disk.
func (b *bare) clear() error {
	files, err := filepath.Glob(filepath.Join(b.dir, "put-*"))
	for _, f := range files {
		err = errors.Join(err, os.Remove(f))
	}
	return err
}

func serveBare(l net.Listener, do func(*net.TCPConn) error) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			_ = do(c.(*net.TCPConn))
			_ = c.Close()
		}()
	}
}

// take stores what comes and answers one byte when it is on the disk.
func (b *bare) take(c *net.TCPConn) error {
	f, err := os.CreateTemp(b.dir, "put-")
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(io.MultiWriter(f, sha256.New(), sha1.New()), struct{ io.Reader }{c}, make([]byte, 256<<10)) //nolint:gosec // as above
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		_, err = c.Write([]byte{1})
	}
	return err
}

func (b *bare) give(c *net.TCPConn) error {
	f, err := os.Open(filepath.Join(b.dir, "down"))
	if err != nil {
		return err
	}
	_, err = io.Copy(c, f)
	return errors.Join(err, f.Close())
}

func (b *bare) send(_ string, data []byte) error {
	c, err := net.Dial("tcp", b.up.Addr().String())
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write(data); err != nil {
		return err
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	_, err = io.ReadFull(c, make([]byte, 1))
	return err
}

func (b *bare) fetch() error {
	c, err := net.Dial("tcp", b.down.Addr().String())
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{c}, make([]byte, 256<<10))
	return err
}
