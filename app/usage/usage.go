// Package usage counts what tenants keep, in bytes, and holds them to their
// quotas. The count of a tenant is changed in the commit that adds or removes what
// is counted, so that it is right after a crash at any point. It knows no files:
// package bucket tells it what comes and goes.
package usage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"stoa/app/fault"
	"stoa/app/org"
	"stoa/store"
)

// Usage is what a tenant keeps.
type Usage struct {
	Tenant  uint64 `cbor:"1,keyasint"`
	Bytes   int64  `cbor:"2,keyasint,omitempty"` // of whole files; copies count each
	Pending int64  `cbor:"3,keyasint,omitempty"` // of parts of uploads that are not finished
	Objects int64  `cbor:"4,keyasint,omitempty"` // files
	Version uint64 `cbor:"5,keyasint,omitempty"` // one more with each change
}

// Used is the bytes that count against the quota.
func (u Usage) Used() int64 { return u.Bytes + u.Pending }

// Room is what a tenant keeps and what it may keep.
type Room struct {
	Usage
	Name      string // of the tenant
	Limited   bool   // else there is no quota
	Free      int64  // bytes, the free allowance
	Paid      int64  // bytes, until ExpiresAt
	ExpiresAt time.Time
	Expired   bool // nothing more is taken
	Frozen    bool // likewise
}

// Limit is the most bytes that may be used.
func (r Room) Limit() int64 {
	if r.Expired {
		return r.Free
	}
	return r.Free + r.Paid
}

// refusal is why size more bytes are not taken; nil = they are.
func (r Room) refusal(used, size int64) error {
	switch {
	case r.Frozen:
		return fault.New(fault.Denied, "usage.frozen", "", "%q is frozen: nothing can be uploaded", r.Name)
	case r.Expired:
		return fault.New(fault.OverQuota, "usage.expired", "", "the quota of %q ended on %s: files can be read, nothing can be uploaded", r.Name, r.ExpiresAt.UTC().Format(time.DateOnly))
	case r.Limited && used+size > r.Limit():
		return fault.New(fault.OverQuota, "usage.over_quota", "", "%q has no room for this: %d bytes are used of %d, %d more were to come", r.Name, used, r.Limit(), size)
	}
	return nil
}

// Service is the counts.
type Service struct {
	org  *org.Service
	db   *store.DB
	rows store.Table[Usage]
	days store.Table[Day]
	zone *time.Location

	mu      sync.Mutex
	flights map[uint64]*flight // by tenant; those with uploads under way
}

// New defines the tables; Bind completes the service. Days begin in zone.
func New(schema *store.Schema, units *org.Service, zone *time.Location) *Service {
	s := &Service{org: units, zone: zone, flights: map[uint64]*flight{}}
	s.rows = store.Define(schema, 200, "usage", func(u *Usage) store.Key { return store.K().Uint(u.Tenant) })
	s.days = store.Define(schema, 201, "usage_day", func(d *Day) store.Key { return dayKey(d.Tenant, d.Date) })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Tx is what a tenant keeps.
func (s *Service) Tx(r store.Reader, tenant uint64) (Usage, error) {
	u, err := s.rows.Get(r, store.K().Uint(tenant))
	if errors.Is(err, store.ErrNotFound) {
		return Usage{Tenant: tenant}, nil
	}
	if err != nil {
		return Usage{}, err
	}
	return *u, nil
}

// RoomTx is what a tenant keeps and may keep.
func (s *Service) RoomTx(r store.Reader, tenant uint64) (Room, error) {
	unit, err := s.org.TenantTx(r, tenant)
	if err != nil {
		return Room{}, err
	}
	room := Room{Name: unit.Name, Free: unit.Quota, Paid: unit.PaidQuota, ExpiresAt: unit.ExpiresAt, Frozen: unit.State != org.Active}
	room.Limited = unit.Kind == org.KindCompany || room.Free+room.Paid > 0
	room.Expired = !unit.ExpiresAt.IsZero() && !r.Now().Before(unit.ExpiresAt)
	room.Usage, err = s.Tx(r, tenant)
	return room, err
}

// RoomOf is RoomTx in a transaction of its own.
func (s *Service) RoomOf(ctx context.Context, tenant uint64) (room Room, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		room, err = s.RoomTx(r, tenant)
		return err
	})
	return room, fault.Wrap(err)
}

