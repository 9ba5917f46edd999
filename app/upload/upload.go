// Package upload is files that come in parts: numbered parts of an upload that was
// begun for a bucket (Kodo's resumable upload v2), or blocks that are joined at
// the end (v1). What is not finished counts against the quota as pending, and goes
// after a week. Package bucket gives the finished file its name.
package upload

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"stoa/app/access"
	"stoa/app/bucket"
	"stoa/app/depot"
	"stoa/app/fault"
	"stoa/app/usage"
	"stoa/store"
)

// Limits.
const (
	MaxParts   = 10_000 // of one file
	unfinished = 7 * 24 * time.Hour
	done       = 24 * time.Hour
	answered   = 10 * time.Minute // an upload that made no file, because the same was there
)

// MinPart is the fewest bytes of every part but the last.
const MinPart = 1 << 20

// Upload is a file that comes in parts, or that was joined from blocks. Done, its
// row stays a day, so that a client which missed the answer can ask again.
type Upload struct {
	ID      string    `cbor:"1,keyasint"` // 32 hexadecimal digits
	Tenant  uint64    `cbor:"2,keyasint"`
	Bucket  uint64    `cbor:"3,keyasint,omitempty"`
	Key     string    `cbor:"4,keyasint,omitempty"` // with HasKey
	HasKey  bool      `cbor:"5,keyasint,omitempty"`
	By      uint64    `cbor:"6,keyasint,omitempty"` // account
	Created time.Time `cbor:"7,keyasint"`
	Expires time.Time `cbor:"8,keyasint"`
	Done    []byte    `cbor:"9,keyasint,omitempty"`  // its content
	Listed  []byte    `cbor:"10,keyasint,omitempty"` // numbers of the parts that are in it, two bytes each
}

// Part is one part of an upload.
type Part struct {
	Upload string    `cbor:"1,keyasint"`
	Number int       `cbor:"2,keyasint"` // 1 to 10,000
	Piece  []byte    `cbor:"3,keyasint"` // packed
	Size   int64     `cbor:"4,keyasint"`
	Hash   string    `cbor:"5,keyasint"` // qetag of the part
	Blocks []byte    `cbor:"6,keyasint"` // SHA-1 of each 4 MiB, 20 bytes each
	Put    time.Time `cbor:"7,keyasint"`
	MD5    []byte    `cbor:"8,keyasint"`
}

// PartRef is a part as a client lists it.
type PartRef struct {
	Number int
	Hash   string
}

// NoUpload is the fault for an upload that is not there, or no longer.
func NoUpload() *fault.Fault {
	return fault.New(fault.NotFound, "upload.not_found", "upload", "there is no such upload, or it has ended: begin again")
}

func partKey(upload string, number int) store.Key {
	return store.K().Str(upload).Uint(uint64(max(number, 0)))
}

