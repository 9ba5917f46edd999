// Package shelf keeps the files that background work makes or needs: whole or not
// at all, readable by the server's user alone, and gone when nobody needs them. It
// knows nothing of what is in them, or of who does.
package shelf

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"stoa/app/fault"
)

// part is the beginning of the name of a file that is still being written.
const part = "part-"

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,99}$`)

// Shelf is a folder of files.
type Shelf struct{ dir string }

// Open makes the folder where it is missing, and closes it to others.
func Open(dir string) (*Shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder %s can't be made: %w", dir, err)
	}
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder needs x
		return nil, err
	}
	return &Shelf{dir}, nil
}

func (s *Shelf) path(name string) (string, error) {
	if !nameForm.MatchString(name) || strings.HasPrefix(name, part) {
		return "", fmt.Errorf("shelf: %q is no name of a file", name)
	}
	return filepath.Join(s.dir, name), nil
}

// Put writes a file and gives its size. It is there, durable and complete, when
// Put returns without an error, and else not at all; one of the same name is
// replaced.
func (s *Shelf) Put(name string, write func(io.Writer) error) (size int64, err error) {
	to, err := s.path(name)
	if err != nil {
		return 0, err
	}
	from := filepath.Join(s.dir, part+name)
	f, err := os.OpenFile(from, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(from))
		}
	}()
	if err = write(f); err != nil {
		return 0, err
	}
	if size, err = f.Seek(0, io.SeekCurrent); err != nil {
		return 0, err
	}
	if err = f.Sync(); err != nil {
		return 0, err
	}
	if err = os.Rename(from, to); err != nil {
		return 0, err
	}
	return size, errors.Join(f.Close(), s.sync())
}

// sync makes the names in the folder durable.
func (s *Shelf) sync() error {
	d, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Open opens a file for reading; a NotFound fault if it is gone.
func (s *Shelf) Open(name string) (*os.File, error) {
	at, err := s.path(name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "file.gone", "", "the file is no longer kept").With(err)
	}
	return f, err
}

// Remove removes a file; one that is not there is no error.
func (s *Shelf) Remove(name string) error {
	at, err := s.path(name)
	if err != nil {
		return err
	}
	if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Sweep removes the files that are not to be kept, half-written ones with those
// whose names they were to get, and says how many.
func (s *Shelf) Sweep(keep func(name string) (bool, error)) (int, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range entries {
		kept, err := keep(strings.TrimPrefix(e.Name(), part))
		if err != nil {
			return n, err
		}
		if kept || e.IsDir() {
			continue
		}
		if err := os.Remove(filepath.Join(s.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return n, err
		}
		n++
	}
	return n, nil
}
