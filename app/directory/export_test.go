package directory

import (
	"context"

	"stoa/app/access"
)

// Sifted is All as it is for a list that is too long to be counted by List.
func (s *Service) Sifted(ctx context.Context, by access.Actor, f Filter) (*Whole, error) {
	f.Limit = MaxLimit
	f, _, err := prepare(by, f)
	if err != nil {
		return nil, err
	}
	if err := s.filled(ctx); err != nil {
		return nil, err
	}
	return s.whole(ctx, by, f)
}
