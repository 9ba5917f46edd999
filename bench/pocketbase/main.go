// Command pocketbase is the peer that the benchmarks compare stoa with: an
// unmodified PocketBase with an auth collection `accounts` (as many indexes as
// stoa's accounts have), the same collection as plain records `people`, and the
// subcommand `fill` that writes the records to start from. Everything else,
// `serve` above all, is PocketBase's own command line.
package main

import (
	"log"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
)

func main() {
	app := pocketbase.NewWithConfig(pocketbase.Config{
		HideStartBanner: true,
		DBConnect:       connect,
	})
	app.RootCmd.PersistentFlags().BoolVar(&durable, "durable", false, "sync every commit (SQLite synchronous=FULL); PocketBase's own default does not")
	app.RootCmd.AddCommand(fillCommand(app))
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

// durable is the value of the flag of that name.
var durable bool

// connect opens the database with PocketBase's own settings, or the same with
// every commit synced.
func connect(path string) (*dbx.DB, error) {
	if !durable {
		return core.DefaultDBConnect(path)
	}
	return dbx.Open("sqlite", path+"?"+strings.Join([]string{
		"_pragma=busy_timeout(10000)",
		"_pragma=journal_mode(WAL)",
		"_pragma=journal_size_limit(200000000)",
		"_pragma=synchronous(FULL)",
		"_pragma=foreign_keys(ON)",
		"_pragma=temp_store(MEMORY)",
		"_pragma=cache_size(-32000)",
	}, "&"))
}

// fillCommand makes the collections, an administrator and the records.
func fillCommand(app *pocketbase.PocketBase) *cobra.Command {
	var count, signers int
	var admin, password string
	command := &cobra.Command{
		Use:          "fill",
		Short:        "Make the collections and fill them",
		SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			if err := app.RunAllMigrations(); err != nil {
				return err
			}
			return fill(app, admin, password, count, signers)
		},
	}
	command.Flags().IntVar(&count, "count", 10_000, "records in accounts")
	command.Flags().IntVar(&signers, "signers", 100, "how many of them can sign in with --password")
	command.Flags().StringVar(&admin, "admin", "root@example.com", "e-mail of the administrator")
	command.Flags().StringVar(&password, "password", "", "password of the administrator and of the signers")
	return command
}
