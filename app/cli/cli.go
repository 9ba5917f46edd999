// Package cli is the command line: it reads flags and configuration, opens the
// domain, and either acts on it or runs the server around it. It knows no HTTP:
// the server is given to it by main.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/rs/zerolog"

	"stoa/app"
)

// Exit codes of the program.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Server is the listener with everything behind it.
type Server interface {
	Address() string // host:port
	Secure() bool    // speaks TLS
	Serve() error    // until Shutdown
	Shutdown(context.Context) error
	Reload() error // certificates
}

// Program is what main gives to the command line.
type Program struct {
	Args    []string // without the program's name
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Environ []string
	Version string
	Listen  func(a *app.App, log *zerolog.Logger, version string) (Server, error)
}

// command is one subcommand.
type command struct {
	name  string // "account reset"
	args  string // of its usage line
	short string // for the list of commands
	long  string // what help adds
	nargs int    // how many arguments it takes; -1 = at most one
	flags func(*flag.FlagSet, *options)
	run   func(*run) error
}

// options are the values of all flags.
type options struct {
	config, data, listen, logLevel string
	admin                          string
	passwordStdin, sample          bool
	bulk                           bulk
	key, fingerprint               string
	withKey, endSessions           bool
	newKey                         string
}

// run is one invocation.
type run struct {
	*Program
	command command
	options options
	args    []string
	ctx     context.Context
	newKey  string // text of the master key to change to
}

// usageError is a mistake in how the program was called.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// commands lists the subcommands in the order of help.
func commands() []command {
	return []command{
		{name: "serve", short: "run the server (also without any command)", flags: serveFlags, run: serve,
			long: "SIGTERM ends it after running requests have finished; SIGHUP reads log level and certificates again."},
		{name: "init", short: "set up without a browser", flags: initFlags, run: ask,
			long: "Makes the first administrator; the password is read from standard input, one line."},
		{name: "account reset", args: "NAME", nargs: 1, short: "one-time link for a locked-out account; its second factor goes off", run: ask},
		{name: "audit export", args: "FILE", nargs: 1, short: "write the action log into a file that proves itself, also while the server runs", run: exportAudit},
		{name: "audit verify", args: "[FILE]", nargs: -1, short: "verify the action log's chains, or an exported one without any store", flags: auditFlags, run: auditVerify,
			long: "With FILE nothing else is read: it works on any machine. --key says which installation must have signed it."},
		{name: "import", args: "KIND FILE", nargs: 2, short: "import accounts: accounts (xlsx, csv), ruoyi, pcloud or casdoor", flags: importFlags, run: ask,
			long: "The file is checked first, and nothing is written when a row has an error, unless --skip-errors is given."},
		{name: "check", short: "verify every row, every index and the action log", run: ask},
		{name: "backup verify", args: "FILE", nargs: 1, short: "look whether a backup is what was written", run: verifyBackup},
		{name: "backup", args: "FILE", nargs: 1, short: "back everything up into a file, also while the server runs", flags: backupFlags, run: makeBackup},
		{name: "restore", args: "FILE", nargs: 1, short: "make a new data directory (--data) from a backup, and check it", flags: restoreFlags, run: restore},
		{name: "rotate-key", short: "change the master key, also while the server runs", flags: rotateFlags, run: rotateKey,
			long: "A key that lies beside the data is replaced by a new one. One that comes from elsewhere you replace: name the new one with --new, or give it as the credential new-master-key or in STOA_NEW_MASTER_KEY. Interrupted, it is completed at the next start, or by running it again."},
		{name: "config", args: "[check]", nargs: -1, short: "show the configuration in effect, or test it", flags: serveFlags, run: showConfig},
		{name: "version", short: "show the version", run: showVersion},
		{name: "help", args: "[COMMAND]", nargs: -2, short: "show how a command is used", run: showHelp},
	}
}

