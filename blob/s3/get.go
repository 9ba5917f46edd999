package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"stoa/blob"
)

// resumes is how often a download may break off without a byte in between.
const resumes = 5

// Get opens a blob; see blob.Store. What has been replaced or deleted while a
// download broke off ends it with an *Error (Changed) or blob.ErrNotFound.
func (s *Store) Get(ctx context.Context, name string, r blob.Range) (io.ReadCloser, blob.Info, error) {
	if err := s.enter(ctx, name); err != nil {
		return nil, blob.Info{}, err
	}
	if r.Offset < 0 || r.Length < 0 {
		return nil, blob.Info{}, fmt.Errorf("%w: %d from %d", blob.ErrRange, r.Length, r.Offset)
	}
	d := &download{s: s, key: s.key(name), at: r.Offset}
	d.ctx, d.cancel = context.WithCancel(ctx)
	last := int64(0)
	if r.Length > 0 {
		last = r.Offset + r.Length - 1
	}
	st, err := d.open(last)
	var e *Error
	if errors.As(err, &e) && e.Code == "InvalidRange" {
		d.cancel()
		return s.behind(ctx, name, r)
	}
	if err != nil {
		d.cancel()
		return nil, blob.Info{}, err
	}
	st.Name = name
	d.end = st.Size
	if r.Length > 0 {
		d.end = min(st.Size, r.Offset+r.Length)
	}
	return d, st, nil
}

// behind answers for a range that begins at the end of the blob, which servers
// refuse, or behind it.
func (s *Store) behind(ctx context.Context, name string, r blob.Range) (io.ReadCloser, blob.Info, error) {
	st, err := s.Stat(ctx, name)
	if err == nil && r.Offset > st.Size {
		err = fmt.Errorf("%w: %d of %d bytes", blob.ErrRange, r.Offset, st.Size)
	}
	if err != nil {
		return nil, st, err
	}
	return http.NoBody, st, nil
}

// download is an open blob.
type download struct {
	s      *Store
	ctx    context.Context // of the reader, which is what ends it
	cancel context.CancelFunc
	key    string
	tag    string // of the object that was opened
	body   io.ReadCloser
	at     int64 // next byte
	end    int64 // behind the last byte
	broken int   // times it broke off since the last byte
}

// open asks for the bytes from at to last; 0 = to the end.
func (d *download) open(last int64) (blob.Info, error) {
	var info blob.Info
	share := fresh
	if d.tag != "" {
		share = underway
	}
	end := time.Now().Add(d.s.o.Patience * share) //nolint:durationcheck // a share of it
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := d.ask(last, &info)
		var e *Error
		if err == nil || !errors.As(err, &e) || !e.passing() || time.Now().Add(wait).After(end) {
			return info, err
		}
		select {
		case <-d.ctx.Done():
			return info, d.ctx.Err()
		case <-time.After(wait):
		}
	}
}

// ask is one try. Its request lives as long as its body, which the watch ends if
// nothing comes.
func (d *download) ask(last int64, info *blob.Info) error {
	var o minio.GetObjectOptions
	if d.at > 0 || last > 0 {
		if last > 0 {
			o.Set("Range", fmt.Sprintf("bytes=%d-%d", d.at, last))
		} else {
			o.Set("Range", fmt.Sprintf("bytes=%d-", d.at))
		}
	}
	if d.tag != "" {
		if err := o.SetMatchETag(d.tag); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(d.ctx)
	watch := time.AfterFunc(d.s.o.Timeout, cancel)
	body, st, header, err := d.s.core.GetObject(ctx, d.s.o.Bucket, d.key, o)
	if err != nil {
		watch.Stop()
		cancel()
		return d.s.fail(d.ctx, err)
	}
	if d.at > 0 && !strings.HasPrefix(header.Get("Content-Range"), fmt.Sprintf("bytes %d-", d.at)) {
		watch.Stop()
		err := body.Close()
		cancel()
		return &Error{Reason: Other, Host: d.s.host, Bucket: d.s.o.Bucket, Err: errors.Join(errWhole, err)}
	}
	d.body, d.tag = &watched{body, watch, cancel, d.s.o.Timeout}, st.ETag
	*info = blob.Info{Size: whole(st.Size, header), Modified: st.LastModified.UTC()}
	return nil
}

var errWhole = errors.New("the whole came where a part was asked for")

// whole is the size of the whole object: behind the slash of Content-Range, if
// only a part of it was asked for.
func whole(length int64, header http.Header) int64 {
	if _, total, ok := strings.Cut(header.Get("Content-Range"), "/"); ok {
		if n, err := strconv.ParseInt(total, 10, 64); err == nil {
			return n
		}
	}
	return length
}

// watched ends a body whose sender has gone silent.
type watched struct {
	io.ReadCloser
	watch  *time.Timer
	cancel context.CancelFunc
	limit  time.Duration
}

func (w *watched) Read(p []byte) (int, error) {
	w.watch.Reset(w.limit)
	n, err := w.ReadCloser.Read(p)
	w.watch.Stop()
	return n, err
}

func (w *watched) Close() error {
	w.watch.Stop()
	err := w.ReadCloser.Close()
	w.cancel()
	return err
}

// Read gives the next bytes. Where they break off it asks for the rest.
func (d *download) Read(p []byte) (int, error) {
	if d.at >= d.end {
		return 0, io.EOF
	}
	if int64(len(p)) > d.end-d.at {
		p = p[:d.end-d.at]
	}
	for {
		n, err := d.body.Read(p)
		if d.at += int64(n); n > 0 {
			d.broken = 0
			return n, nil
		}
		if err == nil {
			continue
		}
		if d.broken++; d.broken > resumes || d.ctx.Err() != nil {
			return 0, d.s.fail(d.ctx, unended(err))
		}
		_ = d.body.Close() // it is broken already
		if _, err := d.open(d.end - 1); err != nil {
			d.body = http.NoBody
			d.broken = resumes
			return 0, err
		}
	}
}

// unended is what an end too early means.
func unended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Close ends the download.
func (d *download) Close() error {
	d.end = d.at
	err := d.body.Close()
	d.cancel()
	return err
}

// Stat is what is known of a blob; see blob.Store. That the bucket is gone is an
// *Error, not blob.ErrNotFound.
func (s *Store) Stat(ctx context.Context, name string) (blob.Info, error) {
	if err := s.enter(ctx, name); err != nil {
		return blob.Info{}, err
	}
	var st minio.ObjectInfo
	err := s.again(ctx, fresh, s.o.Timeout, func(ctx context.Context) (err error) {
		st, err = s.core.StatObject(ctx, s.o.Bucket, s.key(name), minio.StatObjectOptions{})
		return err
	})
	if errors.Is(err, blob.ErrNotFound) { // an answer without a body says no more
		if gone := s.there(ctx); gone != nil {
			err = gone
		}
	}
	if err != nil {
		return blob.Info{}, err
	}
	return blob.Info{Name: name, Size: st.Size, Modified: st.LastModified.UTC()}, nil
}
