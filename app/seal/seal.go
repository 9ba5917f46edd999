// Package seal keeps secrets unreadable at rest: envelope encryption under one
// master key of the installation. It knows none of the secrets' meanings.
//
// Each secret is encrypted with a key of its own (AES-256-GCM), and that key is
// wrapped by a key derived from the master key. The name of the record that
// holds the secret ("account/12/totp") is authenticated with both, so that a
// sealed value copied to another record does not open there.
//
// The master key can be changed (Rotate): what tables hold is wrapped anew, table
// by table, for which each is registered (Register). What is derived (Derive) comes
// from a root secret, which is itself sealed and stays.
package seal

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"stoa/store"
)

// ErrUnseal means that a sealed value is damaged, belongs to another record or
// was sealed under another master key.
var ErrUnseal = errors.New("seal: the value is damaged, of another record or sealed with another key")

// Box seals and unseals under one master key. It is safe for concurrent use.
type Box struct {
	keys  atomic.Pointer[ring]
	spare *spare // a second key that was found, for a change to it
	fresh bool   // the key was made by Open

	db       *store.DB
	table    store.Table[row]
	fields   []field
	rotating sync.Mutex
}

// ring is the keys at one time.
type ring struct {
	current  *master
	previous *master // while what it sealed is wrapped anew; nil otherwise
	root     []byte  // what keys are derived from; nil until Bind
	status   Status
}

// Status says where the master key came from; for the system page.
type Status struct {
	Source    string // credential, file, environment, generated or memory
	Path      string // of the key file, "" when there is none
	KeyID     string // public name of the key, hexadecimal
	Generated bool   // the key lies beside the data: whoever copies the one has the other
	Elsewhere bool   // the key was changed, and is still to be put where it is looked for
	Changing  bool   // some secrets are still under the previous key
}

// New makes a box of a 32-byte master key; it is for tests and for callers that
// have the key already. Servers use Open.
func New(key []byte) (*Box, error) {
	m, err := newMaster(key)
	if err != nil {
		return nil, err
	}
	return newBox(m, Status{Source: "memory"}), nil
}

func newBox(m *master, status Status) *Box {
	b := &Box{}
	b.keys.Store(&ring{current: m, status: status})
	return b
}

// Status says where the master key came from.
func (b *Box) Status() Status {
	k := b.keys.Load()
	s := k.status
	s.KeyID, s.Changing = k.current.name(), k.previous != nil
	return s
}

// Derive gives a 32-byte key for one purpose, always the same for an installation
// and a label, whatever becomes of the master key. It can be asked for before Bind
// and used after it.
func (b *Box) Derive(label string) func() []byte {
	return sync.OnceValue(func() []byte { return derive(b.root(), label) })
}

// root is the secret that keys are derived from; that of a box without a store is
// its master key.
func (b *Box) root() []byte {
	k := b.keys.Load()
	if k.root != nil {
		return k.root
	}
	if b.table != nil {
		panic("seal: a derived key is used before Bind")
	}
	return k.current.raw
}

// Seal encrypts plain for the named record. A table that holds the result is
// registered (Register).
func (b *Box) Seal(plain []byte, record string) ([]byte, error) {
	return b.keys.Load().current.seal(plain, record)
}

// Unseal decrypts what Seal made for the same record, or answers ErrUnseal.
func (b *Box) Unseal(sealed []byte, record string) ([]byte, error) {
	k := b.keys.Load()
	if k.previous.owns(sealed) {
		return k.previous.open(sealed, record)
	}
	if len(sealed) >= wrapStart && sealed[0] == version && !k.current.owns(sealed) {
		return nil, fmt.Errorf("%w: it names key %x, this is key %s", ErrUnseal, sealed[1:wrapStart], k.current.name())
	}
	return k.current.open(sealed, record)
}
