package bucket

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/depot"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/app/usage"
	"stoa/store"
)

// Deps are the neighbours of the service.
type Deps struct {
	Audit *audit.Service
	Depot *depot.Service
	Usage *usage.Service
	// Inline reports whether small content of a tenant may lie in the store: not
	// when the tenant has buckets of its own elsewhere.
	Inline func(ctx context.Context, tenant uint64) (bool, error)
	Stir   func() // told, after a commit, that Sweep has work; nil = nobody
}

// Service is the buckets and what is in them.
type Service struct {
	Deps
	db       *store.DB
	reserved map[string]bool
	small    sync.Pool // of *[]byte with room for small content and a byte more

	buckets store.Table[Bucket]
	names   store.Unique[Bucket]
	domains store.Index[Bucket]
	ranked  store.Ranked[Bucket]
	ids     *store.Sequence
	counts  store.Table[Count]

	objects  store.Table[Object]
	ending   store.Index[Object]
	contents store.Table[content]

	unnamed store.Index[content]
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	if d.Stir == nil {
		d.Stir = func() {}
	}
	s := &Service{Deps: d, reserved: map[string]bool{}}
	s.small.New = func() any { b := make([]byte, 0, SmallObject+1); return &b }
	s.buckets = store.Define(schema, 210, "bucket", func(b *Bucket) store.Key { return store.K().Uint(b.ID) })
	s.names = s.buckets.Unique(1, "name", func(b *Bucket) (store.Key, bool) { return store.K().Str(b.Name), true })
	s.domains = s.buckets.Index(2, "domain", func(b *Bucket) (keys []store.Key) {
		for _, d := range b.Domains {
			keys = append(keys, store.K().Str(d))
		}
		return keys
	})
	s.ranked = s.buckets.Ranked(3, "list", func(b *Bucket) []store.Key { return []store.Key{all(), of(b.Tenant)} },
		func(b *Bucket) store.Key { return store.K().Str(b.Name) })
	s.ids = store.NewSequence(schema, 211, "bucket_id", 1)
	s.counts = store.Define(schema, 212, "bucket_count", func(c *Count) store.Key { return store.K().Uint(c.Bucket) })
	s.objects = store.Define(schema, 213, "object", func(o *Object) store.Key { return objectKey(o.Bucket, o.Key) })
	s.ending = s.objects.Index(1, "expires", func(o *Object) []store.Key {
		if o.Expires.IsZero() {
			return nil
		}
		return []store.Key{store.K().Time(o.Expires)}
	})
	s.contents = store.Define(schema, 214, "content", func(c *content) store.Key { return store.K().Bytes(c.ID) })
	s.unnamed = s.contents.Index(1, "unnamed", func(c *content) []store.Key {
		if c.Refs > 0 {
			return nil
		}
		return []store.Key{store.K().Uint(c.Tenant)}
	})
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Reserve names the addresses that the server serves itself, which no bucket may
// have. It is told once, before the server serves.
func (s *Service) Reserve(names []string) {
	for _, n := range names {
		s.reserved[n] = true
	}
}

func all() store.Key             { return store.K().Uint(0) }
func of(tenant uint64) store.Key { return store.K().Uint(1).Uint(tenant) }

func objectKey(bucket uint64, key string) store.Key { return store.K().Uint(bucket).Str(key) }

func idText(id uint64) string { return strconv.FormatUint(id, 10) }

// New is what a bucket is made of.
type New struct {
	Name    string
	Private bool
	Domains []string // for super administrators only
}

// Change changes what is not nil.
type Change struct {
	Private *bool
	Domains *[]string // for super administrators only: a host name belongs to the whole server
}

// Create makes a bucket of the caller's tenant.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Bucket, error) {
	if err := by.Need(access.BucketWrite); err != nil {
		return nil, err
	}
	name, err := s.cleanName(in.Name)
	if err != nil {
		return nil, err
	}
	b := &Bucket{}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := s.ranked.Count(tx, of(by.Tenant))
		if err != nil {
			return err
		}
		if n >= MaxBuckets {
			return fault.New(fault.TooLarge, "bucket.many", "", "a tenant has up to %d buckets", MaxBuckets)
		}
		id, err := s.ids.Next(tx)
		if err != nil {
			return err
		}
		*b = Bucket{ID: id, Tenant: by.Tenant, Name: name, Private: in.Private, Created: tx.Now()}
		if err := s.setDomains(tx, by, b, in.Domains); err != nil {
			return err
		}
		return s.put(tx, by, b, "create", nil)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return b, nil
}

func (s *Service) put(tx *store.Tx, by access.Actor, b *Bucket, act string, changes []audit.Change) error {
	b.Modified, b.ModifiedBy = tx.Now(), by.Name
	b.Version++
	err := s.buckets.Put(tx, b)
	if errors.Is(err, store.ErrTaken) {
		return fault.New(fault.Exists, "bucket.name_taken", "name", "there is a bucket %q already: their names are one set for all", b.Name)
	}
	if err != nil {
		return err
	}
	return s.record(tx, by, b, act, changes)
}

func (s *Service) record(tx *store.Tx, by access.Actor, b *Bucket, act string, changes []audit.Change) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: b.Tenant, Action: "bucket." + act, ObjectKind: "bucket", ObjectID: idText(b.ID), ObjectName: b.Name, Changes: changes})
}

