package door

import (
	"strconv"
	"strings"

	"stoa/app/accesskey/signature"
)

// Encode is base64url, as addresses have it.
func Encode(b []byte) string { return signature.Encode(b) }

// Decode reads base64url of the address.
func Decode(field, s string) (string, error) {
	b, err := signature.Decode(s)
	if err != nil {
		return "", BadRequest(field, "%s is no base64 as addresses have it (with - and _)", field)
	}
	return string(b), nil
}

// Values are what follows in an address: /name/value/name/value…
func Values(rest string) ([][2]string, error) {
	if rest == "" {
		return nil, nil
	}
	parts := strings.Split(rest, "/")
	if len(parts)%2 != 0 || len(parts) > maxValues {
		return nil, BadRequest("", "the address is /name/value/name/value")
	}
	out := make([][2]string, 0, len(parts)/2)
	for i := 0; i < len(parts); i += 2 {
		out = append(out, [2]string{parts[i], parts[i+1]})
	}
	return out, nil
}

// maxValues bounds what an address says.
const maxValues = 500

// SizeAnd splits an address's first part, a size in bytes, from what follows.
func SizeAnd(rest string) (size int64, more [][2]string, err error) {
	first, rest, _ := strings.Cut(rest, "/")
	size, err = strconv.ParseInt(first, 10, 64)
	if err != nil || size < -1 {
		return 0, nil, BadRequest("size", "%q is no size in bytes", Clip(first))
	}
	more, err = Values(rest)
	return size, more, err
}

// Clip shortens what is repeated in a message.
func Clip(s string) string {
	if len(s) > 64 {
		s = s[:64]
	}
	return strings.ToValidUTF8(s, "?")
}
