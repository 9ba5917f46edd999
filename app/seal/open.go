package seal

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Names of the places where a master key is looked for.
const (
	CredentialName = "master-key"      // systemd: LoadCredential=master-key:…
	Variable       = "STOA_MASTER_KEY" // environment
	FileName       = "master.key"      // beside the data
)

// Options of Open.
type Options struct {
	KeyFile string // from the configuration; "" = none
	// Getenv reads the environment; nil = os.Getenv.
	Getenv func(string) string
}

// Open finds the master key of the installation whose data is in dir: the
// systemd credential, the configured key file, the environment variable, else
// the key file beside the data, which is made at the first start. A place that
// is named but does not hold a key is an error; the next one is not tried.
func Open(_ context.Context, dir string, o Options) (*Box, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if credentials := o.Getenv("CREDENTIALS_DIRECTORY"); credentials != "" {
		path := filepath.Join(credentials, CredentialName)
		b, err := fromFile(path, "credential", false)
		if !errors.Is(err, fs.ErrNotExist) {
			return b, err
		}
	}
	if o.KeyFile != "" {
		return fromFile(o.KeyFile, "file", true)
	}
	if text := o.Getenv(Variable); text != "" {
		key, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("seal: the environment variable %s: %w", Variable, err)
		}
		return open(key, Status{Source: "environment"})
	}
	return beside(filepath.Join(dir, FileName))
}

// NewKey is a fresh master key as it is written in a key file.
func NewKey() string {
	key := make([]byte, keySize)
	rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}

func beside(path string) (*Box, error) {
	b, err := fromFile(path, "generated", true)
	if !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	text := NewKey()
	if err := writeKey(path, text); err != nil {
		return nil, fmt.Errorf("seal: the new master key could not be written: %w", err)
	}
	key, err := parse(text)
	if err != nil {
		return nil, err
	}
	b, err = open(key, Status{Source: "generated", Path: path, Generated: true})
	if err != nil {
		return nil, err
	}
	b.check.fresh = true
	return b, nil
}

func fromFile(path, source string, private bool) (*Box, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("seal: the master key file: %w", err)
	}
	if private && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("seal: the master key file %s can be read by others (mode %04o): make it 0600", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("seal: the master key file: %w", err)
	}
	key, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("seal: the master key file %s: %w", path, err)
	}
	return open(key, Status{Source: source, Path: path, Generated: source == "generated"})
}

func open(key []byte, status Status) (*Box, error) {
	b, err := New(key)
	if err != nil {
		return nil, err
	}
	status.KeyID = b.status.KeyID
	b.status = status
	return b, nil
}

// parse reads a key: 32 bytes in base64 or hexadecimal.
func parse(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if key, err := hex.DecodeString(text); err == nil && len(key) == keySize {
		return key, nil
	}
	if key, err := base64.StdEncoding.DecodeString(text); err == nil && len(key) == keySize {
		return key, nil
	}
	return nil, fmt.Errorf("it holds no key: %d bytes in base64 or hexadecimal are expected", keySize)
}

// writeKey makes the file durable before anything can be sealed with the key.
// A file that another process made meanwhile is an error, never overwritten.
func writeKey(path, text string) error {
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
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
