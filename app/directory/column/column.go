// Package column keeps in memory what accounts are searched by: a text of each and
// the few figures that conditions ask for, packed so that a search for part of a
// word is one pass over one stretch of bytes. It knows no store: who writes
// accounts tells it afterwards, and it is filled from the store when it is first
// asked.
//
// A million accounts take about 110 MB and a pass over them a few milliseconds.
// An index of parts of words in the store would find them without a pass, and
// cost each new account forty entries instead of one append.
package column

import (
	"slices"
	"sort"
	"sync"
)

// Entry is an account as it is searched.
type Entry struct {
	ID, Tenant, Department, Parent uint64

	Active   bool
	Roles    []uint64 // ascending
	Modified int64    // microseconds since 1970
	Version  uint64   // of two entries of an id the higher counts
	Text     string   // folded, its parts a line each; no zero bytes
}

// chunkSize is how many entries lie in one stretch.
const chunkSize = 512

// fixed is what an entry has besides its text.
type fixed struct {
	id, tenant, department, parent, version uint64

	modified int64
	roles    uint32 // in Column.roles
	active   bool
}

// chunk is entries in the order of their ids. But for the last one a chunk is
// never changed, only replaced, so that searches go on without a lock.
type chunk struct {
	text []byte   // of all entries, each closed by a zero byte
	ends []uint32 // of each text in it
	rows []fixed

	signed *signature // nil in one that grows
}

// Column is the entries in the order of ids. Its methods may be called together.
type Column struct {
	mu     sync.RWMutex
	chunks []*chunk // full ones: replaced, never changed
	tail   *chunk   // the last one, which grows
	count  int
	roles  [][]uint64        // the sets of roles that occur
	known  map[string]uint32 // where a set is in roles

	state   state
	dropped map[uint64]struct{} // while it is filled: what may not come back
	filling sync.Mutex
}

type state uint8

const (
	empty state = iota
	filling
	full
)

// New is an empty column.
func New() *Column { return &Column{known: map[string]uint32{}, tail: &chunk{}} }

// Fill has load give every entry, once, before the first search; changes that
// happen meanwhile count. When load fails the next search begins again.
func (c *Column) Fill(load func(add func(Entry)) error) error {
	c.mu.RLock()
	done := c.state == full
	c.mu.RUnlock()
	if done {
		return nil
	}
	c.filling.Lock()
	defer c.filling.Unlock()
	c.mu.Lock()
	if c.state == full {
		c.mu.Unlock()
		return nil
	}
	c.clear()
	c.state, c.dropped = filling, map[uint64]struct{}{}
	c.mu.Unlock()
	err := load(c.load)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state, c.dropped = full, nil
	if err != nil {
		c.clear()
		c.state = empty
	}
	return err
}

func (c *Column) clear() { c.chunks, c.tail, c.count = nil, &chunk{}, 0 }

func (c *Column) load(e Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, gone := c.dropped[e.ID]; !gone {
		c.put(e)
	}
}

// Put adds an entry or puts it in place of an older one.
func (c *Column) Put(e Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != empty {
		c.put(e)
	}
}

// Drop removes an entry. Ids are never given again.
func (c *Column) Drop(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == empty {
		return
	}
	if c.state == filling {
		c.dropped[id] = struct{}{}
	}
	if at, i, found := c.find(id); found {
		c.count--
		c.replace(at, c.chunk(at).without(i))
	}
}

func (c *Column) put(e Entry) {
	if e.ID > c.last() {
		c.count++
		c.extend(e)
		return
	}
	at, i, found := c.find(e.ID)
	k := c.chunk(at)
	switch {
	case found && k.rows[i].version > e.Version:
		return
	case found:
		k = k.without(i)
	default:
		c.count++
	}
	c.replace(at, k.with(i, c.pack(e), e.Text))
}

// last is the highest id; 0 = there is none.
func (c *Column) last() uint64 {
	k := c.tail
	if len(k.rows) == 0 {
		if len(c.chunks) == 0 {
			return 0
		}
		k = c.chunks[len(c.chunks)-1]
	}
	return k.rows[len(k.rows)-1].id
}

// extend adds an entry behind all others. Searches that run hold the lengths of
// before: what is appended is beyond what they look at.
func (c *Column) extend(e Entry) {
	if len(c.tail.rows) >= chunkSize {
		c.chunks, c.tail = append(c.chunks, c.tail.sign()), &chunk{ends: make([]uint32, 0, chunkSize), rows: make([]fixed, 0, chunkSize)}
	}
	c.tail = c.tail.append(c.pack(e), e.Text)
}

// chunk is one by its place; the tail comes behind the full ones.
func (c *Column) chunk(at int) *chunk {
	if at == len(c.chunks) {
		return c.tail
	}
	return c.chunks[at]
}

// pack is the fixed part of an entry.
func (c *Column) pack(e Entry) fixed {
	return fixed{id: e.ID, tenant: e.Tenant, department: e.Department, parent: e.Parent, version: e.Version,
		modified: e.Modified, roles: c.set(e.Roles), active: e.Active}
}

// set is the place of a set of roles; there are few of them.
func (c *Column) set(roles []uint64) uint32 {
	name := make([]byte, 0, 8*len(roles))
	for _, id := range roles {
		for shift := 0; shift < 64; shift += 8 {
			name = append(name, byte(id>>shift))
		}
	}
	if at, ok := c.known[string(name)]; ok {
		return at
	}
	at := uint32(len(c.roles))
	c.roles = append(c.roles, slices.Clone(roles))
	c.known[string(name)] = at
	return at
}

// find is where an id is, or would be: the chunk and the place in it.
func (c *Column) find(id uint64) (at, i int, found bool) {
	at = sort.Search(len(c.chunks), func(n int) bool {
		rows := c.chunks[n].rows
		return rows[len(rows)-1].id >= id
	})
	rows := c.chunk(at).rows
	i = sort.Search(len(rows), func(n int) bool { return rows[n].id >= id })
	return at, i, i < len(rows) && rows[i].id == id
}

// replace puts a chunk in place of another, in a list of its own; an empty one
// goes, one that grew too long is cut in two.
func (c *Column) replace(at int, k *chunk) {
	if at == len(c.chunks) {
		c.tail = k
		return
	}
	list := append(make([]*chunk, 0, len(c.chunks)+8), c.chunks[:at]...)
	switch n := len(k.rows); {
	case n == 0:
	case n > 2*chunkSize:
		list = append(list, k.copy(0, n/2).sign(), k.copy(n/2, n).sign())
	default:
		list = append(list, k)
	}
	c.chunks = append(list, c.chunks[at+1:]...)
}
