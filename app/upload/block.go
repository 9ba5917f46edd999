package upload

import (
	"context"
	"crypto/sha1" //nolint:gosec // the protocol's hash of blocks
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"stoa/app/access"
	"stoa/app/bucket"
	"stoa/app/bucket/etag"
	"stoa/app/depot"
	"stoa/app/fault"
	"stoa/store"
)

// claimed is how many blocks are claimed in one transaction.
const claimed = 100

// Block is up to 4 MiB of a file that comes block by block, each in one chunk or
// several, and is joined at the end. Blocks belong to no bucket and no upload
// until then.
type Block struct {
	ID      []byte    `cbor:"1,keyasint"` // 16 random bytes
	Tenant  uint64    `cbor:"2,keyasint"`
	Size    int64     `cbor:"3,keyasint"`           // as announced
	Got     int64     `cbor:"4,keyasint"`           // so far
	Pieces  []byte    `cbor:"5,keyasint"`           // packed, a chunk each
	Sum     []byte    `cbor:"6,keyasint,omitempty"` // SHA-1, once it is whole
	Expires time.Time `cbor:"7,keyasint"`
	Joined  string    `cbor:"8,keyasint,omitempty"` // the upload that it became a part of, or is about to
	CRC32   uint32    `cbor:"-"`                    // of the last chunk
	Chunk   string    `cbor:"-"`                    // its qetag
}

// maxChunks is how many chunks a block has.
const maxChunks = 64

// NoBlock is the fault for a block that is not there, or no longer.
func NoBlock() *fault.Fault {
	return fault.New(fault.NotFound, "upload.block_not_found", "ctx", "a block of this upload is not there, or no longer: upload the file again")
}

// MakeBlock begins a block of size bytes with its first chunk.
func (s *Service) MakeBlock(ctx context.Context, by access.Actor, size int64, body io.Reader, chunk int64) (*Block, error) {
	if err := by.Need(access.ObjectWrite); err != nil {
		return nil, err
	}
	if size < 1 || size > etag.BlockSize {
		return nil, fault.New(fault.Invalid, "upload.block_size", "size", "a block has 1 to %d bytes", etag.BlockSize)
	}
	return s.extend(ctx, &Block{ID: randomID(), Tenant: by.Tenant, Size: size}, body, chunk)
}

// Append adds the chunk that follows the first offset bytes of a block.
func (s *Service) Append(ctx context.Context, by access.Actor, id []byte, offset int64, body io.Reader, chunk int64) (*Block, error) {
	if err := by.Need(access.ObjectWrite); err != nil {
		return nil, err
	}
	var b *Block
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		b, err = s.blockTx(r, by.Tenant, id)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	if b.Got != offset {
		return nil, fault.New(fault.Conflict, "upload.block_offset", "offset", "the block has %d bytes so far, the chunk begins at %d", b.Got, offset)
	}
	return s.extend(ctx, b, body, chunk)
}

