// Package share makes links to files that work without a sign-in: the plain address
// in a public bucket, an address signed with one of the tenant's access keys, and
// good for a chosen time, in a private one. A link is not kept anywhere: it ends
// with its time, with its key, or with the file.
package share

import (
	"context"
	"net/url"
	"strings"
	"time"

	"stoa/app/access"
	"stoa/app/accesskey"
	"stoa/app/accesskey/signature"
	"stoa/app/bucket"
	"stoa/app/fault"
)

// Limits of how long a link works.
const (
	MinTime = time.Minute
	MaxTime = 90 * 24 * time.Hour
)

// Service makes links.
type Service struct {
	Bucket *bucket.Service
	Key    *accesskey.Service
	Clock  func() time.Time
}

// Link is an address of a file.
type Link struct {
	URL     string
	Expires time.Time // zero = never, in a public bucket
	Access  string    // the access key that signed it; "" = none
}

// Link makes a link to a file. base is the server's address without a path:
// "https://stoa.example.com". A file that is not there is a NotFound fault.
func (s *Service) Link(ctx context.Context, by access.Actor, id uint64, key, base string, lasts time.Duration) (*Link, error) {
	b, err := s.Bucket.In(ctx, by, id, access.BucketRead)
	if err != nil {
		return nil, err
	}
	if b.Private && (lasts < MinTime || lasts > MaxTime) {
		return nil, fault.New(fault.Invalid, "share.time", "seconds", "a link works for %d to %d seconds", int(MinTime.Seconds()), int(MaxTime.Seconds()))
	}
	if _, err := s.Bucket.Stat(ctx, by, b, key); err != nil {
		return nil, err
	}
	l := &Link{URL: base + "/" + b.Name + "/" + escaped(key)}
	if !b.Private {
		return l, nil
	}
	pair, secret, err := s.Key.Signing(ctx, by, b.Tenant)
	if err != nil {
		return nil, err
	}
	l.Access, l.Expires = pair, s.Clock().Add(lasts).Truncate(time.Second)
	l.URL = signature.DownloadURL(pair, string(secret), l.URL, l.Expires)
	return l, s.Bucket.Shared(ctx, by, b, key, l.Expires)
}

// escaped is a file's name as the path of an address.
func escaped(key string) string {
	parts := strings.Split(key, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}
