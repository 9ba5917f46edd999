package throttle

import (
	"container/list"
	"context"
	"sync"
	"time"

	"stoa/app/fault"
	"stoa/store"
)

// maxBuckets bounds the memory: about 200 bytes each. The bucket that was not
// used for longest makes room.
const maxBuckets = 20_000

// buckets are the token buckets in memory.
type buckets struct {
	mu    sync.Mutex
	max   int
	byKey map[string]*list.Element
	used  *list.List // of *bucket, most recently used first
}

// bucket holds its tokens as the time at which it will be full again.
type bucket struct {
	key    string
	fullAt time.Time
}

func newBuckets(max int) *buckets {
	return &buckets{max: max, byKey: map[string]*list.Element{}, used: list.New()}
}

// get finds a bucket or makes one.
func (b *buckets) get(key string) *bucket {
	if e, ok := b.byKey[key]; ok {
		b.used.MoveToFront(e)
		return e.Value.(*bucket)
	}
	for b.used.Len() >= b.max {
		oldest := b.used.Back()
		delete(b.byKey, oldest.Value.(*bucket).key)
		b.used.Remove(oldest)
	}
	k := &bucket{key: key}
	b.byKey[key] = b.used.PushFront(k)
	return k
}

// take takes a token, or says how long until there is one. floor is what the
// store knows of fullAt.
func (b *buckets) take(key string, r rule, now, floor time.Time) (wait time.Duration, fullAt time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.get(key)
	k.fullAt = latest(latest(k.fullAt, floor), now)
	wait = k.fullAt.Add(r.every).Sub(now) - time.Duration(r.burst)*r.every
	if wait <= 0 {
		k.fullAt = k.fullAt.Add(r.every)
	}
	return wait, k.fullAt
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func bucketClass(c Class) Class { return c + "_bucket" }

// allowBucket takes a token, unless failures have closed the class for the key.
// That a bucket ran empty is written down, so that neither a restart nor an
// eviction fills it; not each time, but when half a bucket has passed since.
func (s *Service) allowBucket(ctx context.Context, c Class, key string, r rule) error {
	var closed, floor, now time.Time
	err := s.db.View(ctx, func(rd store.Reader) error {
		now = rd.Now()
		row, err := s.read(rd, c, key)
		if err != nil {
			return err
		}
		empty, err := s.read(rd, bucketClass(c), key)
		closed, floor = row.Until, empty.Until
		return err
	})
	if err != nil {
		return fault.Wrap(err)
	}
	if wait := closed.Sub(now); wait > 0 {
		return tooMany(c, wait)
	}
	wait, fullAt := s.buckets.take(bucketName(c, key), r, now, floor)
	if wait <= 0 {
		return nil
	}
	if fullAt.Sub(latest(floor, now)) >= time.Duration(r.burst)*r.every/2 {
		if err := s.keep(ctx, c, key, fullAt); err != nil {
			return err
		}
	}
	return tooMany(c, wait)
}

func bucketName(c Class, key string) string { return string(c) + "\x00" + Address(key) }

func (s *Service) keep(ctx context.Context, c Class, key string, fullAt time.Time) error {
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := s.read(tx, bucketClass(c), key)
		if err != nil || !row.Until.Before(fullAt) {
			return err
		}
		row.Until, row.Expires = fullAt, fullAt
		return s.rows.Put(tx, row)
	}))
}
