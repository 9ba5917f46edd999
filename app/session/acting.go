package session

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// Acting is an account as it may act now in a tenant, without a session: for work
// that was begun for it and goes on while it is away. An account that may not act
// any more, or not there, is a Denied fault.
func (s *Service) Acting(ctx context.Context, account, tenant uint64) (access.Actor, error) {
	var actor access.Actor
	err := s.db.View(ctx, func(r store.Reader) error {
		a, _, err := s.active(r, account)
		if err != nil {
			return err
		}
		if actor, err = s.actorOf(r, a); err != nil || tenant == 0 || tenant == a.Tenant {
			return err
		}
		if actor, err = s.elsewhere(r, actor, tenant); err == nil && actor.Tenant != tenant {
			err = store.ErrNotFound
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return access.Actor{}, fault.New(fault.Denied, "task.owner_gone", "", "the account that began this may not act there any more")
	}
	return actor, fault.Wrap(err)
}
