package org

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// EnsureDefaultTx makes organisation 1 if it is not there: at setup.
func (s *Service) EnsureDefaultTx(tx *store.Tx) error {
	has, err := s.units.Has(tx, store.K().Uint(Default))
	if err != nil || has {
		return err
	}
	return s.put(tx, access.System("setup"), &Unit{ID: Default, Kind: KindOrganisation, Tenant: Default, Name: "default", State: Active})
}

func samples() []Unit {
	return []Unit{{ID: FirstSample, Name: "算力互联"}, {ID: NextSample, Name: "汴水超算"}}
}

// PutSampleTx adds the organisations of the documents' examples, open for
// sign-up and marked as sample. Those that are there stay as they are.
func (s *Service) PutSampleTx(tx *store.Tx) error {
	by := access.System("setup")
	for _, u := range samples() {
		_, err := s.units.Get(tx, store.K().Uint(u.ID))
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		u.Kind, u.Tenant, u.SignUp, u.State, u.Sample = KindOrganisation, u.ID, true, Active, true
		if err := s.put(tx, by, &u); err != nil {
			return err
		}
		if err := s.record(tx, by, "create", &u, nil); err != nil {
			return err
		}
	}
	return nil
}

// DropSample removes the sample organisations; see DropSampleTx.
func (s *Service) DropSample(ctx context.Context, by access.Actor) error {
	if err := by.Need(access.OrganisationWrite); err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx) error { return s.DropSampleTx(tx, by) })
}

// DropSampleTx removes the sample organisations. One that has got accounts or
// departments which are not sample is in use: a Conflict fault with the counts.
func (s *Service) DropSampleTx(tx *store.Tx, by access.Actor) error {
	for _, sample := range samples() {
		u, err := s.units.Get(tx, store.K().Uint(sample.ID))
		if errors.Is(err, store.ErrNotFound) || err == nil && !u.Sample {
			continue
		}
		if err == nil {
			err = s.remove(tx, by, u)
		}
		if err != nil {
			return fault.Wrap(err)
		}
	}
	return nil
}