// Main runs the program and gives its exit code: 0 done, 1 failed, 2 wrong usage.
func Main(ctx context.Context, p Program) int {
	r, err := p.parse(ctx)
	if err == nil {
		err = r.command.run(r)
	}
	var wrong usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &wrong):
		fmt.Fprintf(p.Stderr, "stoa: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(p.Stderr, "stoa: %v\n", err)
		return exitFailed
	}
}

// parse finds the command and its flags.
func (p *Program) parse(ctx context.Context) (*run, error) {
	c, rest, err := find(p.Args)
	if err != nil {
		return nil, err
	}
	r := &run{Program: p, command: c, ctx: ctx}
	set := flag.NewFlagSet(c.name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	if c.name != "version" && c.name != "help" {
		set.StringVar(&r.options.config, "config", lookup(p.Environ, "STOA_CONFIG"), "configuration `FILE` (TOML)")
		set.StringVar(&r.options.data, "data", "", "data `DIR`")
	}
	if c.flags != nil {
		c.flags(set, &r.options)
	}
	if r.args, err = interspersed(set, rest); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			c.describe(p.Stdout, set)
			return nil, err
		}
		return nil, usageError{fmt.Sprintf("%v; `stoa help %s` shows how it is used", err, c.name)}
	}
	return r, r.countArgs()
}

// interspersed parses flags before and after arguments.
func interspersed(set *flag.FlagSet, rest []string) (args []string, err error) {
	for {
		if err := set.Parse(rest); err != nil {
			return nil, err
		}
		rest = set.Args()
		if len(rest) == 0 {
			return args, nil
		}
		args, rest = append(args, rest[0]), rest[1:]
	}
}

func (r *run) countArgs() error {
	n, want := len(r.args), r.command.nargs
	if want >= 0 && n == want || want < 0 && n <= -want {
		return nil
	}
	return usageError{fmt.Sprintf("usage: stoa %s", strings.TrimSpace(r.command.name+" "+r.command.args))}
}

// find takes the command's words off the arguments; none is serve.
func find(args []string) (command, []string, error) {
	all := commands()
	if len(args) == 0 || strings.HasPrefix(args[0], "-") && args[0] != "--version" {
		return all[0], args, nil
	}
	if args[0] == "--version" {
		args = append([]string{"version"}, args[1:]...)
	}
	for _, c := range all {
		words := strings.Fields(c.name)
		if len(args) >= len(words) && strings.Join(args[:len(words)], " ") == c.name {
			return c, args[len(words):], nil
		}
	}
	return command{}, nil, usageError{fmt.Sprintf("there is no command %q; `stoa help` lists them", args[0])}
}

func serveFlags(set *flag.FlagSet, o *options) {
	set.StringVar(&o.listen, "listen", "", "listen on `ADDR` (host:port)")
	set.StringVar(&o.logLevel, "log-level", "", "log `LEVEL`: debug, info, warn, error")
}

func initFlags(set *flag.FlagSet, o *options) {
	set.StringVar(&o.admin, "admin", "", "`NAME` of the first administrator")
	set.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from standard input")
	set.BoolVar(&o.sample, "sample", false, "load the sample data too")
}

// load reads and checks the configuration; flags win.
func (r *run) load() (app.Config, error) {
	c, err := app.Load(r.options.config, r.Environ)
	if err != nil {
		return c, err
	}
	for _, f := range []struct {
		value string
		into  *string
	}{{r.options.data, &c.DataDir}, {r.options.listen, &c.Listen}, {r.options.logLevel, &c.Log.Level}} {
		if f.value != "" {
			*f.into = f.value
		}
	}
	if err := c.Check(); err != nil {
		return c, fmt.Errorf("the configuration has errors:\n%w", err)
	}
	return c, nil
}

// lookup is a variable of an environment.
func lookup(environ []string, name string) string {
	for _, kv := range environ {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v
		}
	}
	return ""
}
