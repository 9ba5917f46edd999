package bucket

import (
	"context"
	"errors"
	"strings"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Renaming is a folder, which is all files whose names begin with Prefix, and the
// name that takes the place of Prefix in theirs. Both end with /.
type Renaming struct {
	From   *Bucket
	Prefix string
	To     *Bucket // of the same tenant
	Name   string
}

// CheckRenaming reports whether by may do it, and whether the names fit. Within one
// bucket neither folder lies in the other: files would meet themselves on the way.
func CheckRenaming(by access.Actor, in Renaming) error {
	if err := errors.Join(May(by, in.From, access.ObjectWrite), May(by, in.To, access.ObjectWrite)); err != nil {
		return err
	}
	switch {
	case in.From.Tenant != in.To.Tenant:
		return fault.New(fault.Invalid, "object.tenants", "to_bucket", "files are moved within one tenant: download and upload them")
	case !folder(in.Prefix):
		return fault.New(fault.Invalid, "folder.name", "prefix", "a folder's name has 2 to %d bytes of UTF-8 and ends with /", MaxKey)
	case !folder(in.Name):
		return fault.New(fault.Invalid, "folder.name", "to_prefix", "a folder's name has 2 to %d bytes of UTF-8 and ends with /", MaxKey)
	case in.From.ID != in.To.ID:
		return nil
	case in.Prefix == in.Name:
		return fault.New(fault.Invalid, "folder.same", "to_prefix", "that is its name now")
	case strings.HasPrefix(in.Name, in.Prefix) || strings.HasPrefix(in.Prefix, in.Name):
		return fault.New(fault.Invalid, "folder.inside", "to_prefix", "a folder can't be moved into itself, nor take the name of one that it is in")
	}
	return nil
}

func folder(name string) bool {
	return len(name) > 1 && strings.HasSuffix(name, "/") && CheckKey(name) == nil
}

// name is what a file of the folder is called then.
func (in Renaming) name(key string) string { return in.Name + key[len(in.Prefix):] }

// Look counts the files of a folder up to limit, and is an Exists fault if a new
// name of one of them is taken; more says that there are others, and vacant that
// nothing at all lies where they go.
func (s *Service) Look(ctx context.Context, in Renaming, limit int) (n int, more, vacant bool, err error) {
	err = s.db.View(ctx, func(r store.Reader) (err error) {
		n, more = 0, false
		if vacant, err = s.vacantTx(r, in); err != nil {
			return err
		}
		for o, err := range s.objects.Scan(r, store.Scan{Prefix: store.K().Uint(in.From.ID).StrPrefix(in.Prefix)}) {
			switch {
			case err != nil:
				return err
			case !o.Expires.IsZero() && !r.Now().Before(o.Expires):
				continue
			case n == limit:
				more = true
				return nil
			}
			n++
			if err := s.freeTx(r, in, o.Key, vacant); err != nil {
				return err
			}
		}
		return nil
	})
	return n, more, vacant, fault.Wrap(err)
}

func (s *Service) vacantTx(r store.Reader, in Renaming) (bool, error) {
	for _, err := range s.objects.Scan(r, store.Scan{Prefix: store.K().Uint(in.To.ID).StrPrefix(in.Name), Limit: 1}) {
		return false, err
	}
	return true, nil
}

// freeTx is a fault if a file can't have its new name.
func (s *Service) freeTx(r store.Reader, in Renaming, key string, vacant bool) error {
	to := in.name(key)
	if len(to) > MaxKey {
		return fault.New(fault.Invalid, "folder.long", "to_prefix", "%q would have a name of more than %d bytes: choose a shorter one for the folder", key, MaxKey)
	}
	if vacant {
		return nil
	}
	_, err := s.objects.Get(r, objectKey(in.To.ID, to))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = fault.New(fault.Exists, "folder.taken", "to_prefix", "there is a file %q already: rename one of the two first, or choose another name for the folder", to)
	}
	return err
}

// CountFolder is how many files there are in a folder.
func (s *Service) CountFolder(ctx context.Context, in Renaming) (n int64, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		n = 0
		for o, err := range s.objects.Scan(r, store.Scan{Prefix: store.K().Uint(in.From.ID).StrPrefix(in.Prefix)}) {
			if err != nil {
				return err
			}
			if o.Expires.IsZero() || r.Now().Before(o.Expires) {
				n++
			}
		}
		return nil
	})
	return n, fault.Wrap(err)
}

// RenameTx moves up to limit files of a folder, those behind the name after, and
// answers the name behind which to go on, "" at the end. What the tenant keeps
// stays the same.
func (s *Service) RenameTx(tx *store.Tx, by access.Actor, in Renaming, after string, limit int) (moved int, next string, err error) {
	scan := store.Scan{Prefix: store.K().Uint(in.From.ID).StrPrefix(in.Prefix), Limit: limit}
	if after != "" {
		scan.After = objectKey(in.From.ID, after)
	}
	var keys []string
	for o, err := range s.objects.Scan(tx, scan) {
		if err != nil {
			return 0, "", err
		}
		keys = append(keys, o.Key)
	}
	for _, key := range keys {
		o, err := s.objectTx(tx, in.From.ID, key)
		if fault.KindOf(err) == fault.NotFound && err != nil {
			continue // it is over, or went meanwhile
		}
		if err == nil {
			err = s.freeTx(tx, in, key, false)
		}
		if err == nil {
			err = s.moveTx(tx, by, in.From, o, Put{Bucket: in.To, Key: in.name(key), Mode: Insert})
		}
		if err != nil {
			return 0, "", err
		}
		moved++
	}
	if len(keys) == limit {
		next = keys[limit-1]
	}
	return moved, next, nil
}
