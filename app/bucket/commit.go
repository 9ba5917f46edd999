package bucket

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"mime"
	"time"

	"stoa/app/access"
	"stoa/app/depot"
	"stoa/app/fault"
	"stoa/app/usage"
	"stoa/store"
)

// Mode says what becomes of an object that has the name already.
type Mode uint8

// The modes.
const (
	Insert    Mode = iota // it stays: other content is an Exists fault, the same is success
	Overwrite             // it is replaced
)

// Put says what name content gets.
type Put struct {
	Bucket  *Bucket
	Key     string
	Type    string // content type; "" = told by the name, then by the first bytes
	Mode    Mode
	EndUser string
	Meta    map[string]string
	Expires time.Time // zero = never
}

// May reports whether by may do in a bucket what needs p; a bucket of others is
// not there.
func May(by access.Actor, b *Bucket, p access.Permission) error {
	if err := by.Need(p); err != nil {
		return err
	}
	if b == nil || b.Tenant != by.Tenant && !by.Super() {
		return missing()
	}
	return nil
}

func (p *Put) check(by access.Actor, tenant uint64) error {
	if err := May(by, p.Bucket, access.ObjectWrite); err != nil {
		return err
	}
	if p.Bucket.Tenant != tenant {
		return fmt.Errorf("content of tenant %d for a bucket of tenant %d", tenant, p.Bucket.Tenant)
	}
	if err := CheckKey(p.Key); err != nil {
		return err
	}
	size := 0
	for k, v := range p.Meta {
		size += len(k) + len(v)
	}
	if size > MaxMeta {
		return fault.New(fault.TooLarge, "object.meta", "meta", "the metadata of a file has up to %d bytes", MaxMeta)
	}
	return CheckType(p.Type)
}

// CheckType refuses what is no content type; "" says nothing.
func CheckType(t string) error {
	if t == "" {
		return nil
	}
	if _, _, err := mime.ParseMediaType(t); err != nil || len(t) > 200 {
		return fault.New(fault.Invalid, "object.type", "type", "%q is no content type such as image/png", t)
	}
	return nil
}

// Commit gives a draft its name, and tells whether one was replaced by it. The
// draft can't be committed again.
func (s *Service) Commit(ctx context.Context, by access.Actor, d *Draft, p Put) (*Object, error) {
	if err := p.check(by, d.Tenant); err != nil {
		return nil, err
	}
	p.typed(d)
	o := &Object{}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		d.kept = false
		kept, err := s.nameTx(tx, by, p, o, d.Size, d.Hash)
		if err != nil || kept {
			return err
		}
		c := &content{ID: randomID(), Tenant: d.Tenant, Refs: 1, Size: d.Size, Data: d.data, SHA256: d.SHA256}
		if d.written != nil {
			ref, err := s.Depot.KeepTx(tx, d.Tenant, d.written)
			if err != nil {
				return err
			}
			c.Pieces = Pack([]depot.Ref{ref})
		}
		if err := s.contents.Insert(tx, c); err != nil {
			return err
		}
		if err := s.Usage.SettleTx(tx, d.meter, usage.Usage{Bytes: d.Size, Objects: 1}); err != nil {
			return err
		}
		o.Content = c.ID
		err = s.addTx(tx, o)
		d.kept = err == nil // whether this commits can't always be told: a disk may fail behind it
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return o, nil
}

// Made is content that lies in pieces already.
type Made struct {
	Tenant uint64
	Size   int64
	Hash   string // qetag
	Pieces []depot.Ref
}

// MakeTx gives content in pieces its name. kept says that the object was there
// with the same content and that the pieces are not needed.
func (s *Service) MakeTx(tx *store.Tx, by access.Actor, p Put, m Made) (o *Object, kept bool, err error) {
	if err := p.check(by, m.Tenant); err != nil {
		return nil, false, err
	}
	p.typed(nil)
	o = &Object{}
	if kept, err = s.nameTx(tx, by, p, o, m.Size, m.Hash); err != nil || kept {
		return o, kept, err
	}
	c := &content{ID: randomID(), Tenant: m.Tenant, Refs: 1, Size: m.Size, Pieces: Pack(m.Pieces)}
	if err := s.contents.Insert(tx, c); err != nil {
		return nil, false, err
	}
	if err := s.Usage.AddTx(tx, m.Tenant, usage.Usage{Bytes: m.Size, Objects: 1}); err != nil {
		return nil, false, err
	}
	o.Content = c.ID
	return o, false, s.addTx(tx, o)
}

