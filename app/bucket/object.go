package bucket

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/usage"
	"stoa/store"
)

// Readable reports whether by may read what is in a bucket: everybody may in a
// public one, who holds bucket.read in its tenant in a private one.
func Readable(by access.Actor, b *Bucket) error {
	if !b.Private {
		return nil
	}
	return May(by, b, access.BucketRead)
}

// StatTx is an object, whoever asks; NoObject if it is not there.
func (s *Service) StatTx(r store.Reader, b *Bucket, key string) (*Object, error) {
	return s.objectTx(r, b.ID, key)
}

// Stat is what is known of an object.
func (s *Service) Stat(ctx context.Context, by access.Actor, b *Bucket, key string) (*Object, error) {
	if err := Readable(by, b); err != nil {
		return nil, err
	}
	var o *Object
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		o, err = s.objectTx(r, b.ID, key)
		return err
	})
	return o, fault.Wrap(err)
}

func (s *Service) objectTx(r store.Reader, bucket uint64, key string) (*Object, error) {
	if CheckKey(key) != nil {
		return nil, NoObject()
	}
	o, err := s.objects.Get(r, objectKey(bucket, key))
	if errors.Is(err, store.ErrNotFound) || err == nil && o.over(r.Now()) {
		return nil, NoObject()
	}
	return o, err
}

// over reports whether the object's time has come: it is not there any more.
func (o *Object) over(now time.Time) bool { return !o.Expires.IsZero() && !now.Before(o.Expires) }

// File is an object opened for reading.
type File struct {
	Object
	service *Service
	data    []byte
	pieces  []byte
}

// Open finds an object and its content; Range reads it.
func (s *Service) Open(ctx context.Context, by access.Actor, b *Bucket, key string) (*File, error) {
	if err := Readable(by, b); err != nil {
		return nil, err
	}
	f := &File{service: s}
	err := s.db.View(ctx, func(r store.Reader) error {
		o, err := s.objectTx(r, b.ID, key)
		if err != nil {
			return err
		}
		c, err := s.contents.Get(r, store.K().Bytes(o.Content))
		if err != nil {
			return err
		}
		f.Object, f.data, f.pieces = *o, c.Data, c.Pieces
		return nil
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return f, nil
}

// Range reads length bytes from offset on, which lie within Size.
func (f *File) Range(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
	if len(f.pieces) == 0 {
		return io.NopCloser(bytes.NewReader(f.data[offset : offset+length])), nil
	}
	body, err := f.service.Depot.Open(ctx, Unpack(f.pieces), offset, length)
	if err != nil && fault.KindOf(err) == fault.NotFound && f.replaced(ctx) {
		return nil, fault.New(fault.Unavailable, "object.replaced", "key", "the file was replaced a moment ago: ask again").After(time.Second)
	}
	return body, err
}

// replaced reports whether there is another file of the name now.
func (f *File) replaced(ctx context.Context) bool {
	return f.service.db.View(ctx, func(r store.Reader) error {
		_, err := f.service.objectTx(r, f.Bucket, f.Key)
		return err
	}) == nil
}

// Remove deletes an object.
func (s *Service) Remove(ctx context.Context, by access.Actor, b *Bucket, key string) error {
	if err := May(by, b, access.ObjectWrite); err != nil {
		return err
	}
	return s.act(ctx, by, "delete", b, key, func(tx *store.Tx, o *Object) error { return s.removeTx(tx, b, o) })
}

// act does something to an object and records it.
func (s *Service) act(ctx context.Context, by access.Actor, name string, b *Bucket, key string, do func(*store.Tx, *Object) error) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		o, err := s.objectTx(tx, b.ID, key)
		if err != nil {
			return err
		}
		if err := do(tx, o); err != nil {
			return err
		}
		return s.recordObject(tx, by, name, b, key, "")
	})
	if err == nil {
		s.Stir()
	}
	return fault.Wrap(err)
}

func (s *Service) recordObject(tx *store.Tx, by access.Actor, act string, b *Bucket, key, to string) error {
	e := audit.Entry{Tenant: b.Tenant, Action: "object." + act, ObjectKind: "object", ObjectID: b.Name + "/" + key, ObjectName: key}
	if to != "" {
		e.Changes = []audit.Change{{Field: "to", New: to}}
	}
	return s.Audit.AddTx(tx, by, e)
}

