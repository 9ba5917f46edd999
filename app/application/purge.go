package application

import (
	"errors"

	"stoa/app/access"
	"stoa/store"
)

// PurgeTx removes some of a tenant's applications and interfaces; more that there
// are others. Their tokens are over with them.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	rows, total, err := s.ranked.Page(tx, of(tenant), 0, 20, false)
	if err != nil {
		return 0, false, err
	}
	for _, r := range rows {
		if err := s.uses.Delete(tx, store.K().Uint(r.ID)); err != nil && !errors.Is(err, store.ErrNotFound) {
			return n, false, err
		}
		if err := s.rows.Delete(tx, store.K().Uint(r.ID)); err != nil {
			return n, false, err
		}
		n++
	}
	if total > 0 {
		return n, true, nil
	}
	interfaces, total, err := s.interfaceRank.Page(tx, of(tenant), 0, 50, false)
	for _, i := range interfaces {
		if err := s.interfaces.Delete(tx, store.K().Uint(i.ID)); err != nil {
			return n, false, err
		}
		n++
	}
	return n, total > n, err
}
