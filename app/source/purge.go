package source

import (
	"stoa/app/access"
	"stoa/store"
)

// PurgeTx removes some of a tenant's sources, with the links to their people; more
// that there are others.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	for x, err := range s.rows.Scan(tx, store.Scan{Limit: MaxSources}) {
		if err != nil {
			return 0, false, err
		}
		if x.Tenant != tenant {
			continue
		}
		done, err := s.dropIdentities(tx, x.ID)
		if err != nil || !done {
			return 0, true, err
		}
		if s.Deleted != nil {
			if err := s.Deleted(tx, x.ID); err != nil {
				return 0, false, err
			}
		}
		tx.OnCommit(func() { s.forgetProvider(x.ID) })
		return 1, true, s.rows.Delete(tx, key(x.ID))
	}
	return 0, false, nil
}
