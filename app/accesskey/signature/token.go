package signature

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Token is an upload token, ACCESS:SIGN:POLICY.
type Token struct {
	Access string
	Policy []byte // the put policy's JSON, not yet judged

	sign    string
	encoded string // the policy as it came; this is what is signed
}

// maxToken bounds an upload token, in bytes.
const maxToken = 16 << 10

// ParseToken takes an upload token apart; ok is false for what is none. Nothing in
// it is to be believed before Verify.
func ParseToken(s string) (_ Token, ok bool) {
	s = strings.TrimSpace(s)
	parts := strings.Split(s, ":")
	if len(s) > maxToken || len(parts) != 3 || parts[0] == "" || parts[1] == "" {
		return Token{}, false
	}
	policy, err := Decode(parts[2])
	if err != nil || len(policy) == 0 {
		return Token{}, false
	}
	return Token{Access: parts[0], Policy: policy, sign: parts[1], encoded: parts[2]}, true
}

// Verify reports whether the token was signed with this secret.
func (t Token) Verify(secret string) bool {
	return Equal(t.sign, Sign(secret, []byte(t.encoded)))
}

// NewToken is the upload token for a policy.
func NewToken(access, secret string, policy []byte) string {
	encoded := base64.URLEncoding.EncodeToString(policy)
	return access + ":" + Sign(secret, []byte(encoded)) + ":" + encoded
}

// Decode reads base64url, with or without padding.
func Decode(s string) ([]byte, error) {
	return base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(s, "="))
}

// Encode writes base64url with padding, as Kodo's clients do.
func Encode(b []byte) string { return base64.URLEncoding.EncodeToString(b) }

// Download is a private download's signature, taken from its address.
type Download struct {
	Access  string
	Expires time.Time

	sign string
	base string // path and query up to the token
}

// ParseDownload finds e and token in a path and query as sent. ok is false where
// they are missing or can't be read; the token is the last of the query.
func ParseDownload(uri string) (_ Download, ok bool) {
	i := strings.LastIndex(uri, "token=")
	if i < 1 || uri[i-1] != '&' || strings.Contains(uri[i:], "&") {
		return Download{}, false
	}
	d := Download{base: uri[:i-1]}
	token, err := url.QueryUnescape(uri[i+len("token="):])
	if err != nil || len(token) > maxHeader {
		return Download{}, false
	}
	d.Access, d.sign, ok = strings.Cut(token, ":")
	if !ok || d.Access == "" || d.sign == "" {
		return Download{}, false
	}
	_, query, _ := strings.Cut(d.base, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if value, is := strings.CutPrefix(pair, "e="); is {
			sec, err := strconv.ParseInt(value, 10, 64)
			if err != nil || sec <= 0 || sec > 1<<40 {
				return Download{}, false
			}
			d.Expires = time.Unix(sec, 0)
		}
	}
	return d, !d.Expires.IsZero()
}

// Verify reports whether the address was signed with this secret under one of the
// origins ("http://files.example.com") by which clients may know the server.
func (d Download) Verify(secret string, origins []string) bool {
	for _, o := range origins {
		if Equal(d.sign, Sign(secret, []byte(o+d.base))) {
			return true
		}
	}
	return false
}

// DownloadURL is an address that is good until expires. address has no fragment.
func DownloadURL(access, secret, address string, expires time.Time) string {
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	address += mark + "e=" + strconv.FormatInt(expires.Unix(), 10)
	return address + "&token=" + access + ":" + Sign(secret, []byte(address))
}
