// Command stoa is one system of accounts behind five documented APIs, a native
// API and a console. It has no logic of its own: app is the domain, api the
// wire, app/cli the command line.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // zones on machines that have none

	"github.com/rs/zerolog"

	"stoa/api"
	"stoa/app"
	"stoa/app/cli"
)

// version is set by release builds: -ldflags "-X main.version=1.2.3".
var version string

func main() {
	os.Exit(cli.Main(context.Background(), cli.Program{
		Args:    os.Args[1:],
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Environ: os.Environ(),
		Version: version,
		Listen:  listen,
	}))
}

// listen gives the command line its server.
func listen(a *app.App, log *zerolog.Logger, version string) (cli.Server, error) {
	return api.Listen(a, log, version)
}
