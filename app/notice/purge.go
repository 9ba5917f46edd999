package notice

import (
	"errors"

	"stoa/app/access"
	"stoa/store"
)

// PurgeTx removes a notice of a tenant with all that its receivers have of it;
// more that there are others.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	rows, total, err := s.sent.Page(tx, key(tenant), 0, 1, false)
	for _, found := range rows {
		gone := []error{s.notices.Delete(tx, key(found.ID)), s.broadcasts.Delete(tx, key(tenant).Uint(found.ID)), s.reads.Delete(tx, key(found.ID))}
		if found.For.Scope == Accounts {
			for _, account := range found.For.IDs {
				gone = append(gone, s.inbox.Delete(tx, key(account).Uint(found.ID)))
			}
		}
		for _, err := range gone {
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return n, false, err
			}
		}
		n++
	}
	return n, total > n, err
}
