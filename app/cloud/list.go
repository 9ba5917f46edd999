package cloud

import (
	"context"
	"time"

	"stoa/app/access"
	"stoa/app/depot"
	"stoa/app/fault"
	"stoa/store"
)

// Held is a credential, how its bucket is, and what lies there.
type Held struct {
	Credential
	Health Health
	Share
}

// Set is what by's tenant has.
type Set struct {
	Version   uint64
	Modified  time.Time
	By        string
	Most      int    // credentials of a set
	Current   []Held // in the order of the set
	Retired   []Held // of which something still lies there
	Appliance Share  // what lies with the appliance itself
	Move      Move
}

// Get reads the set of by's tenant. It needs cloud.read.
func (s *Service) Get(ctx context.Context, by access.Actor) (*Set, error) {
	if err := by.Need(access.CloudRead); err != nil {
		return nil, err
	}
	return s.view(ctx, by.Tenant)
}

func (s *Service) view(ctx context.Context, tenant uint64) (*Set, error) {
	var t *set
	var rows []*Credential
	var shares []depot.Share
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		if t, err = s.setOf(r, tenant); err != nil {
			return err
		}
		if rows, err = s.all(r, tenant); err != nil {
			return err
		}
		shares, err = s.Depot.SharesTx(r, tenant)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	at := map[uint64]Share{}
	for _, h := range shares {
		at[h.Place] = Share{h.Pieces, h.Bytes}
	}
	out := &Set{Version: t.Version, Modified: t.Modified, By: t.By, Most: s.Most, Appliance: at[depot.Appliance]}
	for _, c := range rows {
		held := Held{Credential: *c, Health: s.healthOf(c.ID), Share: at[c.ID]}
		held.Secret = nil
		switch {
		case c.Retired.IsZero():
			out.Current = append(out.Current, held)
		case held.Pieces > 0:
			out.Retired = append(out.Retired, held)
		}
	}
	out.Move, err = s.progress(ctx, t)
	return out, err
}
