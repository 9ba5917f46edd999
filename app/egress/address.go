// Package egress is the guarded way out: an HTTP client and a dialer for hosts
// that users name. The address is judged where it is dialled, after the name was
// resolved and again at every redirect, so that no name, redirect or second
// answer of a name server leads into the networks behind the server. It knows
// nothing of who asks or why.
package egress

import (
	"fmt"
	"net/netip"
)

// RefusedError says that an address is not one that may be dialled.
type RefusedError struct {
	Host   string // as asked for
	Reason string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the address of %s is refused: it is %s", e.Host, e.Reason)
}

// reserved are the ranges of the IANA special-purpose registries (RFC 6890 and
// its updates) that are not the public internet.
func reserved() []struct{ prefix, reason string } {
	return []struct{ prefix, reason string }{
		{"0.0.0.0/8", "unspecified"}, {"10.0.0.0/8", private}, {"100.64.0.0/10", "carrier-grade NAT"},
		{"127.0.0.0/8", loopback}, {"169.254.0.0/16", linkLocal}, {"172.16.0.0/12", private},
		{"192.0.0.0/24", "reserved"}, {"192.0.2.0/24", "documentation"}, {"192.88.99.0/24", "reserved"},
		{"192.168.0.0/16", private}, {"198.18.0.0/15", "benchmarking"}, {"198.51.100.0/24", "documentation"},
		{"203.0.113.0/24", "documentation"}, {"224.0.0.0/4", "multicast"}, {"240.0.0.0/4", "reserved"},
		{"::1/128", loopback}, {"::/96", embedded}, {"::ffff:0:0:0/96", embedded}, {"64:ff9b::/96", embedded},
		{"64:ff9b:1::/48", embedded}, {"2001::/32", embedded}, {"2001::/23", "reserved"}, {"2001:db8::/32", "documentation"},
		{"2002::/16", embedded}, {"3fff::/20", "documentation"}, {"fc00::/7", private}, {"fe80::/10", linkLocal},
		{"fec0::/10", private}, {"ff00::/8", "multicast"},
	}
}

const (
	private   = "private"
	loopback  = "loopback"
	linkLocal = "link-local"
	embedded  = "an IPv4 address inside an IPv6 one"
)

// Judge says what kind of address a is, "" for one of the public internet.
func Judge(a netip.Addr) string {
	if !a.IsValid() {
		return "no address"
	}
	if a.Zone() != "" {
		return linkLocal
	}
	a = a.Unmap() // ::ffff:a.b.c.d is dialled as a.b.c.d, and judged so
	for _, r := range reserved() {
		if netip.MustParsePrefix(r.prefix).Contains(a) {
			return r.reason
		}
	}
	if a.Is6() && !netip.MustParsePrefix("2000::/3").Contains(a) {
		return "reserved"
	}
	if a.Is6() && isatap(a) {
		return embedded
	}
	return ""
}

// isatap reports an interface identifier that holds an IPv4 address (RFC 5214).
func isatap(a netip.Addr) bool {
	b := a.As16()
	return (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}
