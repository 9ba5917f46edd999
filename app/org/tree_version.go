package org

import (
	"errors"

	"stoa/app/listing"
	"stoa/store"
)

// treeVersion counts the changes to the departments of a tenant, for those who
// keep a picture of them.
type treeVersion struct {
	Tenant  uint64 `cbor:"1,keyasint"`
	Version uint64 `cbor:"2,keyasint"`
}

func (s *Service) defineVersions(schema *store.Schema) {
	s.versions = store.Define(schema, 119, "unit_tree", func(v *treeVersion) store.Key { return store.K().Uint(v.Tenant) })
}

// TreeVersion rises with every change to the departments of a tenant.
func (s *Service) TreeVersion(r store.Reader, tenant uint64) (uint64, error) {
	v, err := s.versions.Get(r, store.K().Uint(tenant))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return v.Version, nil
}

// grown notes that the departments of u's tenant have changed.
func (s *Service) grown(tx *store.Tx, u *Unit) error {
	if u.IsTenant() {
		return nil
	}
	version, err := s.TreeVersion(tx, u.Tenant)
	if err != nil {
		return err
	}
	return s.versions.Put(tx, &treeVersion{Tenant: u.Tenant, Version: version + 1})
}

// Branches are the departments of a tenant: each with those directly under it.
func (s *Service) Branches(r store.Reader, tenant uint64) (map[uint64][]uint64, error) {
	out := map[uint64][]uint64{}
	err := listing.Each(r, s.ranked, tenantGroup(tenant), func(u *Unit) bool {
		if _, known := out[u.ID]; !known {
			out[u.ID] = nil
		}
		if u.Parent != tenant {
			out[u.Parent] = append(out[u.Parent], u.ID)
		}
		return true
	})
	return out, err
}
