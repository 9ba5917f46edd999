package account

import (
	"context"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// SetState enables or disables accounts. Each is a commit of its own: those that
// can't be changed are answered with the reason, the others are done.
func (s *Service) SetState(ctx context.Context, by access.Actor, ids []uint64, to State) (done []uint64, refused []Refusal, err error) {
	return s.each(ctx, by, ids, func(ctx context.Context, id uint64) error {
		_, err := s.Update(ctx, by, id, Change{State: &to}, 0)
		return err
	})
}

// Delete deletes accounts, each in a commit of its own, as SetState. An account
// with secondary accounts is refused, with their number.
func (s *Service) Delete(ctx context.Context, by access.Actor, ids []uint64) (done []uint64, refused []Refusal, err error) {
	return s.each(ctx, by, ids, func(ctx context.Context, id uint64) error {
		return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error { return s.DeleteTx(tx, by, id) }))
	})
}

// DeleteTx is Delete for one account, in a commit of a neighbour's.
func (s *Service) DeleteTx(tx *store.Tx, by access.Actor, id uint64) error {
	if id == by.Account {
		return fault.New(fault.Conflict, "account.delete_own", "id", "nobody deletes their own account")
	}
	a, err := s.managed(tx, by, id, access.AccountDelete)
	if err != nil {
		return err
	}
	n, err := s.Secondaries(tx, id)
	if err != nil {
		return err
	}
	if n > 0 {
		return fault.New(fault.Conflict, "account.has_secondaries", "id", "%s has %d secondary accounts: delete them first", a.Name, n)
	}
	return s.dropTx(tx, by, a)
}

// dropTx removes an account and what belongs to it.
func (s *Service) dropTx(tx *store.Tx, by access.Actor, a *row) error {
	if err := s.countSupers(tx, &a.Account, nil); err != nil {
		return err
	}
	if err := s.Sessions().ForgetTx(tx, a.ID); err != nil {
		return err
	}
	if err := s.OneTime.DropLinksTx(tx, a.ID); err != nil {
		return err
	}
	if err := s.Factor.DropTx(tx, a.ID); err != nil {
		return err
	}
	if err := s.Passkey.ForgetTx(tx, a.ID); err != nil {
		return err
	}
	if err := s.rows.Delete(tx, a.ID); err != nil {
		return err
	}
	if err := s.showTx(tx, &a.Account, nil); err != nil {
		return err
	}
	if s.Deleted != nil {
		if err := s.Deleted(tx, a.ID); err != nil {
			return err
		}
	}
	return s.RecordTx(tx, by, "account.delete", &a.Account)
}
