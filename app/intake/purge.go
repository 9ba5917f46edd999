package intake

import (
	"stoa/app/access"
	"stoa/store"
)

// PurgeTx removes some of a tenant's imports, with the rows that were refused;
// more that there are others. Their files go with the shelf's next sweep.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	for i, err := range s.imports.Scan(tx, store.Scan{}) {
		if err != nil {
			return n, false, err
		}
		if i.Tenant != tenant {
			continue
		}
		refused := 0
		for f, err := range s.refusals.Scan(tx, store.Scan{Prefix: key(i.ID), Limit: 100}) {
			if err != nil {
				return n, false, err
			}
			refused++
			if err := s.refusals.Delete(tx, key(f.Import).Uint(uint64(max(f.Row, 0)))); err != nil {
				return n, false, err
			}
		}
		if refused > 0 {
			return n, true, nil
		}
		return 1, true, s.imports.Delete(tx, key(i.ID))
	}
	return 0, false, nil
}
