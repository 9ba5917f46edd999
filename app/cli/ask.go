package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"stoa/app"
	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/setup"
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
	in := request{Command: r.command.name, Args: r.args, Admin: r.options.admin, Sample: r.options.sample, Bulk: r.options.bulk}
	if r.command.name == "import" {
		var err error
		in.Args, err = r.importFile()
		return in, err
	}
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
	case "import":
		return takeIn(ctx, a, in, out)
	}
	return fmt.Errorf("this server has no command %q: it may be of another version", in.Command)
}

// system is the command line as an actor.
func system() access.Actor { return access.System("cli") }

// initialise makes the first administrator.
func initialise(ctx context.Context, a *app.App, in request, out io.Writer) error {
	made, err := a.Setup.Init(ctx, system(), setup.Admin{Name: in.Admin, Password: in.Password, Sample: in.Sample})
	if err != nil {
		return said(err)
	}
	fmt.Fprintf(out, "%s is the super administrator now.\n", made.Name)
	return nil
}

// resetAccount makes a one-time link to choose a password by.
func resetAccount(ctx context.Context, a *app.App, in request, out io.Writer) error {
	link, until, err := a.Account.ResetLink(ctx, system(), in.Args[0])
	if err != nil {
		return said(err)
	}
	fmt.Fprintf(out, "Choose a new password for %s by this link (once, until %s); the second factor is off:\n  %s\n",
		in.Args[0], until.In(a.Config.Location()).Format(time.DateTime), link)
	return nil
}

// check verifies the store and the action log.
func check(ctx context.Context, a *app.App, out io.Writer) error {
	r, err := a.System.Verify(ctx, system())
	if err != nil {
		return said(err)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(out, "store: %s\n", p)
	}
	if n := len(r.Problems); n == 0 {
		fmt.Fprintf(out, "store: %d rows and %d index entries agree, and the files that they name are whole\n", r.Rows, r.Entries)
	} else {
		err = fmt.Errorf("the store has %d problems", n)
	}
	return errors.Join(err, verifyAudit(ctx, a, out))
}

// said is an error in the words meant for people; what is unexpected keeps its
// cause, because here the operator is the reader.
func said(err error) error {
	var f *fault.Fault
	if errors.As(err, &f) && f.Kind != fault.Internal {
		return errors.New(f.Text)
	}
	return err
}

// isStore reports whether dir holds a store, so that a command that only reads
// does not make an empty one.
func isStore(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "store"))
	return err == nil
}
