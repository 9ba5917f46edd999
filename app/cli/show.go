package cli

import (
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"stoa/app"
)

// showConfig prints the configuration in effect, or only tests it.
func showConfig(r *run) error {
	if len(r.args) == 1 && r.args[0] != "check" {
		return usageError{"usage: stoa config [check]"}
	}
	c, err := r.load()
	if err != nil {
		return err
	}
	for _, name := range app.UnknownEnv(r.Environ) {
		fmt.Fprintf(r.Stderr, "stoa: the environment variable %s means nothing\n", name)
	}
	if len(r.args) == 1 {
		fmt.Fprintln(r.Stdout, "The configuration is good.")
		return nil
	}
	_, err = io.WriteString(r.Stdout, c.TOML())
	return err
}

func showVersion(r *run) error {
	_, err := fmt.Fprintf(r.Stdout, "stoa %s (%s, %s/%s)\n", Version(r.Version), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// Version is the release when the build was given one, else the revision of
// the sources where the toolchain recorded it.
func Version(release string) string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return "dev-" + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return "dev"
}

func showHelp(r *run) error {
	if len(r.args) == 0 {
		fmt.Fprint(r.Stdout, "stoa: one system of accounts behind many documented APIs\n\nCommands:\n")
		for _, c := range commands() {
			fmt.Fprintf(r.Stdout, "  %-22s %s\n", strings.TrimSpace(c.name+" "+c.args), c.short)
		}
		fmt.Fprint(r.Stdout, "\nFlags win over the environment (STOA_…), that over the file, that over the defaults.\n"+
			"Exit codes: 0 done, 1 failed, 2 wrong usage.\n")
		return nil
	}
	c, _, err := find(r.args)
	if err != nil {
		return err
	}
	set := flag.NewFlagSet(c.name, flag.ContinueOnError)
	var o options
	if c.name != "version" && c.name != "help" {
		set.StringVar(&o.config, "config", "", "configuration `FILE` (TOML); also STOA_CONFIG")
		set.StringVar(&o.data, "data", "", "data `DIR`")
	}
	if c.flags != nil {
		c.flags(set, &o)
	}
	c.describe(r.Stdout, set)
	return nil
}

// describe prints a command's help.
func (c command) describe(w io.Writer, set *flag.FlagSet) {
	fmt.Fprintf(w, "Usage: stoa %s\n\n%s\n", strings.TrimSpace(c.name+" "+c.args+" [flags]"), c.short)
	if c.long != "" {
		fmt.Fprintln(w, c.long)
	}
	fmt.Fprintln(w)
	set.SetOutput(w)
	set.PrintDefaults()
}
