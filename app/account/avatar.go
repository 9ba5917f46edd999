package account

import "stoa/store"

// showTx tells the pictures that an account shows another one than before.
// before or after is nil for a new or a deleted account.
func (s *Service) showTx(tx *store.Tx, before, after *Account) error {
	var old, now string
	if before != nil {
		old = before.Avatar
	}
	if after != nil {
		now = after.Avatar
	}
	if s.Shown == nil || old == now {
		return nil
	}
	return s.Shown(tx, old, now)
}
