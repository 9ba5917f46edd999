package seal

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteKey makes a key file, for its owner alone and durable before anything can
// be sealed with the key. A file that is there is an error, never overwritten.
func WriteKey(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text + "\n")
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return syncDir(filepath.Dir(path))
}

// text is a key as it is written in a key file.
func (m *master) text() string { return base64.StdEncoding.EncodeToString(m.raw) }

// stage puts a key beside the one that it is to replace, so that a start finds it
// whatever happens meanwhile.
func stage(path string, m *master) error {
	err := os.Remove(path + newSuffix) // of a change that never began
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = WriteKey(path+newSuffix, m.text())
	}
	if err != nil {
		return fmt.Errorf("seal: the new master key could not be written: %w", err)
	}
	return nil
}

// KeptPath is where the key of a name stays after it was replaced beside the data:
// older backups need it.
func KeptPath(path, keyID string) string { return path + "." + keyID }

// install puts the staged key in the place of the old one, which is kept under its
// name; "" keeps none.
func install(path, oldID string) error {
	if oldID != "" {
		if err := os.Link(path, KeptPath(path, oldID)); err != nil && !errors.Is(err, fs.ErrExist) {
			if err := copyKey(path, KeptPath(path, oldID)); err != nil { // a file system without links
				return fmt.Errorf("seal: the old master key could not be kept: %w", err)
			}
		}
	}
	if err := os.Rename(path+newSuffix, path); err != nil {
		return fmt.Errorf("seal: the new master key could not be put in place: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func copyKey(from, to string) error {
	m, err := readKey(from, true)
	if err != nil {
		return err
	}
	return WriteKey(to, m.text())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
