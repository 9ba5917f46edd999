// Package seal keeps secrets unreadable at rest: envelope encryption under one
// master key of the installation. It knows none of the secrets' meanings.
//
// Each secret is encrypted with a key of its own (AES-256-GCM), and that key is
// wrapped by a key derived from the master key. The name of the record that
// holds the secret ("account/12/totp") is authenticated with both, so that a
// sealed value copied to another record does not open there.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// ErrUnseal means that a sealed value is damaged, belongs to another record or
// was sealed under another master key.
var ErrUnseal = errors.New("seal: the value is damaged, of another record or sealed with another key")

// The envelope: version (1 byte), id of the master key (4), wrapped data key
// (nonce 12, key 32, tag 16), sealed value (nonce 12, value, tag 16).
const (
	version   = 1
	keySize   = 32
	idSize    = 4
	overhead  = 12 + 16 // nonce and tag of AES-GCM
	wrapStart = 1 + idSize
	bodyStart = wrapStart + keySize + overhead
)

// Box seals and unseals under one master key. It is safe for concurrent use.
type Box struct {
	master []byte
	wrap   cipher.AEAD
	id     []byte
	status Status
	check  checkTable
}

// Status says where the master key came from; for the system page.
type Status struct {
	Source    string // credential, file, environment, generated or memory
	Path      string // of the key file, "" when there is none
	KeyID     string // public name of the key, hexadecimal
	Generated bool   // the key lies beside the data: whoever copies the one has the other
}

// New makes a box of a 32-byte master key; it is for tests and for callers that
// have the key already. Servers use Open.
func New(master []byte) (*Box, error) {
	if len(master) != keySize {
		return nil, fmt.Errorf("seal: a master key has %d bytes, not %d", keySize, len(master))
	}
	b := &Box{master: bytes.Clone(master)}
	var err error
	if b.wrap, err = gcm(b.Derive("wrap")); err != nil {
		return nil, err
	}
	b.id = b.Derive("key id")[:idSize]
	b.status = Status{Source: "memory", KeyID: hex.EncodeToString(b.id)}
	return b, nil
}

// Status says where the master key came from.
func (b *Box) Status() Status { return b.status }

// Derive gives a 32-byte key for one purpose, always the same for a master key
// and a label (HKDF-SHA256, RFC 5869).
func (b *Box) Derive(label string) []byte {
	key, err := hkdf.Key(sha256.New, b.master, nil, "stoa/"+label, keySize)
	if err != nil {
		panic(err) // only for lengths over 8 KiB
	}
	return key
}

// Seal encrypts plain for the named record.
func (b *Box) Seal(plain []byte, record string) ([]byte, error) {
	key := make([]byte, keySize)
	rand.Read(key)
	body, err := gcm(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, bodyStart+len(plain)+overhead)
	out = append(append(out, version), b.id...)
	out = b.wrap.Seal(out, nil, key, bound("key", record))
	return body.Seal(out, nil, plain, bound("value", record)), nil
}

// Unseal decrypts what Seal made for the same record, or answers ErrUnseal.
func (b *Box) Unseal(sealed []byte, record string) ([]byte, error) {
	if len(sealed) < bodyStart+overhead || sealed[0] != version {
		return nil, ErrUnseal
	}
	if !bytes.Equal(sealed[1:wrapStart], b.id) {
		return nil, fmt.Errorf("%w: it names key %x, this is key %x", ErrUnseal, sealed[1:wrapStart], b.id)
	}
	key, err := b.wrap.Open(nil, nil, sealed[wrapStart:bodyStart], bound("key", record))
	if err != nil {
		return nil, ErrUnseal
	}
	body, err := gcm(key)
	if err != nil {
		return nil, err
	}
	plain, err := body.Open(nil, nil, sealed[bodyStart:], bound("value", record))
	if err != nil {
		return nil, ErrUnseal
	}
	return plain, nil
}

// bound is the associated data: what the ciphertext is and where it belongs.
func bound(part, record string) []byte { return []byte("stoa seal 1 " + part + "\x00" + record) }

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
