package bucket

import (
	"fmt"

	"stoa/app/usage"
	"stoa/store"
)

// CheckTx counts everything again and says what differs from what was kept: the
// counts of buckets, the names of content and its pieces. What it counted of each
// tenant is added to used.
func (s *Service) CheckTx(r store.Reader, used map[uint64]usage.Usage) (problems []string, err error) {
	c := &checking{s: s, used: used, counts: map[uint64]Count{}, refs: map[string]int{}, sizes: map[string]int64{}}
	for _, part := range []func(store.Reader) error{c.objects, c.contents, c.sums} {
		if err := part(r); err != nil {
			return c.problems, err
		}
	}
	return c.problems, nil
}

// checking is one count of everything.
type checking struct {
	s        *Service
	used     map[uint64]usage.Usage
	counts   map[uint64]Count
	refs     map[string]int
	sizes    map[string]int64
	problems []string
}

func (c *checking) say(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

func (c *checking) objects(r store.Reader) error {
	owner := map[uint64]uint64{}
	for b, err := range c.s.buckets.Scan(r, store.Scan{}) {
		if err != nil {
			return err
		}
		owner[b.ID] = b.Tenant
		c.counts[b.ID] = Count{Bucket: b.ID}
	}
	for o, err := range c.s.objects.Scan(r, store.Scan{}) {
		if err != nil {
			return err
		}
		tenant, there := owner[o.Bucket]
		if !there {
			c.say("file %q is in bucket %d, which is not there", o.Key, o.Bucket)
		}
		u, n := c.used[tenant], c.counts[o.Bucket]
		u.Bytes, u.Objects = u.Bytes+o.Size, u.Objects+1
		n.Bytes, n.Objects = n.Bytes+o.Size, n.Objects+1
		c.used[tenant], c.counts[o.Bucket] = u, n
		c.refs[string(o.Content)]++
		c.sizes[string(o.Content)] = o.Size
	}
	return nil
}

func (c *checking) contents(r store.Reader) error {
	for t, err := range c.s.contents.Scan(r, store.Scan{}) {
		if err != nil {
			return err
		}
		id := string(t.ID)
		if c.refs[id] != t.Refs {
			c.say("content %x has %d names, %d are counted", t.ID, c.refs[id], t.Refs)
		}
		size := int64(len(t.Data))
		for _, ref := range Unpack(t.Pieces) {
			size += ref.Size
			if _, err := c.s.Depot.PieceTx(r, ref); err != nil {
				c.say("content %x: piece %x: %v", t.ID, ref.ID, err)
			}
		}
		if t.Refs > 0 && (size != t.Size || c.sizes[id] != t.Size) {
			c.say("content %x has %d bytes in its pieces, %d by itself and %d by its name", t.ID, size, t.Size, c.sizes[id])
		}
		delete(c.refs, id)
	}
	for id := range c.refs {
		c.say("content %x is named and is not there", id)
	}
	return nil
}

// sums compares what was counted in buckets with what is kept.
func (c *checking) sums(r store.Reader) error {
	for b, is := range c.counts {
		kept, err := c.s.countTx(r, b)
		if err != nil {
			return err
		}
		if kept != is {
			c.say("bucket %d holds %d files of %d bytes, %d of %d are counted", b, is.Objects, is.Bytes, kept.Objects, kept.Bytes)
		}
	}
	return nil
}
