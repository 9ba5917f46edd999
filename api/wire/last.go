package wire

import (
	"net"
	"net/http"
	"path"
	"slices"
	"strings"
)

// What no route claims goes to the last route, if a dialect has one: files of
// users, whose names nobody knows beforehand.

// lastMethods are the methods of the last route.
var lastMethods = [...]string{http.MethodGet, http.MethodHead, http.MethodOptions}

// hostName is the host that a request names, without a port.
func hostName(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// lasts reports requests that are the last route's before any route is looked at:
// those to its own hosts, and paths that a mux would send elsewhere because they
// have empty or dotted parts, as names of files may.
func (m *Mux) lasts(r *http.Request) bool {
	if m.last == nil {
		return false
	}
	if m.site != nil && m.site(hostName(r)) {
		return true
	}
	clean := path.Clean(r.URL.Path)
	if clean == r.URL.Path || clean+"/" == r.URL.Path {
		return false
	}
	probe := r.Clone(r.Context())
	probe.URL.Path, probe.URL.RawPath = clean, ""
	_, pattern := m.mux.Handler(probe)
	return strings.HasSuffix(pattern, " /") && m.claims(probe, m.owner(hostName(r), clean))
}

// claims reports whether a request that matched no route is the last route's: no
// dialect has its prefix, and the path has two parts at least.
func (m *Mux) claims(r *http.Request, owner *mounted) bool {
	return m.last != nil && owner == m.dialects[0] && slices.Contains(lastMethods[:], r.Method) &&
		(len(m.lastHosts) == 0 || slices.Contains(m.lastHosts, hostName(r))) && strings.Count(r.URL.Path, "/") > 1
}

// Tops are the first parts of all paths that are served by name: what no user may
// give the first part of an address.
func (m *Mux) Tops() []string {
	var out []string
	add := func(path string) {
		top, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if top != "" && !strings.HasPrefix(top, "{") && !slices.Contains(out, top) {
			out = append(out, top)
		}
	}
	for _, p := range m.plain {
		add(p[strings.IndexByte(p, '/'):])
	}
	for _, d := range m.dialects {
		for _, p := range d.Prefixes {
			add(p)
		}
		for _, r := range d.Routes {
			add(r.Path)
		}
	}
	slices.Sort(out)
	return out
}
