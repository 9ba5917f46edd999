// Package serve is the downloads of Kodo's protocol: files, whole and in part, and what
// is made of pictures.
package serve

import (
	"context"
	"io"
	"mime"
	"net"
	"net/http"
	"path"
	"strings"

	"stoa/api/kodo/door"
	"stoa/api/wire"
	"stoa/app/access"
	"stoa/app/accesskey/signature"
	"stoa/app/bucket"
	"stoa/app/fault"
)

// Route is the downloads.
func Route(d *door.Door) wire.Route {
	h := &handlers{d}
	return wire.Route{Method: "GET", Path: "/{bucket}/{key...}", Name: "kodo.download", Public: true, Long: true, Handle: h.download}
}

type handlers struct{ *door.Door }

// download is GET and HEAD of a file: /<bucket>/<key>, or /<key> at a host name of
// the bucket's. What users have put is never shown as a page: see safeType.
func (h *handlers) download(c *wire.Call) (any, error) {
	switch c.Method() {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		return door.Preflight(c)
	default:
		return nil, fault.New(fault.Malformed, "route.method", "", "%s is not a method of this path; it takes GET, HEAD, OPTIONS", door.Clip(c.Method()))
	}
	b, key, err := h.asked(c)
	if err != nil {
		return nil, err
	}
	by := c.Actor
	if b.Private {
		if by, err = h.reader(c, b); err != nil {
			return nil, err
		}
	}
	f, err := h.App.Bucket.Open(c.Ctx(), by, b, key)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil, door.NoDocument()
	}
	if err != nil {
		return nil, err
	}
	op, err := operation(c.Request().URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if op != "" {
		return h.process(c, f, op)
	}
	return h.whole(c, b, f)
}

// asked is the file that the address names.
func (h *handlers) asked(c *wire.Call) (*bucket.Bucket, string, error) {
	name := strings.TrimPrefix(c.Request().URL.Path, "/")
	var b *bucket.Bucket
	var err error
	if host := hostOf(c); h.Serves(host) {
		b, err = h.App.Bucket.ByDomain(c.Ctx(), host)
	} else {
		var of string
		of, name, _ = strings.Cut(name, "/")
		b, err = h.App.Bucket.ByName(c.Ctx(), of)
	}
	if fault.KindOf(err) == fault.NotFound && err != nil {
		err = door.NoDocument()
	}
	return b, name, err
}

// hostOf is the host that was asked for, without its port.
func hostOf(c *wire.Call) string {
	host := strings.ToLower(c.Request().Host)
	if bare, _, err := net.SplitHostPort(host); err == nil {
		return bare
	}
	return host
}

// reader is who may read a private bucket's file: whoever has an address that was
// signed for it, or is signed in.
func (h *handlers) reader(c *wire.Call, b *bucket.Bucket) (access.Actor, error) {
	d, ok := signature.ParseDownload(c.Request().URL.RequestURI())
	if !ok {
		if c.Actor.SignedIn() {
			return c.Actor, nil
		}
		if c.Query().Get("token") == "" {
			return access.Actor{}, fault.New(fault.Unauthenticated, door.CodeToken, "token", "download token not specified")
		}
		return access.Actor{}, h.Refuse(c.Ctx(), c.Origin())
	}
	p, err := h.Find(c.Ctx(), d.Access, c.Origin())
	if err != nil {
		return access.Actor{}, err
	}
	if p.By.Tenant != b.Tenant || !d.Verify(p.Secret, h.origins(c, b)) {
		return access.Actor{}, h.Refuse(c.Ctx(), c.Origin())
	}
	if h.App.Now().After(d.Expires) {
		return access.Actor{}, door.OldToken()
	}
	return p.By, nil
}

// origins are the addresses by which a client may have signed: the host that it
// asked for, those of the bucket and of the configuration, with and without TLS,
// since a proxy may end that.
func (h *handlers) origins(c *wire.Call, b *bucket.Bucket) []string {
	hosts := []string{c.Request().Host}
	if bare, _, err := net.SplitHostPort(c.Request().Host); err == nil {
		hosts = append(hosts, bare)
	}
	hosts = append(append(hosts, b.Domains...), h.App.Config.Kodo.Domains...)
	if _, host, ok := strings.Cut(h.App.Config.PublicURL, "://"); ok {
		hosts = append(hosts, strings.TrimRight(host, "/"))
	}
	out := make([]string, 0, 2*len(hosts))
	for _, host := range hosts {
		out = append(out, "http://"+host, "https://"+host)
	}
	return out
}

// whole sends the file itself.
func (h *handlers) whole(c *wire.Call, b *bucket.Bucket, f *bucket.File) (any, error) {
	kind, inline := safeType(f.Type, h.Serves(hostOf(c)))
	out := wire.Content{Type: kind, Size: f.Size, ETag: f.Hash, Modified: f.Put, Cache: "no-cache",
		Open: func(offset, length int64) (io.ReadCloser, error) {
			return f.Range(context.WithoutCancel(c.Ctx()), offset, length)
		}}
	if b.Private {
		out.Cache = "private, no-cache"
	}
	if name := c.Query().Get("attname"); name != "" || !inline {
		if name == "" {
			name = path.Base(f.Key)
		}
		out.Name = strings.ToValidUTF8(name, "_")
	}
	header := http.Header{}
	for name, value := range f.Meta {
		header.Set("X-Qn-Meta-"+name, value)
	}
	return wire.WithHeader{Value: out, Header: header}, nil
}

// safeType is the content type that a file is sent with, and whether a browser may
// show it. What a browser would run is handed out as a file, and pages as text:
// nobody's upload speaks in the server's name. own says that the host is a bucket's
// own: there scripts and styles are what they say, beside the console they are text.
func safeType(t string, own bool) (kind string, inline bool) {
	media, params, err := mime.ParseMediaType(t)
	if err != nil {
		return door.Octets, false
	}
	main, sub, _ := strings.Cut(media, "/")
	switch {
	case media == "text/html" || strings.HasSuffix(sub, "+xml") && media != "image/svg+xml" || media == "text/xml" || media == "application/xml":
		return "text/plain; charset=utf-8", false
	case media == "image/svg+xml":
		return media, false
	case main == "image" || main == "video" || main == "audio" || main == "font" || media == "application/pdf" || media == "application/json" || media == "text/plain":
		return mime.FormatMediaType(media, params), true
	case !own && (strings.Contains(sub, "script") || media == "text/css" || media == "application/wasm"):
		return "text/plain; charset=utf-8", false
	case main == "multipart" || main == "message":
		return door.Octets, false
	}
	return t, false
}
