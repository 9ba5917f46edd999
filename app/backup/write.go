package backup

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/backup/archive"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/store"
	"stoa/store/kv"
)

// BlobDir is the folder of the data directory whose files are in a backup too.
const BlobDir = "blobs"

// Write writes a backup of everything to out: the store at one moment, whatever
// is written meanwhile, and the files beside it. With withKey the master key
// comes along, if it is the one that lies beside the data. Super administrators.
func (s *Service) Write(ctx context.Context, by access.Actor, out io.Writer, withKey bool) (archive.Summary, error) {
	if err := need(by, access.BackupWrite); err != nil {
		return archive.Summary{}, err
	}
	sum, err := s.write(ctx, out, withKey, nil)
	entry := audit.Entry{Action: "backup.create", ObjectKind: "backup", ObjectID: sum.Header.ID}
	if err != nil {
		entry.Outcome, entry.Reason = audit.Failed, reason(err)
	}
	return sum, errors.Join(err, s.deps.Audit.Add(context.WithoutCancel(ctx), by, entry))
}

// write writes a backup; begun, if set, is called once its snapshot is taken and
// then now and again.
func (s *Service) write(ctx context.Context, out io.Writer, withKey bool, told func(pairs uint64, size int64) error) (sum archive.Summary, err error) {
	buffered := bufio.NewWriterSize(out, 256<<10)
	err = s.db.View(ctx, func(r store.Reader) error {
		schema, err := s.db.Version(r)
		if err != nil {
			return err
		}
		keyID, err := s.deps.Box.KeyIDTx(r)
		if err != nil {
			return err
		}
		key, err := s.keyText(withKey, keyID)
		if err != nil {
			return err
		}
		w, err := archive.NewWriter(buffered, archive.Header{Product: s.deps.Product, Schema: schema, At: r.Now(), ID: newID(),
			KeyID: keyID, Tables: s.db.Tables()})
		if err != nil {
			return err
		}
		if err := s.pairs(ctx, r, w, told); err != nil {
			return err
		}
		if err := s.blobs(ctx, w); err != nil {
			return err
		}
		if key != nil {
			if err := w.Key(key); err != nil {
				return err
			}
		}
		sum, err = w.Close()
		return err
	})
	return sum, errors.Join(err, buffered.Flush())
}

// pairs writes everything that the store holds.
func (s *Service) pairs(ctx context.Context, r store.Reader, w *archive.Writer, told func(uint64, int64) error) error {
	var failed error
	n := 0
	err := store.Pairs(r, func(key, value []byte) bool {
		if n%4096 == 0 {
			failed = ctx.Err()
			if failed == nil && told != nil {
				failed = told(w.Written())
			}
		}
		n++
		if failed == nil {
			failed = w.Pair(key, value)
		}
		return failed == nil
	})
	return errors.Join(err, failed)
}

// blobs writes the files beside the store. They are written before the rows that
// name them and never changed, so that those of the snapshot are there, unless
// their row was removed since.
func (s *Service) blobs(ctx context.Context, w *archive.Writer) error {
	root, err := os.OpenRoot(s.deps.DataDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), BlobDir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case name == BlobDir+"/tmp" && d.IsDir():
			return fs.SkipDir // what is being put
		case strings.HasPrefix(d.Name(), "."):
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		return addFile(root, w, name)
	})
}

func addFile(root *os.Root, w *archive.Writer, name string) error {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed since it was listed
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return w.File(name, info.Size(), f)
}

// keyText is the master key's file when it is to come along: that of the key by the
// name of id.
func (s *Service) keyText(with bool, id string) ([]byte, error) {
	if !with {
		return nil, nil
	}
	key := s.deps.Box.Status()
	if !key.Generated {
		return nil, fault.New(fault.Conflict, "backup.key_elsewhere", "", "the master key comes from outside the data directory (%s): keep a copy of it yourself, it is put into no backup", key.Source)
	}
	text, err := os.ReadFile(key.Path)
	if err != nil {
		return nil, fmt.Errorf("reading the master key: %w", err)
	}
	if found, err := seal.KeyID(string(text)); err != nil || found != id {
		return nil, fault.New(fault.Conflict, "backup.key_changing", "", "the master key is just being changed: make the backup again")
	}
	return text, nil
}

func newID() string {
	id := make([]byte, 8)
	_, _ = rand.Read(id) // never fails (crypto/rand)
	return hex.EncodeToString(id)
}

// Save makes the file at path by write: it appears whole, durable and for its
// owner alone, or not at all. A file that is there is not replaced.
func Save(path string, write func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return fault.New(fault.Exists, "backup.exists", "file", "%s exists: name another file", path)
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	// A link fails where somebody has made the file meanwhile; a rename would
	// replace it.
	if err := os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Exists, "backup.exists", "file", "%s exists: name another file", path)
	} else if err != nil {
		if err := os.Rename(f.Name(), path); err != nil { // a file system without links
			return err
		}
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// reason is an error as an administrator reads it.
func reason(err error) string {
	var f *fault.Fault
	switch {
	case errors.As(err, &f) && f.Kind != fault.Internal:
		return f.Text
	case errors.Is(err, kv.ErrClosed), errors.Is(err, context.Canceled):
		return "the server stopped before it was done"
	}
	return err.Error()
}

func isMissing(err error) bool { return errors.Is(err, store.ErrNotFound) }

// fileName is the name of a backup made at a moment.
func fileName(at time.Time) string {
	return "stoa-" + at.UTC().Format("20060102T150405.000Z") + ".backup"
}
