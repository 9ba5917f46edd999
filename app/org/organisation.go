package org

import (
	"context"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/listing"
	"stoa/store"
)

// NewOrganisation is what an organisation is made of.
type NewOrganisation struct {
	Name   string
	SignUp bool
}

// OrganisationChange changes what is not nil.
type OrganisationChange struct {
	Name   *string
	SignUp *bool
	State  *State
}

func idText(id uint64) string { return strconv.FormatUint(id, 10) }

// CreateOrganisation makes an organisation.
func (s *Service) CreateOrganisation(ctx context.Context, by access.Actor, in NewOrganisation) (*Unit, error) {
	if err := by.Need(access.OrganisationWrite); err != nil {
		return nil, err
	}
	name, err := cleanName(in.Name)
	if err != nil {
		return nil, err
	}
	var u *Unit
	err = s.update(ctx, func(tx *store.Tx) error {
		id, err := s.ids.Next(tx)
		if err != nil {
			return err
		}
		u = &Unit{ID: id, Kind: KindOrganisation, Tenant: id, Name: name, SignUp: in.SignUp, State: Active}
		if err := s.put(tx, by, u); err != nil {
			return err
		}
		return s.record(tx, by, "create", u, nil)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// UpdateOrganisation renames, opens or closes for sign-up, freezes or activates.
// A frozen organisation's people can't sign in and their sessions have ended;
// nothing is lost. ifVersion 0 skips the check for a change by somebody else.
func (s *Service) UpdateOrganisation(ctx context.Context, by access.Actor, id uint64, c OrganisationChange, ifVersion uint64) (*Unit, error) {
	if err := by.Need(access.OrganisationWrite); err != nil {
		return nil, err
	}
	var u *Unit
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		if u, err = s.organisation(tx, id); err != nil {
			return err
		}
		if err := stale(u, ifVersion); err != nil {
			return err
		}
		before := *u
		if err := c.apply(by, u, tx.Now()); err != nil {
			return err
		}
		changes := diff(&before, u)
		if len(changes) == 0 {
			return nil
		}
		if err := s.put(tx, by, u); err != nil {
			return err
		}
		return s.record(tx, by, verb(&before, u), u, changes)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

func verb(before, after *Unit) string {
	switch {
	case before.State == after.State:
		return "update"
	case after.State == Frozen:
		return "freeze"
	default:
		return "activate"
	}
}

func (c OrganisationChange) apply(by access.Actor, u *Unit, now time.Time) error {
	if c.Name != nil {
		name, err := cleanName(*c.Name)
		if err != nil {
			return err
		}
		u.Name = name
	}
	if c.SignUp != nil {
		u.SignUp = *c.SignUp
	}
	if c.State == nil || *c.State == u.State {
		return nil
	}
	switch *c.State {
	case Active:
		u.State, u.FrozenAt = Active, time.Time{}
	case Frozen:
		if u.ID == Default || u.ID == by.Home || u.ID == by.Tenant {
			return fault.New(fault.Conflict, "org.freeze_own", "state", "the organisation %q can't be frozen: its administrators could not undo it", u.Name)
		}
		u.State, u.FrozenAt, u.SessionsSince = Frozen, now, now
	default:
		return fault.New(fault.Invalid, "org.state_invalid", "state", "state is %q or %q", Active, Frozen)
	}
	return nil
}

// DeleteOrganisation deletes an organisation that has neither accounts nor
// departments; else a Conflict fault with the counts.
func (s *Service) DeleteOrganisation(ctx context.Context, by access.Actor, id uint64) error {
	if err := by.Need(access.OrganisationWrite); err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx) error {
		u, err := s.organisation(tx, id)
		if err != nil {
			return err
		}
		if u.ID == Default {
			return fault.New(fault.Conflict, "org.default", "id", "the organisation %q is part of the installation and stays", u.Name)
		}
		return s.remove(tx, by, u)
	})
}

// remove deletes an empty unit of any kind.
func (s *Service) remove(tx *store.Tx, by access.Actor, u *Unit) error {
	group := tenantGroup(u.ID)
	if !u.IsTenant() {
		group = childrenGroup(u.ID)
	}
	units, err := s.ranked.Count(tx, group)
	if err != nil {
		return err
	}
	people, err := s.count(tx, u.ID)
	if err != nil {
		return err
	}
	if units+people > 0 {
		return fault.New(fault.Conflict, "org.in_use", "id", "%q is in use: accounts %d, departments %d; move or delete them first", u.Name, people, units)
	}
	if err := s.units.Delete(tx, store.K().Uint(u.ID)); err != nil {
		return err
	}
	if err := s.grown(tx, u); err != nil {
		return err
	}
	return s.record(tx, by, "delete", u, nil)
}

func (s *Service) organisation(r store.Reader, id uint64) (*Unit, error) {
	u, err := s.UnitTx(r, id)
	if err == nil && u.Kind != KindOrganisation {
		return nil, missing("id")
	}
	return u, err
}

// Organisation is one organisation: any for those who may read organisations,
// one's own for everybody.
func (s *Service) Organisation(ctx context.Context, by access.Actor, id uint64) (*Unit, error) {
	if id != by.Home && id != by.Tenant || !by.SignedIn() {
		if err := by.Need(access.OrganisationRead); err != nil {
			return nil, err
		}
	}
	var u *Unit
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		u, err = s.TenantTx(r, id)
		return err
	})
	return u, fault.Wrap(err)
}

