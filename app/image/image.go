// Package image is the pictures that people registered: files in buckets, told of by
// a callback, and addresses elsewhere. It keeps where they are and whose; the files
// themselves are package bucket's, and nothing is fetched.
package image

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Limits, in bytes.
const (
	maxURL   = 2048
	maxName  = 1024
	maxParam = 16 << 10
	perRun   = 100 // rows removed in one transaction, each with its entries in two indexes
)

// Image is a picture that was registered.
type Image struct {
	ID       uint64    `cbor:"1,keyasint"`
	Tenant   uint64    `cbor:"2,keyasint"`
	Account  uint64    `cbor:"3,keyasint"`           // whose it is
	URL      string    `cbor:"4,keyasint,omitempty"` // where it lies, or
	Bucket   uint64    `cbor:"5,keyasint,omitempty"` // the bucket
	Name     string    `cbor:"6,keyasint,omitempty"` // and its name,
	Key      string    `cbor:"7,keyasint,omitempty"` // and the key in it
	Filename string    `cbor:"8,keyasint"`
	Param    string    `cbor:"9,keyasint,omitempty"` // what the client said of it
	Size     int64     `cbor:"10,keyasint,omitempty"`
	Created  time.Time `cbor:"11,keyasint"`
}

// New is what is registered.
type New struct {
	URL      string // http or https; or
	Bucket   uint64 // a file in a bucket
	Name     string // of the bucket
	Key      string
	Filename string
	Param    string
	Size     int64 // bytes; 0 = unknown
}

// Deps are the neighbours of the service.
type Deps struct{ Audit *audit.Service }

// Service is the pictures.
type Service struct {
	Deps
	db    *store.DB
	ids   *store.Sequence
	rows  store.Table[Image]
	files store.Unique[Image] // by bucket and key
	of    store.Index[Image]  // by tenant and account
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d}
	s.ids = store.NewSequence(schema, 240, "image_id", 1)
	s.rows = store.Define(schema, 241, "image", func(i *Image) store.Key { return store.K().Uint(i.ID) })
	s.files = s.rows.Unique(1, "file", func(i *Image) (store.Key, bool) { return store.K().Uint(i.Bucket).Str(i.Key), i.Bucket != 0 })
	s.of = s.rows.Index(2, "account", func(i *Image) []store.Key { return []store.Key{store.K().Uint(i.Tenant).Uint(i.Account)} })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "image.not_found", "id", "there is no such image")
}

func (in *New) check() error {
	for field, v := range map[string]struct {
		text string
		max  int
	}{"url": {in.URL, maxURL}, "filename": {in.Filename, maxName}, "param": {in.Param, maxParam}} {
		if len(v.text) > v.max || !utf8.ValidString(v.text) {
			return fault.New(fault.Invalid, "image."+field, field, "%s has up to %d bytes of UTF-8", field, v.max)
		}
	}
	if in.Bucket != 0 {
		return nil
	}
	u, err := url.Parse(in.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return fault.New(fault.Invalid, "image.url", "url", "the address begins with http:// or https:// and names a host")
	}
	return nil
}

// Register notes a picture of the caller's. A file that is known already keeps its
// id, so that a callback can be repeated; what was said of it last counts.
func (s *Service) Register(ctx context.Context, by access.Actor, in New) (*Image, error) {
	if by.Account == 0 {
		return nil, access.SignIn()
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	i := &Image{}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		*i = Image{Tenant: by.Tenant, Account: by.Account, URL: in.URL, Bucket: in.Bucket, Name: in.Name, Key: in.Key,
			Filename: in.Filename, Param: in.Param, Size: in.Size, Created: tx.Now()}
		if in.Bucket != 0 {
			known, err := s.files.Get(tx, store.K().Uint(in.Bucket).Str(in.Key))
			if err == nil {
				i.ID = known.ID
				return s.rows.Update(tx, i)
			}
			if !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		id, err := s.ids.Next(tx)
		if err != nil {
			return err
		}
		i.ID = id
		if err := s.rows.Insert(tx, i); err != nil {
			return err
		}
		return s.Audit.AddTx(tx, by, audit.Entry{Tenant: by.Tenant, Action: "image.register", ObjectKind: "image", ObjectID: strconv.FormatUint(id, 10), ObjectName: in.Filename})
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return i, nil
}

// Get is a picture: for its owner, and for who may read the files of the tenant.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Image, error) {
	i, err := s.Any(ctx, id)
	if err != nil {
		return nil, err
	}
	mine := by.Account != 0 && i.Account == by.Account
	if !mine && !by.Super() && (i.Tenant != by.Tenant || !by.Can(access.BucketRead)) {
		return nil, missing()
	}
	return i, nil
}

// Any is a picture, whoever asks: for networks where nobody signs in.
func (s *Service) Any(ctx context.Context, id uint64) (*Image, error) {
	var i *Image
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		i, err = s.rows.Get(r, store.K().Uint(id))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, missing()
	}
	return i, fault.Wrap(err)
}

// PurgeTx removes some of a tenant's pictures; more that there are others.
func (s *Service) PurgeTx(tx *store.Tx, tenant uint64) (n int, more bool, err error) {
	return s.removeTx(tx, store.K().Uint(tenant))
}

func (s *Service) removeTx(tx *store.Tx, prefix store.Key) (n int, more bool, err error) {
	for i, err := range s.of.Scan(tx, store.Scan{Prefix: prefix, Limit: perRun + 1}) {
		if err != nil {
			return n, false, err
		}
		if n == perRun {
			return n, true, nil
		}
		if err := s.rows.Delete(tx, store.K().Uint(i.ID)); err != nil {
			return n, false, err
		}
		n++
	}
	return n, false, nil
}
