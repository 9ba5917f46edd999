package role

import (
	"stoa/app/access"
	"stoa/store"
)

// PurgeTx removes some of a tenant's roles; more that there are others. The caller
// has the picture made anew (Refresh) when all is gone.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	rows, total, err := s.ranked.Page(tx, store.K().Uint(tenant), 0, 50, false)
	for _, v := range rows {
		if err := s.rows.Delete(tx, key(v.ID)); err != nil {
			return n, false, err
		}
		n++
	}
	return n, total > n, err
}
