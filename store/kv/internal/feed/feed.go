// Package feed hands committed changes to watchers. It keeps the last commits
// in memory, so that a watcher that lost its connection resumes where it was,
// and gives each watcher a bounded queue, so that a slow one can neither hold up
// the writers nor grow without end. It knows no engine.
package feed

import (
	"bytes"
	"context"
	"sync"

	"stoa/store/kv"
)

// Bounds of what is kept for resuming, where the oldest goes first, and of what
// waits for one watcher, which is dropped.
const (
	keptCommits = 4096
	keptBytes   = 4 << 20
)

type commit struct {
	changes []kv.Change // never empty
	bytes   int
}

func newCommit(changes []kv.Change) commit {
	c := commit{changes: changes}
	for _, ch := range changes {
		c.bytes += len(ch.Key) + len(ch.Value)
	}
	return c
}

func (c commit) revision() uint64 { return c.changes[0].Revision }

// Feed is one store's changes.
type Feed struct {
	mu       sync.Mutex
	kept     []commit
	bytes    int
	floor    uint64 // every commit after it is kept
	last     uint64
	watchers map[*watcher]struct{}
	closed   bool
}

// New returns a feed of a store whose last commit was revision.
func New(revision uint64) *Feed {
	return &Feed{floor: revision, last: revision, watchers: map[*watcher]struct{}{}}
}

// Publish tells the watchers of one commit. Revisions must rise; the changes
// must not be altered afterwards.
func (f *Feed) Publish(revision uint64, changes []kv.Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = revision
	if len(changes) == 0 || f.closed {
		return
	}
	c := newCommit(changes)
	f.kept = append(f.kept, c)
	f.bytes += c.bytes
	for len(f.kept) > keptCommits || f.bytes > keptBytes {
		f.floor = f.kept[0].revision()
		f.bytes -= f.kept[0].bytes
		f.kept[0] = commit{}
		f.kept = f.kept[1:]
	}
	for w := range f.watchers {
		w.offer(changes)
	}
}

// Watch starts a watcher; see kv.Store.
func (f *Feed) Watch(prefix []byte, after uint64) (kv.Watcher, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, kv.ErrClosed
	}
	if after == 0 {
		after = f.last
	}
	if after < f.floor || after > f.last {
		return nil, kv.ErrBehind
	}
	w := &watcher{feed: f, prefix: bytes.Clone(prefix), wake: make(chan struct{}, 1)}
	for _, c := range f.kept {
		if c.revision() > after {
			w.offer(c.changes)
		}
	}
	if w.err != nil {
		return nil, w.err
	}
	f.watchers[w] = struct{}{}
	return w, nil
}

// Close ends every watcher with kv.ErrClosed.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for w := range f.watchers {
		w.end(kv.ErrClosed)
	}
}

// watcher is guarded by its feed's mutex.
type watcher struct {
	feed   *Feed
	prefix []byte
	queue  []commit
	bytes  int
	err    error
	wake   chan struct{} // holds a token when the queue or err changed
}

func (w *watcher) offer(changes []kv.Change) {
	mine := changes[:0:0]
	for _, c := range changes {
		if bytes.HasPrefix(c.Key, w.prefix) {
			mine = append(mine, c)
		}
	}
	if len(mine) == 0 || w.err != nil {
		return
	}
	c := newCommit(mine)
	if len(w.queue) >= keptCommits || w.bytes+c.bytes > keptBytes {
		w.end(kv.ErrBehind)
		return
	}
	w.queue = append(w.queue, c)
	w.bytes += c.bytes
	w.signal()
}

func (w *watcher) end(err error) {
	if w.err == nil {
		w.err, w.queue = err, nil
	}
	delete(w.feed.watchers, w)
	w.signal()
}

func (w *watcher) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watcher) take() ([]kv.Change, error) {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	if w.err != nil {
		w.signal() // for whoever else waits in Next
		return nil, w.err
	}
	if len(w.queue) == 0 {
		return nil, nil
	}
	c := w.queue[0]
	w.queue[0] = commit{}
	w.queue = w.queue[1:]
	w.bytes -= c.bytes
	if len(w.queue) > 0 {
		w.signal()
	}
	return c.changes, nil
}

func (w *watcher) Next(ctx context.Context) ([]kv.Change, error) {
	for {
		changes, err := w.take()
		if err != nil || changes != nil {
			return changes, err
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (w *watcher) Close() {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	w.end(kv.ErrClosed)
}
