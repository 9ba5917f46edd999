package s3

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // entity tags of uploads in parts are made of it
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/minio/minio-go/v7"

	"stoa/blob"
)

// Sizes of an upload in parts: a server takes 10,000 of them, of 5 MiB or more.
const (
	partSize = 8 << 20
	bigPart  = 24 << 20 // of blobs that small parts are too many for
	maxParts = 10_000
	manySize = 5_000            // parts of an unknown size, before they become big
	joining  = 10 * time.Minute // a server may copy all parts when it joins them
	parting  = 10 * time.Second // to give an upload up
)

// MaxSize is the largest blob, in bytes.
const MaxSize = int64(bigPart) * maxParts

// Put stores a blob; see blob.Store. If the connection breaks at the very last
// request, it is open whether the blob is there.
func (s *Store) Put(ctx context.Context, name string, body io.Reader, o blob.Put) (blob.Info, error) {
	if err := s.enter(ctx, name); err != nil {
		return blob.Info{}, err
	}
	if o.Size > MaxSize {
		return blob.Info{}, fmt.Errorf("%w: %d bytes, a bucket takes %d", blob.ErrTooLarge, o.Size, MaxSize)
	}
	in := blob.NewIntake(ctx, body, o)
	var info blob.Info
	var err error
	if o.Size > partSize {
		info, err = s.inParts(ctx, name, in, nil, o) // a server that is away is found out before a byte is read
	} else {
		info, err = s.small(ctx, name, in, o)
	}
	if err != nil {
		return blob.Info{}, err
	}
	info.Name = name
	return info, nil
}

// partLen is the length of a part, by its number from 1; size 0 = unknown.
func partLen(number int, size int64) int {
	if size > partSize*maxParts || size == 0 && number > manySize {
		return bigPart
	}
	return partSize
}

// first is a buffer for the beginning of a blob: small blobs cost little.
func (s *Store) first(size int64) *[]byte {
	if size == 0 || size >= partSize {
		size = 64 << 10
	}
	b := make([]byte, 0, size+1) // one more shows that there is no more
	return &b
}

// take gives an empty buffer for a part.
func (s *Store) take(n int) *[]byte {
	if b, ok := s.buffers.Get().(*[]byte); ok && cap(*b) >= n {
		*b = (*b)[:0]
		return b
	}
	b := make([]byte, 0, n)
	return &b
}

// give takes a buffer back, if it has the usual size.
func (s *Store) give(b *[]byte) {
	if cap(*b) == partSize {
		s.buffers.Put(b)
	}
}

// fill reads up to limit bytes, in a buffer that grows with them; end = there
// are no more.
func fill(in io.Reader, buf *[]byte, limit int) (part *[]byte, end bool, err error) {
	b := *buf
	for len(b) < limit {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), min(4*cap(b), limit))
			copy(grown, b)
			b = grown
		}
		n, err := in.Read(b[len(b):min(cap(b), limit)])
		b = b[:len(b)+n]
		if err == io.EOF { //nolint:errorlint // as io.Copy: an error that wraps it is none
			*buf = b
			return buf, true, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
	*buf = b
	return buf, false, nil
}

// small puts what is, or may be, small enough for one request.
func (s *Store) small(ctx context.Context, name string, in *blob.Intake, o blob.Put) (blob.Info, error) {
	part, end, err := fill(in, s.first(o.Size), partSize)
	if err != nil {
		return blob.Info{}, err
	}
	if !end {
		return s.inParts(ctx, name, in, part, o)
	}
	return s.whole(ctx, name, in, *part, o)
}

// whole puts what fits into one request.
func (s *Store) whole(ctx context.Context, name string, in *blob.Intake, body []byte, o blob.Put) (info blob.Info, err error) {
	if info.Size, info.SHA256, err = in.Done(); err != nil {
		return info, err
	}
	err = s.again(ctx, fresh, s.o.Timeout, func(ctx context.Context) error {
		_, err := s.core.PutObject(ctx, s.o.Bucket, s.key(name), bytes.NewReader(body), int64(len(body)), "", info.SHA256,
			minio.PutObjectOptions{ContentType: typed(o.Type), DisableContentSha256: true})
		return err
	})
	if err != nil {
		return info, err
	}
	if st, err := s.Stat(ctx, name); err == nil {
		info.Modified = st.Modified
	} else {
		info.Modified = time.Now().UTC() // it is there; only the server's clock is not known
	}
	return info, nil
}

func typed(t string) string {
	if t == "" {
		return "application/octet-stream"
	}
	return t
}

// upload is a blob on its way in parts.
type upload struct {
	s     *Store
	key   string
	id    string
	parts []minio.CompletePart
}

