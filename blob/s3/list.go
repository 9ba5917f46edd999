package s3

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"

	"stoa/blob"
)

// tidies bounds Tidy, in Options.Timeout.
const tidies = 5

// maxPage is how many objects a server lists at most.
const maxPage = 1000

// Delete removes a blob; see blob.Store.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := s.enter(ctx, name); err != nil {
		return err
	}
	err := s.again(ctx, fresh, s.o.Timeout, func(ctx context.Context) error {
		return s.core.RemoveObject(ctx, s.o.Bucket, s.key(name), minio.RemoveObjectOptions{})
	})
	if errors.Is(err, blob.ErrNotFound) {
		return nil
	}
	return err
}

// List gives blobs in the order of their keys; a cursor is the last name. See
// blob.Store.
func (s *Store) List(ctx context.Context, prefix, cursor string, limit int) (blobs []blob.Info, next string, err error) {
	if err := s.open(ctx); err != nil {
		return nil, "", err
	}
	after := ""
	if cursor != "" {
		after = s.key(cursor)
	}
	err = s.again(ctx, fresh, s.o.Timeout, func(ctx context.Context) error {
		blobs, next, err = s.page(ctx, prefix, after, limit)
		return err
	})
	return blobs, next, err
}

func (s *Store) page(ctx context.Context, prefix, after string, limit int) (blobs []blob.Info, next string, err error) {
	for o := range s.core.ListObjectsIter(ctx, s.o.Bucket, minio.ListObjectsOptions{Prefix: s.o.Prefix + prefix, Recursive: true,
		StartAfter: after, MaxKeys: min(limit, maxPage)}) {
		if o.Err != nil {
			return nil, "", o.Err
		}
		if len(blobs) == limit {
			return blobs, blobs[limit-1].Name, nil
		}
		if name, mine := s.name(o.Key); mine {
			blobs = append(blobs, blob.Info{Name: name, Size: o.Size, Modified: o.LastModified.UTC()})
		}
	}
	return blobs, "", nil
}

// there says why nothing can be in the bucket: nil = it is there, or the key may
// not ask.
func (s *Store) there(ctx context.Context) error {
	err := s.again(ctx, fresh, s.o.Timeout, func(ctx context.Context) error {
		found, err := s.core.BucketExists(ctx, s.o.Bucket)
		if err == nil && !found {
			err = minio.ErrorResponse{Code: minio.NoSuchBucket, Message: "the bucket does not exist", StatusCode: http.StatusNotFound}
		}
		return err
	})
	var e *Error
	if errors.As(err, &e) && e.Reason == Denied {
		return nil
	}
	return err
}

// Tidy gives up the uploads in parts that were begun before a moment and never
// finished: what a crash in the middle of a Put leaves, which no List shows and
// which takes room. It says how many there were. What there was no time for is left to
// the next call: a server's list may have no end.
func (s *Store) Tidy(ctx context.Context, before time.Time) (int, error) {
	if err := s.open(ctx); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, tidies*s.o.Timeout)
	uploads := s.core.ListIncompleteUploads(ctx, s.o.Bucket, s.o.Prefix, true)
	defer func() {
		cancel()
		for range uploads { // else who sends them waits for ever
			continue
		}
	}()
	n := 0
	for u := range uploads {
		if u.Err != nil {
			return n, s.fail(ctx, u.Err)
		}
		if _, mine := s.name(u.Key); !mine || !u.Initiated.Before(before) {
			continue
		}
		err := s.once(ctx, s.o.Timeout, func(ctx context.Context) error {
			return s.core.AbortMultipartUpload(ctx, s.o.Bucket, u.Key, u.UploadID)
		})
		if err != nil && !errors.Is(err, blob.ErrNotFound) {
			return n, err
		}
		n++
	}
	return n, nil
}

// Link is a URL by which anybody reads the blob until it expires (at most seven
// days), straight from the server; media type and name of the file are what the
// browser is told, "" = as they were put.
func (s *Store) Link(ctx context.Context, name string, expires time.Duration, media, disposition string) (string, error) {
	if err := s.enter(ctx, name); err != nil {
		return "", err
	}
	asked := url.Values{}
	if media != "" {
		asked.Set("response-content-type", media)
	}
	if disposition != "" {
		asked.Set("response-content-disposition", disposition)
	}
	u, err := s.core.PresignedGetObject(ctx, s.o.Bucket, s.key(name), expires, asked)
	if err != nil {
		return "", s.fail(ctx, err)
	}
	return u.String(), nil
}
