package bucket

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the protocol's checksum of parts
	"crypto/sha256"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"net/http"
	"slices"

	"stoa/app/bucket/etag"
	"stoa/app/depot"
	"stoa/app/fault"
	"stoa/app/usage"
	"stoa/store"
)

// Draft is bytes that have come in and have no name yet.
type Draft struct {
	Tenant uint64
	Size   int64
	Hash   string // qetag
	CRC32  uint32 // IEEE
	SHA256 []byte
	Blocks [][20]byte // SHA-1 of each 4 MiB, as the qetag is made of
	Head   []byte     // the first bytes, for telling the type
	MD5    []byte     // of parts only

	service *Service
	meter   *usage.Meter
	data    []byte         // small content, or
	written *depot.Written // where it lies
	kept    bool           // its bytes are somebody's: by a row, or by one whose commit failed at the last and may be there
}

// headBytes is how many bytes http.DetectContentType looks at.
const headBytes = 512

// tapped hashes what is read through it.
type tapped struct {
	body io.Reader
	etag *etag.Writer
	crc  hash.Hash32
	md5  hash.Hash // nil = not asked for
	head []byte
}

func (t *tapped) Read(p []byte) (int, error) {
	n, err := t.body.Read(p)
	if n > 0 {
		_, _ = t.etag.Write(p[:n])
		_, _ = t.crc.Write(p[:n])
		if t.md5 != nil {
			_, _ = t.md5.Write(p[:n])
		}
		if room := headBytes - len(t.head); room > 0 {
			t.head = append(t.head, p[:min(n, room)]...)
		}
	}
	return n, err
}

// Receive takes in bytes for a tenant: they count against its quota from the first
// on, and are refused (OverQuota) at the first too many. size is how many there
// are, 0 = unknown. The draft is committed or discarded; the caller defers Discard.
func (s *Service) Receive(ctx context.Context, tenant uint64, body io.Reader, size int64) (*Draft, error) {
	return s.receive(ctx, tenant, body, size, false)
}

// ReceivePart is Receive for a part of a file, which always lies in a piece.
func (s *Service) ReceivePart(ctx context.Context, tenant uint64, body io.Reader, size int64) (*Draft, error) {
	return s.receive(ctx, tenant, body, size, true)
}

func (s *Service) receive(ctx context.Context, tenant uint64, body io.Reader, size int64, part bool) (*Draft, error) {
	meter, err := s.Usage.Meter(ctx, tenant)
	if err != nil {
		return nil, err
	}
	d := &Draft{Tenant: tenant, service: s, meter: meter}
	if err = meter.Expect(size); err == nil {
		err = d.take(ctx, meter.Reader(body), size, part)
	}
	if err != nil {
		return nil, errors.Join(err, d.Discard(ctx))
	}
	return d, nil
}

func (d *Draft) take(ctx context.Context, body io.Reader, size int64, part bool) error {
	tap := &tapped{body: body, etag: etag.New(), crc: crc32.NewIEEE()}
	inline, err := false, error(nil)
	if part {
		tap.md5 = md5.New() //nolint:gosec // the protocol's checksum of parts
	} else if inline, err = d.service.Inline(ctx, d.Tenant); err != nil {
		return err
	}
	var source io.Reader = tap
	if inline && size <= SmallObject {
		room := d.service.small.Get().(*[]byte)
		defer d.service.small.Put(room)
		small, whole, err := fill(tap, (*room)[:0])
		if err != nil {
			return err
		}
		if whole {
			d.data = slices.Clone(small)
			sum := sha256.Sum256(small)
			d.SHA256 = sum[:]
			return d.finish(tap, size)
		}
		source = io.MultiReader(bytes.NewReader(small), tap)
	}
	if d.written, err = d.service.Depot.Write(ctx, d.Tenant, source, size); err != nil {
		d.written = nil
		return err
	}
	d.SHA256 = d.written.SHA256
	return d.finish(tap, size)
}

// fill reads into b until it ends or exceeds what counts as small.
func fill(r io.Reader, b []byte) (_ []byte, whole bool, err error) {
	for len(b) < cap(b) {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF { //nolint:errorlint // as io.Copy: an error that wraps it is none
			return b, len(b) <= SmallObject, nil
		}
		if err != nil {
			return b, false, err
		}
	}
	return b, false, nil
}

func (d *Draft) finish(tap *tapped, size int64) error {
	d.Size, d.Blocks, d.CRC32, d.Head = tap.etag.Size(), tap.etag.Blocks(), tap.crc.Sum32(), tap.head
	d.Hash = etag.FromBlocks(d.Blocks, d.Size)
	if tap.md5 != nil {
		d.MD5 = tap.md5.Sum(nil)
	}
	if size > 0 && d.Size != size {
		return fault.New(fault.Malformed, "depot.short", "", "the body ended early: %d bytes were announced, %d came", size, d.Size)
	}
	return nil
}

// Type tells the content type by the first bytes.
func (d *Draft) Type() string { return http.DetectContentType(d.Head) }

// Discard lets go of what was not committed; after a commit, and one of which it is
// not known whether it is durable, it removes nothing.
func (d *Draft) Discard(ctx context.Context) error {
	d.meter.Close()
	if d.written == nil {
		return nil
	}
	w := d.written
	d.written = nil
	defer d.service.Depot.Release(w)
	if d.kept {
		return nil
	}
	// The client may be gone, the bytes have to go all the same; what fails here is
	// found by the sweep.
	return d.service.Depot.Discard(context.WithoutCancel(ctx), w)
}

// PendingTx makes a draft the bytes of a part of an upload that is not finished. It
// is the last but one thing that tx does: whether that commits can't always be told
// (a disk that fails behind it), and so the bytes are left to the sweep from here on.
func (d *Draft) PendingTx(tx *store.Tx) (depot.Ref, error) {
	ref, err := d.service.Depot.KeepTx(tx, d.Tenant, d.written)
	if err == nil {
		err = d.service.Usage.SettleTx(tx, d.meter, usage.Usage{Pending: d.Size})
	}
	d.kept = err == nil
	return ref, err
}

// Peek reads a part again that has not been committed.
func (d *Draft) Peek(ctx context.Context) (io.ReadCloser, error) {
	return d.service.Depot.Peek(ctx, d.written)
}
