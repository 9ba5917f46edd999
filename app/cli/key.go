package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"stoa/app"
	"stoa/app/seal"
)

func rotateFlags(set *flag.FlagSet, o *options) {
	set.StringVar(&o.newKey, "new", "", "`FILE` with the new master key; one that does not exist is made")
}

// rotateKey changes the master key: through the server that has the store open,
// else by opening it here.
func rotateKey(r *run) error {
	c, err := r.load()
	if err != nil {
		return err
	}
	if !isStore(c.DataDir) {
		return fmt.Errorf("there is no data in %s: name the data directory with --data", c.DataDir)
	}
	if r.newKey, err = r.offeredKey(); err != nil {
		return err
	}
	err = callPieces(c.DataDir, request{Command: r.command.name, NewKey: r.newKey}, r.Stdout)
	if !errors.Is(err, errNoServer) {
		return err
	}
	a, err := r.open(c, func(err error) { fmt.Fprintf(r.Stderr, "stoa: %v\n", err) })
	if err != nil {
		return err
	}
	err = changeKey(r.ctx, a, r.newKey, false, r.Stdout)
	if err != nil {
		err = said(err)
	}
	return errors.Join(err, a.Close())
}

// offeredKey is the text of the key that is given with the command; "" = none is.
func (r *run) offeredKey() (string, error) {
	path := r.options.newKey
	if path == "" {
		text, _, err := seal.Offered(r.getenv())
		return text, err
	}
	text, err := seal.ReadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	text = seal.NewKey()
	if err := seal.WriteKey(path, text); err != nil {
		return "", fmt.Errorf("the new master key could not be written: %w", err)
	}
	fmt.Fprintf(r.Stdout, "A new master key was made: %s\n", path)
	return text, nil
}

// progressEvery is after how many values a line says how far a change is.
const progressEvery = 10_000

// changeKey changes the master key of an opened installation.
func changeKey(ctx context.Context, a *app.App, text string, serving bool, out io.Writer) error {
	next := progressEvery
	sum, err := a.Rotation.Rotate(ctx, system(), text, serving, func(r seal.Rotation) error {
		if r.Values >= next {
			next = r.Values + progressEvery
			fmt.Fprintf(out, "%d secrets are wrapped anew\n", r.Values) // who asked may have gone
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	if sum.Resumed {
		fmt.Fprintln(out, "A change of the master key that had been interrupted is completed.")
	}
	fmt.Fprintf(out, "The master key is %s now; %d secrets were wrapped anew. The one before, %s, opens nothing of this installation any more.\n", sum.To, sum.Values, sum.From)
	if sum.Unreadable > 0 {
		fmt.Fprintf(out, "%d values opened with neither key, so they had been lost before: %s\n", sum.Unreadable, strings.Join(sum.Damaged, ", "))
	}
	describeKeys(out, a.Seal.Status(), sum)
	return nil
}

// describeKeys says what is to be done with the two keys.
func describeKeys(out io.Writer, s seal.Status, sum seal.Rotation) {
	if s.Generated {
		fmt.Fprintf(out, "The new key is in %s, the old one in %s.\n", s.Path, seal.KeptPath(s.Path, sum.From))
	} else {
		place := s.Source
		if s.Path != "" {
			place += " " + s.Path
		}
		fmt.Fprintf(out, "Put the new key in the place of the old one (%s) before the next start: with the old one the server does not start.\n", place)
	}
	fmt.Fprintf(out, "Backups that were made before need the old key to be restored: keep a copy of it with them. From now on keep a copy of the new one (docs: Operations).\n")
}
