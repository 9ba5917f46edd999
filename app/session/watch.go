package session

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/store"
)

// Peek is Authenticate for what is no use of the session: an open event stream
// that only asks whether it may go on. It extends nothing, so that a page left
// open does not keep its session alive.
func (s *Service) Peek(ctx context.Context, o access.Origin, token string) (access.Actor, error) {
	var actor access.Actor
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		switch kindOf(token) {
		case kindSession:
			actor, _, err = s.bySession(r, hash(token))
		case kindPersonal:
			actor, _, err = s.byPersonal(r, hash(token))
		default:
			err = store.ErrNotFound
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return access.Actor{}, access.SignIn()
	}
	actor.Origin = o
	return actor, fault.Wrap(err)
}

// maxCountedSessions bounds what OnlineCount reads.
const maxCountedSessions = 10_000

// OnlineCount is how many people within by's sight are signed in now; with more
// than 10,000 sessions a lower bound.
func (s *Service) OnlineCount(ctx context.Context, by access.Actor) (int, error) {
	n := 0
	err := s.db.View(ctx, func(r store.Reader) error {
		last := uint64(0)
		n = 0
		scan := store.Scan{Limit: maxCountedSessions}
		if by.Scope() == access.ScopeSelf {
			scan.Prefix = store.K().Uint(by.Account)
		}
		for row, err := range s.of.Scan(r, scan) {
			if err != nil {
				return err
			}
			if row.Account == last || row.Application != 0 || !row.live(r.Now()) {
				continue
			}
			if seen, err := s.counts(r, by, row); err != nil {
				return err
			} else if seen {
				n, last = n+1, row.Account
			}
		}
		return nil
	})
	return n, fault.Wrap(err)
}

// counts reports whether a session is of somebody within by's sight.
func (s *Service) counts(r store.Reader, by access.Actor, row *row) (bool, error) {
	switch by.Scope() {
	case access.ScopeTenant:
		return row.Tenant == by.Tenant, nil
	case access.ScopeUnits:
		a, err := s.Account.Row(r, row.Account)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		return err == nil && directory.Sees(by, a), err
	case access.ScopeSelf, access.ScopeAll:
	}
	return true, nil
}
