package directory

import (
	"context"

	"stoa/app/access"
	"stoa/store"
)

// Sifted is All as it is for a list that is too long to be counted by List.
func (s *Service) Sifted(ctx context.Context, by access.Actor, f Filter) (*Whole, error) {
	f.Limit = MaxLimit
	f, _, err := prepare(by, f)
	if err != nil {
		return nil, err
	}
	n := 0
	err = s.view(ctx, func(r store.Reader) (err error) {
		if f, err = s.narrow(r, by, f); err == nil {
			n, err = s.count(r, f)
		}
		return err
	})
	return &Whole{f, n, s.sift(ctx, f)}, err
}
