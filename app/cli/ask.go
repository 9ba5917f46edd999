package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"stoa/app"
	"stoa/app/access"
)

// ask does a command on the store: through the server that has it open, else
// by opening it here.
func ask(r *run) error {
	in, err := r.request()
	if err != nil {
		return err
	}
	c, err := r.load()
	if err != nil {
		return err
	}
	if err := callServer(c.DataDir, in, r.Stdout); !errors.Is(err, errNoServer) {
		return err
	}
	a, err := r.open(c, func(err error) { fmt.Fprintf(r.Stderr, "stoa: %v\n", err) })
	if err != nil {
		return err
	}
	return errors.Join(do(r.ctx, a, in, r.Stdout), a.Close())
}

// maxPassword bounds the line that is read as a password, in bytes.
const maxPassword = 4 << 10

// request reads what the command needs besides the store.
func (r *run) request() (request, error) {
	in := request{Command: r.command.name, Args: r.args, Admin: r.options.admin, Sample: r.options.sample}
	if r.command.name != "init" {
		return in, nil
	}
	if in.Admin == "" || !r.options.passwordStdin {
		return in, usageError{"usage: stoa init --data DIR --admin NAME --password-stdin [--sample]"}
	}
	line, err := bufio.NewReader(io.LimitReader(r.Stdin, maxPassword)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return in, fmt.Errorf("reading the password: %w", err)
	}
	in.Password = strings.TrimRight(line, "\r\n")
	if in.Password == "" {
		return in, usageError{"the password is missing: send it as one line on standard input"}
	}
	return in, nil
}

// do does a command on the opened store.
func do(ctx context.Context, a *app.App, in request, out io.Writer) error {
	switch in.Command {
	case "init":
		return initialise(ctx, a, in, out)
	case "account reset":
		return resetAccount(ctx, a, in, out)
	case "audit verify":
		return verifyAudit(ctx, a, out)
	case "check":
		return check(ctx, a, out)
	}
	return fmt.Errorf("this server has no command %q: it may be of another version", in.Command)
}

// system is the command line as an actor.
func system() access.Actor { return access.System("cli") }
