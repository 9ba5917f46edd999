package segment

import (
	"stoa/app/access"
	"stoa/store"
)

// PurgeTx removes some of a tenant's segments; more that there are others. What
// this process holds of their numbers is given up.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	rows, total, err := s.ranked.Page(tx, of(tenant), 0, 50, false)
	for _, g := range rows {
		if err := s.rows.Delete(tx, key(g.Tag)); err != nil {
			return n, false, err
		}
		n++
		tx.OnCommit(func() { s.drop(g.Tag) })
	}
	return n, total > n, err
}

// drop gives up the buffer of a segment that is gone.
func (s *Service) drop(tag string) {
	s.mu.Lock()
	b := s.buffers[tag]
	delete(s.buffers, tag)
	s.mu.Unlock()
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.gone {
		b.gone = true
		b.forget()
		close(b.over)
	}
}
