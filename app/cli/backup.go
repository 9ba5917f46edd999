package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"stoa/app"
	"stoa/app/backup"
	"stoa/app/backup/archive"
)

func backupFlags(set *flag.FlagSet, o *options) {
	set.BoolVar(&o.withKey, "with-key", false, "put the master key into the backup too, if it lies beside the data: whoever has the file can then read every secret in it")
}

func restoreFlags(set *flag.FlagSet, o *options) {
	set.StringVar(&o.key, "key", "", "`FILE` with the master key, to be put beside the restored data")
	set.BoolVar(&o.endSessions, "end-sessions", false, "end all sign-ins that the backup brings back")
}

// makeBackup writes a backup of everything into a file: from the server, where
// one runs, else of the directory. It is read back while it is written.
func makeBackup(r *run) error {
	c, err := r.load()
	if err != nil {
		return err
	}
	path, err := filepath.Abs(r.args[0])
	if err != nil {
		return err
	}
	var sum archive.Summary
	err = backup.Save(path, func(out io.Writer) error {
		in, pipe := io.Pipe()
		read := make(chan error, 1)
		go func() {
			var err error
			sum, err = archive.Read(r.ctx, in, nil)
			in.CloseWithError(err)
			read <- err
		}()
		err := r.copyBackup(c, io.MultiWriter(out, pipe))
		pipe.CloseWithError(err)
		if readErr := <-read; err == nil {
			err = readErr
		}
		return err
	})
	if err != nil {
		return said(err)
	}
	fmt.Fprintf(r.Stdout, "%s: ", path)
	describeBackup(r.Stdout, sum)
	if !sum.WithKey {
		fmt.Fprintf(r.Stdout, "The master key %s is not in it and is needed to restore: keep a copy of it elsewhere (docs: Backup).\n", sum.Header.KeyID)
	}
	return nil
}

// copyBackup gets the backup from whoever has the store open.
func (r *run) copyBackup(c app.Config, out io.Writer) error {
	err := callPieces(c.DataDir, request{Command: "backup", WithKey: r.options.withKey}, out)
	if !errors.Is(err, errNoServer) {
		return err
	}
	if !isStore(c.DataDir) {
		return fmt.Errorf("there is nothing to back up in %s: name the data directory with --data", c.DataDir)
	}
	a, err := r.open(c, func(err error) { fmt.Fprintf(r.Stderr, "stoa: %v\n", err) })
	if err != nil {
		return err
	}
	_, err = a.Backup.Write(r.ctx, system(), out, r.options.withKey)
	return errors.Join(err, a.Close())
}

// describeBackup says what is in a backup.
func describeBackup(w io.Writer, sum archive.Summary) {
	fmt.Fprintf(w, "%d rows of %d tables and %d files, %d bytes, as of %s, by version %s\nSHA-256: %s\n", sum.Total(), len(sum.Rows), sum.Files,
		sum.Size, sum.Header.At.UTC().Format(time.RFC3339), sum.Header.Product, sum.SHA256)
}

// verifyBackup reads a backup and says what is in it. It needs no store.
func verifyBackup(r *run) error {
	sum, err := backup.VerifyFile(r.ctx, r.args[0])
	if err != nil {
		return err
	}
	fmt.Fprint(r.Stdout, "The backup is whole: ")
	describeBackup(r.Stdout, sum)
	tables := make([]uint16, 0, len(sum.Rows))
	for id := range sum.Rows {
		tables = append(tables, id)
	}
	slices.Sort(tables)
	for _, id := range tables {
		fmt.Fprintf(r.Stdout, "  %-24s %d\n", sum.Header.Tables[id], sum.Rows[id])
	}
	key := "is not in it: keep it elsewhere"
	if sum.WithKey {
		key = "is in it: keep the file as safe as the key"
	}
	fmt.Fprintf(r.Stdout, "Its master key %s %s.\n", sum.Header.KeyID, key)
	return nil
}

// restore makes a data directory from a backup.
func restore(r *run) error {
	if r.options.data == "" {
		return usageError{"usage: stoa restore FILE --data NEWDIR [--key FILE] [--end-sessions]"}
	}
	c, err := r.load()
	if err != nil {
		return err
	}
	keyless := ""
	in := app.Restore{File: r.args[0], Key: r.options.key,
		NoKey: func(err error) { keyless = err.Error() },
		Check: func(ctx context.Context, a *app.App) error { return r.checkRestored(ctx, a) }}
	if r.options.endSessions {
		in.NoKey = nil
	}
	sum, checked, err := app.Restored(r.ctx, c, app.Options{Getenv: r.getenv(), Version: Version(r.Version)}, in)
	if err != nil {
		return said(err)
	}
	fmt.Fprintf(r.Stdout, "Restored to %s: ", c.DataDir)
	describeBackup(r.Stdout, sum)
	if keyless != "" {
		fmt.Fprintf(r.Stdout, "Not checked, because the master key %s is missing: put it into %s (mode 0600) or where the configuration has it, then run `stoa check`.\n",
			sum.Header.KeyID, filepath.Join(c.DataDir, "master.key"))
		return nil
	}
	if checked != nil {
		return fmt.Errorf("the data was restored, but the check found problems: %w", checked)
	}
	fmt.Fprintf(r.Stdout, "It is as it was at %s. What happened since is not in it: raise max_id of segments that drew numbers since, and look at accounts that were disabled since (docs: Backup).\n",
		sum.Header.At.UTC().Format(time.RFC3339))
	if !r.options.endSessions {
		fmt.Fprintln(r.Stdout, "Sign-ins of that time hold again; --end-sessions would have ended them.")
	}
	return nil
}

// checkRestored ends the sessions, where that was asked for, and runs `check`.
func (r *run) checkRestored(ctx context.Context, a *app.App) error {
	if r.options.endSessions {
		n, err := a.Session.EndEveryone(ctx, system())
		if err != nil {
			return said(err)
		}
		fmt.Fprintf(r.Stdout, "%d sessions were ended\n", n)
	}
	return check(ctx, a, r.Stdout)
}
