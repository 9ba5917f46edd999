package company

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/store"
)

// Certificate is what is left of a deleted company: that nothing is.
func (s *Service) Certificate(ctx context.Context, by access.Actor, company uint64) (*Purge, error) {
	if err := by.Need(access.CompanyRead); err != nil {
		return nil, err
	}
	var p *Purge
	err := s.view(ctx, func(r store.Reader) (err error) {
		p, err = s.purges.Get(r, key(company))
		if errors.Is(err, store.ErrNotFound) || err == nil && (p.Ended.IsZero() || !sees(by, p.Channel)) {
			return fault.New(fault.NotFound, "company.no_certificate", "id", "there is no certificate of such a company: it is there once the deletion has ended")
		}
		return err
	})
	return p, err
}

// Certificates lists the companies that were deleted, those of one channel or, for
// super administrators with 0, of all; the first deleted first.
func (s *Service) Certificates(ctx context.Context, by access.Actor, channel uint64, ask listing.Ask) (listing.Page[Purge], error) {
	if err := by.Need(access.CompanyRead); err != nil {
		return listing.Page[Purge]{}, err
	}
	var p listing.Page[Purge]
	err := s.view(ctx, func(r store.Reader) error {
		channel, err := s.listed(r, by, channel)
		if err != nil {
			return err
		}
		p, err = listing.Cut(r, s.ended, key(channel), ask, nil)
		return err
	})
	return p, err
}
