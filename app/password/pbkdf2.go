package password

import (
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // PBKDF2 with HMAC-SHA-1 is what others used
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

const maxIterations = 2_000_000

var errPBKDF2 = errors.New("it is no PBKDF2 hash: pbkdf2_sha256$iterations$salt$hash or $pbkdf2-sha256$i=iterations$salt$hash is expected")

// derived is a PBKDF2 hash (RFC 8018) in one of two forms: Django's, whose salt is
// the text itself and whose base64 is padded, and PHC, with both in base64 (that
// of passlib, with . for +, too).
type derived struct {
	hash       func() hash.Hash
	iterations int
	salt, key  []byte
}

func isPBKDF2(s string) bool {
	return strings.HasPrefix(s, "pbkdf2_") || strings.HasPrefix(s, "$pbkdf2-") || strings.HasPrefix(s, "$pbkdf2$")
}

func parsePBKDF2(s string) (d derived, err error) {
	parts := strings.Split(s, "$")
	django := len(parts) == 4
	if !django && (len(parts) != 5 || parts[0] != "") {
		return d, errPBKDF2
	}
	if !django {
		parts = parts[1:]
	}
	var ok bool
	name := strings.TrimLeft(strings.TrimPrefix(parts[0], "pbkdf2"), "_-")
	if d.hash, ok = pseudorandom(name, django); !ok {
		return d, errPBKDF2
	}
	rounds, _, _ := strings.Cut(strings.TrimPrefix(parts[1], "i="), ",")
	if d.iterations, err = strconv.Atoi(rounds); err != nil || d.iterations < 1 {
		return d, errPBKDF2
	}
	d.salt = []byte(parts[2])
	if !django {
		if d.salt, err = decode64(parts[2]); err != nil {
			return d, errPBKDF2
		}
	}
	if d.key, err = decode64(parts[3]); err != nil {
		return d, errPBKDF2
	}
	switch {
	case d.iterations > maxIterations:
		return d, fmt.Errorf("its iterations are above %d", maxIterations)
	case len(d.key) < 16 || len(d.key) > 128 || len(d.salt) > maxSalt:
		return d, fmt.Errorf("its hash needs 16 to 128 bytes and its salt at most %d", maxSalt)
	}
	return d, nil
}

func pseudorandom(name string, django bool) (func() hash.Hash, bool) {
	switch name {
	case "sha1":
		return sha1.New, true
	case "": // passlib's name for HMAC-SHA-1
		return sha1.New, !django
	case "sha256":
		return sha256.New, true
	case "sha512":
		return sha512.New, true
	}
	return nil, false
}

// decode64 reads base64 with or without padding, and with passlib's . for +.
func decode64(s string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.ReplaceAll(strings.TrimRight(s, "="), ".", "+"))
}

func (d derived) of(password string) []byte {
	key, err := pbkdf2.Key(d.hash, password, d.salt, d.iterations, len(d.key))
	if err != nil {
		return nil
	}
	return key
}
