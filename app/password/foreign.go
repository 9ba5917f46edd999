package password

import (
	"crypto/md5"  //nolint:gosec // what others used to store
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// A digest is how another system stored passwords without a slow hash. Its name
// says what was put together, in order:
//
//	md5           md5(password)
//	md5-salt      md5(password + salt)
//	salt-md5      md5(salt + password)
//	md5md5        md5(hex(md5(password)))
//	md5md5-salt   md5(hex(md5(password)) + salt)
//	salt-md5md5   md5(salt + hex(md5(password)))
//
// and so with sha1, sha256 and sha512. Such a hash is never kept: what is stored
// is argon2id over it, so that a stolen store is worth no more than any other.
type digest struct {
	algorithm string // md5, sha1, sha256, sha512
	twice     bool
	before    bool // the salt is in front
	salt      []byte
	sum       []byte // as the other system had it; nil in what is stored
}

const maxSalt = 256 // bytes

var errDigest = errors.New("it is no hash that this server knows: argon2id, bcrypt, PBKDF2, or md5, sha1, sha256, sha512 with the place of the salt (md5-salt$salt$hash)")

func newHash(algorithm string) (func() hash.Hash, bool) {
	switch algorithm {
	case "md5":
		return md5.New, true
	case "sha1":
		return sha1.New, true
	case "sha256":
		return sha256.New, true
	case "sha512":
		return sha512.New, true
	}
	return nil, false
}

// scheme reads a digest's name; salted says whether it has a salt.
func scheme(name string) (d digest, salted, ok bool) {
	name = strings.ToLower(name)
	if rest, found := strings.CutPrefix(name, "salt-"); found {
		name, d.before, salted = rest, true, true
	} else if rest, found := strings.CutSuffix(name, "-salt"); found {
		name, salted = rest, true
	}
	if half := len(name) / 2; len(name)%2 == 0 && half > 0 && name[:half] == name[half:] {
		name, d.twice = name[:half], true
	}
	d.algorithm = name
	_, ok = newHash(name)
	return d, salted, ok
}

func (d digest) name() string {
	name := d.algorithm
	if d.twice {
		name += d.algorithm
	}
	switch {
	case len(d.salt) == 0:
		return name
	case d.before:
		return "salt-" + name
	}
	return name + "-salt"
}

// parseDigest reads "md5$<hex>", "md5-salt$<salt>$<hex>" and the like; the salt is
// the text as it was put beside the password, and may hold $ itself.
func parseDigest(s string) (digest, error) {
	name, rest, found := strings.Cut(s, "$")
	d, salted, known := scheme(name)
	if !found || !known {
		return digest{}, errDigest
	}
	sum := rest
	if at := strings.LastIndexByte(rest, '$'); at >= 0 {
		if !salted {
			return digest{}, errDigest
		}
		d.salt, sum = []byte(rest[:at]), rest[at+1:]
	} else if salted {
		return digest{}, errors.New("its salt is missing: scheme$salt$hash is expected")
	}
	var err error
	if d.sum, err = hex.DecodeString(sum); err != nil {
		return digest{}, errors.New("its hash is not hexadecimal")
	}
	return d, d.check()
}

func (d digest) check() error {
	fresh, ok := newHash(d.algorithm)
	switch {
	case !ok:
		return errDigest
	case len(d.salt) > maxSalt:
		return fmt.Errorf("its salt is longer than %d bytes", maxSalt)
	case d.sum != nil && len(d.sum) != fresh().Size():
		return fmt.Errorf("its hash has %d bytes: %s has %d", len(d.sum), d.algorithm, fresh().Size())
	}
	return nil
}

// of is the digest of a password, as the other system made it.
func (d digest) of(password string) []byte {
	fresh, ok := newHash(d.algorithm)
	if !ok {
		return nil
	}
	middle := []byte(password)
	if d.twice {
		h := fresh()
		h.Write(middle)
		middle = []byte(hex.EncodeToString(h.Sum(nil)))
	}
	h := fresh()
	if d.before {
		h.Write(d.salt)
	}
	h.Write(middle)
	if !d.before {
		h.Write(d.salt)
	}
	return h.Sum(nil)
}

// wrapped is argon2id over a digest: "$over$md5-salt$<salt>" and the PHC form.
type wrapped struct {
	inner digest
	outer phc
}

const overMark = "$over$"

func (w wrapped) String() string {
	return overMark + w.inner.name() + "$" + base64.RawStdEncoding.EncodeToString(w.inner.salt) + w.outer.String()
}

func parseWrapped(s string) (w wrapped, err error) {
	rest, ok := strings.CutPrefix(s, overMark)
	parts := strings.SplitN(rest, "$", 3)
	if !ok || len(parts) != 3 {
		return w, errDigest
	}
	var known bool
	if w.inner, _, known = scheme(parts[0]); !known {
		return w, errDigest
	}
	if w.inner.salt, err = base64.RawStdEncoding.DecodeString(parts[1]); err != nil {
		return w, errDigest
	}
	if err := w.inner.check(); err != nil {
		return w, err
	}
	if w.outer, err = parsePHC("$" + parts[2]); err == nil && !w.outer.keyed {
		err = errPHC
	}
	return w, err
}
