// Package loopback hands requests that users have the server make to itself to its
// own handler: what listens there is no business of the guard that judges addresses,
// and a proxy in front may not be reachable from inside.
package loopback

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
)

// Transport serves or dials.
type Transport struct {
	Own  http.Handler
	Here func(*url.URL) bool // reports the server's own addresses
	From string              // the address that requests come from
	Next http.RoundTripper
}

// RoundTrip makes one request.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.Here(r.URL) {
		return t.Next.RoundTrip(r)
	}
	in := r.Clone(r.Context())
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.RemoteAddr = net.JoinHostPort(t.From, "0")
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
		t.Own.ServeHTTP(answer, in)
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
