package bucket

import (
	"context"
	"errors"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Limits of what is done to many files at once.
const (
	MaxMany    = 500    // keys of one call
	MaxMeasure = 10_000 // files that Measure counts
	manyAtOnce = 25     // files of one commit
)

// In is a bucket in which by may do what needs p.
func (s *Service) In(ctx context.Context, by access.Actor, id uint64, p access.Permission) (*Bucket, error) {
	if err := by.Need(p); err != nil {
		return nil, err
	}
	var b *Bucket
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		b, err = s.load(r, by, id)
		return err
	})
	return b, fault.Wrap(err)
}

// RemoveMany deletes files by their names and tells how many there were. Those that
// are not there are passed over.
func (s *Service) RemoveMany(ctx context.Context, by access.Actor, b *Bucket, keys []string) (removed int, err error) {
	if err := May(by, b, access.ObjectWrite); err != nil {
		return 0, err
	}
	if len(keys) == 0 || len(keys) > MaxMany {
		return 0, fault.New(fault.Invalid, "object.many", "keys", "%d files were named: name 1 to %d at a time", len(keys), MaxMany)
	}
	defer s.Stir()
	for len(keys) > 0 {
		done, n := 0, 0
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			done, n = 0, 0
			for ; done < min(len(keys), manyAtOnce) && !tx.Full(); done++ { // each may have several pieces
				gone, err := s.removeNamedTx(tx, by, b, keys[done])
				if err != nil {
					return err
				}
				if gone {
					n++
				}
			}
			return nil
		})
		if err != nil {
			return removed, fault.Wrap(err)
		}
		keys, removed = keys[done:], removed+n
	}
	return removed, nil
}

func (s *Service) removeNamedTx(tx *store.Tx, by access.Actor, b *Bucket, key string) (bool, error) {
	o, err := s.objectTx(tx, b.ID, key)
	if f := (*fault.Fault)(nil); errors.As(err, &f) && f.Kind == fault.NotFound {
		return false, nil
	}
	if err == nil {
		err = s.removeTx(tx, b, o)
	}
	if err == nil {
		err = s.recordObject(tx, by, "delete", b, key, "")
	}
	return err == nil, err
}

// Measure counts the files whose names begin with prefix, up to MaxMeasure; more
// says that there are others.
func (s *Service) Measure(ctx context.Context, by access.Actor, b *Bucket, prefix string) (c Count, more bool, err error) {
	if err := May(by, b, access.BucketRead); err != nil {
		return Count{}, false, err
	}
	if len(prefix) > MaxKey {
		return Count{}, false, CheckKey(prefix)
	}
	err = s.db.View(ctx, func(r store.Reader) error {
		c, more = Count{Bucket: b.ID}, false
		for o, err := range s.objects.Scan(r, store.Scan{Prefix: store.K().Uint(b.ID).StrPrefix(prefix), Limit: MaxMeasure + 1}) {
			if err != nil {
				return err
			}
			if c.Objects == MaxMeasure {
				more = true
				return nil
			}
			c.Objects, c.Bytes = c.Objects+1, c.Bytes+o.Size
		}
		return nil
	})
	return c, more, fault.Wrap(err)
}

// Shared records that a link to a file was made, which is good until then.
func (s *Service) Shared(ctx context.Context, by access.Actor, b *Bucket, key string, until time.Time) error {
	if err := May(by, b, access.BucketRead); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		return s.Audit.AddTx(tx, by, audit.Entry{Tenant: b.Tenant, Action: "object.share", ObjectKind: "object", ObjectID: b.Name + "/" + key, ObjectName: key,
			Changes: []audit.Change{{Field: "until", New: until.UTC().Format(time.RFC3339)}}})
	}))
}

// Vacant is an Exists fault where a file has the name already: what an upload that
// replaces nothing asks before its bytes come. The commit asks again.
func (s *Service) Vacant(ctx context.Context, by access.Actor, b *Bucket, key string) error {
	if err := May(by, b, access.ObjectWrite); err != nil {
		return err
	}
	return fault.Wrap(s.db.View(ctx, func(r store.Reader) error {
		_, err := s.objectTx(r, b.ID, key)
		if f := (*fault.Fault)(nil); errors.As(err, &f) && f.Kind == fault.NotFound {
			return nil
		}
		if err == nil {
			err = taken(key)
		}
		return err
	}))
}
