package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"stoa/blob"
)

// Reason is why a bucket can't be used.
type Reason string

// The reasons.
const (
	Unreachable Reason = "unreachable" // no connection, or no answer in time
	Certificate Reason = "certificate" // the server's certificate is not valid
	Foreign     Reason = "foreign"     // what answers does not speak S3
	NoBucket    Reason = "no_bucket"   // there is no such bucket
	BadKey      Reason = "bad_key"     // the access key is unknown
	BadSecret   Reason = "bad_secret"  // the secret does not fit the key
	Denied      Reason = "denied"      // the key may not do this
	Skewed      Reason = "skewed"      // the clocks differ too much
	Region      Reason = "region"      // the bucket is in another region
	Full        Reason = "full"        // no room, or the provider's quota is used up
	Busy        Reason = "busy"        // asked too often
	Failed      Reason = "failed"      // the server said that it failed
	Changed     Reason = "changed"     // the object was replaced while it was read
	Other       Reason = "other"
)

// Error says that the bucket, not the bytes, is why something could not be done.
type Error struct {
	Reason Reason
	Host   string // of the endpoint
	Bucket string
	Code   string // the server's own, "" if it gave none
	Err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("blob: bucket %s at %s: %s: %v", e.Bucket, e.Host, e.Reason, e.Err)
}

// Unwrap gives the cause, and blob.ErrFull where there is no room.
func (e *Error) Unwrap() []error {
	if e.Reason == Full {
		return []error{e.Err, blob.ErrFull}
	}
	return []error{e.Err}
}

// passing reports whether the same request may succeed soon. (The region of an
// answer is what the next request is signed for.)
func (e *Error) passing() bool {
	return e.Reason == Unreachable || e.Reason == Busy || e.Reason == Failed || e.Code == minio.AuthorizationHeaderMalformed
}

// fail makes an error of the library's one of ours.
func (s *Store) fail(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	var mine *Error
	if errors.As(err, &mine) || errors.Is(err, blob.ErrNotFound) {
		return err
	}
	e := &Error{Host: s.host, Bucket: s.o.Bucket, Err: err}
	var res minio.ErrorResponse
	if errors.As(err, &res) {
		if res.Code == minio.NoSuchKey {
			return blob.ErrNotFound
		}
		e.Code, e.Reason = res.Code, answered(res)
		return e
	}
	e.Reason = unanswered(err)
	return e
}

// answered is the reason behind an answer of the server's.
func answered(res minio.ErrorResponse) Reason {
	switch res.Code {
	case minio.NoSuchBucket, "InvalidBucketName":
		return NoBucket
	case "InvalidAccessKeyId", "InvalidAccessKey", "InvalidTokenId", "InvalidSecurity", "XAdminUserNotFound", "XAdminNoSuchUser":
		return BadKey
	case "SignatureDoesNotMatch":
		return BadSecret
	case "AccessDenied", "AllAccessDisabled", "AccountProblem", "UserDisable", "UnauthorizedAccess":
		return Denied
	case "RequestTimeTooSkewed", "RequestExpired":
		return Skewed
	case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "InvalidRegion", "IllegalLocationConstraintException":
		return Region
	case "QuotaExceeded", "XAmzQuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientCapacity", "UnderlyingStorageFull":
		return Full
	case "XAmzContentSHA256Mismatch", "BadDigest", "IncompleteBody", "OperationAborted": // damaged, or cut off, on the way
		return Failed
	case "RequestTimeout":
		return Unreachable
	case "SlowDown", "SlowDownWrite", "SlowDownRead", "RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequests":
		return Busy
	}
	switch {
	case res.StatusCode == http.StatusInsufficientStorage:
		return Full
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable:
		return Busy
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden:
		return Denied
	case res.StatusCode == http.StatusRequestTimeout:
		return Unreachable
	case res.StatusCode >= 500:
		return Failed
	case res.StatusCode/100 == 3:
		return Region
	case res.StatusCode == http.StatusPreconditionFailed:
		return Changed
	}
	return Other
}

// unanswered is the reason why there is no answer that can be read.
func unanswered(err error) Reason {
	var (
		host      x509.HostnameError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		syntax    *xml.SyntaxError
	)
	switch {
	case errors.As(err, &host), errors.As(err, &authority), errors.As(err, &invalid), errors.As(err, &verify):
		return Certificate
	case errors.Is(err, errEndless), errors.As(err, &record), errors.As(err, &syntax), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return Foreign
	}
	return Unreachable
}

// How many times Options.Patience a request is tried again: the first one of
// something may go to another bucket instead, what is under way would be lost.
const (
	fresh    time.Duration = 1
	underway time.Duration = 5
)

// again does what a server may fail to do, until it succeeds, fails for good, or
// the time for it is over. Each try has a time of its own, limit.
func (s *Store) again(ctx context.Context, share, limit time.Duration, do func(context.Context) error) error {
	end := time.Now().Add(share * s.o.Patience) //nolint:durationcheck // a share of it
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := s.once(ctx, limit, do)
		var e *Error
		if err == nil || !errors.As(err, &e) || !e.passing() || time.Now().Add(wait).After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

func (s *Store) once(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return s.fail(ctx, do(bounded))
}
