package application

import (
	"net/url"
	"slices"
	"strings"

	"stoa/app/fault"
)

// MayRedirect reports whether a browser may be sent to uri with what it asked
// for: the registered URIs hold to the letter, but for the port of those on the
// loopback address (RFC 8252, 7.3: a native program takes any that is free).
func (a *Application) MayRedirect(uri string) bool { return among(a.Redirects, uri) }

// MayLogout reports whether a browser may be sent to uri after signing out.
func (a *Application) MayLogout(uri string) bool { return among(a.Logouts, uri) }

func among(registered []string, uri string) bool {
	return slices.ContainsFunc(registered, func(r string) bool { return r == uri || sameButPort(r, uri) })
}

// sameButPort compares two URIs on the loopback address.
func sameButPort(registered, uri string) bool {
	a, err1 := url.Parse(registered)
	b, err2 := url.Parse(uri)
	if err1 != nil || err2 != nil || len(uri) > maxURI || a.Scheme != "http" || b.Scheme != "http" {
		return false
	}
	if host := a.Hostname(); host != "127.0.0.1" && host != "::1" || host != b.Hostname() {
		return false
	}
	return b.User == nil && b.Fragment == "" && !strings.Contains(uri, "#") && a.EscapedPath() == b.EscapedPath() && a.RawQuery == b.RawQuery
}

// cleanURIs checks addresses that browsers are to be sent to.
func cleanURIs(field string, uris []string) ([]string, error) {
	if len(uris) > MaxURIs {
		return nil, fault.New(fault.Invalid, "application.uris", field, "an application has at most %d of these addresses", MaxURIs)
	}
	var out []string
	for _, uri := range uris {
		uri = strings.TrimSpace(uri)
		if why := badURI(uri); why != "" {
			return nil, fault.New(fault.Invalid, "application.uri", field, "%q can't be used: %s", clip(uri), why)
		}
		if !slices.Contains(out, uri) {
			out = append(out, uri)
		}
	}
	return out, nil
}

// badURI says why browsers can't be sent to an address; "" = they can. What runs
// as a script (javascript:, data:) is none of the schemes that are let through.
func badURI(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case uri == "" || len(uri) > maxURI || err != nil || strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }):
		return "a whole address is expected, such as https://app.example.com/callback"
	case strings.Contains(uri, "#"):
		return "it may have no fragment (#)"
	case strings.Contains(uri, "*"):
		return "wildcards are not supported: addresses are compared to the letter"
	case u.User != nil:
		return "it may hold no user name"
	case u.Scheme == "https" || u.Scheme == "http":
		if u.Hostname() == "" {
			return "it names no host"
		}
		return ""
	case !strings.Contains(u.Scheme, "."):
		return "it must begin with https:// or http://, or with a scheme of the program's own that is a domain name turned round (com.example.app:/callback)"
	}
	return ""
}

func isWebPage(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(s) <= maxURI && badURI(s) == ""
}

// clip keeps a quoted input short.
func clip(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), 80)], "?")
}
