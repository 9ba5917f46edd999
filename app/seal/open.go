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

// Names of the places where the key to change to is looked for.
const (
	NewCredentialName = "new-master-key"
	NewVariable       = "STOA_NEW_MASTER_KEY"
	newSuffix         = ".new" // of the file beside the data
)

// Options of Open.
type Options struct {
	KeyFile string // from the configuration; "" = none
	NewKey  string // text of the key to change to; "" = it is looked for
	// Getenv reads the environment; nil = os.Getenv.
	Getenv func(string) string
}

// spare is a key that was found besides the one of the installation. It becomes
// that by Rotate, or by Bind when the change to it had begun.
type spare struct {
	key    *master
	staged bool // it is in the file beside the data
}

// Open finds the master key of the installation whose data is in dir: the
// systemd credential, the configured key file, the environment variable, else
// the key file beside the data, which is made at the first start. A place that
// is named but does not hold a key is an error; the next one is not tried.
//
// A key to change to is looked for likewise: the option, the credential, the
// variable, and the file that a change leaves beside the data.
func Open(_ context.Context, dir string, o Options) (*Box, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	b, err := find(dir, o)
	if err != nil {
		return nil, err
	}
	b.spare, err = findSpare(b.Status(), o)
	return b, err
}

func find(dir string, o Options) (*Box, error) {
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
		m, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("seal: the environment variable %s: %w", Variable, err)
		}
		return newBox(m, Status{Source: "environment"}), nil
	}
	return beside(filepath.Join(dir, FileName))
}

// findSpare gives nil when there is none.
func findSpare(status Status, o Options) (*spare, error) {
	text, place := o.NewKey, "the new master key"
	if text == "" {
		var err error
		if text, place, err = Offered(o.Getenv); err != nil {
			return nil, err
		}
	}
	if text != "" {
		m, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("seal: %s: %w", place, err)
		}
		return &spare{key: m}, nil
	}
	if !status.Generated {
		return nil, nil
	}
	// A file that holds no key was not written to its end, and so never used.
	held, err := os.ReadFile(status.Path + newSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("seal: the new master key file: %w", err)
	}
	m, err := parse(string(held))
	if err != nil {
		return nil, nil
	}
	return &spare{key: m, staged: true}, nil
}

// Offered is the text of a key to change to in the credentials and the environment,
// and where it was; "" = there is none.
func Offered(getenv func(string) string) (text, place string, err error) {
	if credentials := getenv("CREDENTIALS_DIRECTORY"); credentials != "" {
		held, err := os.ReadFile(filepath.Join(credentials, NewCredentialName))
		if err == nil {
			return string(held), "the credential " + NewCredentialName, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", "", fmt.Errorf("seal: the credential %s: %w", NewCredentialName, err)
		}
	}
	return getenv(NewVariable), "the environment variable " + NewVariable, nil
}

// ReadKey is the text of a key file that its owner alone can read.
func ReadKey(path string) (string, error) {
	m, err := readKey(path, true)
	if err != nil {
		return "", err
	}
	return m.text(), nil
}

// NewKey is a fresh master key as it is written in a key file.
func NewKey() string {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	return base64.StdEncoding.EncodeToString(key)
}

// KeyID is the public name of a key as it is written in a key file.
func KeyID(text string) (string, error) {
	m, err := parse(text)
	if err != nil {
		return "", err
	}
	return m.name(), nil
}

func beside(path string) (*Box, error) {
	b, err := fromFile(path, "generated", true)
	if !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	text := NewKey()
	if err := WriteKey(path, text); err != nil {
		return nil, fmt.Errorf("seal: the new master key could not be written: %w", err)
	}
	m, err := parse(text)
	if err != nil {
		return nil, err
	}
	b = newBox(m, Status{Source: "generated", Path: path, Generated: true})
	b.fresh = true
	return b, nil
}

func fromFile(path, source string, private bool) (*Box, error) {
	m, err := readKey(path, private)
	if err != nil {
		return nil, err
	}
	return newBox(m, Status{Source: source, Path: path, Generated: source == "generated"}), nil
}

func readKey(path string, private bool) (*master, error) {
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
	m, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("seal: the master key file %s: %w", path, err)
	}
	return m, nil
}

// parse reads a key: 32 bytes in base64 or hexadecimal.
func parse(text string) (*master, error) {
	text = strings.TrimSpace(text)
	if key, err := hex.DecodeString(text); err == nil && len(key) == keySize {
		return newMaster(key)
	}
	if key, err := base64.StdEncoding.DecodeString(text); err == nil && len(key) == keySize {
		return newMaster(key)
	}
	return nil, fmt.Errorf("it holds no key: %d bytes in base64 or hexadecimal are expected", keySize)
}
