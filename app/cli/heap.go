package cli

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// How much garbage the heap may hold before it is collected. Every hash of a password
// takes 19 MiB for a moment: at Go's usual growth of 100 % a small heap would be
// collected for nearly each of them, and durable creates are a fifth slower. A large
// heap, at the growth that is right for a small one, would hold hundreds of megabytes.
const (
	room      = 88 << 20  // bytes of garbage,
	hashRoom  = 256 << 20 // while passwords are hashed; both within
	leastGrow = 60        // percent of what is alive, and
	mostGrow  = 400
)

// When memory is given back to the system.
const (
	lookEvery = time.Second
	worthIt   = 16 << 20 // bytes that come back by it
	quiet     = 8        // times less than that is allocated between two looks
)

// heap is what the runtime says of its memory, in bytes.
type heap struct {
	live      uint64 // reached by the last collection
	objects   uint64 // live, and garbage
	free      uint64 // kept from the system without need
	allocated uint64 // since the start
}

// growth is the percentage at which a heap with so much alive is collected.
func growth(live, room uint64) int {
	return int(min(max(100*room/max(live, 1), leastGrow), mostGrow))
}

// idle reports whether the memory that nobody needs should go back: there is much of
// it, and little was allocated since the look before.
func (h heap) idle(before heap) bool {
	spare := h.free + h.objects - min(h.live, h.objects)
	return spare >= worthIt && (h.allocated-before.allocated)*quiet < spare
}

// keepHeap fits the collector to the heap until ctx ends, unless percent is fixed by
// the environment (0), and gives memory back when the server has become idle: after
// an import, an export, the rewriting of tables. hashed is how many passwords were
// hashed so far.
func keepHeap(ctx context.Context, percent int, hashed func() uint64) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	hashes := hashed()
	for before := readHeap(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := readHeap()
		if now.idle(before) {
			debug.FreeOSMemory()
			now = readHeap()
		}
		allowed := uint64(room)
		if n := hashed(); n != hashes {
			allowed, hashes = hashRoom, n
		}
		if want := growth(now.live, allowed); percent > 0 && (want > percent+percent/8 || want < percent-percent/8) {
			percent = want
			debug.SetGCPercent(percent)
		}
		before = now
	}
}

func readHeap() heap {
	s := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/gc/heap/allocs:bytes"},
	}
	metrics.Read(s)
	return heap{s[0].Value.Uint64(), s[1].Value.Uint64(), s[2].Value.Uint64(), s[3].Value.Uint64()}
}
