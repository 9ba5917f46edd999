package session

import (
	"context"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// EndEveryone ends all sessions of all accounts, and says how many: after a
// restore, which brings back those that have been ended since the backup.
// Personal tokens stay. Super administrators; it goes on where it was stopped.
func (s *Service) EndEveryone(ctx context.Context, by access.Actor) (n int, err error) {
	if err := by.Need(access.SessionEnd); err != nil {
		return 0, err
	}
	if !by.Super() {
		return 0, access.SuperOnly()
	}
	for more := true; more; {
		var ended int
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			ended, more = 0, false
			for r, err := range s.rows.Scan(tx, store.Scan{}) {
				if err != nil {
					return err
				}
				if tx.Full() {
					more = true
					return nil
				}
				if err := s.drop(tx, r); err != nil {
					return err
				}
				ended++
			}
			for r, err := range s.refresh.Scan(tx, store.Scan{}) {
				if err != nil {
					return err
				}
				if tx.Full() {
					more = true
					return nil
				}
				if err := s.refresh.Delete(tx, store.K().Bytes(r.Hash)); err != nil {
					return err
				}
			}
			return s.Audit.AddTx(tx, by, audit.Entry{Action: "session.end_everyone", ObjectKind: "session"})
		})
		if err != nil {
			return n, fault.Wrap(err)
		}
		n += ended
	}
	return n, nil
}