// Retype changes an object's content type, and its metadata where meta is not nil.
func (s *Service) Retype(ctx context.Context, by access.Actor, b *Bucket, key, contentType string, meta map[string]string) error {
	p := Put{Bucket: b, Key: key, Type: contentType, Meta: meta}
	if err := p.check(by, bucketTenant(b)); err != nil {
		return err
	}
	return s.act(ctx, by, "update", b, key, func(tx *store.Tx, o *Object) error {
		if contentType != "" {
			o.Type = contentType
		}
		if meta != nil {
			o.Meta = meta
		}
		return s.objects.Update(tx, o)
	})
}

func bucketTenant(b *Bucket) uint64 {
	if b == nil {
		return 0
	}
	return b.Tenant
}

// Expire sets when an object is removed; zero = never.
func (s *Service) Expire(ctx context.Context, by access.Actor, b *Bucket, key string, at time.Time) error {
	if err := May(by, b, access.ObjectWrite); err != nil {
		return err
	}
	return s.act(ctx, by, "expire", b, key, func(tx *store.Tx, o *Object) error {
		o.Expires = at
		return s.objects.Update(tx, o)
	})
}

// Copy gives an object's content another name, in a bucket of the same tenant.
func (s *Service) Copy(ctx context.Context, by access.Actor, from *Bucket, key string, to *Bucket, name string, mode Mode) error {
	return s.transfer(ctx, by, "copy", from, key, to, name, mode)
}

// Move is Copy, and the old name goes. Onto itself it changes nothing.
func (s *Service) Move(ctx context.Context, by access.Actor, from *Bucket, key string, to *Bucket, name string, mode Mode) error {
	return s.transfer(ctx, by, "move", from, key, to, name, mode)
}

func (s *Service) transfer(ctx context.Context, by access.Actor, act string, from *Bucket, key string, to *Bucket, name string, mode Mode) error {
	if err := errors.Join(May(by, from, access.ObjectWrite), May(by, to, access.ObjectWrite), CheckKey(name)); err != nil {
		return err
	}
	if from.Tenant != to.Tenant {
		return fault.New(fault.Invalid, "object.tenants", "to", "files are copied within one tenant: download and upload them")
	}
	return s.act(ctx, by, act, from, key, func(tx *store.Tx, o *Object) error {
		if from.ID == to.ID && key == name {
			return nil
		}
		if act == "move" {
			return s.moveTx(tx, by, from, o, Put{Bucket: to, Key: name, Mode: mode})
		}
		return s.copyTx(tx, by, o, Put{Bucket: to, Key: name, Mode: mode})
	})
}

func (s *Service) copyTx(tx *store.Tx, by access.Actor, o *Object, p Put) error {
	p.Type, p.EndUser, p.Meta, p.Expires = o.Type, o.EndUser, o.Meta, o.Expires
	made := &Object{}
	kept, err := s.nameTx(tx, by, p, made, o.Size, o.Hash)
	if err != nil || kept {
		return err
	}
	c, err := s.contents.Get(tx, store.K().Bytes(o.Content))
	if err != nil {
		return err
	}
	c.Refs++
	if err := s.contents.Update(tx, c); err != nil {
		return err
	}
	if err := s.Usage.AddTx(tx, p.Bucket.Tenant, usage.Usage{Bytes: o.Size, Objects: 1}); err != nil {
		return err
	}
	made.Content = o.Content
	return s.addTx(tx, made)
}

// moveTx renames: what is counted for the tenant stays the same, so that a full
// tenant can move its files.
func (s *Service) moveTx(tx *store.Tx, by access.Actor, from *Bucket, o *Object, p Put) error {
	p.Type, p.EndUser, p.Meta, p.Expires = o.Type, o.EndUser, o.Meta, o.Expires
	made := &Object{}
	kept, err := s.nameTx(tx, by, p, made, o.Size, o.Hash)
	if err != nil {
		return err
	}
	if kept {
		return s.removeTx(tx, from, o)
	}
	made.Content, made.By = o.Content, o.By
	if err := s.objects.Delete(tx, objectKey(o.Bucket, o.Key)); err != nil {
		return err
	}
	if err := s.bucketTx(tx, o.Bucket, -1, -o.Size); err != nil {
		return err
	}
	return s.addTx(tx, made)
}