// AddTx adds what came or, negative, went. What makes the sum grow beyond the
// quota is refused: an OverQuota fault.
func (s *Service) AddTx(tx *store.Tx, tenant uint64, d Usage) error { return s.add(tx, tenant, d, nil) }

// SettleTx is AddTx for what m has let through: after the commit it is no longer
// on its way.
func (s *Service) SettleTx(tx *store.Tx, m *Meter, d Usage) error { return s.add(tx, m.tenant, d, m) }

func (s *Service) add(tx *store.Tx, tenant uint64, d Usage, m *Meter) error {
	u, err := s.grownTx(tx, tenant, d.Used())
	if err != nil {
		return err
	}
	u.Bytes, u.Pending, u.Objects = u.Bytes+d.Bytes, u.Pending+d.Pending, u.Objects+d.Objects
	if u.Bytes < 0 || u.Pending < 0 || u.Objects < 0 {
		return fmt.Errorf("usage of tenant %d would fall below nothing: %+v", tenant, u)
	}
	u.Version++
	tx.OnCommit(func() { s.settled(u, m) })
	return s.rows.Put(tx, &u)
}

// grownTx is what a tenant keeps, where there is room for so many bytes more.
func (s *Service) grownTx(tx *store.Tx, tenant uint64, more int64) (Usage, error) {
	if more <= 0 {
		return s.Tx(tx, tenant)
	}
	room, err := s.RoomTx(tx, tenant)
	if err != nil {
		return Usage{}, err
	}
	return room.Usage, room.refusal(room.Used(), more)
}

// ForgetTx removes the count of a tenant that is gone; what is still counted is an
// error. Days of the past are removed up to limit, and more says that there are others.
func (s *Service) ForgetTx(tx *store.Tx, tenant uint64, limit int) (more bool, err error) {
	u, err := s.Tx(tx, tenant)
	if err != nil {
		return false, err
	}
	if u.Used() != 0 || u.Objects != 0 {
		return false, fmt.Errorf("tenant %d still keeps %+v", tenant, u)
	}
	n := 0
	for d, err := range s.days.Scan(tx, store.Scan{Prefix: store.K().Uint(tenant), Limit: limit}) {
		if err != nil {
			return false, err
		}
		n++
		if err := s.days.Delete(tx, dayKey(d.Tenant, d.Date)); err != nil {
			return false, err
		}
	}
	if n == limit {
		return true, nil
	}
	if err := s.rows.Delete(tx, store.K().Uint(tenant)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	return false, nil
}

// CheckTx says where what is kept differs from what was counted again.
func (s *Service) CheckTx(r store.Reader, counted map[uint64]Usage) (problems []string, err error) {
	say := func(is, kept Usage, tenant uint64) {
		if is.Bytes != kept.Bytes || is.Pending != kept.Pending || is.Objects != kept.Objects {
			problems = append(problems, fmt.Sprintf("tenant %d keeps %d files of %d bytes and %d bytes unfinished; its usage says %d of %d and %d",
				tenant, is.Objects, is.Bytes, is.Pending, kept.Objects, kept.Bytes, kept.Pending))
		}
	}
	seen := map[uint64]bool{}
	for kept, err := range s.rows.Scan(r, store.Scan{}) {
		if err != nil {
			return problems, err
		}
		seen[kept.Tenant] = true
		say(counted[kept.Tenant], *kept, kept.Tenant)
	}
	for tenant, is := range counted {
		if !seen[tenant] {
			say(is, Usage{}, tenant)
		}
	}
	return problems, nil
}
