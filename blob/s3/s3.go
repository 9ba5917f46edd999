// Package s3 keeps blobs in a bucket of an S3 server: AWS, Ceph, MinIO, versitygw,
// and OSS, COS and their like in their S3 mode. It is the driver of package blob
// for buckets that belong to others; it knows neither whose they are nor what the
// blobs are.
//
// A blob's key is the prefix, the blob's name and an exclamation mark:
//
//	stoa/p/3f/5d41402abc4b2a76!
//
// The mark keeps "a" and "a/b" apart on servers that keep objects as files, and
// tells our objects from what else lies in the bucket: that is never listed,
// replaced or deleted.
//
// What fits into one part (8 MiB) is put in one request. Larger blobs go up in
// parts, one on its way while the next is read, so that a stream holds 16 MiB
// whatever its size (48 MiB above 78 GiB). The SHA-256 of each request's bytes is
// signed with it (Signature Version 4), which every server checks; other checksums
// are not supported by all of them. The object appears when the last part is
// there and all bytes are those that were announced.
//
// Each request has a bounded time, and is tried again for a bounded time if the
// server can't be reached, is busy or fails. A download that breaks off goes on
// where it was, if the object is still the same.
package s3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"stoa/blob"
)

// Styles of addressing a bucket.
const (
	Auto    = ""        // by the host: virtual where the provider asks for it
	Path    = "path"    // https://host/bucket/key
	Virtual = "virtual" // https://bucket.host/key
)

// Options of Open. Endpoint, Bucket, Key and Secret are needed.
type Options struct {
	Endpoint string // host, host:port (both by https) or a whole URL
	Region   string // "" = the server is asked
	Bucket   string
	Prefix   string // in front of every key, "" or "a/b/"
	Style    string
	Key      string // access key
	Secret   string
	// Transport carries the requests; nil = http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout bounds one request, and one pause in a download; 0 = 60 s.
	Timeout time.Duration
	// Patience bounds the time in which a request is tried again, five times that
	// in the middle of an upload or a download; 0 = 5 s. Negative = it is not.
	Patience time.Duration
}

// Store is a bucket, below a prefix.
type Store struct {
	core    *minio.Core
	o       Options
	host    string
	buffers sync.Pool // of *[]byte, partSize each
	mu      sync.RWMutex
	gone    bool
}

// Open makes a store. It asks the server nothing; an error says what of the
// options can't be right.
func Open(o Options) (*Store, error) {
	host, secure, err := ParseEndpoint(o.Endpoint, o.Bucket)
	if err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	if o.Patience == 0 {
		o.Patience = 5 * time.Second
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	lookup := minio.BucketLookupAuto
	switch {
	case o.Style == Path:
		lookup = minio.BucketLookupPath
	case o.Style == Virtual || wantsVirtual(host) && !strings.Contains(o.Bucket, "."):
		lookup = minio.BucketLookupDNS
	}
	// The library's own retries would read a body that the failed request may
	// still be reading: each of ours has a reader of its own.
	core, err := minio.NewCore(host, &minio.Options{Creds: credentials.NewStaticV4(o.Key, o.Secret, ""), Secure: secure, Region: o.Region,
		BucketLookup: lookup, Transport: bound{o.Transport}, MaxRetries: 1})
	if err != nil {
		return nil, fmt.Errorf("blob: the endpoint %s can't be used: %w", host, err)
	}
	return &Store{core: core, o: o, host: host}, nil
}

// wantsVirtual knows providers that refuse buckets in the path, beyond those that
// the library knows.
func wantsVirtual(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	for _, end := range []string{".myqcloud.com", ".myhuaweicloud.com", ".volces.com", ".aliyuncs.com"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// ParseEndpoint reads host, host:port or a http(s) URL; without a scheme it is
// https. The bucket may stand in front of the host or behind it, as providers'
// consoles show it.
func ParseEndpoint(text, bucket string) (host string, secure bool, err error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", false, errors.New("the address can't be read: write it as s3.example.com, s3.example.com:9000 or http://s3.example.com")
	}
	switch path := strings.Trim(u.Path, "/"); {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", false, fmt.Errorf("the address begins with %q; only http and https are spoken", u.Scheme)
	case u.User != nil:
		return "", false, errors.New("the address holds a user name: leave it out")
	case u.RawQuery != "" || u.Fragment != "" || path != "" && path != bucket:
		return "", false, errors.New("the address holds more than a host: leave the path and what follows it out")
	case !named(u.Hostname()):
		return "", false, errors.New("the address names no host")
	}
	host = strings.ToLower(u.Host)
	if rest, ok := strings.CutPrefix(host, strings.ToLower(bucket)+"."); ok && bucket != "" && strings.Contains(rest, ".") {
		if _, err := netip.ParseAddr(u.Hostname()); err != nil {
			host = rest
		}
	}
	return host, u.Scheme == "https", nil
}

// named reports whether a host can be one.
func named(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	for _, c := range []byte(host) {
		if c != '.' && c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return host != "" && len(host) <= 253
}

// mark ends the keys of our objects.
const mark = "!"

// key is where a blob lies.
func (s *Store) key(name string) string { return s.o.Prefix + name + mark }

// name is the blob that lies at key; false = it is none of ours.
func (s *Store) name(key string) (string, bool) {
	rest, mine := strings.CutPrefix(key, s.o.Prefix)
	name, marked := strings.CutSuffix(rest, mark)
	return name, mine && marked && blob.CheckName(name) == nil
}

// enter refuses work on a closed store and under an ended context.
func (s *Store) enter(ctx context.Context, name string) error {
	if err := blob.CheckName(name); err != nil {
		return err
	}
	return s.open(ctx)
}

func (s *Store) open(ctx context.Context) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.gone {
		return blob.ErrClosed
	}
	return ctx.Err()
}

// Close ends the store's work; see blob.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = true
	return nil
}
