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
	"stoa/app/access"
	"stoa/app/intake"
	"stoa/app/intake/source"
	"stoa/app/task"
)

func importFlags(set *flag.FlagSet, o *options) {
	set.BoolVar(&o.bulk.DryRun, "dry-run", false, "check the file and write nothing")
	set.BoolVar(&o.bulk.SkipErrors, "skip-errors", false, "leave out rows with errors")
	set.BoolVar(&o.bulk.KeepIDs, "keep-ids", false, "keep the ids of the file")
	set.Uint64Var(&o.bulk.Tenant, "tenant", 1, "`ID` of the organisation that gets the accounts")
}

// bulk is what `stoa import` needs besides its arguments.
type bulk struct {
	DryRun     bool   `json:"dry_run,omitempty"`
	SkipErrors bool   `json:"skip_errors,omitempty"`
	KeepIDs    bool   `json:"keep_ids,omitempty"`
	Tenant     uint64 `json:"tenant,omitempty"`
}

// importFile names the file for the process that reads it, which may be another.
func (r *run) importFile() ([]string, error) {
	path, err := filepath.Abs(r.args[1])
	return []string{r.args[0], path}, err
}

// takeIn imports a file as the console does: dry run, then the import.
func takeIn(ctx context.Context, a *app.App, in request, out io.Writer) error {
	by := system()
	by.Tenant, by.Home = in.Bulk.Tenant, in.Bulk.Tenant
	file, err := readFile(in.Args[1])
	if err != nil {
		return err
	}
	i, err := a.Intake.Upload(ctx, by, source.Kind(in.Args[0]), filepath.Base(in.Args[1]), file, intake.Options{KeepIDs: in.Bulk.KeepIDs, Language: "en"})
	if err != nil {
		return said(err)
	}
	if err := waitFor(ctx, a, by, i.Check); err != nil {
		return err
	}
	found, err := a.Intake.Report(ctx, by, i)
	if err != nil {
		return said(err)
	}
	tell(out, found, "can be imported")
	if in.Bulk.DryRun || found.Bad > 0 && !in.Bulk.SkipErrors {
		if err := a.Intake.Delete(ctx, by, i.ID); err != nil || in.Bulk.DryRun {
			return said(err)
		}
		return errors.New("nothing was imported: correct the file, or leave these rows out with --skip-errors")
	}
	if i, err = a.Intake.Confirm(ctx, by, i.ID, true); err != nil {
		return said(err)
	}
	if err := waitFor(ctx, a, by, i.Run); err != nil {
		return err
	}
	done, err := a.Intake.Outcome(ctx, by, i)
	if err != nil {
		return said(err)
	}
	tell(out, done, "were imported")
	return nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, intake.MaxFile+1))
}

// waitFor waits for the end of a task, and helps with what waits meanwhile: where
// no server runs there is no other worker.
func waitFor(ctx context.Context, a *app.App, by access.Actor, id uint64) error {
	for {
		t, err := a.Task.Get(ctx, by, id)
		switch {
		case err != nil:
			return said(err)
		case t.State == task.Done:
			return nil
		case t.State.Finished() && len(t.Errors) > 0:
			return errors.New(t.Errors[len(t.Errors)-1].Text)
		case t.State.Finished():
			return errors.New("it was stopped")
		}
		n, err := a.Task.Work(ctx)
		if err == nil && n == 0 {
			_, err = a.Task.Sweep(ctx)
		}
		if err != nil {
			return said(err)
		}
		if n > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// tell prints a report: the figures, and the first rows with problems.
func tell(out io.Writer, r *intake.Report, what string) {
	fmt.Fprintf(out, "%d rows: %d %s, %d have errors", r.Rows, r.Good, what, r.Bad)
	if r.Skipped > 0 {
		fmt.Fprintf(out, ", %d left out", r.Skipped)
	}
	if r.Units > 0 {
		fmt.Fprintf(out, "; %d departments", r.Units)
	}
	fmt.Fprintln(out)
	for _, p := range r.Problems {
		fmt.Fprintf(out, "  row %d, %s %q: %s\n", p.Row, p.Field, p.Value, p.Text)
	}
	if n := r.Bad - len(r.Problems); n > 0 {
		fmt.Fprintf(out, "  and %d more\n", n)
	}
}
