package task

import (
	"stoa/app/access"
	"stoa/store"
)

// PurgeTx removes some of a tenant's tasks, whatever they are at; more that there
// are others. A worker that has one finds its lease lost.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	rows, total, err := s.list.Page(tx, of(tenant), 0, 10, false)
	for _, t := range rows {
		id, lease := t.ID, t.Lease
		if !t.State.Finished() {
			if err := s.move(tx, t, Cancelled); err != nil {
				return n, false, err
			}
			tx.OnCommit(func() { s.halt(id, lease) })
		}
		if err := s.rows.Delete(tx, key(id)); err != nil {
			return n, false, err
		}
		n++
	}
	return n, total > n, err
}
