// Package badgerkv is the store of one machine: Badger with a group commit of
// our own. It knows the contract and the engine, nothing of what is stored.
//
// Update bodies run one at a time and write into a batch in memory. One
// committer takes the batch, hands it to Badger as one transaction, calls
// fdatasync once on Badger's write-ahead log and then wakes everybody in the
// batch; meanwhile the next batch fills. So:
//
//   - an acknowledged write survives kill -9 and a power cut;
//   - a power cut loses an unacknowledged tail at most, and whole transactions;
//   - View sees nothing that could still be lost; Update builds on what is in
//     memory, and waits for that to be durable even when it writes nothing.
//
// The directory must be on a local file system that journals in order, such as
// ext4, XFS or btrfs: Badger relies on it between a table and the log that the
// table replaces, and its lock is an flock, which network file systems lack.
package badgerkv

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"stoa/store/kv"
	"stoa/store/kv/internal/feed"
	"stoa/store/kv/internal/lease"
)

// Options of a store; the zero value is right for a server.
type Options struct {
	// Clock times the leases; nil is the wall clock.
	Clock func() time.Time
	// Logger gets the engine's warnings and errors; nil drops them.
	Logger *slog.Logger
	// MemTableSize is how much of the log, in bytes, is kept in memory before it
	// becomes a table: 8 MiB to 1 GiB, default 16 MiB. Memory use is some multiples of it.
	MemTableSize int64
	// The store takes no writes while less than MinFreeBytes or MinFreePercent
	// of the file system is free; defaults 512 MiB and 5, negative is no limit.
	MinFreeBytes   int64
	MinFreePercent int
	// CheckEvery is the time between two looks at the free space; default 1 s.
	CheckEvery time.Duration

	// fdatasync replaces the call in tests.
	fdatasync func(*os.File) error
}

func (o Options) withDefaults() (Options, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.MemTableSize == 0 {
		o.MemTableSize = 16 << 20
	}
	if o.MemTableSize < 8<<20 || o.MemTableSize > 1<<30 {
		return o, fmt.Errorf("kv: MemTableSize of %d bytes is not between 8 MiB and 1 GiB", o.MemTableSize)
	}
	if o.MinFreeBytes == 0 {
		o.MinFreeBytes = 512 << 20
	}
	if o.MinFreePercent == 0 {
		o.MinFreePercent = 5
	}
	if o.CheckEvery <= 0 {
		o.CheckEvery = time.Second
	}
	if o.fdatasync == nil {
		o.fdatasync = fdatasync
	}
	return o, nil
}

// Store implements kv.Store.
type Store struct {
	dir  string
	opts Options
	lock *os.File
	db   *badger.DB
	log  *walFile // the committer's
	feed *feed.Feed

	writers writers // Update's side
	readers readers // View's side
	recent  recent

	readOnly   atomic.Bool
	commits    atomic.Uint64
	syncs      atomic.Uint64
	failure    atomic.Pointer[error]
	stop       chan struct{} // closed to end the housekeeper
	stopVerify context.CancelFunc
	background sync.WaitGroup
	closeOnce  sync.Once
	closeErr   error
}

var _ kv.Store = (*Store)(nil)

// Open opens or creates the store in dir. kv.ErrLocked when another process, or
// this one, has it open.
func Open(dir string, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("kv: %w", err)
	}
	_ = os.Chmod(dir, 0o700) // the engine makes its files readable by everybody
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, opts: o, lock: lock, stop: make(chan struct{}), recent: recent{seed: maphash.MakeSeed()}}
	if err := s.open(); err != nil {
		_ = lock.Close()
		return nil, err
	}
	s.background.Go(s.commitBatches)
	s.background.Go(s.keepHouse)
	var ctx context.Context
	ctx, s.stopVerify = context.WithCancel(context.Background())
	s.background.Go(func() {
		yieldToOthers()
		_ = s.Verify(ctx) // fails the store by itself
	})
	return s, nil
}

