// Package password keeps and checks passwords: argon2id with a server pepper in
// PHC form, a bounded set of low-priority threads that hash, and the policy that
// a new password must meet. It knows no accounts and no storage.
//
// The bare argon2id, bcrypt or PBKDF2 of an import is accepted as it is; Verify then
// asks for an upgrade to the house's own form, which a successful sign-in brings. A
// bare or salted MD5, SHA-1, SHA-256 or SHA-512 is wrapped in argon2id first (Adopt).
package password

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

// Params are the costs of argon2id.
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// Default is OWASP's first choice: 19 MiB, two passes, one lane.
func Default() Params { return Params{Memory: 19 << 10, Time: 2, Threads: 1} }

const (
	saltBytes = 16
	hashBytes = 32
)

// Hasher hashes and verifies. Close ends its threads.
type Hasher struct {
	params Params
	pepper func() []byte
	dummy  string // of no password: what an unknown account is compared with
	pool   *pool
}

// Options of New. The zero value of a field is the production default.
type Options struct {
	Params  Params
	Workers int // hashes at a time; 0 = the processors that Go uses
	Queue   int // how many may wait for a worker; 0 = 128 a worker
}

// New makes a hasher. pepper is the server's secret: without it a stolen store
// says nothing about passwords.
func New(pepper func() []byte, o Options) *Hasher {
	if o.Params == (Params{}) {
		o.Params = Default()
	}
	h := &Hasher{params: o.Params, pepper: pepper, pool: newPool(o.Workers, o.Queue)}
	hash := phc{Params: o.Params, keyed: true, salt: make([]byte, saltBytes), hash: make([]byte, hashBytes)}
	_, _ = rand.Read(hash.salt) // never fails (crypto/rand)
	_, _ = rand.Read(hash.hash)
	h.dummy = hash.String()
	return h
}

// Close ends the threads; calls under way finish, later ones are Unavailable.
func (h *Hasher) Close() { h.pool.close() }

// Done is how many passwords were hashed since the start.
func (h *Hasher) Done() uint64 { return h.pool.done.Load() }

// Workers is the number of threads that hash.
func (h *Hasher) Workers() int { return h.pool.workers }

// Hash gives the PHC form of a password. It waits for a free worker as long as
// ctx allows; too many waiting is fault.Unavailable.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	p := phc{Params: h.params, keyed: true, salt: make([]byte, saltBytes)}
	_, _ = rand.Read(p.salt)
	hash, err := h.pool.do(ctx, func() []byte { return h.derive(p, password) })
	if err != nil {
		return "", err
	}
	p.hash = hash
	return p.String(), nil
}

// Verify reports whether password is the one that stored was made of, and
// whether stored should be replaced by a new Hash of it. It costs the same when
// stored is "", which no password matches: for accounts that are not there.
func (h *Hasher) Verify(ctx context.Context, stored, password string) (ok, upgrade bool, err error) {
	absent := stored == ""
	if absent {
		stored = h.dummy
	}
	if isBcrypt(stored) || isPBKDF2(stored) {
		return h.verifySlow(ctx, stored, password)
	}
	p, input, err := parseStored(stored, password)
	if err != nil {
		return false, false, err
	}
	hash, err := h.pool.do(ctx, func() []byte { return h.derive(p, input) })
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(hash, p.hash) == 1 && !absent
	return ok, ok && (!p.keyed || p.Params != h.params || strings.HasPrefix(stored, overMark)), nil
}

// parseStored is the argon2id of what is stored, and what it is over: the
// password, or the digest of it that another system had.
func parseStored(stored, password string) (phc, string, error) {
	if !strings.HasPrefix(stored, overMark) {
		p, err := parsePHC(stored)
		return p, password, err
	}
	w, err := parseWrapped(stored)
	if err != nil {
		return phc{}, "", err
	}
	return w.outer, hex.EncodeToString(w.inner.of(password)), nil
}

// verifySlow compares with a slow hash of another system's.
func (h *Hasher) verifySlow(ctx context.Context, stored, password string) (ok, upgrade bool, err error) {
	matches := func() bool { return bcrypt.CompareHashAndPassword([]byte(stored), []byte(password)) == nil }
	if isPBKDF2(stored) {
		d, err := parsePBKDF2(stored)
		if err != nil {
			return false, false, err
		}
		matches = func() bool { return subtle.ConstantTimeCompare(d.of(password), d.key) == 1 }
	}
	match, err := h.pool.do(ctx, func() []byte {
		if !matches() {
			return nil
		}
		return []byte(stored)
	})
	return match != nil, match != nil, err
}

// Adopt is what is to be stored of a hash that comes from elsewhere (Importable):
// itself where it is slow to try, else argon2id over it. It takes time.
func (h *Hasher) Adopt(ctx context.Context, foreign string) (string, error) {
	if err := Importable(foreign); err != nil {
		return "", err
	}
	d, err := parseDigest(foreign)
	if err != nil {
		return foreign, nil // Importable knows it: it is none of the quick ones
	}
	w := wrapped{inner: d, outer: phc{Params: h.params, keyed: true, salt: make([]byte, saltBytes)}}
	_, _ = rand.Read(w.outer.salt)
	w.outer.hash, err = h.pool.do(ctx, func() []byte { return h.derive(w.outer, hex.EncodeToString(d.sum)) })
	if err != nil {
		return "", err
	}
	return w.String(), nil
}

// derive is argon2id of the password, which is keyed with the pepper first
// unless the hash was made elsewhere.
func (h *Hasher) derive(p phc, password string) []byte {
	input := []byte(password)
	if p.keyed {
		mac := hmac.New(sha256.New, h.pepper())
		mac.Write(norm.NFKC.Bytes(input))
		input = mac.Sum(nil)
	}
	n := uint32(hashBytes)
	if len(p.hash) > 0 {
		n = uint32(len(p.hash))
	}
	return argon2.IDKey(input, p.salt, p.Time, p.Memory, p.Threads, n)
}

// Importable says what is wrong with a hash that comes from elsewhere; nil when
// Verify can work with it, once it is adopted, at a bearable cost.
func Importable(stored string) error {
	if isBcrypt(stored) {
		cost, err := bcrypt.Cost([]byte(stored))
		switch {
		case err != nil || len(stored) != 60:
			return errors.New("it is no complete bcrypt hash")
		case cost > maxBcryptCost:
			return errors.New("its bcrypt cost is above 14")
		}
		return nil
	}
	if isPBKDF2(stored) {
		_, err := parsePBKDF2(stored)
		return err
	}
	if !strings.HasPrefix(stored, "$") {
		_, err := parseDigest(stored)
		return err
	}
	p, err := parsePHC(stored)
	if err == nil && p.keyed {
		return errPHC // made with another server's pepper: nothing would match it
	}
	return err
}

// Storable says what is wrong with a hash that is to be kept as it is; nil for what
// Hash and Adopt give.
func Storable(stored string) error {
	switch {
	case strings.HasPrefix(stored, overMark):
		_, err := parseWrapped(stored)
		return err
	case isBcrypt(stored) || isPBKDF2(stored):
		return Importable(stored)
	}
	_, err := parsePHC(stored)
	return err
}
