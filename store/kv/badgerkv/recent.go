package badgerkv

import (
	"hash/maphash"
	"sync/atomic"
)

const (
	recentSlots = 4096 // a power of two
	recentValue = 1 << 10
)

// recent remembers rows as they were read: what every request reads, such as an
// account and its tenant, is then looked up in the engine once and not each time.
//
// A row that was read at a revision holds for all snapshots from that one on, until
// a commit writes its key. A commit says so before a snapshot can have it; so who
// reads a snapshot sees of every commit in it what it wrote.
type recent struct {
	seed  maphash.Seed
	slots [recentSlots]slot
}

// slot is for all keys of one hash.
type slot struct {
	row     atomic.Pointer[row] // the one that was read last
	written atomic.Uint64       // revision of the last commit that wrote one of the keys
}

type row struct {
	key, value []byte
	since      uint64 // revision at which it was read
}

func (r *recent) of(key []byte) *slot { return &r.slots[maphash.Bytes(r.seed, key)%recentSlots] }

// get is the value of key in the snapshot of revision, where that is known.
func (r *recent) get(key []byte, revision uint64) (value []byte, ok bool) {
	s := r.of(key)
	row := s.row.Load()
	if row == nil || row.since > revision || s.written.Load() > row.since || string(row.key) != string(key) {
		return nil, false
	}
	return row.value, true
}

// keep remembers what was read at revision. Both slices stay as they are.
func (r *recent) keep(key, value []byte, revision uint64) {
	if len(value) <= recentValue {
		r.of(key).row.Store(&row{key, value, revision})
	}
}

// wrote is called for each key of a commit before there are snapshots of it.
func (r *recent) wrote(key []byte, revision uint64) { r.of(key).written.Store(revision) }
