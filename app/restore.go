package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"stoa/app/backup"
	"stoa/app/backup/archive"
	"stoa/app/seal"
)

// Restore says what is restored and how.
type Restore struct {
	File string // the backup
	Key  string // file with the master key, to be put beside the data; "" = it is elsewhere, or in the backup
	// Check looks at the restored data before it is put in place; what it answers
	// does not keep the data from being put there.
	Check func(context.Context, *App) error
	// NoKey is told when there is no master key, so that Check can't run; nil: that
	// is an error.
	NoKey func(error)
}

// Restored makes the data directory of c from a backup: it is new, or empty. The
// backup is read to its end before anything is written; the data appears at once
// when it is complete, or not at all. What Check answered is the second result.
func Restored(ctx context.Context, c Config, o Options, in Restore) (sum archive.Summary, checked, err error) {
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return sum, nil, err
	}
	if err := vacant(dir); err != nil {
		return sum, nil, err
	}
	if sum, err = backup.VerifyFile(ctx, in.File); err != nil {
		return sum, nil, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return sum, nil, err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".restore-*") // 0700
	if err != nil {
		return sum, nil, err
	}
	defer os.RemoveAll(temp) // gone after the rename
	c.DataDir = temp
	if err := fill(ctx, c, o, in, sum); err != nil {
		return sum, nil, err
	}
	if checked, err = look(ctx, c, o, in); err != nil {
		return sum, nil, err
	}
	if err := os.Rename(temp, dir); err != nil {
		return sum, nil, fmt.Errorf("the restored data can't be put in place (a mount point can't be replaced: name a folder inside it): %w", err)
	}
	return sum, checked, backup.SyncDirs(filepath.Dir(dir))
}

// vacant refuses a directory that holds anything.
func vacant(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := d.Readdirnames(1); !errors.Is(err, io.EOF) {
		if err != nil {
			return err
		}
		return fmt.Errorf("%s is not empty: name a new directory", dir)
	}
	return nil
}

// fill writes the data into c.DataDir.
func fill(ctx context.Context, c Config, o Options, in Restore, sum archive.Summary) error {
	engine, err := openEngine(c, o)
	if err != nil {
		return err
	}
	err = backup.Fill(ctx, in.File, c.DataDir, engine, sum)
	if err := errors.Join(err, engine.Close()); err != nil {
		return err
	}
	if in.Key != "" {
		text, err := os.ReadFile(in.Key)
		if err != nil {
			return fmt.Errorf("the master key: %w", err)
		}
		if sum.WithKey {
			return errors.New("the backup has its master key inside: leave --key out")
		}
		if err := os.WriteFile(filepath.Join(c.DataDir, seal.FileName), text, 0o600); err != nil {
			return err
		}
	}
	return backup.SyncDirs(c.DataDir, filepath.Join(c.DataDir, "store"))
}

// look opens the restored data as a server would and has it checked.
func look(ctx context.Context, c Config, o Options, in Restore) (checked, err error) {
	a, err := Open(ctx, c, o)
	if errors.Is(err, seal.ErrWrongKey) && in.Key == "" && in.NoKey != nil {
		in.NoKey(err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return in.Check(ctx, a), a.Close()
}
