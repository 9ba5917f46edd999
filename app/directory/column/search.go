package column

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
)

// Found is one entry of a search.
type Found struct {
	ID       uint64
	Modified int64

	text []byte
}

// Query is what a search is for. All conditions hold together.
type Query struct {
	Text     string // part of the text; folded as it is; no zero bytes
	LastLine string // part of the text's last line
	Tenant   uint64 // 0 = any
	Parent   uint64 // 0 = any
	Active   *bool  // nil = either
	Roles    []uint64
	// Keep is asked of each entry that holds against the rest; nil = yes.
	Keep func(id, tenant, department, parent uint64) bool

	Reverse bool
	Limit   int // of what is found
}

// Search finds entries in the order of ids. more says that there are others
// beyond the limit.
func (c *Column) Search(q Query) (found []Found, more bool) {
	s, chunks := c.begin(q)
	if q.Reverse {
		slices.Reverse(chunks)
	}
	for _, piece := range chunks {
		if !s.chunk(piece) {
			return s.found, true
		}
	}
	return s.found, false
}

// begin is a pass over the chunks as they are now.
func (c *Column) begin(q Query) (*search, []*chunk) {
	c.mu.RLock()
	chunks, sets := append(slices.Clone(c.chunks), c.tail), c.roles
	c.mu.RUnlock()
	s := &search{Query: q, sets: make([]bool, len(sets)), part: []byte(q.Text), last: []byte(q.LastLine)}
	for i, roles := range sets {
		s.sets[i] = len(q.Roles) == 0 || slices.ContainsFunc(q.Roles, func(id uint64) bool { return slices.Contains(roles, id) })
	}
	if strings.ContainsRune(q.Text+q.LastLine, 0) {
		return s, nil
	}
	return s, chunks
}

// search is one pass.
type search struct {
	Query
	sets  []bool // which sets of roles hold
	part  []byte
	last  []byte
	found []Found
	hits  []int
}

// chunk looks through one stretch; false when there is more than may be found.
func (s *search) chunk(k *chunk) bool {
	s.hits = s.hits[:0]
	part := s.part
	if len(part) == 0 {
		part = s.last
	}
	if len(part) == 0 {
		for i := range k.rows {
			s.hits = append(s.hits, i)
		}
	} else {
		s.hits = k.hits(part, s.hits)
	}
	if s.Reverse {
		slices.Reverse(s.hits)
	}
	for _, i := range s.hits {
		if !s.holds(k, i) {
			continue
		}
		if len(s.found) == s.Limit {
			return false
		}
		s.found = append(s.found, Found{ID: k.rows[i].id, Modified: k.rows[i].modified, text: k.of(i)})
	}
	return true
}

func (s *search) holds(k *chunk, i int) bool {
	r := &k.rows[i]
	switch {
	case s.Tenant != 0 && r.tenant != s.Tenant,
		s.Parent != 0 && r.parent != s.Parent,
		s.Active != nil && r.active != *s.Active,
		!s.sets[r.roles]:
		return false
	}
	if len(s.last) > 0 {
		text := k.of(i)
		if !bytes.Contains(text[bytes.LastIndexByte(text, '\n')+1:], s.last) || !bytes.Contains(text, s.part) {
			return false
		}
	}
	return s.Keep == nil || s.Keep(r.id, r.tenant, r.department, r.parent)
}

// ByText orders what was found by its text, then by id.
func ByText(a, b Found) int { return cmp.Or(bytes.Compare(a.text, b.text), cmp.Compare(a.ID, b.ID)) }

// ByModified orders what was found by the time of change, then by id.
func ByModified(a, b Found) int {
	return cmp.Or(cmp.Compare(a.Modified, b.Modified), cmp.Compare(a.ID, b.ID))
}

// Len is the number of entries.
func (c *Column) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.count
}

// Latest finds the k entries that were changed last (Reverse) or first, in that
// order, and counts all that hold against the query, whose Limit counts for
// nothing.
func (c *Column) Latest(q Query, k int) (found []Found, total int) {
	q.Limit = math.MaxInt
	s, chunks := c.begin(q)
	keep := func() {
		slices.SortFunc(s.found, func(a, b Found) int {
			if q.Reverse {
				a, b = b, a
			}
			return ByModified(a, b)
		})
		s.found = s.found[:min(k, len(s.found))]
	}
	for _, piece := range chunks {
		before := len(s.found)
		s.chunk(piece)
		total += len(s.found) - before
		if len(s.found) > 2*k+4*chunkSize {
			keep()
		}
	}
	keep()
	return s.found, total
}
