package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Beginnings of tokens. They say what a string is that turns up where it should
// not; the secret is the 256 random bits behind.
const (
	sessionPrefix  = "stoa_s_"
	refreshPrefix  = "stoa_r_"
	personalPrefix = "stoa_p_"
)

const secretLength = 43 // 32 bytes in base64url

// kind is what a token can be by its looks.
type kind uint8

const (
	kindNone kind = iota
	kindSession
	kindRefresh
	kindPersonal
)

// newSecret is a token of 256 random bits.
func newSecret(prefix string) string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return prefix + base64.RawURLEncoding.EncodeToString(raw)
}

// newUUID is a token of 128 random bits in the shape of a UUID; no bits are given
// up for a version.
func newUUID() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	h := hex.EncodeToString(raw)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func (s Shape) token() string {
	if s == ShapeUUID {
		return newUUID()
	}
	return newSecret(sessionPrefix)
}

func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// kindOf tells what a token can be, so that garbage costs no look-up.
func kindOf(token string) kind {
	if len(token) == 36 && isUUID(token) {
		return kindSession
	}
	for _, k := range [...]struct {
		prefix string
		kind   kind
	}{{sessionPrefix, kindSession}, {refreshPrefix, kindRefresh}, {personalPrefix, kindPersonal}} {
		if secret, ok := strings.CutPrefix(token, k.prefix); ok && len(secret) == secretLength && isBase64(secret) {
			return k.kind
		}
	}
	return kindNone
}

func isUUID(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
		default:
			return false
		}
	}
	return true
}

func isBase64(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