func (s *Store) open() error {
	if err := prepare(s.dir); err != nil {
		return err
	}
	logger := &engineLog{out: s.opts.Logger}
	db, err := badger.OpenManaged(engineOptions(s.dir, s.opts, logger))
	if err != nil {
		return fmt.Errorf("kv: opening %s: %w", s.dir, err)
	}
	if logger.lostTable.Load() {
		return errors.Join(fmt.Errorf("kv: a table in %s is damaged (checksum); restore a backup", s.dir), db.Close())
	}
	s.db = db
	if s.log, err = openWAL(s.dir, s.opts); err != nil {
		return errors.Join(err, db.Close())
	}
	last, err := s.lastRevision()
	if err != nil {
		s.log.close()
		return errors.Join(err, db.Close())
	}
	s.writers.init(s, last)
	s.readers.init(last)
	s.feed = feed.New(last)
	s.checkSpace()
	return nil
}

// engineOptions: every value stays in the tree (the contract's largest is
// smaller than the threshold), so the value log stays empty; memory is bounded;
// conflicts cannot happen, since Update bodies run one at a time.
func engineOptions(dir string, o Options, logger badger.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithSyncWrites(false).
		WithDetectConflicts(false).
		WithBypassLockGuard(true). // the lock is ours, taken before the first look at the files
		WithValueThreshold(1 << 20).
		WithValueLogFileSize(1 << 20).
		WithMemTableSize(o.MemTableSize).
		WithNumMemtables(2).
		WithBlockCacheSize(32 << 20).
		WithIndexCacheSize(16 << 20).
		WithNumCompactors(2).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithMetricsEnabled(false).
		WithLogger(logger)
}

// Watch reports changes; see kv.Store. The last commits are kept in memory
// (4,096 of them, 4 MiB), so that a client that reconnects misses nothing;
// after a restart it gets kv.ErrBehind and reads again. Keeping them on disk
// would double what each commit writes, for the sake of that one moment.
func (s *Store) Watch(ctx context.Context, prefix []byte, after uint64) (kv.Watcher, error) {
	if err := s.failed(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.feed.Watch(prefix, after)
}

// Acquire takes a lease; see kv.Store. Leases are rows and survive a restart.
func (s *Store) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (kv.Lease, error) {
	return lease.Keeper{Store: s, Clock: s.opts.Clock}.Acquire(ctx, name, holder, ttl)
}

// Stats says what there is; it looks at the directory.
func (s *Store) Stats() kv.Stats {
	free, _, _ := freeSpace(s.dir)
	return kv.Stats{
		Driver:    "badger",
		DiskBytes: diskBytes(s.dir),
		FreeBytes: free,
		Commits:   s.commits.Load(),
		Syncs:     s.syncs.Load(),
		ReadOnly:  s.readOnly.Load(),
	}
}

// Close refuses new work, waits for what is running and closes the engine.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.stopVerify()
		s.writers.close()
		s.readers.close()
		close(s.stop)
		s.background.Wait()
		s.feed.Close()
		s.log.close()
		s.closeErr = errors.Join(s.db.Close(), s.lock.Close())
	})
	return s.closeErr
}

// fail makes the store refuse everything from now on. After a failed fdatasync
// the kernel may have dropped the pages and would report success the next time;
// only the log as a new start finds it is to be believed.
func (s *Store) fail(err error) error {
	err = fmt.Errorf("%w: %w", kv.ErrFailed, err)
	if s.failure.CompareAndSwap(nil, &err) && s.opts.Logger != nil {
		s.opts.Logger.Error("store failed; it refuses everything until it is restarted", "error", err)
	}
	return s.failed()
}

func (s *Store) failed() error {
	if err := s.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// keepHouse looks at the free space and tells the engine which old versions
// nobody reads any more.
func (s *Store) keepHouse() {
	ticker := time.NewTicker(s.opts.CheckEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
			s.checkSpace()
			s.db.SetDiscardTs(s.readers.oldest(s.writers.base.Load()))
		}
	}
}

func (s *Store) checkSpace() {
	free, total, err := freeSpace(s.dir)
	if err != nil {
		return
	}
	low := free < s.opts.MinFreeBytes || free*100 < int64(s.opts.MinFreePercent)*total
	if s.readOnly.Swap(low) != low && s.opts.Logger != nil {
		s.opts.Logger.Warn("free disk space", "read_only", low, "free_bytes", free, "total_bytes", total)
	}
}
