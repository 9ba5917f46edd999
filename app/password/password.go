// Package password keeps and checks passwords: argon2id with a server pepper in
// PHC form, a bounded set of low-priority threads that hash, and the policy that
// a new password must meet. It knows no accounts and no storage.
//
// The bare argon2id or bcrypt of an import is accepted as it is; Verify then asks
// for an upgrade to the house's own form, which a successful sign-in brings.
package password

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"

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
	pepper []byte
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
func New(pepper []byte, o Options) *Hasher {
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
	if isBcrypt(stored) {
		match, err := h.pool.do(ctx, func() []byte {
			if bcrypt.CompareHashAndPassword([]byte(stored), []byte(password)) != nil {
				return nil
			}
			return []byte(stored)
		})
		return match != nil, match != nil, err
	}
	p, err := parsePHC(stored)
	if err != nil {
		return false, false, err
	}
	hash, err := h.pool.do(ctx, func() []byte { return h.derive(p, password) })
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(hash, p.hash) == 1 && !absent
	return ok, ok && (!p.keyed || p.Params != h.params), nil
}

// derive is argon2id of the password, which is keyed with the pepper first
// unless the hash was made elsewhere.
func (h *Hasher) derive(p phc, password string) []byte {
	input := []byte(password)
	if p.keyed {
		mac := hmac.New(sha256.New, h.pepper)
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
// Verify can work with it at a bearable cost.
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
	_, err := parsePHC(stored)
	return err
}
