package session

import (
	"context"
	"slices"

	"stoa/app/fault"
	"stoa/store"
)

// maxPassed is how many sessions of other accounts are read past before it is
// cheaper to look an account up by itself.
const maxPassed = 30

// OnlineAll tells of each account whether a person is signed in with it now. The
// accounts are met in one pass over the sessions, which seeks where many others
// lie between two of them.
func (s *Service) OnlineAll(ctx context.Context, ids []uint64) (map[uint64]bool, error) {
	out := make(map[uint64]bool, len(ids))
	for _, id := range ids {
		out[id] = false
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(sorted) > 0 && sorted[0] == 0 {
		sorted = sorted[1:]
	}
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		for left := sorted; len(left) > 0 && err == nil; {
			left, err = s.markOnline(r, left, out)
		}
		return err
	})
	return out, fault.Wrap(err)
}

// markOnline goes through the sessions from those of the first account on, and
// gives back the accounts that it did not get to.
func (s *Service) markOnline(r store.Reader, ids []uint64, out map[uint64]bool) ([]uint64, error) {
	passed := 0
	for e, err := range s.of.Keys(r, store.Scan{After: store.K().Uint(ids[0] - 1)}) {
		if err != nil {
			return nil, err
		}
		account := e.Index.Reader().NextUint()
		for len(ids) > 0 && ids[0] < account {
			ids = ids[1:]
		}
		if len(ids) == 0 {
			return nil, nil
		}
		if ids[0] != account {
			if passed++; passed > maxPassed {
				return ids, nil
			}
			continue
		}
		found, err := s.rows.Get(r, e.Primary)
		if err != nil {
			return nil, err
		}
		if found.Application == 0 && found.live(r.Now()) {
			out[account], ids = true, ids[1:]
		}
		if len(ids) == 0 {
			return nil, nil
		}
	}
	return nil, nil
}
