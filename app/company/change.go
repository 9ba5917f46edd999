package company

import (
	"context"
	"time"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/app/org"
	"stoa/store"
)

// Create opens a company with its administrator, both or neither, and answers both.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Company, *account.Account, error) {
	if err := by.Need(access.CompanyWrite); err != nil {
		return nil, nil, err
	}
	if err := checkBytes("paid_quota", in.Paid); err != nil {
		return nil, nil, err
	}
	telephone, err := naming.Landline(in.Telephone)
	if err != nil {
		return nil, nil, err
	}
	hash, err := s.hash(ctx, in.Administrator, access.RoleCompanyAdmin)
	if err != nil {
		return nil, nil, err
	}
	var id uint64
	var made *account.Account
	err = s.update(ctx, func(tx *store.Tx) error {
		channel, err := s.reseller(tx, by, in.Channel)
		if err != nil {
			return err
		}
		if !channel.Deleting.IsZero() {
			return channelDeleting(channel)
		}
		u := &org.Unit{Kind: org.KindCompany, Channel: channel.ID, Name: in.Name, Telephone: telephone, KeyManaged: in.KeyManaged,
			Quota: s.Free, PaidQuota: in.Paid, ExpiresAt: in.ExpiresAt.UTC()}
		if err := s.giveTx(tx, channel.ID, 1, limit(u)); err != nil {
			return err
		}
		if err := s.Org.AddTenantTx(tx, by, u); err != nil {
			return err
		}
		id = u.ID
		made, err = s.appointTx(tx, by, u, in.Administrator, access.RoleCompanyAdmin, hash)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	c, err := s.read(ctx, id)
	return c, made, err
}

// Update changes a company. A quota that the channel has not got, or that is less
// than what the company keeps already, is an OverQuota fault. ifVersion 0 skips the
// check for a change by somebody else.
func (s *Service) Update(ctx context.Context, by access.Actor, id uint64, c Change, ifVersion uint64) (*Company, error) {
	return s.change(ctx, by, id, "update", ifVersion, func(tx *store.Tx, u *org.Unit) error {
		if !u.Deleting.IsZero() {
			return deleting(u)
		}
		if c.Name != nil {
			u.Name = *c.Name
		}
		if c.Telephone != nil {
			telephone, err := naming.Landline(*c.Telephone)
			if err != nil {
				return err
			}
			u.Telephone = telephone
		}
		if c.KeyManaged != nil {
			u.KeyManaged = *c.KeyManaged
		}
		if c.ExpiresAt != nil {
			u.ExpiresAt = c.ExpiresAt.UTC()
		}
		return s.setQuota(tx, by, u, c)
	})
}

func (s *Service) setQuota(tx *store.Tx, by access.Actor, u *org.Unit, c Change) error {
	before := limit(u)
	if c.Free != nil && *c.Free != u.Quota {
		if !by.Super() {
			return access.SuperOnly()
		}
		u.Quota = *c.Free
	}
	if c.Paid != nil {
		u.PaidQuota = *c.Paid
	}
	if err := checkBytes("free_quota", u.Quota); err != nil {
		return err
	}
	if err := checkBytes("paid_quota", u.PaidQuota); err != nil {
		return err
	}
	if limit(u) == before {
		return nil
	}
	used, err := s.Usage.Tx(tx, u.ID)
	if err != nil {
		return err
	}
	if limit(u) < used.Used() {
		return fault.New(fault.OverQuota, "company.uses_more", "quota", "%q keeps %d bytes already: its quota can't be less", u.Name, used.Used())
	}
	return s.giveTx(tx, u.Channel, 0, limit(u)-before)
}

// Freeze ends every session of the company's people at once and lets nobody sign
// in and nothing be uploaded; nothing is lost. What is frozen stays so since when
// it was.
func (s *Service) Freeze(ctx context.Context, by access.Actor, id uint64) (*Company, error) {
	return s.change(ctx, by, id, "freeze", 0, func(tx *store.Tx, u *org.Unit) error {
		if u.State != org.Frozen {
			u.State, u.FrozenAt, u.SessionsSince = org.Frozen, tx.Now(), tx.Now()
		}
		return nil
	})
}

// Thaw lets a frozen company's people sign in again; not while it is deleted.
func (s *Service) Thaw(ctx context.Context, by access.Actor, id uint64) (*Company, error) {
	return s.change(ctx, by, id, "thaw", 0, func(_ *store.Tx, u *org.Unit) error {
		if !u.Deleting.IsZero() {
			return deleting(u)
		}
		u.State, u.FrozenAt = org.Active, time.Time{}
		return nil
	})
}

func deleting(u *org.Unit) error {
	return fault.New(fault.Conflict, "company.deleting", "id", "%q is being deleted: that can't be stopped any more", u.Name)
}

// change does fn to a company that by looks after.
func (s *Service) change(ctx context.Context, by access.Actor, id uint64, act string, ifVersion uint64, fn func(*store.Tx, *org.Unit) error) (*Company, error) {
	if err := by.Need(access.CompanyWrite); err != nil {
		return nil, err
	}
	err := s.update(ctx, func(tx *store.Tx) error {
		u, err := s.load(tx, by, id)
		if err != nil {
			return err
		}
		if err := fn(tx, u); err != nil {
			return err
		}
		return s.Org.SaveTenantTx(tx, by, u, act, ifVersion)
	})
	if err != nil {
		return nil, err
	}
	return s.read(ctx, id)
}