// typed fills in the content type.
func (p *Put) typed(d *Draft) {
	if p.Type == "" {
		p.Type = TypeByName(p.Key)
	}
	if p.Type == "" && d != nil {
		p.Type = d.Type()
	}
	if p.Type == "" {
		p.Type = "application/octet-stream"
	}
}

func randomID() []byte {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails (crypto/rand)
	return id
}

// number is a random number that an object's address may show.
func number() uint64 { return binary.BigEndian.Uint64(randomID()) >> 12 }

// nameTx prepares the row of an object and makes room for it. kept says that the
// object is there already with the same content, and stays, the longer of the two
// times.
func (s *Service) nameTx(tx *store.Tx, by access.Actor, p Put, o *Object, size int64, hash string) (kept bool, err error) {
	b, err := s.buckets.Get(tx, store.K().Uint(p.Bucket.ID))
	if errors.Is(err, store.ErrNotFound) {
		return false, missing()
	}
	if err != nil {
		return false, err
	}
	old, err := s.objects.Get(tx, objectKey(b.ID, p.Key))
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return false, err
	case old.over(tx.Now()): // it is not there any more, though no sweep has come by
		if err := s.removeTx(tx, b, old); err != nil {
			return false, err
		}
	case p.Mode == Insert && old.Hash == hash && old.Size == size:
		*o = *old
		return true, s.stayTx(tx, o, p.Expires)
	case p.Mode == Insert:
		return false, taken(p.Key)
	default:
		if err := s.removeTx(tx, b, old); err != nil {
			return false, err
		}
	}
	*o = Object{Bucket: b.ID, Key: p.Key, Size: size, Hash: hash, Type: p.Type, Put: tx.Now(), EndUser: p.EndUser, Meta: p.Meta,
		Expires: p.Expires, By: by.Account, ID: number()}
	return false, nil
}

// stayTx lets an object stay until then, if it was to go earlier; zero = for good.
func (s *Service) stayTx(tx *store.Tx, o *Object, until time.Time) error {
	if o.Expires.IsZero() || !until.IsZero() && !until.After(o.Expires) {
		return nil
	}
	o.Expires = until
	return s.objects.Update(tx, o)
}

func taken(key string) *fault.Fault {
	return fault.New(fault.Exists, "object.exists", "key", "there is another file of this name: %q", key)
}

// addTx writes a new object's row and counts it in its bucket.
func (s *Service) addTx(tx *store.Tx, o *Object) error {
	if err := s.objects.Insert(tx, o); err != nil {
		return err
	}
	return s.bucketTx(tx, o.Bucket, 1, o.Size)
}

func (s *Service) bucketTx(tx *store.Tx, bucket uint64, objects, bytes int64) error {
	c, err := s.countTx(tx, bucket)
	if err != nil {
		return err
	}
	c.Objects, c.Bytes = c.Objects+objects, c.Bytes+bytes
	return s.counts.Put(tx, &c)
}

// removeTx removes an object, and its content with the last one that names it.
func (s *Service) removeTx(tx *store.Tx, b *Bucket, o *Object) error {
	if err := s.objects.Delete(tx, objectKey(o.Bucket, o.Key)); err != nil {
		return err
	}
	if err := s.bucketTx(tx, o.Bucket, -1, -o.Size); err != nil {
		return err
	}
	if err := s.Usage.AddTx(tx, b.Tenant, usage.Usage{Bytes: -o.Size, Objects: -1}); err != nil {
		return err
	}
	c, err := s.contents.Get(tx, store.K().Bytes(o.Content))
	if err != nil {
		return fmt.Errorf("content of %q: %w", o.Key, err)
	}
	if c.Refs--; c.Refs > 0 {
		return s.contents.Update(tx, c)
	}
	if len(c.Pieces) > droppedAtOnce*RefBytes {
		return s.contents.Update(tx, c) // without a name: Sweep takes its pieces away
	}
	for _, ref := range Unpack(c.Pieces) {
		if err := s.Depot.DropTx(tx, ref); err != nil {
			return err
		}
	}
	return s.contents.Delete(tx, store.K().Bytes(c.ID))
}

// droppedAtOnce is how many pieces go in the commit that removes their content.
const droppedAtOnce = 16
