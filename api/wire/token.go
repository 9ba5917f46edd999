package wire

import (
	"net/http"
	"strings"
)

// The console's cookie: CookieSecure over TLS, CookiePlain over plain HTTP.
const (
	CookieSecure = "__Host-stoa"
	CookiePlain  = "stoa"
)

// maxToken bounds what is looked at as a token, in bytes.
const maxToken = 512

// AnyToken finds a token in the header own, else in any of the three that the
// documented APIs use: Authorization: Bearer, X-Auth-Token, X-Access-Token.
// own may be "". No cookie is looked at.
func AnyToken(r *http.Request, own string) string {
	if own != "" && own != "Authorization" {
		if t := clean(r.Header.Get(own)); t != "" {
			return t
		}
	}
	if t := bearer(r.Header.Get("Authorization")); t != "" {
		return t
	}
	if t := clean(r.Header.Get("X-Auth-Token")); t != "" {
		return t
	}
	return clean(r.Header.Get("X-Access-Token"))
}

// CookieToken finds the token of the console's cookie; "" = none. Over TLS only
// the name that browsers protect is believed.
func CookieToken(r *http.Request, secure bool) string {
	if len(r.Header["Cookie"]) == 0 {
		return ""
	}
	name := CookiePlain
	if secure {
		name = CookieSecure
	}
	k, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return clean(k.Value)
}

// SessionCookie is the console's cookie with a token; "" takes it away.
func SessionCookie(token string, secure bool) *http.Cookie {
	k := &http.Cookie{Name: CookiePlain, Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode}
	if secure {
		k.Name = CookieSecure
	}
	if token == "" {
		k.MaxAge = -1
	}
	return k
}

// bearer takes the token out of an Authorization header; "" when the scheme is
// another one, HTTP Basic for instance.
func bearer(h string) string {
	scheme, token, ok := strings.Cut(h, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return clean(token)
}

// clean is a token without surrounding space; "" when it can't be one.
func clean(t string) string {
	t = strings.TrimSpace(t)
	if len(t) > maxToken {
		return ""
	}
	for i := range len(t) {
		if t[i] <= ' ' || t[i] >= 0x7f {
			return ""
		}
	}
	return t
}
