package upload

import (
	"context"
	"encoding/binary"
	"slices"

	"stoa/app/access"
	"stoa/app/bucket"
	"stoa/app/bucket/etag"
	"stoa/app/depot"
	"stoa/app/fault"
	"stoa/app/usage"
	"stoa/store"
)

// Assembled is what an upload would become: facts to choose a name by.
type Assembled struct {
	Size int64
	Hash string
}

// Assemble looks at the parts that a client lists.
func (s *Service) Assemble(ctx context.Context, by access.Actor, b *bucket.Bucket, id string, list []PartRef) (*Assembled, error) {
	if err := bucket.May(by, b, access.ObjectWrite); err != nil {
		return nil, err
	}
	var g *gathered
	err := s.db.View(ctx, func(r store.Reader) error {
		u, err := s.uploadTx(r, b, id)
		if err != nil {
			return err
		}
		g, err = s.gather(r, u, list)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &Assembled{g.size, g.hash}, nil
}

// gathered is parts put together.
type gathered struct {
	refs   []depot.Ref
	listed []byte
	size   int64
	hash   string
}

func (s *Service) gather(r store.Reader, u *Upload, list []PartRef) (*gathered, error) {
	if len(list) == 0 || len(list) > MaxParts {
		return nil, fault.New(fault.Invalid, "upload.parts", "parts", "an upload has 1 to %d parts", MaxParts)
	}
	g := &gathered{}
	var hashes []etag.Part
	at := 0
	for p, err := range s.parts.Scan(r, store.Scan{Prefix: store.K().Str(u.ID)}) {
		if err != nil {
			return nil, err
		}
		if at == len(list) || list[at].Number > p.Number {
			continue // not listed: left out
		}
		if list[at].Number != p.Number || list[at].Hash != p.Hash {
			break
		}
		if at < len(list)-1 && p.Size < MinPart {
			return nil, fault.New(fault.Invalid, "upload.part_small", "parts", "part %d has %d bytes: all but the last have %d at least", p.Number, p.Size, MinPart)
		}
		g.refs = append(g.refs, bucket.Unpack(p.Piece)...)
		g.listed = binary.BigEndian.AppendUint16(g.listed, uint16(p.Number)) //nolint:gosec // at most MaxParts
		g.size += p.Size
		hashes = append(hashes, etag.Part{Size: p.Size, Blocks: digests(p.Blocks)})
		at++
	}
	if at < len(list) {
		return nil, fault.New(fault.Invalid, "upload.part_missing", "parts", "part %d was not uploaded, has another etag, or is out of order", list[at].Number)
	}
	g.hash = etag.FromParts(hashes)
	return g, nil
}

// Complete makes a file of the parts that the client lists, in their order. Asked
// again for the same it answers the same.
func (s *Service) Complete(ctx context.Context, by access.Actor, p bucket.Put, id string, list []PartRef) (*bucket.Object, error) {
	if err := bucket.May(by, p.Bucket, access.ObjectWrite); err != nil {
		return nil, err
	}
	o := &bucket.Object{}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		u, err := s.uploadTx(tx, p.Bucket, id)
		if err != nil {
			return err
		}
		if u.Done != nil {
			return s.againTx(tx, u, p, o)
		}
		g, err := s.gather(tx, u, list)
		if err != nil {
			return err
		}
		u.Listed = g.listed
		return s.assembleTx(tx, by, u, p, g, o)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return o, nil
}

// assembleTx makes the file of an upload that is complete.
func (s *Service) assembleTx(tx *store.Tx, by access.Actor, u *Upload, p bucket.Put, g *gathered, o *bucket.Object) error {
	// Its bytes become the file's: they are counted once, so that an upload which
	// fits also ends.
	if err := s.Usage.AddTx(tx, u.Tenant, usage.Usage{Pending: -g.size}); err != nil {
		return err
	}
	made, kept, err := s.Bucket.MakeTx(tx, by, p, bucket.Made{Tenant: u.Tenant, Size: g.size, Hash: g.hash, Pieces: g.refs})
	if err != nil {
		return err
	}
	*o = *made
	if kept { // the pieces are not needed, but for a client that missed the answer
		u.Expires = tx.Now().Add(answered)
		if err := s.Usage.AddTx(tx, u.Tenant, usage.Usage{Pending: g.size}); err != nil {
			return err
		}
		return s.uploads.Put(tx, u)
	}
	u.Done, u.Expires = made.Content, tx.Now().Add(done)
	return s.uploads.Put(tx, u)
}

// againTx answers a repeated completion with what the first one made.
func (s *Service) againTx(r store.Reader, u *Upload, p bucket.Put, o *bucket.Object) error {
	there, err := s.Bucket.StatTx(r, p.Bucket, p.Key)
	if fault.KindOf(err) == fault.NotFound && err != nil || err == nil && !slices.Equal(there.Content, u.Done) {
		return NoUpload()
	}
	if err == nil {
		*o = *there
	}
	return err
}
