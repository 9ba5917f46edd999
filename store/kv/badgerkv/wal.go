package badgerkv

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// walFile is our own descriptor of the log file that the engine writes to. The
// engine maps the file into memory; syncing our descriptor writes the same pages
// without the engine's lock, which its own Sync holds while the disk works.
//
// The engine numbers the files NNNNN.mem. When one is full it starts the next
// before it writes the transaction that did not fit, and later turns the full
// one into a table, syncs that and the manifest, and deletes the log.
type walFile struct {
	dir       string
	size      int64 // to allocate
	number    int
	file      *os.File
	fdatasync func(*os.File) error
}

func logName(dir string, number int) string {
	return filepath.Join(dir, fmt.Sprintf("%05d.mem", number))
}

// openWAL opens the newest log file, which the engine has just started.
func openWAL(dir string, o Options) (*walFile, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil {
		return nil, err
	}
	w := &walFile{dir: dir, size: o.MemTableSize * 5 / 4, fdatasync: o.fdatasync}
	for _, name := range names {
		number, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), ".mem"))
		if err == nil {
			w.number = max(w.number, number)
		}
	}
	if err := w.start(w.number); err != nil {
		return nil, err
	}
	return w, w.fdatasync(w.file)
}

// start goes over to the log file of that number and makes its name durable.
func (w *walFile) start(number int) error {
	file, err := os.OpenFile(logName(w.dir, number), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("kv: opening the engine's log: %w", err)
	}
	w.close()
	w.file, w.number = file, number
	// The engine made the file sparse and writes through a mapping, where a full
	// disk is a SIGBUS and not an error; so the space is taken at once.
	allocate(file, w.size)
	return syncDir(w.dir)
}

// sync makes durable what the engine has written. Only the committer writes, one
// batch, hence at most one change of file, between two calls; and what is in the
// former file has been synced before that.
func (w *walFile) sync() error {
	next := logName(w.dir, w.number+1)
	if _, err := os.Lstat(next); err == nil {
		if err := w.start(w.number + 1); err != nil {
			return err
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return w.fdatasync(w.file)
}

func (w *walFile) close() {
	if w.file != nil {
		_ = w.file.Close() // was only read and synced
	}
}

// prepare makes the directory of a store that ended in any way ready to open.
// Empty logs are left by a cut between creating or deleting one and the rest of
// that work; the engine stumbles over them and they hold nothing. The others may
// have a tail that only the page cache has, after kill -9: what is read after
// opening must be durable.
func prepare(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("kv: %w", err)
	}
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if ext != ".mem" && ext != ".vlog" {
			continue
		}
		if err := prepareLog(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("kv: %w", err)
		}
	}
	return errors.Join(syncDir(dir), syncDir(filepath.Dir(dir)))
}

func prepareLog(name string) error {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return os.Remove(name)
	}
	return fdatasync(file)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("kv: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("kv: syncing %s: %w", dir, err)
	}
	return nil
}