// Organisations lists the organisations by age.
func (s *Service) Organisations(ctx context.Context, by access.Actor, f Filter) (Page, error) {
	if err := by.Need(access.OrganisationRead); err != nil {
		return Page{}, err
	}
	p := Page{}
	err := s.db.View(ctx, func(r store.Reader) (err error) {
		p, err = listing.Cut(r, s.ranked, kindGroup(KindOrganisation), f.ask(), f.match())
		return err
	})
	return p, fault.Wrap(err)
}

// Open lists the organisations that anybody may sign up to, at most 500. It
// needs no right: the sign-up page shows it.
func (s *Service) Open(ctx context.Context) ([]Unit, error) {
	out := []Unit{}
	err := s.db.View(ctx, func(r store.Reader) error {
		out = out[:0]
		for u, err := range s.open.Scan(r, store.Scan{Limit: listing.MaxLimit}) {
			if err != nil {
				return err
			}
			out = append(out, *u)
		}
		return nil
	})
	return out, fault.Wrap(err)
}

// diff names the changed fields for the action log.
func diff(a, b *Unit) []audit.Change {
	var out []audit.Change
	add := func(field, old, new string) {
		if old != new {
			out = append(out, audit.Change{Field: field, Old: old, New: new})
		}
	}
	add("name", a.Name, b.Name)
	add("parent", idText(a.Parent), idText(b.Parent))
	add("manager", idText(a.Manager), idText(b.Manager))
	add("established", day(a.Established), day(b.Established))
	add("sign_up", strconv.FormatBool(a.SignUp), strconv.FormatBool(b.SignUp))
	add("state", string(a.State), string(b.State))
	add("telephone", a.Telephone, b.Telephone)
	add("key_managed", strconv.FormatBool(a.KeyManaged), strconv.FormatBool(b.KeyManaged))
	add("capacity", strconv.FormatInt(a.Capacity, 10), strconv.FormatInt(b.Capacity, 10))
	add("free_quota", strconv.FormatInt(a.Quota, 10), strconv.FormatInt(b.Quota, 10))
	add("paid_quota", strconv.FormatInt(a.PaidQuota, 10), strconv.FormatInt(b.PaidQuota, 10))
	add("expires_at", day(a.ExpiresAt), day(b.ExpiresAt))
	add("deleting", day(a.Deleting), day(b.Deleting))
	return out
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
