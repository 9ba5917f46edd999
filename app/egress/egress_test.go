package egress

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	for _, a := range []string{"127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255",
		"169.254.169.254", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.9", "203.0.113.7", "192.0.0.8",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::1",
		"fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1", "4000::1", "2400:cb00::5efe:7f00:1",
		"2400:cb00::200:5efe:a00:1"} {
		if Judge(netip.MustParseAddr(a)) == "" {
			t.Errorf("%s counts as public", a)
		}
	}
	for _, a := range []string{"8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.167.1.1", "2400:cb00::1", "2a00:1450::5", "::ffff:8.8.8.8"} {
		if r := Judge(netip.MustParseAddr(a)); r != "" {
			t.Errorf("%s counts as %s", a, r)
		}
	}
}

func get(p Policy, at string) (string, error) {
	res, err := Client(p).Get(at)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

func server(t *testing.T, h http.HandlerFunc) (at string, port string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return s.URL, u.Port()
}

func refused(err error) bool {
	var r *RefusedError
	return errors.As(err, &r)
}

func TestLoopbackIsReachedOnlyWhereAllowed(t *testing.T) {
	at, port := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	byName := "http://localhost:" + port
	for _, c := range []struct {
		policy Policy
		url    string
		ok     bool
	}{
		{Policy{}, at, false},
		{Policy{}, byName, false},
		{Policy{Ports: []int{atoi(port)}}, byName, false}, // the name resolves to loopback: judged when dialled
		{Policy{Trust: []string{"localhost"}}, byName, true},
		{Policy{Trust: []string{"localhost:" + port}}, byName, true},
		{Policy{Trust: []string{"localhost:1"}}, byName, false},
		{Policy{Trust: []string{"localhost"}}, at, false},
		{Policy{Trust: []string{"127.0.0.0/8"}}, at, true},
		{Policy{Trust: []string{"127.0.0.1:" + port}}, at, true},
		{Policy{Private: true}, byName, true},
	} {
		body, err := get(c.policy, c.url)
		if c.ok && (err != nil || body != "hello") || !c.ok && !refused(err) {
			t.Errorf("%+v %s: %q, %v", c.policy, c.url, body, err)
		}
	}
}

func atoi(s string) (n int) {
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

func TestLinkLocalStaysRefused(t *testing.T) {
	for _, p := range []Policy{{Private: true}, {Trust: []string{"metadata.example.com"}}} {
		err := p.filled().checkAddress("metadata.example.com", "80", netip.MustParseAddr("169.254.169.254"))
		if !refused(err) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	named := Policy{Trust: []string{"169.254.10.0/24"}}
	if err := named.filled().checkAddress("x", "80", netip.MustParseAddr("169.254.10.1")); err != nil {
		t.Errorf("a network that the operator named: %v", err)
	}
}

func TestRedirectsAreJudgedAnew(t *testing.T) {
	inner, innerPort := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "inner secret") })
	outer, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	})
	host := strings.TrimPrefix(outer, "http://")
	p := Policy{Trust: []string{host}}
	for _, to := range []string{inner, "http://localhost:" + innerPort, "file:///etc/passwd", "http://169.254.169.254/latest", "http://[::1]:" + innerPort,
		"http://[::ffff:127.0.0.1]:" + innerPort, "http://user:pw@" + host} {
		if body, err := get(p, outer+"/?to="+url.QueryEscape(to)); err == nil {
			t.Errorf("the redirect to %s is followed: %q", to, body)
		}
	}
	loop, _ := server(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) })
	if _, err := get(Policy{Private: true}, loop); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("endless redirects: %v", err)
	}
	if _, err := get(Policy{Private: true, Redirects: -1}, loop); err == nil {
		t.Error("a redirect is followed where none is allowed")
	}
}

func TestAnswersAreBounded(t *testing.T) {
	at, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/chunked" {
			w.(http.Flusher).Flush()
		}
		_, _ = w.Write(bytes.Repeat([]byte("x"), 1000))
	})
	for _, path := range []string{"/plain", "/chunked"} {
		if _, err := get(Policy{Private: true, MaxBody: 999}, at+path); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s, one byte more than allowed: %v", path, err)
		}
		if body, err := get(Policy{Private: true, MaxBody: 1000}, at+path); err != nil || len(body) != 1000 {
			t.Errorf("%s, just allowed: %d bytes, %v", path, len(body), err)
		}
	}
}

func TestTheEnvironmentsProxyIsNotUsed(t *testing.T) {
	used := false
	proxy, _ := server(t, func(http.ResponseWriter, *http.Request) { used = true })
	t.Setenv("HTTP_PROXY", proxy)
	at, _ := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "direct") })
	if body, err := get(Policy{Private: true}, at); err != nil || body != "direct" || used {
		t.Errorf("%q, %v, proxy used: %v", body, err, used)
	}
}

func TestDialRefusesPortsAndAddresses(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if _, err := (Policy{}).Dial(context.Background(), "tcp", l.Addr().String()); !refused(err) {
		t.Errorf("loopback: %v", err)
	}
	c, err := Policy{Trust: []string{l.Addr().String()}}.Dial(context.Background(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatalf("a trusted address: %v", err)
	}
	_ = c.Close()
	if err := (Policy{}).CheckURL(&url.URL{Scheme: "https", Host: "example.com:22"}); !refused(err) {
		t.Errorf("port 22: %v", err)
	}
}

func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"http://example.com", "http://[::1]:80/", "http://0x7f.1/", "https://a:b@c", "http://127.0.0.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.Parse(s)
		if err != nil {
			return
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && Judge(a) != "" && (Policy{}).CheckURL(u) == nil {
			t.Errorf("%q passes", s)
		}
	})
}
