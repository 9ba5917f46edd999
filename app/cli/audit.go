package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"stoa/app"
	"stoa/app/audit/proof"
	"stoa/app/backup"
)

func auditFlags(set *flag.FlagSet, o *options) {
	set.StringVar(&o.fingerprint, "key", "", "`FINGERPRINT` of the key that must have signed FILE, as the installation prints it")
}

// exportAudit writes the action log into a file: from the server, where one runs,
// else of the directory. It is verified while it is written.
func exportAudit(r *run) error {
	c, err := r.load()
	if err != nil {
		return err
	}
	path, err := filepath.Abs(r.args[0])
	if err != nil {
		return err
	}
	var found proof.Report
	err = backup.Save(path, func(out io.Writer) error {
		in, pipe := io.Pipe()
		read := make(chan error, 1)
		go func() {
			var err error
			found, err = proof.Verify(r.ctx, in, "")
			in.CloseWithError(err)
			read <- err
		}()
		err := r.copyAudit(c, io.MultiWriter(out, pipe))
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
	return describeAudit(r.Stdout, found)
}

// copyAudit gets the log from whoever has the store open.
func (r *run) copyAudit(c app.Config, out io.Writer) error {
	err := callPieces(c.DataDir, request{Command: "audit export"}, out)
	if !errors.Is(err, errNoServer) {
		return err
	}
	if !isStore(c.DataDir) {
		return fmt.Errorf("there is no action log in %s: name the data directory with --data", c.DataDir)
	}
	a, err := r.open(c, func(err error) { fmt.Fprintf(r.Stderr, "stoa: %v\n", err) })
	if err != nil {
		return err
	}
	return errors.Join(a.Audit.Export(r.ctx, system(), out), a.Close())
}

// auditVerify verifies the log of an installation, or a file by itself.
func auditVerify(r *run) error {
	if len(r.args) == 0 {
		if r.options.fingerprint != "" {
			return usageError{"--key goes with a file: stoa audit verify FILE --key FINGERPRINT"}
		}
		return ask(r)
	}
	f, err := os.Open(r.args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	found, err := proof.Verify(r.ctx, f, r.options.fingerprint)
	if err != nil {
		return err
	}
	if err := describeAudit(r.Stdout, found); err != nil {
		return err
	}
	if r.options.fingerprint == "" {
		fmt.Fprintln(r.Stdout, "Compare the key with the one that the installation prints (`stoa audit verify` there), or give it with --key: anybody can sign with a key of their own.")
	}
	return nil
}

// describeAudit says what is in an exported log, and fails if that is not what was
// written.
func describeAudit(w io.Writer, found proof.Report) error {
	fmt.Fprintf(w, "%d entries of %d organisations in %d rounds", found.Entries, found.Tenants, found.Rounds)
	if found.Entries > 0 {
		fmt.Fprintf(w, ", from %s to %s", found.From.Format(time.RFC3339), found.To.Format(time.RFC3339))
	}
	fmt.Fprintf(w, "\nwritten %s by version %s\nhead: %s\nkey: %s\n", found.At.Format(time.RFC3339), found.Product, found.Head, found.Key)
	for _, c := range found.Cuts {
		fmt.Fprintf(w, "tenant %d: %d entries up to %s were cut before by the retention of %d days, as its signed checkpoint says\n",
			c.Tenant, c.Entries, c.Until.Format(time.DateOnly), c.Days)
	}
	if len(found.Problems) == 0 {
		fmt.Fprintln(w, "Every entry is as it was written.")
		return nil
	}
	for _, p := range found.Problems {
		fmt.Fprintf(w, "line %d: %s\n", p.Line, p.Text)
	}
	return errors.New("the action log is not what was written: " + found.Problems[0].Text)
}

// verifyAudit verifies the action log's chains and names what is wrong.
func verifyAudit(ctx context.Context, a *app.App, out io.Writer) error {
	r, err := a.Audit.Verify(ctx, system())
	if err != nil {
		return said(err)
	}
	blocks, entries := 0, 0
	for _, c := range r.Chains {
		if c.All {
			blocks, entries = c.Blocks, c.Entries
		}
		if !c.All && c.Cut > 0 {
			fmt.Fprintf(out, "action log, tenant %d: %d entries up to %s were cut by the retention of %d days, as its signed checkpoint says\n",
				c.Tenant, c.Cut, c.CutUntil.Format(time.DateOnly), c.CutDays)
		}
		if c.Problem != "" {
			name := fmt.Sprintf("tenant %d", c.Tenant)
			if c.All {
				name = "all tenants"
			}
			fmt.Fprintf(out, "action log, %s: %s\n", name, c.Problem)
		}
	}
	if !r.OK {
		return errors.New("the action log is not what was written")
	}
	fmt.Fprintf(out, "action log: %d entries in %d blocks are as they were written, newer ones not sealed yet (they are within 5 minutes while the server runs): %d\nhead: %s\nkey: %s\n",
		entries, blocks, r.Unsealed, r.Head, a.Audit.Key())
	return nil
}
