package company

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/store"
)

// DeleteChannel orders the deletion of a channel that has no companies any more,
// with its administrators and everything else that is its own. They are signed out
// at once; the rest goes in the background, over any crash, and can't be stopped.
// Ordered twice it is no error.
func (s *Service) DeleteChannel(ctx context.Context, by access.Actor, id uint64) (*Channel, error) {
	if err := needSuper(by, access.ChannelWrite); err != nil {
		return nil, err
	}
	var out *Channel
	err := s.update(ctx, func(tx *store.Tx) error {
		u, err := s.Org.ChannelTx(tx, id)
		if err != nil {
			return err
		}
		if u.Deleting.IsZero() {
			err = s.orderTx(tx, by, u)
		}
		if err == nil {
			out, err = s.channel(tx, u)
		}
		return err
	})
	return out, err
}

func (s *Service) orderTx(tx *store.Tx, by access.Actor, u *org.Unit) error {
	g, err := s.givenBy(tx, u.ID)
	switch {
	case err != nil:
		return err
	case u.ID == org.Default:
		return fault.New(fault.Conflict, "channel.default", "id", "the channel %q is part of the installation and stays", u.Name)
	case g.Companies > 0:
		return fault.New(fault.Conflict, "channel.in_use", "id", "%q has %d companies: delete them first", u.Name, g.Companies)
	}
	u.State, u.FrozenAt, u.SessionsSince, u.Deleting = org.Frozen, tx.Now(), tx.Now(), tx.Now()
	if err := s.Org.SaveTenantTx(tx, by, u, "delete", 0); err != nil {
		return err
	}
	if err := s.beginTx(tx, by, u); err != nil {
		return err
	}
	return s.workTx(tx, u.ID, org.Default, u.Name)
}

// forgetTx removes the row of a company or channel of which nothing else is left,
// and what was given for it.
func (s *Service) forgetTx(tx *store.Tx, u *org.Unit) error {
	if err := s.Org.DropTenantTx(tx, u.ID); err != nil {
		return err
	}
	if u.Kind == org.KindCompany {
		return s.giveTx(tx, u.Channel, -1, -limit(u))
	}
	if err := s.given.Delete(tx, key(u.ID)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}
