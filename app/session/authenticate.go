package session

import (
	"context"
	"errors"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/org"
	"stoa/store"
)

// Authenticate is the actor that a session or personal token proves, or the
// fault of access.SignIn. It reads the session, its account and its tenant, so
// that whatever ended any of them ends the token at once, and extends the idle
// end at most once a minute.
func (s *Service) Authenticate(ctx context.Context, o access.Origin, token string) (access.Actor, error) {
	var actor access.Actor
	var use func(*store.Tx) error
	err := s.db.View(ctx, func(r store.Reader) error {
		var err error
		switch kindOf(token) {
		case kindSession:
			actor, use, err = s.bySession(r, hash(token))
		case kindPersonal:
			actor, use, err = s.byPersonal(r, hash(token))
		default:
			err = store.ErrNotFound
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return access.Actor{}, access.SignIn()
	}
	if err != nil {
		return access.Actor{}, fault.Wrap(err)
	}
	actor.Origin = o
	if use == nil {
		return actor, nil
	}
	if err := s.db.Update(ctx, use); errors.Is(err, store.ErrNotFound) {
		return access.Actor{}, access.SignIn() // it ended between the two
	} else if err != nil {
		return access.Actor{}, fault.Wrap(err)
	}
	return actor, nil
}

// bySession is the actor of a session; use, when not nil, notes its use.
func (s *Service) bySession(r store.Reader, hash []byte) (access.Actor, func(*store.Tx) error, error) {
	key := store.K().Bytes(hash)
	row, err := s.rows.Get(r, key)
	if err != nil {
		return access.Actor{}, nil, err
	}
	if !row.live(r.Now()) {
		return access.Actor{}, nil, store.ErrNotFound
	}
	actor, err := s.actor(r, row)
	if err != nil || r.Now().Sub(row.Used) < useNoted {
		return actor, nil, err
	}
	return actor, func(tx *store.Tx) error {
		row, err := s.rows.Get(tx, key)
		if err != nil || tx.Now().Sub(row.Used) < useNoted {
			return err
		}
		row.Used = tx.Now()
		if row.Idle > 0 {
			row.extend(tx.Now())
		}
		if err := s.rows.Update(tx, row); err != nil || row.Application != 0 {
			return err
		}
		return s.Account.NoteTx(tx, row.Account)
	}, nil
}

func sooner(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// actor makes the actor of a session out of what holds now; ErrNotFound when the
// session is over.
func (s *Service) actor(r store.Reader, row *row) (access.Actor, error) {
	a, home, err := s.active(r, row.Account)
	if err != nil {
		return access.Actor{}, err
	}
	if !home.SessionsSince.IsZero() && !row.Created.After(home.SessionsSince) {
		return access.Actor{}, store.ErrNotFound
	}
	actor, err := s.actorOf(r, a)
	if err != nil {
		return access.Actor{}, err
	}
	if actor, err = s.weaken(r, actor, row.Strong || row.Application != 0 && !row.Delegated); err != nil {
		return access.Actor{}, err
	}
	actor.Session = row.ID
	if row.Tenant != 0 && row.Tenant != a.Tenant {
		if actor, err = s.elsewhere(r, actor, row.Tenant); err != nil {
			return access.Actor{}, err
		}
	}
	switch {
	case row.Delegated:
		return s.asClient(r, actor, row)
	case row.Application != 0:
		return s.asApplication(r, actor, row)
	}
	return actor, nil
}

// active is an account that may act, and its tenant.
func (s *Service) active(r store.Reader, id uint64) (*account.Account, *org.Unit, error) {
	a, err := s.Account.Row(r, id)
	if err != nil {
		return nil, nil, err
	}
	if a.State != account.Active {
		return nil, nil, store.ErrNotFound
	}
	home, err := s.Org.TenantTx(r, a.Tenant)
	if err != nil && fault.KindOf(err) == fault.NotFound || err == nil && home.State == org.Frozen {
		return nil, nil, store.ErrNotFound
	}
	return a, home, err
}

// actorOf is an account as an actor in its own tenant. A secondary account acts
// with no more than its parent has, and not at all when that may not act.
func (s *Service) actorOf(r store.Reader, a *account.Account) (access.Actor, error) {
	if a.Parent != 0 {
		if _, _, err := s.active(r, a.Parent); err != nil {
			return access.Actor{}, err
		}
	}
	rights, err := s.Role.Of(r, a)
	return access.Actor{Account: a.ID, Name: a.Name, Tenant: a.Tenant, Home: a.Tenant, Parent: a.Parent, Roles: a.Roles,
		Set: rights.Set, Sight: rights.Sight, Units: rights.Units}, err
}

// elsewhere moves an actor to the tenant it switched to, while it still may.
func (s *Service) elsewhere(r store.Reader, actor access.Actor, tenant uint64) (access.Actor, error) {
	if err := s.maySwitch(r, actor, tenant); err != nil {
		if fault.KindOf(err) == fault.Internal {
			return access.Actor{}, err
		}
		return actor, nil // the tenant or the right is gone: back at home
	}
	actor.Tenant = tenant
	return actor, nil
}

// byPersonal is the actor of a personal token; use, when not nil, notes its use.
func (s *Service) byPersonal(r store.Reader, hash []byte) (access.Actor, func(*store.Tx) error, error) {
	key := store.K().Bytes(hash)
	t, err := s.byToken.Get(r, key)
	if err != nil {
		return access.Actor{}, nil, err
	}
	a, _, err := s.active(r, t.Account)
	if err != nil {
		return access.Actor{}, nil, err
	}
	actor, err := s.actorOf(r, a)
	if err == nil {
		actor, err = s.weaken(r, actor, t.Strong)
	}
	if err != nil || r.Now().Sub(t.Used) < useNoted {
		return actor, nil, err
	}
	return actor, func(tx *store.Tx) error {
		t, err := s.byToken.Get(tx, key)
		if err != nil || tx.Now().Sub(t.Used) < useNoted {
			return err
		}
		t.Used = tx.Now()
		if err := s.tokens.Update(tx, t); err != nil {
			return err
		}
		return s.Account.NoteTx(tx, t.Account)
	}, nil
}
