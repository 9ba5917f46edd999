// Package kv is the contract between stoa and an ordered, transactional
// key-value engine. It knows neither rows nor the domain; package kvtest is its
// definition in tests, and every driver passes that suite.
//
// A Store is linearizable and its transactions are serializable: what a
// transaction read, ranges included, still holds when it commits. A write that
// Update acknowledged survives kill -9 and a power cut.
package kv

import (
	"context"
	"errors"
	"time"
)

// Limits of the contract. They fit the smallest driver and hold for all of
// them, so that code written on one engine runs on another. Going over one is
// ErrTooLarge; a driver never splits a transaction.
const (
	MaxKey      = 1 << 10   // bytes in a key
	MaxValue    = 256 << 10 // bytes in a value
	MaxTxnBytes = 1 << 20   // bytes of keys and values written by one Update
	MaxTxnOps   = 512       // writes in one Update
)

// Errors that every driver answers with (wrapped or bare: use errors.Is).
var (
	ErrNotFound = errors.New("kv: key not found")
	ErrTooLarge = errors.New("kv: over the limit of a key, a value or a transaction")
	ErrClosed   = errors.New("kv: store is closed")
	ErrReadOnly = errors.New("kv: store takes no writes: too little free disk space")
	ErrFailed   = errors.New("kv: a write to disk failed, the store must be restarted")
	ErrLocked   = errors.New("kv: another process has this directory open")
	ErrFenced   = errors.New("kv: the lease is held by somebody else")
	ErrEmptyKey = errors.New("kv: a key has at least one byte")
	ErrBehind   = errors.New("kv: watch position is gone, read again from the start")
)

// Store is one ordered map of bytes to bytes.
type Store interface {
	// View runs fn on one snapshot.
	View(ctx context.Context, fn func(Reader) error) error

	// Update runs fn and commits what it wrote, all or nothing; it returns once
	// the commit is durable. fn sees its own writes, may run more than once and
	// so must have no effect but on tx and on variables it assigns afresh. When
	// fn returns an error nothing is written and Update returns that error.
	Update(ctx context.Context, fn func(Txn) error) error

	// Watch reports committed changes under prefix, in commit order, starting
	// after revision after (0 = from now). ErrBehind when those are no longer
	// kept. The watcher that does not keep up is closed with ErrBehind.
	Watch(ctx context.Context, prefix []byte, after uint64) (Watcher, error)

	// Acquire takes the named lease for ttl, or answers ErrFenced while another
	// holder's lease is live. Each acquisition has a higher token than the last.
	Acquire(ctx context.Context, name, holder string, ttl time.Duration) (Lease, error)

	// DropRange removes every key in [start, end) without the limits of a
	// transaction. It is for ranges that nothing reads any more (a past day's
	// log); it is not atomic with respect to readers, watchers are not told, and
	// it is resumable.
	DropRange(ctx context.Context, start, end []byte) error

	// Stats says what the driver measured; for the system page and /metrics.
	Stats() Stats

	Close() error
}

// Reader reads one snapshot. Slices it returns must not be changed and are
// valid until the transaction's function returns.
type Reader interface {
	// Get returns the value of key or ErrNotFound.
	Get(key []byte) ([]byte, error)
	// Scan calls fn for each pair of r in order until fn returns false.
	Scan(r Range, fn func(key, value []byte) bool) error
}

// Txn is a Reader that also writes. It keeps copies of what it is given. A Scan
// sees the writes made before it began; its function may Get, Scan and write.
// The error of a Put or Delete stays: Update then returns it and writes nothing.
type Txn interface {
	Reader
	Put(key, value []byte) error
	// Delete removes key; a key that is not there is no error.
	Delete(key []byte) error
}

// Range is the keys in [Start, End); a nil End means no upper bound.
type Range struct {
	Start, End []byte
	Reverse    bool // from the last key to the first
	KeysOnly   bool // value is nil: cheaper where the driver can tell
}

// Prefix is the range of every key that begins with p.
func Prefix(p []byte) Range { return Range{Start: p, End: PrefixEnd(p)} }

// PrefixEnd is the first key after all keys that begin with p; nil if none.
func PrefixEnd(p []byte) []byte {
	end := append([]byte(nil), p...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] != 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

// Change is one committed write.
type Change struct {
	Revision uint64 // of the commit; equal for all writes of one commit
	Key      []byte
	Value    []byte // nil when Deleted
	Deleted  bool
}

// Watcher is a stream of changes. Next blocks until a commit under the prefix,
// ctx's end, Close (ErrClosed) or ErrBehind; it returns one commit's changes.
type Watcher interface {
	Next(ctx context.Context) ([]Change, error)
	Close()
}

// Lease is a right that ends by itself.
type Lease interface {
	// Token rises with every acquisition of the name: the fencing number.
	Token() uint64
	// Renew extends the lease by its ttl, or answers ErrFenced.
	Renew(ctx context.Context) error
	// Guard makes tx fail with ErrFenced if the lease is not held when it commits.
	Guard(tx Txn) error
	// Release gives the lease up early.
	Release(ctx context.Context) error
}

// Stats of a driver. Sizes in bytes.
type Stats struct {
	Driver    string
	DiskBytes int64
	FreeBytes int64
	Commits   uint64 // transactions committed since open
	Syncs     uint64 // times the disk was asked; fewer than Commits by grouping
	ReadOnly  bool
}
