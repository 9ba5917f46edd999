// Package origin says where a request comes from: the client's address behind
// proxies that are trusted, and the id by which the request is told from others.
package origin

import (
	"crypto/rand"
	"encoding/base32"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the networks whose X-Forwarded-For and X-Forwarded-Proto are believed.
type Proxies []netip.Prefix

// trusts reports whether an address belongs to a trusted proxy.
func (p Proxies) trusts(a netip.Addr) bool {
	for _, n := range p {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// Client is the client's address and whether it speaks TLS. Of X-Forwarded-For
// the rightmost address that is no trusted proxy counts: everything left of it
// was written by somebody unknown.
func (p Proxies) Client(r *http.Request) (address string, secure bool) {
	secure = r.TLS != nil
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if len(p) == 0 {
		return host, secure
	}
	peer, err := netip.ParseAddr(host)
	if err != nil || !p.trusts(peer.Unmap().WithZone("")) {
		return host, secure
	}
	if proto := r.Header.Values("X-Forwarded-Proto"); len(proto) > 0 {
		last := proto[len(proto)-1]
		secure = strings.EqualFold(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]), "https")
	}
	return p.forwarded(r, host), secure
}

func (p Proxies) forwarded(r *http.Request, host string) string {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		a, ok := hop(hops[i])
		if !ok {
			return host
		}
		host = a.String()
		if !p.trusts(a) {
			break
		}
	}
	return host
}

// hop parses one address of X-Forwarded-For, with or without a port.
func hop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().WithZone(""), true
	}
	ap, err := netip.ParseAddrPort(s)
	return ap.Addr().Unmap().WithZone(""), err == nil
}

// maxRequestID bounds a request id that a client brings.
const maxRequestID = 64

// RequestID takes a sane X-Request-Id of the client, else makes one of 80
// random bits.
func RequestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); saneID(id) {
		return id
	}
	var raw [10]byte
	rand.Read(raw[:])
	var out [16]byte
	base32.HexEncoding.Encode(out[:], raw[:])
	return string(out[:])
}

func saneID(id string) bool {
	if len(id) < 8 || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}
