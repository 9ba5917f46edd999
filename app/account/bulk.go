package account

import (
	"context"
	"slices"
	"sync"

	"stoa/app/access"
	"stoa/app/fault"
)

// Limits of a bulk operation: how many accounts it takes by their ids, how many
// by a filter unless Deps say another number, and how many commits it has under
// way, which share the log's writes to the disk.
const (
	MaxBulk    = 500
	maxMatched = 10_000
	bulkAtOnce = 16
)

// Matching is the ids of all accounts that match f and that by sees, in the order
// of f, at most Deps.MaxMatched: more are refused, so that nobody changes a part of
// what they meant. What is done to them afterwards does not change the list.
func (s *Service) Matching(ctx context.Context, by access.Actor, f Filter) ([]uint64, error) {
	all, err := s.All(ctx, by, f)
	if err != nil {
		return nil, err
	}
	if all.Count > s.MaxMatched {
		return nil, fault.New(fault.TooLarge, "account.bulk_matched", "filter", "%d accounts match: at most %d are changed at once, narrow the filter", all.Count, s.MaxMatched)
	}
	ids := make([]uint64, 0, all.Count)
	for a, err := range all.Accounts {
		if err != nil {
			return nil, err
		}
		if ids = append(ids, a.ID); len(ids) > s.MaxMatched {
			return nil, fault.New(fault.TooLarge, "account.bulk_matched", "filter", "more than %d accounts match: narrow the filter", s.MaxMatched)
		}
	}
	return ids, nil
}

// Each does act to every account of ids, at most Deps.MaxMatched, each a commit of its
// own under the same rules as if it were done to it alone: an account that act
// refuses is answered with the reason, the others are done. What is wrong with the
// whole is err; what was done until then stays.
func (s *Service) Each(ctx context.Context, by access.Actor, ids []uint64, act func(context.Context, uint64) error) (done []uint64, refused []Refusal, err error) {
	if !by.SignedIn() {
		return nil, nil, access.SignIn()
	}
	if len(ids) > s.MaxMatched {
		return nil, nil, fault.New(fault.TooLarge, "account.bulk", "ids", "%d accounts at once: at most %d are allowed", len(ids), s.MaxMatched)
	}
	results := make([]error, len(ids))
	finished := make([]bool, len(ids))
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(bulkAtOnce, len(ids)) {
		workers.Go(func() {
			for i := range next {
				results[i] = act(ctx, ids[i])
				if results[i] != nil && fault.KindOf(results[i]) == fault.Internal {
					stop(results[i])
				} else {
					finished[i] = true
				}
			}
		})
	}
	for i := range ids {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	for i, id := range ids {
		switch {
		case finished[i] && results[i] == nil:
			done = append(done, id)
		case finished[i]:
			refused = append(refused, Refusal{ID: id, Err: results[i]})
		}
	}
	return done, refused, fault.Wrap(context.Cause(ctx))
}

// each is Each for the ids of one call.
func (s *Service) each(ctx context.Context, by access.Actor, ids []uint64, fn func(context.Context, uint64) error) (done []uint64, refused []Refusal, err error) {
	if by.SignedIn() && len(ids) > MaxBulk {
		return nil, nil, fault.New(fault.TooLarge, "account.bulk", "ids", "%d accounts at once: at most %d are allowed", len(ids), MaxBulk)
	}
	return s.Each(ctx, by, ids, fn)
}

// ChangeRoles gives an account the roles of add and takes those of drop, and
// leaves the others; a role in both is taken.
func (s *Service) ChangeRoles(ctx context.Context, by access.Actor, id uint64, add, drop []uint64) error {
	for attempt := 1; ; attempt++ {
		a, err := s.Get(ctx, by, id)
		if err != nil {
			return err
		}
		roles := slices.DeleteFunc(slices.Concat(a.Roles, add), func(role uint64) bool { return slices.Contains(drop, role) })
		_, err = s.Update(ctx, by, id, Change{Roles: &roles}, a.Version)
		if fault.KindOf(err) != fault.Stale || attempt == 3 {
			return err
		}
	}
}
