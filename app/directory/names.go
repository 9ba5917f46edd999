package directory

import (
	"cmp"
	"context"
	"errors"

	"stoa/app/fault"
	"stoa/store"
)

// Names are what accounts are called, nickname before user name; ids of none are
// left out. It asks for no permission: the caller shows no more of an account
// than this, beside an object that the actor may see.
func (s *Service) Names(ctx context.Context, ids []uint64) (map[uint64]string, error) {
	names := make(map[uint64]string, len(ids))
	err := s.view(ctx, func(r store.Reader) error {
		clear(names)
		for _, id := range ids {
			if _, known := names[id]; known || id == 0 {
				continue
			}
			a, err := s.rows.Get(r, id)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			names[id] = cmp.Or(a.Nickname, a.Name)
		}
		return nil
	})
	return names, fault.Wrap(err)
}
