package org

import (
	"errors"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/store"
)

// Groups of the index of resellers and what they sell.
func resaleCompanies() store.Key        { return store.K().Uint(1) }
func resaleOf(channel uint64) store.Key { return store.K().Uint(2).Uint(channel) }
func resaleChannels() store.Key         { return store.K().Uint(3) }

func resale(u *Unit) []store.Key {
	switch {
	case u.IsChannel():
		return []store.Key{resaleChannels()}
	case u.Kind == KindCompany:
		return []store.Key{resaleCompanies(), resaleOf(u.Channel)}
	}
	return nil
}

// IsChannel reports whether the unit has companies: a reseller's channel, or the
// organisation "default", which is the installation's own.
func (u *Unit) IsChannel() bool { return u.Kind == KindChannel || u.ID == Default }

// ChannelTx is a channel; a NotFound fault if there is none.
func (s *Service) ChannelTx(r store.Reader, id uint64) (*Unit, error) {
	u, err := s.UnitTx(r, id)
	if fault.KindOf(err) == fault.NotFound && err != nil || err == nil && !u.IsChannel() {
		return nil, fault.New(fault.NotFound, "channel.not_found", "channel", "there is no such channel")
	}
	return u, err
}

// CompanyTx is a company; a NotFound fault if there is none.
func (s *Service) CompanyTx(r store.Reader, id uint64) (*Unit, error) {
	u, err := s.UnitTx(r, id)
	if fault.KindOf(err) == fault.NotFound && err != nil || err == nil && u.Kind != KindCompany {
		return nil, fault.New(fault.NotFound, "company.not_found", "id", "there is no such company")
	}
	return u, err
}

// ChannelsTx is a page of the channels, oldest first.
func (s *Service) ChannelsTx(r store.Reader, ask listing.Ask, text string) (Page, error) {
	return listing.Cut(r, s.resale, resaleChannels(), ask, Filter{Text: text}.match())
}

// CompaniesTx is a page of the companies of a channel (0 = of all), oldest first;
// match, which may be nil, says which.
func (s *Service) CompaniesTx(r store.Reader, channel uint64, ask listing.Ask, match func(*Unit) bool) (Page, error) {
	return listing.Cut(r, s.resale, companiesGroup(channel), ask, match)
}

// EachCompanyTx calls fn for the companies of a channel (0 = of all) until it
// answers false.
func (s *Service) EachCompanyTx(r store.Reader, channel uint64, fn func(*Unit) bool) error {
	return listing.Each(r, s.resale, companiesGroup(channel), fn)
}

func companiesGroup(channel uint64) store.Key {
	if channel == 0 {
		return resaleCompanies()
	}
	return resaleOf(channel)
}

// Named reports whether a unit has the text in its name, in any case and width.
func (u *Unit) Named(text string) bool {
	match := Filter{Text: text}.match()
	return match == nil || match(u)
}

// AddTenantTx writes a new channel or company; it sets the id. The caller has
// checked the right and what else the unit is made with.
func (s *Service) AddTenantTx(tx *store.Tx, by access.Actor, u *Unit) error {
	name, err := cleanName(u.Name)
	if err != nil {
		return err
	}
	if u.ID, err = s.ids.Next(tx); err != nil {
		return err
	}
	u.Tenant, u.Parent, u.Name, u.State = u.ID, u.Channel, name, Active
	if err := s.put(tx, by, u); err != nil {
		return err
	}
	return s.recordResale(tx, by, "create", u, nil)
}

// SaveTenantTx writes what was changed of a channel or a company, if anything was;
// act says what it was in the action log. ifVersion 0 skips the check for a change
// by somebody else.
func (s *Service) SaveTenantTx(tx *store.Tx, by access.Actor, u *Unit, act string, ifVersion uint64) error {
	before, err := s.UnitTx(tx, u.ID)
	if err != nil {
		return err
	}
	if err := stale(before, ifVersion); err != nil {
		return err
	}
	if u.Name, err = cleanName(u.Name); err != nil {
		return err
	}
	changes := diff(before, u)
	if len(changes) == 0 {
		return nil
	}
	if err := s.put(tx, by, u); err != nil {
		return err
	}
	return s.recordResale(tx, by, act, u, changes)
}

// SetManagerTx writes the account that looks after a channel or a company, in the
// commit that makes both.
func (s *Service) SetManagerTx(tx *store.Tx, u *Unit) error { return s.units.Update(tx, u) }

// recordResale writes what a reseller does into the reseller's log.
func (s *Service) recordResale(tx *store.Tx, by access.Actor, act string, u *Unit, changes []audit.Change) error {
	kind, tenant := u.Kind, u.ID
	if u.Kind == KindCompany {
		tenant = u.Channel
	}
	if u.ID == Default {
		kind = KindChannel
	}
	return s.deps.Audit.AddTx(tx, by, audit.Entry{Tenant: tenant, Action: string(kind) + "." + act,
		ObjectKind: string(kind), ObjectID: idText(u.ID), ObjectName: u.Name, Changes: changes})
}

// DropTenantTx removes the row of a company or channel of which nothing else is
// left.
func (s *Service) DropTenantTx(tx *store.Tx, id uint64) error {
	if err := s.versions.Delete(tx, store.K().Uint(id)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return s.units.Delete(tx, store.K().Uint(id))
}

// PurgeTx removes some of a tenant's departments; more that there are others.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	rows, total, err := s.ranked.Page(tx, tenantGroup(tenant), 0, 20, false)
	for _, u := range rows {
		if err := s.units.Delete(tx, store.K().Uint(u.ID)); err != nil {
			return n, false, err
		}
		n++
	}
	if n > 0 {
		err = errors.Join(err, s.grown(tx, rows[0]))
	}
	return n, total > n, err
}
