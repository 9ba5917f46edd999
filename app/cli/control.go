package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"stoa/app"
)

// socketName is the socket in the data directory through which commands reach
// the server that has the directory open. Only its owner can.
const socketName = "control.sock"

// request is a command that is done on an opened store, by the process that
// has it open.
type request struct {
	Command  string   `json:"command"`
	Args     []string `json:"args,omitempty"`
	Admin    string   `json:"admin,omitempty"`
	Password string   `json:"password,omitempty"`
	Sample   bool     `json:"sample,omitempty"`
	Bulk     bulk     `json:"bulk,omitzero"`
	WithKey  bool     `json:"with_key,omitempty"`
	NewKey   string   `json:"new_key,omitempty"` // text of a master key
}

// reply is what the command printed and why it failed; Error "" = done.
type reply struct {
	Output string `json:"output"`
	Error  string `json:"error,omitempty"`
}

// maxRequest bounds a request on the socket, in bytes.
const maxRequest = 64 << 10

// errNoServer means that no server has the directory open.
var errNoServer = errors.New("no server listens")

// callServer asks the server that has the directory open.
func callServer(dir string, in request, out io.Writer) error {
	c, done, err := dial(dir)
	if err != nil {
		return err
	}
	defer done()
	if err := json.NewEncoder(c).Encode(in); err != nil {
		return fmt.Errorf("asking the server: %w", err)
	}
	var r reply
	if err := json.NewDecoder(c).Decode(&r); err != nil {
		return fmt.Errorf("the server ended before it answered: %w", err)
	}
	if _, err := io.WriteString(out, r.Output); err != nil {
		return err
	}
	if r.Error != "" {
		return errors.New(r.Error)
	}
	return nil
}

// dial reaches the server that has the directory open, or answers errNoServer.
// done closes the connection.
func dial(dir string) (c *net.UnixConn, done func(), err error) {
	address, close, err := socketAddress(dir)
	if err != nil {
		return nil, nil, errNoServer
	}
	c, err = net.DialUnix("unix", nil, address)
	if err != nil {
		close()
		return nil, nil, errNoServer
	}
	return c, func() { c.Close(); close() }, nil
}

// socketAddress reaches the socket by the open directory: the path of a
// socket may hold no more than some hundred bytes. done closes the directory.
func socketAddress(dir string) (a *net.UnixAddr, done func(), err error) {
	name := filepath.Join(dir, socketName)
	if len(name) < 100 {
		return &net.UnixAddr{Name: name, Net: "unix"}, func() {}, nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	name = fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), socketName)
	return &net.UnixAddr{Name: name, Net: "unix"}, func() { d.Close() }, nil
}

// control is the server's end of the socket.
type control struct {
	listener *net.UnixListener
	done     func()
	wait     sync.WaitGroup
}

// listenControl opens the socket. The caller holds the directory's lock, so a
// socket that is there was left by a server that was killed.
func listenControl(ctx context.Context, a *app.App, dir string) (*control, error) {
	path := filepath.Join(dir, socketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	address, done, err := socketAddress(dir)
	if err != nil {
		return nil, err
	}
	l, err := net.ListenUnix("unix", address)
	if err != nil {
		done()
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		done()
		return nil, err
	}
	c := &control{listener: l, done: func() { os.Remove(path); done() }}
	c.wait.Go(func() { c.accept(ctx, a) })
	return c, nil
}

func (c *control) accept(ctx context.Context, a *app.App) {
	for {
		conn, err := c.listener.AcceptUnix()
		if err != nil {
			return
		}
		c.wait.Go(func() {
			defer conn.Close()
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			answer(ctx, a, conn)
		})
	}
}

// answer does one command for the other end.
func answer(ctx context.Context, a *app.App, conn net.Conn) {
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	var in request
	if json.NewDecoder(io.LimitReader(conn, maxRequest)).Decode(&in) != nil {
		return
	}
	switch in.Command {
	case "backup":
		answerPieces(conn, func(out io.Writer) error {
			_, err := a.Backup.Write(ctx, system(), out, in.WithKey)
			return err
		})
		return
	case "rotate-key":
		// It goes on when who asked goes away.
		answerPieces(conn, func(out io.Writer) error { return changeKey(ctx, a, in.NewKey, true, out) })
		return
	case "audit export":
		answerPieces(conn, func(out io.Writer) error { return a.Audit.Export(ctx, system(), out) })
		return
	}
	var out bytes.Buffer
	var r reply
	if err := do(ctx, a, in, &out); err != nil {
		r.Error = err.Error()
	}
	r.Output = out.String()
	_ = json.NewEncoder(conn).Encode(r) // who asked may have gone
}

// close ends the socket; commands that run are ended by the context.
func (c *control) close() {
	c.listener.Close()
	c.wait.Wait()
	c.done()
}
