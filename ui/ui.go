// Package ui serves the console: the built front end in dist, embedded in the
// binary. It knows nothing of the server but the paths that it is served under.
package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed all:dist
var dist embed.FS

// Prefix is where the console lives; the history fallback works below it alone.
const Prefix = "/console/"

// policy lets nothing in that the server itself does not serve.
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// console serves one file system of built files.
type console struct {
	files  fs.FS
	assets sync.Map // name → *asset, made at the first request
}

// asset is one file ready to be sent.
type asset struct {
	once   sync.Once
	plain  []byte
	packed []byte // gzip; nil where it does not pay
	etag   string
	kind   string
}

// Handler serves everything under Prefix.
func Handler() http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("ui: the embedded folder is fixed at build time: " + err.Error())
	}
	return newConsole(files)
}

func newConsole(files fs.FS) http.Handler { return &console{files: files} }

// ServeHTTP sends an asset, or the page for every other path: the front end
// routes by itself.
func (c *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+strings.TrimPrefix(r.URL.Path, Prefix)), "/")
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	a := c.asset(name)
	switch {
	case a != nil && strings.HasPrefix(name, "assets/"):
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	case a != nil && name != "index.html":
		h.Set("Cache-Control", "no-cache")
	case strings.HasPrefix(name, "assets/") || path.Ext(name) != "" && name != "index.html":
		h.Set("Cache-Control", "no-store")
		http.Error(w, "there is no such file in the console; load the page again", http.StatusNotFound)
		return
	default:
		if a = c.asset("index.html"); a == nil {
			http.Error(w, "the console was not built into this binary", http.StatusNotFound)
			return
		}
		h.Set("Cache-Control", "no-cache")
	}
	a.send(w, r)
}

// asset is the named file, nil when there is none. What is no file of the
// build never gets an entry, so that strangers can't fill the memory.
func (c *console) asset(name string) *asset {
	if v, ok := c.assets.Load(name); ok {
		return v.(*asset)
	}
	if name == "" || !fs.ValidPath(name) {
		return nil
	}
	if s, err := fs.Stat(c.files, name); err != nil || s.IsDir() {
		return nil
	}
	v, _ := c.assets.LoadOrStore(name, &asset{kind: contentType(name)})
	a := v.(*asset)
	a.once.Do(func() {
		a.plain, _ = fs.ReadFile(c.files, name)
		sum := sha256.Sum256(a.plain)
		a.etag = `"` + hex.EncodeToString(sum[:12]) + `"`
		a.packed = pack(a.plain, a.kind)
	})
	return a
}

// contentType is fixed here: the machine's own table may be missing or odd.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".webmanifest":
		return "application/json"
	case ".woff2":
		return "font/woff2"
	case ".ico":
		return "image/x-icon"
	default:
		if kind := mime.TypeByExtension(ext); kind != "" {
			return kind
		}
		return "application/octet-stream"
	}
}

// pack compresses what gets clearly smaller by it.
func pack(plain []byte, kind string) []byte {
	if len(plain) < 512 || strings.HasPrefix(kind, "font/") || strings.HasPrefix(kind, "image/") && kind != "image/svg+xml" {
		return nil
	}
	var buf bytes.Buffer
	z, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if _, err := z.Write(plain); err != nil || z.Close() != nil || buf.Len() > len(plain)*9/10 {
		return nil
	}
	return buf.Bytes()
}

// send answers with the asset, packed where the client takes that.
func (a *asset) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	body, etag := a.plain, a.etag
	if a.packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body, etag = a.packed, strings.TrimSuffix(a.etag, `"`)+`-g"`
		}
	}
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", a.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// matches compares an If-None-Match header, weakly, as RFC 9110 wants it.
func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == etag || part == "*" {
			return true
		}
	}
	return false
}

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if coding == "gzip" || coding == "*" {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0"
		}
	}
	return false
}
