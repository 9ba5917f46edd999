package door

import (
	"net/http"

	"stoa/api/wire"
)

// Marked gives a handler's answers the headers that all answers have.
func Marked(handle wire.Handler) wire.Handler {
	return func(c *wire.Call) (any, error) {
		result, err := handle(c)
		if err != nil {
			return nil, err
		}
		return wire.WithHeader{Value: result, Header: marks(c)}, nil
	}
}

// marks are headers of every answer: the request's id by Kodo's name, and leave for
// pages of any site, since what lets a caller in is in the request itself and never
// in a cookie.
func marks(c *wire.Call) http.Header {
	return http.Header{
		"X-Reqid":                       {c.RequestID},
		"Access-Control-Allow-Origin":   {"*"},
		"Access-Control-Expose-Headers": {"X-Reqid, X-Log, ETag, Content-Length, Content-Range, Accept-Ranges"},
	}
}

// Both are a route by a method and by OPTIONS, for programs that run in pages.
func Both(method, path, name string, handle wire.Handler) []wire.Route {
	return []wire.Route{
		{Method: method, Path: path, Name: name, Public: true, Long: true, Handle: handle},
		{Method: "OPTIONS", Path: path, Name: name + ".preflight", Public: true, Handle: Preflight},
	}
}

// Preflight answers a browser that asks whether a page may make a request.
func Preflight(*wire.Call) (any, error) {
	return wire.WithHeader{Value: wire.NoContent{}, Header: http.Header{
		"Access-Control-Allow-Methods": {"GET, HEAD, POST, PUT, DELETE, OPTIONS"},
		"Access-Control-Allow-Headers": {"Authorization, Content-Type, Content-MD5, Range, If-None-Match, X-Reqid, X-Requested-With, X-File-Name, X-Qiniu-Date"},
		"Access-Control-Max-Age":       {"86400"},
	}}, nil
}

// Base is the address of the server as the client knows it.
func Base(c *wire.Call) string {
	scheme := "http"
	if c.Secure() {
		scheme = "https"
	}
	return scheme + "://" + c.Request().Host
}

// WebPorts are those at which web servers of users are asked.
func WebPorts() []int { return []int{80, 443, 8080, 8443} }