func (s *Service) blockTx(r store.Reader, tenant uint64, id []byte) (*Block, error) {
	if len(id) != 16 {
		return nil, NoBlock()
	}
	b, err := s.blocks.Get(r, store.K().Bytes(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && (b.Tenant != tenant || !r.Now().Before(b.Expires)) {
		return nil, NoBlock()
	}
	return b, err
}

func (s *Service) extend(ctx context.Context, b *Block, body io.Reader, chunk int64) (*Block, error) {
	if len(b.Pieces) >= maxChunks*bucket.RefBytes {
		return nil, fault.New(fault.TooLarge, "upload.chunks", "", "a block has up to %d chunks", maxChunks)
	}
	d, err := s.Bucket.ReceivePart(ctx, b.Tenant, io.LimitReader(body, b.Size-b.Got+1), chunk)
	if err != nil {
		return nil, err
	}
	defer d.Discard(ctx) //nolint:errcheck // what is left is found by the sweep
	if b.Got+d.Size > b.Size {
		return nil, fault.New(fault.TooLarge, "upload.block_long", "", "the block was announced with %d bytes, %d have come", b.Size, b.Got+d.Size)
	}
	if d.Size == 0 {
		return nil, fault.New(fault.Missing, "upload.chunk_empty", "", "the chunk has no bytes")
	}
	sum, err := s.sumOf(ctx, b, d)
	if err != nil {
		return nil, err
	}
	was := b.Got
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		row := *b
		if was > 0 {
			now, err := s.blockTx(tx, b.Tenant, b.ID)
			if err != nil {
				return err
			}
			if now.Got != was || now.Joined != "" {
				return fault.New(fault.Conflict, "upload.block_offset", "offset", "the block was written meanwhile: it has %d bytes", now.Got)
			}
		}
		ref, err := d.PendingTx(tx)
		if err != nil {
			return err
		}
		row.Got, row.Pieces, row.Sum, row.Expires = was+d.Size, append(slices.Clone(b.Pieces), bucket.Pack([]depot.Ref{ref})...), sum, tx.Now().Add(unfinished)
		if err := s.blocks.Put(tx, &row); err != nil {
			return err
		}
		tx.OnCommit(func() { *b = row })
		return nil
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	b.CRC32, b.Chunk = d.CRC32, d.Hash
	return b, nil
}

// sumOf is the SHA-1 of a block that d makes whole; nil while it is not. A block
// of several chunks is read once more for it.
func (s *Service) sumOf(ctx context.Context, b *Block, d *bucket.Draft) ([]byte, error) {
	if b.Got+d.Size < b.Size {
		return nil, nil
	}
	if b.Got == 0 {
		return d.Blocks[0][:], nil
	}
	h := sha1.New() //nolint:gosec // the protocol's hash of blocks
	body, err := s.Depot.Open(ctx, bucket.Unpack(b.Pieces), 0, b.Got)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(h, body)
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, fault.Wrap(err)
	}
	if body, err = d.Peek(ctx); err != nil {
		return nil, err
	}
	_, err = io.Copy(h, body)
	return h.Sum(nil), fault.Wrap(errors.Join(err, body.Close()))
}

// joinName is the upload that blocks in this order make.
func joinName(tenant uint64, ids [][]byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n", tenant)
	for _, id := range ids {
		_, _ = h.Write(id)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Blocks looks at blocks that are to be joined: what they would become.
func (s *Service) Blocks(ctx context.Context, by access.Actor, ids [][]byte) (*Assembled, error) {
	if err := by.Need(access.ObjectWrite); err != nil {
		return nil, err
	}
	var g *gathered
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		g, err = s.line(r, by.Tenant, ids, nil)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &Assembled{g.size, g.hash}, nil
}

// line puts blocks one behind the other; each is held to check, which may be nil.
func (s *Service) line(r store.Reader, tenant uint64, ids [][]byte, check func(*Block) error) (*gathered, error) {
	if len(ids) > MaxParts {
		return nil, fault.New(fault.TooLarge, "upload.parts", "ctx", "a file has up to %d blocks", MaxParts)
	}
	g, seen := &gathered{}, map[string]bool{}
	sums := make([][20]byte, 0, len(ids))
	for i, id := range ids {
		if seen[string(id)] { // its bytes would be counted twice and could go once
			return nil, fault.New(fault.Invalid, "upload.block_twice", "ctx", "block %d is named a second time: each block is in one place of one file", i+1)
		}
		seen[string(id)] = true
		b, err := s.blockTx(r, tenant, id)
		if err != nil {
			return nil, err
		}
		if b.Got != b.Size || b.Size != etag.BlockSize && i < len(ids)-1 {
			return nil, fault.New(fault.Invalid, "upload.block_short", "ctx", "block %d has %d of its %d bytes; all but the last have %d", i+1, b.Got, b.Size, etag.BlockSize)
		}
		if check != nil {
			if err := check(b); err != nil {
				return nil, err
			}
		}
		g.refs = append(g.refs, bucket.Unpack(b.Pieces)...)
		g.size += b.Size
		sums = append(sums, [20]byte(b.Sum))
	}
	if len(g.refs) > MaxParts {
		return nil, fault.New(fault.TooLarge, "upload.parts", "ctx", "a file has up to %d chunks", MaxParts)
	}
	g.hash = etag.FromBlocks(sums, g.size)
	return g, nil
}

// Join makes a file of blocks in their order. Asked again for the same it answers
// the same. Blocks are claimed in steps first, so that no two files are made of
// one, and become the file in one commit.
func (s *Service) Join(ctx context.Context, by access.Actor, p bucket.Put, ids [][]byte) (*bucket.Object, error) {
	if err := bucket.May(by, p.Bucket, access.ObjectWrite); err != nil {
		return nil, err
	}
	u := &Upload{ID: joinName(by.Tenant, ids), Tenant: by.Tenant, Bucket: p.Bucket.ID, By: by.Account}
	for part := range slices.Chunk(ids, claimed) {
		if err := s.db.Update(ctx, func(tx *store.Tx) error { return s.claimTx(tx, u, part) }); err != nil {
			return nil, fault.Wrap(err)
		}
	}
	o := &bucket.Object{}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := s.uploads.Get(tx, store.K().Str(u.ID))
		if err != nil {
			return err
		}
		if now.Done != nil {
			return s.againTx(tx, now, p, o)
		}
		g, err := s.line(tx, by.Tenant, ids, func(b *Block) error {
			if b.Joined != u.ID {
				return NoBlock()
			}
			return nil
		})
		if err != nil {
			return err
		}
		return s.assembleTx(tx, by, now, p, g, o)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return o, nil
}

// claimTx marks blocks as parts of an upload. Those of one that was not finished,
// because its client or the server died, are taken over.
func (s *Service) claimTx(tx *store.Tx, u *Upload, ids [][]byte) error {
	now, err := s.uploads.Get(tx, store.K().Str(u.ID))
	if err == nil && now.Done != nil {
		return nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	u.Created, u.Expires = tx.Now(), tx.Now().Add(unfinished)
	if err := s.uploads.Put(tx, u); err != nil {
		return err
	}
	for _, id := range ids {
		b, err := s.blockTx(tx, u.Tenant, id)
		if err != nil {
			return err
		}
		if b.Joined != "" && b.Joined != u.ID {
			other, err := s.uploads.Get(tx, store.K().Str(b.Joined))
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err == nil && other.Done != nil {
				return NoBlock()
			}
		}
		b.Joined = u.ID
		if err := s.blocks.Update(tx, b); err != nil {
			return err
		}
	}
	return nil
}
