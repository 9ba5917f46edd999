package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"stoa/blob"
)

// section is a part of an open file.
type section struct {
	io.LimitedReader
	file *os.File
}

// WriteTo lets the kernel copy the file, where it can.
func (s *section) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, &s.LimitedReader) }

func (s *section) Close() error { return s.file.Close() }

// Get opens a blob; see blob.Store.
func (s *Store) Get(ctx context.Context, name string, r blob.Range) (io.ReadCloser, blob.Info, error) {
	if err := blob.CheckName(name); err != nil {
		return nil, blob.Info{}, err
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, blob.Info{}, err
	}
	defer leave()
	_, file := place(name)
	f, err := s.root.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, blob.Info{}, blob.ErrNotFound
	}
	if err != nil {
		return nil, blob.Info{}, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, blob.Info{}, errors.Join(err, f.Close())
	}
	info := infoOf(name, st)
	if r.Offset < 0 || r.Length < 0 || r.Offset > info.Size {
		return nil, info, errors.Join(fmt.Errorf("%w: %d of %d bytes", blob.ErrRange, r.Offset, info.Size), f.Close())
	}
	length := info.Size - r.Offset
	if r.Length > 0 {
		length = min(length, r.Length)
	}
	if _, err := f.Seek(r.Offset, io.SeekStart); err != nil {
		return nil, blob.Info{}, errors.Join(err, f.Close())
	}
	return &section{io.LimitedReader{R: f, N: length}, f}, info, nil
}

func infoOf(name string, st fs.FileInfo) blob.Info {
	return blob.Info{Name: name, Size: st.Size(), Modified: st.ModTime().UTC()}
}

// Stat is what is known of a blob; see blob.Store.
func (s *Store) Stat(ctx context.Context, name string) (blob.Info, error) {
	if err := blob.CheckName(name); err != nil {
		return blob.Info{}, err
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return blob.Info{}, err
	}
	defer leave()
	_, file := place(name)
	st, err := s.root.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return blob.Info{}, blob.ErrNotFound
	}
	if err != nil {
		return blob.Info{}, err
	}
	return infoOf(name, st), nil
}

// Delete removes a blob; see blob.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := blob.CheckName(name); err != nil {
		return err
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	dir, file := place(name)
	err = s.root.Remove(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.sync(dir)
}

// List walks the directories in their order; a cursor is the path of the last
// file given. See blob.Store.
func (s *Store) List(ctx context.Context, prefix, cursor string, limit int) (blobs []blob.Info, next string, err error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, "", err
	}
	defer leave()
	last := ""
	err = s.walk(ctx, cursor, func(file string) (bool, error) {
		name := strings.ReplaceAll(file[strings.LastIndexByte(file, '/')+1:], "+", "/")
		if blob.CheckName(name) != nil || !strings.HasPrefix(name, prefix) {
			return true, nil // not ours, or not asked for
		}
		if len(blobs) >= limit {
			next = last
			return false, nil
		}
		st, err := s.root.Stat(file)
		if errors.Is(err, fs.ErrNotExist) {
			return true, nil // deleted meanwhile
		}
		if err == nil {
			blobs, last = append(blobs, infoOf(name, st)), file
		}
		return true, err
	})
	return blobs, next, err
}

// walk calls fn with the path of every file behind after, until it says no.
func (s *Store) walk(ctx context.Context, after string, fn func(file string) (bool, error)) error {
	top, err := s.names(".")
	if err != nil {
		return err
	}
	for _, a := range top {
		if len(a) != 2 || a < part(after, 2) {
			continue
		}
		second, err := s.names(a)
		if err != nil {
			return err
		}
		for _, b := range second {
			dir := a + "/" + b
			if len(b) != 2 || dir < part(after, 5) {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if more, err := s.walkShard(dir, after, fn); err != nil || !more {
				return err
			}
		}
	}
	return nil
}

func (s *Store) walkShard(dir, after string, fn func(file string) (bool, error)) (more bool, err error) {
	files, err := s.names(dir)
	if err != nil {
		return false, err
	}
	for _, f := range files {
		if file := dir + "/" + f; file > after {
			if more, err := fn(file); err != nil || !more {
				return false, err
			}
		}
	}
	return true, nil
}

func part(s string, n int) string { return s[:min(len(s), n)] }

// names lists a directory in order; none that is not there, and none of a file.
func (s *Store) names(dir string) ([]string, error) {
	d, err := s.root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	st, err := d.Stat()
	if err != nil || !st.IsDir() {
		return nil, errors.Join(err, d.Close())
	}
	names, err := d.Readdirnames(-1)
	slices.Sort(names)
	return names, errors.Join(err, d.Close())
}
