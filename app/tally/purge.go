package tally

import (
	"stoa/app/access"
	"stoa/store"
)

// PurgeTx removes some of a tenant's days; more that there are others.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	for f, err := range s.days.Scan(tx, store.Scan{Prefix: store.K().Uint(tenant), Limit: 50}) {
		if err != nil {
			return n, false, err
		}
		if err := s.days.Delete(tx, store.K().Uint(f.Tenant).Str(f.Day)); err != nil {
			return n, false, err
		}
		n++
	}
	return n, n == 50, nil
}