// setDomains gives a bucket its host names; one belongs to one bucket.
func (s *Service) setDomains(tx *store.Tx, by access.Actor, b *Bucket, domains []string) error {
	domains, err := cleanDomains(domains)
	if err != nil || slices.Equal(domains, b.Domains) {
		return err
	}
	if !by.Super() {
		return access.SuperOnly()
	}
	for _, d := range domains {
		for other, err := range s.domains.Scan(tx, store.Scan{Prefix: store.K().Str(d), Limit: 1}) {
			if err != nil {
				return err
			}
			if other.ID != b.ID {
				return fault.New(fault.Exists, "bucket.domain_taken", "domains", "%q is the host name of the bucket %q", d, other.Name)
			}
		}
	}
	b.Domains = domains
	return nil
}

// Update changes a bucket. ifVersion 0 skips the check for a change by somebody
// else.
func (s *Service) Update(ctx context.Context, by access.Actor, id uint64, c Change, ifVersion uint64) (*Bucket, error) {
	if err := by.Need(access.BucketWrite); err != nil {
		return nil, err
	}
	var b *Bucket
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if b, err = s.load(tx, by, id); err != nil {
			return err
		}
		if ifVersion != 0 && b.Version != ifVersion {
			return fault.New(fault.Stale, "bucket.stale", "", "it was changed by %s meanwhile: read it again", b.ModifiedBy)
		}
		var changes []audit.Change
		if c.Private != nil && *c.Private != b.Private {
			changes = append(changes, audit.Change{Field: "private", Old: strconv.FormatBool(b.Private), New: strconv.FormatBool(*c.Private)})
			b.Private = *c.Private
		}
		if c.Domains != nil {
			was := strings.Join(b.Domains, " ")
			if err := s.setDomains(tx, by, b, *c.Domains); err != nil {
				return err
			}
			if now := strings.Join(b.Domains, " "); now != was {
				changes = append(changes, audit.Change{Field: "domains", Old: was, New: now})
			}
		}
		if len(changes) == 0 {
			return nil
		}
		return s.put(tx, by, b, "update", changes)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return b, nil
}

// Delete removes an empty bucket; else a Conflict fault with the count.
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) error {
	if err := by.Need(access.BucketWrite); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		b, err := s.load(tx, by, id)
		if err != nil {
			return err
		}
		count, err := s.countTx(tx, b.ID)
		if err != nil {
			return err
		}
		if count.Objects > 0 {
			return fault.New(fault.Conflict, "bucket.in_use", "id", "%q holds %d files: delete them first", b.Name, count.Objects)
		}
		return s.remove(tx, by, b)
	}))
}

func (s *Service) remove(tx *store.Tx, by access.Actor, b *Bucket) error {
	if err := s.buckets.Delete(tx, store.K().Uint(b.ID)); err != nil {
		return err
	}
	if err := s.counts.Delete(tx, store.K().Uint(b.ID)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return s.record(tx, by, b, "delete", nil)
}

// load is a bucket that by may see.
func (s *Service) load(r store.Reader, by access.Actor, id uint64) (*Bucket, error) {
	b, err := s.buckets.Get(r, store.K().Uint(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && !by.Super() && b.Tenant != by.Tenant {
		return nil, missing()
	}
	return b, err
}

func (s *Service) countTx(r store.Reader, bucket uint64) (Count, error) {
	c, err := s.counts.Get(r, store.K().Uint(bucket))
	if errors.Is(err, store.ErrNotFound) {
		return Count{Bucket: bucket}, nil
	}
	if err != nil {
		return Count{}, err
	}
	return *c, nil
}

// CountOfTx is how many buckets a tenant has.
func (s *Service) CountOfTx(r store.Reader, tenant uint64) (int, error) {
	return s.ranked.Count(r, of(tenant))
}

// Get is one bucket of the caller's tenant, with its count.
func (s *Service) Get(ctx context.Context, by access.Actor, id uint64) (*Bucket, error) {
	if err := by.Need(access.BucketRead); err != nil {
		return nil, err
	}
	var b *Bucket
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		if b, err = s.load(r, by, id); err != nil {
			return err
		}
		b.Count, err = s.countTx(r, id)
		return err
	})
	return b, fault.Wrap(err)
}

// List is the buckets of the caller's tenant by name, with their counts.
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	if err := by.Need(access.BucketRead); err != nil {
		return Page{}, err
	}
	group := of(by.Tenant)
	switch {
	case f.Tenant != 0 && f.Tenant != by.Tenant && !by.Super():
		return Page{}, missing()
	case f.Tenant != 0:
		group = of(f.Tenant)
	}
	var match func(*Bucket) bool
	if text := strings.ToLower(strings.TrimSpace(f.Text)); text != "" {
		match = func(b *Bucket) bool { return strings.Contains(b.Name, text) }
	}
	p := Page{}
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		if p, err = listing.Cut(r, s.ranked, group, listing.Ask{Page: f.Page, Limit: f.Limit, Cursor: f.Cursor}, match); err != nil {
			return err
		}
		for i := range p.Items {
			if p.Items[i].Count, err = s.countTx(r, p.Items[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	return p, fault.Wrap(err)
}

// ByName is a bucket by its name, whoever asks: operations on what is in it judge
// the right.
func (s *Service) ByName(ctx context.Context, name string) (*Bucket, error) {
	var b *Bucket
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		b, err = s.names.Get(r, store.K().Str(name))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, missing()
	}
	return b, fault.Wrap(err)
}

// ByDomain is the bucket that a host name serves, whoever asks.
func (s *Service) ByDomain(ctx context.Context, host string) (*Bucket, error) {
	var found *Bucket
	err := s.db.View(ctx, func(r store.Reader) error {
		for b, err := range s.domains.Scan(r, store.Scan{Prefix: store.K().Str(strings.ToLower(host)), Limit: 1}) {
			if err != nil {
				return err
			}
			found = b
		}
		return nil
	})
	if err == nil && found == nil {
		return nil, missing()
	}
	return found, fault.Wrap(err)
}