// Start begins an upload in parts for a bucket; key nil leaves the name to
// Complete.
func (s *Service) Start(ctx context.Context, by access.Actor, b *bucket.Bucket, key *string) (*Upload, error) {
	if err := bucket.May(by, b, access.ObjectWrite); err != nil {
		return nil, err
	}
	u := &Upload{ID: newID(), Tenant: b.Tenant, Bucket: b.ID, By: by.Account}
	if key != nil {
		if err := bucket.CheckKey(*key); err != nil {
			return nil, err
		}
		u.Key, u.HasKey = *key, true
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		u.Created, u.Expires = tx.Now(), tx.Now().Add(unfinished)
		return s.uploads.Insert(tx, u)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return u, nil
}

// uploadTx is an upload of the bucket that by may go on with.
func (s *Service) uploadTx(r store.Reader, b *bucket.Bucket, id string) (*Upload, error) {
	if len(id) != 32 {
		return nil, NoUpload()
	}
	u, err := s.uploads.Get(r, store.K().Str(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && (u.Bucket != b.ID || !r.Now().Before(u.Expires)) {
		return nil, NoUpload()
	}
	return u, err
}

// PutPart takes in a part; one that is there of the same number is replaced.
func (s *Service) PutPart(ctx context.Context, by access.Actor, b *bucket.Bucket, id string, number int, body io.Reader, size int64) (*Part, error) {
	if err := bucket.May(by, b, access.ObjectWrite); err != nil {
		return nil, err
	}
	if number < 1 || number > MaxParts {
		return nil, fault.New(fault.Invalid, "upload.part_number", "part", "parts are numbered from 1 to %d", MaxParts)
	}
	open := func(r store.Reader) error {
		u, err := s.uploadTx(r, b, id)
		if err == nil && u.Done != nil {
			return NoUpload()
		}
		return err
	}
	if err := s.db.View(ctx, open); err != nil {
		return nil, fault.Wrap(err)
	}
	d, err := s.Bucket.ReceivePart(ctx, b.Tenant, body, size)
	if err != nil {
		return nil, err
	}
	defer d.Discard(ctx) //nolint:errcheck // what is left is found by the sweep
	p := &Part{Upload: id, Number: number, Size: d.Size, Hash: d.Hash, Blocks: slices.Concat(flat(d.Blocks)...), MD5: d.MD5}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if err := open(tx); err != nil {
			return err
		}
		if err := s.dropPartTx(tx, b.Tenant, id, number); err != nil {
			return err
		}
		ref, err := d.PendingTx(tx)
		if err != nil {
			return err
		}
		p.Piece, p.Put = bucket.Pack([]depot.Ref{ref}), tx.Now()
		return s.parts.Insert(tx, p)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return p, nil
}

// dropPartTx removes a part, if it is there, with its bytes.
func (s *Service) dropPartTx(tx *store.Tx, tenant uint64, upload string, number int) error {
	p, err := s.parts.Get(tx, partKey(upload, number))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.parts.Delete(tx, partKey(upload, number)); err != nil {
		return err
	}
	return s.dropPendingTx(tx, tenant, p.Piece, p.Size)
}

// dropPendingTx removes pieces of an unfinished upload.
func (s *Service) dropPendingTx(tx *store.Tx, tenant uint64, pieces []byte, size int64) error {
	for _, ref := range bucket.Unpack(pieces) {
		if err := s.Depot.DropTx(tx, ref); err != nil {
			return err
		}
	}
	return s.Usage.AddTx(tx, tenant, usage.Usage{Pending: -size})
}

// Parts lists the parts that are there behind a number, up to limit.
func (s *Service) Parts(ctx context.Context, by access.Actor, b *bucket.Bucket, id string, after, limit int) (*Upload, []Part, error) {
	if err := bucket.May(by, b, access.ObjectWrite); err != nil {
		return nil, nil, err
	}
	var u *Upload
	var out []Part
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		out = []Part{}
		if u, err = s.uploadTx(r, b, id); err != nil {
			return err
		}
		scan := store.Scan{Prefix: store.K().Str(id), Limit: min(max(limit, 1), 1000)}
		if after > 0 {
			scan.After = partKey(id, after)
		}
		for p, err := range s.parts.Scan(r, scan) {
			if err != nil {
				return err
			}
			out = append(out, *p)
		}
		return nil
	})
	return u, out, fault.Wrap(err)
}

// Abort ends an upload; its parts go in the background.
func (s *Service) Abort(ctx context.Context, by access.Actor, b *bucket.Bucket, id string) error {
	if err := bucket.May(by, b, access.ObjectWrite); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		u, err := s.uploadTx(tx, b, id)
		if err != nil {
			return err
		}
		if u.Done != nil {
			return NoUpload()
		}
		u.Expires = tx.Now()
		return s.uploads.Update(tx, u)
	})
	if err == nil {
		s.Stir()
	}
	return fault.Wrap(err)
}

func flat(blocks [][20]byte) [][]byte {
	out := make([][]byte, len(blocks))
	for i := range blocks {
		out[i] = blocks[i][:]
	}
	return out
}

func digests(b []byte) [][20]byte {
	var out [][20]byte
	for ; len(b) >= 20; b = b[20:] {
		out = append(out, [20]byte(b))
	}
	return out
}
