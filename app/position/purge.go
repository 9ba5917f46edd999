package position

import (
	"stoa/app/access"
	"stoa/store"
)

// PurgeTx removes some of a tenant's posts and grades, which nobody holds any more;
// more that there are others.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	for _, k := range []Kind{Post, Grade} {
		rows, total, err := s.ranked.Page(tx, tenantGroup(k, tenant), 0, 50, false)
		for _, p := range rows {
			if err := s.rows.Delete(tx, key(p.ID)); err != nil {
				return n, false, err
			}
			n++
		}
		if err != nil || total > 0 {
			return n, true, err
		}
	}
	return 0, false, nil
}
