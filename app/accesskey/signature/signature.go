// Package signature is how requests are signed with an access key and its secret,
// in the ways that Qiniu's Kodo and its clients sign them: base64url(HMAC-SHA1).
// It makes and checks signatures of upload tokens, management calls, callbacks and
// private downloads. It knows no keys; who has one asks here.
//
// Source: github.com/qiniu/go-sdk/v7/auth and Qiniu's manual, "security".
package signature

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what the protocol prescribes; HMAC-SHA1 is not broken
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/textproto"
	"slices"
	"strings"
)

// Sign is base64url(HMAC-SHA1(secret, data)).
func Sign(secret string, data []byte) string {
	h := hmac.New(sha1.New, []byte(secret))
	h.Write(data)
	return base64.URLEncoding.EncodeToString(h.Sum(nil))
}

// Equal compares signatures in constant time. Padding may be missing from the
// first, as some clients strip it.
func Equal(given, want string) bool {
	given, want = strings.TrimRight(given, "="), strings.TrimRight(want, "=")
	return subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1
}

// Style is one of the two ways in which requests are signed.
type Style uint8

// The styles, by the word that begins the Authorization header.
const (
	QBox  Style = iota // path, query and a form's body
	Qiniu              // also the method, host, type and X-Qiniu- headers
)

// String is the word of the Authorization header.
func (s Style) String() string {
	if s == Qiniu {
		return "Qiniu"
	}
	return "QBox"
}

// Request is what of an HTTP request is signed.
type Request struct {
	Method string
	Host   string // as in the Host header, with a port where there is one
	Path   string // as sent, with "?" and the query
	Plain  string // Path with its escapes resolved; "" = the same. Some clients sign this.
	Type   string // the Content-Type header
	Header map[string][]string
	Body   []byte
}

const formType = "application/x-www-form-urlencoded"

// kind is a content type without its parameters.
func kind(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// qbox is what the older style signs.
func (r Request) qbox(path string) []byte {
	data := append([]byte(path), '\n')
	if kind(r.Type) == formType {
		data = append(data, r.Body...)
	}
	return data
}

// qiniu is what the newer style signs. The body counts unless it is raw bytes.
func (r Request) qiniu(path, host string) []byte {
	t := r.Type
	if t == "" {
		t = formType
	}
	var b strings.Builder
	b.WriteString(r.Method + " " + path + "\nHost: " + host + "\nContent-Type: " + t + "\n")
	var lines []string
	for name, values := range r.Header {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if rest, ok := strings.CutPrefix(name, "X-Qiniu-"); ok && rest != "" {
			for _, v := range values {
				lines = append(lines, name+": "+v+"\n")
			}
		}
	}
	slices.Sort(lines)
	for _, l := range lines {
		b.WriteString(l)
	}
	b.WriteString("\n")
	if kind(t) != "application/octet-stream" {
		b.Write(r.Body)
	}
	return []byte(b.String())
}

// Authorize is the Authorization header of a request.
func Authorize(s Style, access, secret string, r Request) string {
	data := r.qbox(r.Path)
	if s == Qiniu {
		data = r.qiniu(r.Path, r.Host)
	}
	return s.String() + " " + access + ":" + Sign(secret, data)
}

// Header is an Authorization header in one of the styles.
type Header struct {
	Style  Style
	Access string // access key
	sign   string
}

// maxHeader bounds what is looked at as a signature, in bytes.
const maxHeader = 512

// ParseHeader reads an Authorization header; ok is false for other schemes and
// what can't be read.
func ParseHeader(h string) (_ Header, ok bool) {
	scheme, rest, found := strings.Cut(strings.TrimSpace(h), " ")
	if !found || len(h) > maxHeader {
		return Header{}, false
	}
	out := Header{}
	switch {
	case strings.EqualFold(scheme, "QBox"):
	case strings.EqualFold(scheme, "Qiniu"):
		out.Style = Qiniu
	default:
		return Header{}, false
	}
	out.Access, out.sign, found = strings.Cut(strings.TrimSpace(rest), ":")
	return out, found && out.Access != "" && out.sign != ""
}

// Verify reports whether the header signs the request with this secret. Beside the
// prescribed forms it takes two that clients really send: the path with its
// escapes resolved, and a host whose port is written twice.
func (h Header) Verify(secret string, r Request) bool {
	paths := []string{r.Path}
	if r.Plain != "" && r.Plain != r.Path {
		paths = append(paths, r.Plain)
	}
	hosts := []string{r.Host}
	if _, port, err := net.SplitHostPort(r.Host); err == nil && h.Style == Qiniu {
		hosts = append(hosts, r.Host+":"+port)
	}
	for _, path := range paths {
		if h.Style == QBox {
			if Equal(h.sign, Sign(secret, r.qbox(path))) {
				return true
			}
			continue
		}
		for _, host := range hosts {
			if Equal(h.sign, Sign(secret, r.qiniu(path, host))) {
				return true
			}
		}
	}
	return false
}
