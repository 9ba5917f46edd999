package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Policy says where a client may go. The zero Policy is the strictest: public
// addresses, ports 80 and 443, three redirects, 16 MiB, half a minute.
type Policy struct {
	// Trust names hosts that the operator configured, as "host", "host:port",
	// "10.1.2.3" or "10.0.0.0/8": they may be private or loopback and on any port.
	// Link-local ones (where clouds keep their metadata) only if the address or
	// its network itself is named.
	Trust []string
	// Private also lets everybody name private and loopback addresses, on any
	// port: for registered executors. Link-local stays refused.
	Private   bool
	Ports     []int         // nil = 80 and 443
	Timeout   time.Duration // of a whole exchange, body included; 0 = 30 s
	MaxBody   int64         // bytes of an answer; 0 = 16 MiB
	Redirects int           // 0 = 3; -1 = none
	// Roots are the authorities that certificates must lead to; nil = the machine's.
	Roots *x509.CertPool
}

// ErrTooLarge means that an answer has more bytes than the policy allows.
var ErrTooLarge = errors.New("egress: the answer is larger than allowed")

const maxHeader = 64 << 10

// Client is an HTTP client under p. It uses no proxy and keeps no cookies.
func Client(p Policy) *http.Client {
	p = p.filled()
	t := &http.Transport{
		DialContext:            p.Dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.Roots},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  p.Timeout,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    4,
		MaxConnsPerHost:        32,
		IdleConnTimeout:        30 * time.Second,
		ForceAttemptHTTP2:      true,
	}
	return &http.Client{Transport: limited{t, p}, Timeout: p.Timeout, CheckRedirect: p.redirect}
}

func (p Policy) filled() Policy {
	if p.Ports == nil {
		p.Ports = []int{80, 443}
	}
	if p.Timeout == 0 {
		p.Timeout = 30 * time.Second
	}
	if p.MaxBody == 0 {
		p.MaxBody = 16 << 20
	}
	if p.Redirects == 0 {
		p.Redirects = 3
	}
	return p
}

// CheckURL refuses at once what can't be fetched under p whatever the name
// resolves to: another scheme, a port, credentials in the URL, an address.
func (p Policy) CheckURL(u *url.URL) error {
	p = p.filled()
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("only http and https URLs are fetched, not %q", u.Scheme)
	}
	if u.Host == "" || u.Hostname() == "" {
		return errors.New("the URL names no host")
	}
	if u.User != nil {
		return errors.New("the URL holds a user name or a password: leave it out")
	}
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if err := p.checkPort(host, port); err != nil {
		return err
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return p.checkAddress(host, port, a)
	}
	return nil
}

func (p Policy) checkPort(host, port string) error {
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("port %q is none", port)
	}
	if p.Private || slices.Contains(p.Ports, n) || p.trusts(host, port, netip.Addr{}) {
		return nil
	}
	return &RefusedError{Host: host, Reason: fmt.Sprintf("on port %d; ports %v are allowed", n, p.Ports)}
}

func (p Policy) checkAddress(host, port string, a netip.Addr) error {
	reason := Judge(a)
	switch {
	case reason == "", p.names(port, a):
		return nil
	case (reason == private || reason == loopback) && (p.Private || p.trusts(host, port, a)):
		return nil
	}
	return &RefusedError{Host: host, Reason: reason}
}

// trusts reports whether the host, by name or address, is in Trust.
func (p Policy) trusts(host, port string, a netip.Addr) bool {
	for _, t := range p.Trust {
		name, only, err := net.SplitHostPort(t)
		if err != nil {
			name, only = strings.Trim(t, "[]"), ""
		}
		if strings.EqualFold(strings.TrimSuffix(name, "."), strings.TrimSuffix(host, ".")) && (only == "" || only == port) {
			return true
		}
	}
	if !a.IsValid() {
		var err error
		if a, err = netip.ParseAddr(host); err != nil {
			return false
		}
	}
	return p.names(port, a)
}

// names reports whether the address itself, or a network it is in, is in Trust.
func (p Policy) names(port string, a netip.Addr) bool {
	a = a.Unmap()
	for _, t := range p.Trust {
		if n, err := netip.ParsePrefix(t); err == nil && n.Contains(a) {
			return true
		}
		if x, err := netip.ParseAddr(strings.Trim(t, "[]")); err == nil && x.Unmap() == a {
			return true
		}
		if x, err := netip.ParseAddrPort(t); err == nil && x.Addr().Unmap() == a && strconv.Itoa(int(x.Port())) == port {
			return true
		}
	}
	return false
}

// Dial connects to host:port under p; net.Dialer asks the guard for each address
// that the name resolved to, right before it connects.
func (p Policy) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	p = p.filled()
	if err := p.checkPort(host, port); err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	d.ControlContext = func(_ context.Context, _, dialled string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(dialled)
		if err != nil {
			return &RefusedError{Host: host, Reason: "no address"}
		}
		return p.checkAddress(host, port, ap.Addr())
	}
	return d.DialContext(ctx, network, address)
}

func (p Policy) redirect(r *http.Request, via []*http.Request) error {
	if len(via) > p.Redirects {
		return fmt.Errorf("more than %d redirects", max(p.Redirects, 0))
	}
	if via[len(via)-1].URL.Scheme == "https" && r.URL.Scheme != "https" {
		return errors.New("a redirect leads from https to http")
	}
	return p.CheckURL(r.URL)
}

// limited checks each request, redirected ones too, and bounds each answer.
type limited struct {
	next   http.RoundTripper
	policy Policy
}

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := l.policy.CheckURL(r.URL); err != nil {
		return nil, err
	}
	res, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if res.ContentLength > l.policy.MaxBody {
		return nil, errors.Join(ErrTooLarge, res.Body.Close())
	}
	res.Body = &bounded{res.Body, l.policy.MaxBody}
	return res, nil
}

// bounded is a body that fails behind left bytes instead of ending there.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}
