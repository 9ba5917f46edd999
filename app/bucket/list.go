package bucket

import (
	"context"
	"strings"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Ask says which objects to list.
type Ask struct {
	Prefix    string // beginning of the keys
	After     string // key or common prefix behind which to go on; "" = the first
	Delimiter string // keys that have it behind Prefix are shown up to it, once; "" = all keys
	Limit     int    // 1 to 1,000; 0 = 1,000
}

// Listing is a part of a bucket, in the order of keys.
type Listing struct {
	Objects  []Object
	Prefixes []string // common beginnings, with the delimiter
	Next     string   // After of the next part; "" at the end
}

// Objects lists what is in a bucket.
func (s *Service) Objects(ctx context.Context, by access.Actor, b *Bucket, a Ask) (*Listing, error) {
	if err := May(by, b, access.BucketRead); err != nil {
		return nil, err
	}
	if a.Limit == 0 {
		a.Limit = MaxList
	}
	if a.Limit < 0 || a.Limit > MaxList {
		return nil, fault.New(fault.Invalid, "object.limit", "limit", "limit is %d: a part has 1 to %d files", a.Limit, MaxList)
	}
	if len(a.Prefix) > MaxKey || len(a.After) > MaxKey || len(a.Delimiter) > MaxKey {
		return nil, fault.New(fault.Invalid, "object.key", "prefix", "a file's name has 1 to %d bytes of UTF-8", MaxKey)
	}
	l := &Listing{}
	err := s.db.View(ctx, func(r store.Reader) error {
		*l = Listing{Objects: []Object{}, Prefixes: []string{}}
		return s.list(r, b, a, l)
	})
	return l, fault.Wrap(err)
}

func (s *Service) list(r store.Reader, b *Bucket, a Ask, l *Listing) error {
	scan := store.Scan{Prefix: store.K().Uint(b.ID).StrPrefix(a.Prefix)}
	if a.After != "" {
		scan.After = objectKey(b.ID, a.After)
	}
	if common, shared := cutAt(a.After, a.Prefix, a.Delimiter); shared && common == a.After {
		scan.After = behind(b, common)
	}
	for more := true; more; {
		more = false
		for o, err := range s.objects.Scan(r, scan) {
			if err != nil {
				return err
			}
			if o.over(r.Now()) {
				continue
			}
			if len(l.Objects)+len(l.Prefixes) == a.Limit {
				l.Next = a.After
				return nil
			}
			common, shared := cutAt(o.Key, a.Prefix, a.Delimiter)
			if !shared {
				l.Objects = append(l.Objects, *o)
				a.After = o.Key
				continue
			}
			l.Prefixes = append(l.Prefixes, common)
			a.After, scan.After, more = common, behind(b, common), true
			break
		}
	}
	return nil
}

// behind is where a list goes on behind all that a common prefix stands for.
func behind(b *Bucket, common string) store.Key { return store.K().Uint(b.ID).StrPrefix(common) }

// cutAt is the part of key up to the first delimiter behind prefix.
func cutAt(key, prefix, delimiter string) (string, bool) {
	if delimiter == "" || !strings.HasPrefix(key, prefix) {
		return "", false
	}
	head, _, found := strings.Cut(key[len(prefix):], delimiter)
	return prefix + head + delimiter, found
}
