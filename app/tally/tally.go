// Package tally counts, for each day and tenant, how many people came and how
// many calls they made. A call costs an addition in memory; what has come together
// is written every few seconds, and at a clean stop. A crash loses the calls of
// those seconds; who came is counted once a day, whatever is restarted.
//
// It knows accounts by their numbers alone.
package tally

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// MaxDays is how far back days are kept.
const MaxDays = 400

const (
	flushEvery = 10 * time.Second
	atOnce     = 100 // visitors of one commit
	layout     = "2006-01-02"
)

// Day is the figures of one day.
type Day struct {
	Day    string // yyyy-mm-dd, in the server's zone
	Visits int    // accounts that came
	Calls  int    // calls that they made
}

// figures are a day's of a tenant; tenant 0 is all of them together.
type figures struct {
	Tenant  uint64    `cbor:"1,keyasint"`
	Day     string    `cbor:"2,keyasint"`
	Visits  int       `cbor:"3,keyasint"`
	Calls   int       `cbor:"4,keyasint"`
	Expires time.Time `cbor:"5,keyasint"`
}

// visitor is somebody who was counted on a day.
type visitor struct {
	Day     string    `cbor:"1,keyasint"`
	Account uint64    `cbor:"2,keyasint"`
	Expires time.Time `cbor:"3,keyasint"`
}

// visit is an account of a tenant.
type visit struct{ tenant, account uint64 }

// Service is the counters.
type Service struct {
	clock func() time.Time
	zone  *time.Location
	db    *store.DB
	days  store.Table[figures]
	came  store.Table[visitor]

	mu    sync.Mutex
	day   string          // of what follows
	calls map[uint64]int  // by tenant, not written yet
	fresh []visit         // not written yet
	known map[uint64]bool // accounts that were seen on day
	write sync.Mutex      // one writer at a time
}

// New defines the tables; Bind completes the service. Days begin at midnight in zone.
func New(schema *store.Schema, clock func() time.Time, zone *time.Location) *Service {
	s := &Service{clock: clock, zone: zone, calls: map[uint64]int{}, known: map[uint64]bool{}}
	s.days = store.Define(schema, 175, "tally_day", func(f *figures) store.Key { return store.K().Uint(f.Tenant).Str(f.Day) })
	s.days.Expires(func(f *figures) time.Time { return f.Expires })
	s.came = store.Define(schema, 176, "tally_visitor", func(v *visitor) store.Key { return store.K().Str(v.Day).Uint(v.Account) })
	s.came.Expires(func(v *visitor) time.Time { return v.Expires })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

// Note counts one call of by. The first one of a new day writes what the day
// before has left over with the next flush, as calls of the new day: seconds.
func (s *Service) Note(by access.Actor) {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if day := now.In(s.zone).Format(layout); day != s.day {
		s.day = day
		clear(s.known)
	}
	s.calls[by.Home]++
	if by.Account != 0 && !s.known[by.Account] {
		s.known[by.Account] = true
		s.fresh = append(s.fresh, visit{by.Home, by.Account})
	}
}

// take gives what is to be written, and the day it belongs to.
func (s *Service) take() (day string, calls map[uint64]int, fresh []visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	day, calls, fresh = s.day, s.calls, s.fresh
	if len(fresh) > atOnce {
		fresh = slices.Clone(fresh[:atOnce])
	}
	s.calls, s.fresh = map[uint64]int{}, s.fresh[len(fresh):]
	return day, calls, fresh
}

// giveBack keeps what could not be written for the next time.
func (s *Service) giveBack(calls map[uint64]int, fresh []visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for tenant, n := range calls {
		s.calls[tenant] += n
	}
	s.fresh = append(fresh, s.fresh...)
}

// Flush writes what has come together.
func (s *Service) Flush(ctx context.Context) error {
	s.write.Lock()
	defer s.write.Unlock()
	for {
		day, calls, fresh := s.take()
		if len(calls)+len(fresh) == 0 {
			return nil
		}
		rest := map[uint64]int{}
		for _, tenant := range slices.Sorted(maps.Keys(calls))[min(len(calls), atOnce):] {
			rest[tenant] = calls[tenant]
			delete(calls, tenant)
		}
		err := s.db.Update(ctx, func(tx *store.Tx) error { return s.flushTx(tx, day, calls, fresh) })
		if err != nil {
			s.giveBack(calls, fresh)
		}
		s.giveBack(rest, nil)
		if err != nil {
			return err
		}
	}
}

func (s *Service) flushTx(tx *store.Tx, day string, calls map[uint64]int, fresh []visit) error {
	add := map[uint64]Day{}
	for tenant, n := range calls {
		for _, to := range slices.Compact([]uint64{0, tenant}) {
			d := add[to]
			d.Calls += n
			add[to] = d
		}
	}
	for _, v := range fresh {
		row := &visitor{Day: day, Account: v.account, Expires: tx.Now().Add(48 * time.Hour)}
		switch err := s.came.Insert(tx, row); {
		case errors.Is(err, store.ErrExists):
			continue
		case err != nil:
			return err
		}
		for _, tenant := range slices.Compact([]uint64{0, v.tenant}) {
			d := add[tenant]
			d.Visits++
			add[tenant] = d
		}
	}
	for _, tenant := range slices.Sorted(maps.Keys(add)) {
		f, err := s.figures(tx, tenant, day)
		if err != nil {
			return err
		}
		f.Visits += add[tenant].Visits
		f.Calls += add[tenant].Calls
		f.Expires = tx.Now().Add(MaxDays * 24 * time.Hour)
		if err := s.days.Put(tx, f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) figures(r store.Reader, tenant uint64, day string) (*figures, error) {
	f, err := s.days.Get(r, store.K().Uint(tenant).Str(day))
	if errors.Is(err, store.ErrNotFound) {
		return &figures{Tenant: tenant, Day: day}, nil
	}
	return f, err
}

// Days are the figures of the last n days, today's last: of by's tenant, or of
// the installation for super administrators. Days without any are zero. Today's
// have what is not written yet.
func (s *Service) Days(ctx context.Context, by access.Actor, n int) ([]Day, error) {
	if !by.SignedIn() {
		return nil, access.SignIn()
	}
	tenant := by.Tenant
	if by.Super() {
		tenant = 0
	}
	n = min(max(n, 1), MaxDays)
	today := s.clock().In(s.zone)
	var days []Day
	err := s.db.View(ctx, func(r store.Reader) error {
		days = make([]Day, 0, n)
		for i := range n {
			day := today.AddDate(0, 0, i-n+1).Format(layout)
			f, err := s.figures(r, tenant, day)
			if err != nil {
				return err
			}
			days = append(days, Day{Day: day, Visits: f.Visits, Calls: f.Calls})
		}
		return s.pending(r, tenant, &days[n-1])
	})
	return days, fault.Wrap(err)
}

// pending adds what is not written yet.
func (s *Service) pending(r store.Reader, tenant uint64, d *Day) error {
	s.mu.Lock()
	fresh, same := slices.Clone(s.fresh), s.day == d.Day
	for of, n := range s.calls {
		if same && (tenant == 0 || of == tenant) {
			d.Calls += n
		}
	}
	s.mu.Unlock()
	for _, v := range fresh[:min(len(fresh), 1000)] {
		if !same || tenant != 0 && v.tenant != tenant {
			continue
		}
		counted, err := s.came.Has(r, store.K().Str(d.Day).Uint(v.account))
		if err != nil {
			return err
		}
		if !counted {
			d.Visits++
		}
	}
	return nil
}

// Run writes until ctx ends. A write that fails is tried again.
func (s *Service) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}
