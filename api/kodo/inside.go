package kodo

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"stoa/api/wire"
)

// Requests that users have the server make to itself are handed to its own
// handler: what listens there is no business of the guard that judges addresses,
// and a proxy in front may not be reachable from inside.

// lookupTime bounds a look at the buckets' host names.
const lookupTime = 2 * time.Second

func lookupContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), lookupTime)
}

// client is next for requests elsewhere; those to the server itself, as the
// configuration or this very request names it, are handed over. They come from the
// address that the caller came from.
func (h *handlers) client(c *wire.Call, next *http.Client) *http.Client {
	if h.own == nil {
		return next
	}
	out := *next
	out.Transport = &inside{handlers: h, host: c.Request().Host, from: c.Origin().Address, next: next.Transport}
	return &out
}

type inside struct {
	handlers *handlers
	host     string
	from     string
	next     http.RoundTripper
}

// leadsHere reports whether an address is the server's own.
func (i *inside) leadsHere(u *url.URL) bool {
	if strings.EqualFold(u.Host, i.host) || ownHost(i.handlers.app.Config, u.Hostname()) {
		return true
	}
	return i.handlers.sites.serves(strings.ToLower(u.Hostname()))
}

// RoundTrip serves or dials.
func (i *inside) RoundTrip(r *http.Request) (*http.Response, error) {
	if !i.leadsHere(r.URL) {
		return i.next.RoundTrip(r)
	}
	in := r.Clone(r.Context())
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.RemoteAddr = net.JoinHostPort(i.from, "0")
	in.RequestURI = r.URL.RequestURI()
	in.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	if in.URL.Path == "" {
		in.URL.Path = "/"
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	answer := newAnswer(r)
	go func() {
		defer func() {
			if p := recover(); p != nil { // a handler cut its answer off
				answer.WriteHeader(http.StatusBadGateway)
				answer.end(errors.New("the answer broke off"))
				return
			}
			answer.WriteHeader(http.StatusOK)
			answer.end(nil)
		}()
		i.handlers.own.ServeHTTP(answer, in)
	}()
	select {
	case <-answer.begun:
		return answer.response, nil
	case <-r.Context().Done():
		answer.end(r.Context().Err())
		return nil, r.Context().Err()
	}
}

// answer is what the own handler writes, as a response that is read while it comes.
type answer struct {
	response *http.Response
	header   http.Header
	pipe     *io.PipeWriter
	begun    chan struct{}
	wrote    bool
}

func newAnswer(r *http.Request) *answer {
	body, pipe := io.Pipe()
	return &answer{header: http.Header{}, pipe: pipe, begun: make(chan struct{}), response: &http.Response{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: body, ContentLength: -1, Request: r}}
}

// Header is the answer's.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader begins the answer.
func (a *answer) WriteHeader(status int) {
	if a.wrote || status < 200 {
		return
	}
	a.wrote = true
	a.response.StatusCode, a.response.Status = status, http.StatusText(status)
	a.response.Header = a.header.Clone()
	close(a.begun)
}

// Write gives bytes to who reads the response.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.pipe.Write(p)
}

// end closes the body; err is what its reader gets in place of the end.
func (a *answer) end(err error) { _ = a.pipe.CloseWithError(err) }
