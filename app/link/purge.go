package link

import (
	"stoa/app/access"
	"stoa/store"
)

// PurgeTx removes some of a tenant's links; more that there are others.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	for l, err := range s.rows.Scan(tx, store.Scan{Limit: MaxLinks}) {
		switch {
		case err != nil:
			return n, false, err
		case l.Tenant != tenant:
			continue
		case n == 50:
			return n, true, nil
		}
		if err := s.rows.Delete(tx, store.K().Uint(l.ID)); err != nil {
			return n, false, err
		}
		n++
	}
	return n, false, nil
}
