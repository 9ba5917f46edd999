package claim

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"stoa/app/egress"
)

// Figures of requests to sources.
const (
	peerPatience = 15 * time.Second
	peerAnswer   = 1 << 20
)

// ErrDown is a source that can't be asked; the text behind it says why.
var ErrDown = errors.New("the sign-in source can't be asked")

// ErrRefused is a person whom the source does not let in, or an answer that does
// not prove one; the text behind it is for the action log.
var ErrRefused = errors.New("the sign-in source proves nobody")

// FieldError is a setting that can't be used.
type FieldError struct{ Field, Text string }

func (e *FieldError) Error() string { return e.Field + ": " + e.Text }

// Wrong is a FieldError.
func Wrong(field, text string, args ...any) error {
	return &FieldError{Field: field, Text: fmt.Sprintf(text, args...)}
}

// Down says why a source can't be asked.
func Down(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // the URL may hold a secret
	}
	return fmt.Errorf("%w: %w", ErrDown, err)
}

// Refused says why nobody is proven.
func Refused(text string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(text, args...))
}

// CheckURL refuses what is no address of a source: https, or http where private
// networks are allowed.
func CheckURL(field, at string, private bool) error {
	u, err := url.Parse(at)
	switch {
	case err != nil || len(at) > 1024 || u.Host == "" || u.User != nil || u.Fragment != "" || u.RawQuery != "":
		return Wrong(field, "an address like https://login.example.com is expected")
	case u.Scheme != "https" && !(private && u.Scheme == "http"):
		return Wrong(field, "the address begins with https://; http:// is for private networks only")
	}
	return nil
}

// Client is an HTTP client for a source: to public hosts on ports 443 and 80 and
// those of the given addresses, or anywhere but link-local where private networks
// are allowed. ca is PEM; "" = the machine's authorities.
func Client(private bool, ca string, addresses ...string) (*http.Client, error) {
	p := egress.Policy{Private: private, Ports: []int{80, 443}, Timeout: peerPatience, MaxBody: peerAnswer, Redirects: -1}
	for _, at := range addresses {
		if u, err := url.Parse(at); err == nil && u.Port() != "" {
			if n, err := strconv.Atoi(u.Port()); err == nil {
				p.Ports = append(p.Ports, n)
			}
		}
	}
	if ca != "" {
		p.Roots = x509.NewCertPool()
		if len(ca) > 64<<10 || !p.Roots.AppendCertsFromPEM([]byte(ca)) {
			return nil, Wrong("ca", "there is no certificate in PEM form in it")
		}
	}
	return egress.Client(p), nil
}

// Join is a path under a base address.
func Join(base, path string) string { return strings.TrimRight(base, "/") + path }