// inParts puts what begins with first, if that was read already, and goes on in in.
func (s *Store) inParts(ctx context.Context, name string, in *blob.Intake, first *[]byte, o blob.Put) (info blob.Info, err error) {
	u := &upload{s: s, key: s.key(name)}
	err = s.again(ctx, fresh, s.o.Timeout, func(ctx context.Context) error {
		u.id, err = s.core.NewMultipartUpload(ctx, s.o.Bucket, u.key, minio.PutObjectOptions{ContentType: typed(o.Type)})
		return err
	})
	if err != nil {
		return info, err
	}
	end := false
	if first == nil {
		n := partLen(1, o.Size)
		first, end, err = fill(in, s.take(n), n)
	}
	if err == nil {
		err = u.stream(ctx, in, first, end, o.Size)
	}
	if err == nil {
		info.Size, info.SHA256, err = in.Done()
	}
	if err == nil {
		info.Modified, err = u.join(ctx, info.Size)
	}
	if err != nil {
		u.drop(ctx)
		return blob.Info{}, err
	}
	return info, nil
}

// stream sends each part while the next one is read.
func (u *upload) stream(ctx context.Context, in io.Reader, part *[]byte, end bool, size int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sent := make(chan error, 1)
	for number := 1; len(*part) > 0; number++ {
		if number > maxParts {
			return fmt.Errorf("%w: more than a bucket takes", blob.ErrTooLarge)
		}
		go func(body []byte) { sent <- u.send(ctx, number, body) }(*part)
		next, err := &[]byte{}, error(nil)
		if !end {
			n := partLen(number+1, size)
			next, end, err = fill(in, u.s.take(n), n)
		}
		if err != nil {
			cancel() // the bytes failed: the part on its way is not needed
		}
		failed := <-sent
		u.s.give(part)
		if err != nil {
			return err
		}
		if failed != nil {
			return failed
		}
		part = next
	}
	return nil
}

// send puts one part.
func (u *upload) send(ctx context.Context, number int, body []byte) error {
	sum := sha256.Sum256(body)
	return u.s.again(ctx, underway, u.s.o.Timeout, func(ctx context.Context) error {
		p, err := u.s.core.PutObjectPart(ctx, u.s.o.Bucket, u.key, u.id, number, bytes.NewReader(body), int64(len(body)),
			minio.PutObjectPartOptions{Sha256Hex: hex.EncodeToString(sum[:]), DisableContentSha256: true})
		if err == nil {
			u.parts = append(u.parts, minio.CompletePart{PartNumber: number, ETag: p.ETag})
		}
		return err
	})
}

// join makes the parts the object, and says when. What the server answers is not
// enough: one that had joined them though its answer was lost knows no such upload
// any more; and versitygw, killed while it joins, says at the next try that it has
// done so and never will. So the object is looked at.
func (u *upload) join(ctx context.Context, size int64) (joined time.Time, err error) {
	known := true
	err = u.s.again(ctx, underway, joining, func(ctx context.Context) error {
		_, err := u.s.core.CompleteMultipartUpload(ctx, u.s.o.Bucket, u.key, u.id, u.parts, minio.PutObjectOptions{})
		if known = minio.ToErrorResponse(err).Code != minio.NoSuchUpload; !known {
			return nil
		}
		return err
	})
	if err != nil {
		return joined, err
	}
	err = u.s.again(ctx, fresh, u.s.o.Timeout, func(ctx context.Context) error {
		st, err := u.s.core.StatObject(ctx, u.s.o.Bucket, u.key, minio.StatObjectOptions{})
		absent := minio.ToErrorResponse(err).Code == minio.NoSuchKey
		if err != nil && !absent {
			return err
		}
		switch e := (&Error{Host: u.s.host, Bucket: u.s.o.Bucket, Err: errUnjoined}); {
		case !known && (absent || st.ETag != u.tag()):
			e.Reason = Other // somebody gave the upload up
			return e
		case absent || st.Size != size:
			e.Reason = Failed // or another try is still joining them
			return e
		}
		joined = st.LastModified.UTC()
		return nil
	})
	return joined, err
}

var errUnjoined = errors.New("the parts did not become the object")

// tag is the entity tag of an object that was made of the parts.
func (u *upload) tag() string {
	sum := md5.New() //nolint:gosec // as the protocol has it
	for _, p := range u.parts {
		b, err := hex.DecodeString(p.ETag)
		if err != nil {
			return "" // this server's tags are something else
		}
		_, _ = sum.Write(b) // a hash never fails
	}
	return fmt.Sprintf("%x-%d", sum.Sum(nil), len(u.parts))
}

// drop gives the upload up, so that its parts take no room. What can't be told to
// the server now is for Tidy.
func (u *upload) drop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parting)
	defer cancel()
	for range 3 {
		err := u.s.core.AbortMultipartUpload(ctx, u.s.o.Bucket, u.key, u.id)
		if err == nil || minio.ToErrorResponse(err).Code == minio.NoSuchUpload {
			return
		}
	}
}
