package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

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

// master is one master key.
type master struct {
	raw  []byte
	wrap cipher.AEAD
	id   []byte
}

func newMaster(raw []byte) (*master, error) {
	if len(raw) != keySize {
		return nil, fmt.Errorf("seal: a master key has %d bytes, not %d", keySize, len(raw))
	}
	m := &master{raw: bytes.Clone(raw)}
	var err error
	if m.wrap, err = gcm(derive(m.raw, "wrap")); err != nil {
		return nil, err
	}
	m.id = derive(m.raw, "key id")[:idSize]
	return m, nil
}

// name is the public name of the key.
func (m *master) name() string { return hex.EncodeToString(m.id) }

func (m *master) seal(plain []byte, record string) ([]byte, error) {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	body, err := gcm(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, bodyStart+len(plain)+overhead)
	out = append(append(out, version), m.id...)
	out = m.wrap.Seal(out, nil, key, bound("key", record))
	return body.Seal(out, nil, plain, bound("value", record)), nil
}

// owns reports whether an envelope names the key.
func (m *master) owns(sealed []byte) bool {
	return m != nil && len(sealed) >= bodyStart+overhead && sealed[0] == version && bytes.Equal(sealed[1:wrapStart], m.id)
}

// unwrap gives the data key of an envelope.
func (m *master) unwrap(sealed []byte, record string) ([]byte, error) {
	if !m.owns(sealed) {
		return nil, ErrUnseal
	}
	key, err := m.wrap.Open(nil, nil, sealed[wrapStart:bodyStart], bound("key", record))
	if err != nil {
		return nil, ErrUnseal
	}
	return key, nil
}

func (m *master) open(sealed []byte, record string) ([]byte, error) {
	key, err := m.unwrap(sealed, record)
	if err != nil {
		return nil, err
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

// rewrap is an envelope of old's under m: the data key is wrapped anew, the value
// stays as it is.
func (m *master) rewrap(old *master, sealed []byte, record string) ([]byte, error) {
	key, err := old.unwrap(sealed, record)
	if err != nil {
		return nil, err
	}
	out := append(append(make([]byte, 0, len(sealed)), version), m.id...)
	out = m.wrap.Seal(out, nil, key, bound("key", record))
	return append(out, sealed[bodyStart:]...), nil
}

// derive is HKDF-SHA256 (RFC 5869).
func derive(from []byte, label string) []byte {
	key, err := hkdf.Key(sha256.New, from, nil, "stoa/"+label, keySize)
	if err != nil {
		panic(err) // only for lengths over 8 KiB
	}
	return key
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
