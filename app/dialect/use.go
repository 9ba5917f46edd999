package dialect

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// use is how often one account made one call of one API on one day.
type use struct {
	Dialect string    `cbor:"1,keyasint"`
	Day     uint64    `cbor:"2,keyasint"` // days since 1970, UTC
	Account uint64    `cbor:"3,keyasint,omitempty"`
	Route   string    `cbor:"4,keyasint"`
	Name    string    `cbor:"5,keyasint,omitempty"`
	Tenant  uint64    `cbor:"6,keyasint,omitempty"`
	Calls   uint64    `cbor:"7,keyasint"`
	Last    time.Time `cbor:"8,keyasint"`
}

func (r *use) key() store.Key {
	return store.K().Str(r.Dialect).Uint(r.Day).Uint(r.Account).Str(r.Route)
}

// day is one API's day: its calls, and how many rows of use it has.
type day struct {
	Dialect string    `cbor:"1,keyasint"`
	Day     uint64    `cbor:"2,keyasint"`
	Calls   uint64    `cbor:"3,keyasint"`
	Last    time.Time `cbor:"4,keyasint"`
	Rows    uint64    `cbor:"5,keyasint"`
}

// What is counted is bounded: beyond these, calls count for nobody in particular.
const (
	maxFresh  = 10_000 // combinations between two flushes
	maxPerDay = 20_000 // of one API and day in the store
)

const (
	flushEvery  = 5 * time.Second
	secondsADay = 24 * 60 * 60
)

type useKey struct {
	dialect, route string
	account        uint64
	day            uint64
}

type count struct {
	name   string
	tenant uint64
	calls  uint64
	last   time.Time
}

func dayOf(at time.Time) uint64 { return uint64(max(at.Unix(), 0)) / secondsADay }

func dayStart(day uint64) time.Time { return time.Unix(int64(day*secondsADay), 0).UTC() }

// Used counts one served call. It waits for nobody; the store gets it within
// seconds.
func (s *Service) Used(name, route string, by access.Actor, at time.Time) {
	k := useKey{name, route, by.Account, dayOf(at)}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.fresh[k]
	if c == nil {
		if len(s.fresh) >= maxFresh {
			k.account, by.Name, by.Home = 0, "", 0
		}
		if c = s.fresh[k]; c == nil {
			c = &count{name: by.Name, tenant: by.Home}
			s.fresh[k] = c
		}
	}
	c.calls++
	c.last = at
}

// Run stores what was counted and reads the switches, every few seconds until ctx
// ends. Every node does this for itself.
func (s *Service) Run(ctx context.Context, report func(error)) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := errors.Join(s.Flush(ctx), s.refresh(ctx)); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}

// Flush stores what was counted since the last time. What can't be stored is
// counted again the next time.
func (s *Service) Flush(ctx context.Context) error {
	s.mu.Lock()
	fresh := s.fresh
	s.fresh = map[useKey]*count{}
	s.mu.Unlock()
	keys := make([]useKey, 0, len(fresh))
	for k := range fresh {
		keys = append(keys, k)
	}
	for len(keys) > 0 {
		done := 0
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			done = 0
			for _, k := range keys {
				if tx.Full() {
					return nil
				}
				if err := s.add(tx, k, fresh[k]); err != nil {
					return err
				}
				done++
			}
			return nil
		})
		if err != nil {
			s.back(keys, fresh)
			return fault.Wrap(err)
		}
		keys = keys[done:]
	}
	return nil
}

func (s *Service) back(keys []useKey, counts map[useKey]*count) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range keys {
		c := counts[k]
		if now := s.fresh[k]; now != nil {
			now.calls += c.calls
		} else if len(s.fresh) < maxFresh {
			s.fresh[k] = c
		}
	}
}

// add adds one count to its row and its day.
func (s *Service) add(tx *store.Tx, k useKey, c *count) error {
	d, err := s.days.Get(tx, store.K().Str(k.dialect).Uint(k.day))
	if errors.Is(err, store.ErrNotFound) {
		d, err = &day{Dialect: k.dialect, Day: k.day}, nil
	}
	if err != nil {
		return err
	}
	u := &use{Dialect: k.dialect, Day: k.day, Account: k.account, Route: k.route, Name: c.name, Tenant: c.tenant}
	old, err := s.uses.Get(tx, u.key())
	if errors.Is(err, store.ErrNotFound) && d.Rows >= maxPerDay && k.account != 0 {
		u.Account, u.Name, u.Tenant = 0, "", 0
		old, err = s.uses.Get(tx, u.key())
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		d.Rows++
	case err != nil:
		return err
	default:
		u.Calls = old.Calls
	}
	u.Calls += c.calls
	u.Last = c.last
	d.Calls += c.calls
	if c.last.After(d.Last) {
		d.Last = c.last
	}
	return errors.Join(s.uses.Put(tx, u), s.days.Put(tx, d))
}

// API is one API's state and use.
type API struct {
	Name     string
	Enabled  bool
	Fixed    bool
	Default  bool // what the configuration says
	Switched time.Time
	By       string // who switched it last
	Calls    uint64 // in the last 90 days
	Last     time.Time
	Days     []Day // oldest first, those with calls
}

// Day is the calls of one day (UTC).
type Day struct {
	At    time.Time
	Calls uint64
}

// Detail is who uses an API, and how.
type Detail struct {
	API
	Routes   []Route // most used first
	Accounts []Account
	Users    int  // different accounts in the time asked for
	Capped   bool // there is more use than was looked at
}

// Route is one call's use.
type Route struct {
	Name     string
	Calls    uint64
	Accounts int
	Last     time.Time
}

// Account is one account's use. Account 0 is who did not sign in.
type Account struct {
	Account uint64
	Name    string
	Tenant  uint64
	Calls   uint64
	Last    time.Time
	Routes  []string
}

// List shows all APIs.
func (s *Service) List(ctx context.Context, by access.Actor) ([]API, error) {
	if err := need(by, access.DialectRead); err != nil {
		return nil, err
	}
	if err := s.Flush(ctx); err != nil {
		return nil, err
	}
	var out []API
	err := s.db.View(ctx, func(r store.Reader) error {
		out = nil
		rows, err := s.switches(r)
		if err != nil {
			return err
		}
		for _, k := range s.known {
			a, err := s.api(r, k, rows[k.Name])
			if err != nil {
				return err
			}
			out = append(out, a)
		}
		return nil
	})
	return out, fault.Wrap(err)
}

func (s *Service) api(r store.Reader, k Known, row *switchRow) (API, error) {
	a := API{Name: k.Name, Enabled: k.Enabled || k.Fixed, Fixed: k.Fixed, Default: k.Enabled || k.Fixed, Days: []Day{}}
	if row != nil && !k.Fixed {
		a.Enabled, a.Switched, a.By = !row.Off, row.At, row.By
	}
	for d, err := range s.days.Scan(r, store.Scan{Prefix: store.K().Str(k.Name)}) {
		if err != nil {
			return a, err
		}
		a.Calls += d.Calls
		a.Last = d.Last
		a.Days = append(a.Days, Day{At: dayStart(d.Day), Calls: d.Calls})
	}
	return a, nil
}

// lookLimit bounds the rows of use that one question reads.
const lookLimit = 50_000

// Get shows who used an API in the last days (1 to 90).
func (s *Service) Get(ctx context.Context, by access.Actor, name string, days int) (Detail, error) {
	if err := need(by, access.DialectRead); err != nil {
		return Detail{}, err
	}
	k, err := s.find(name)
	if err != nil {
		return Detail{}, err
	}
	if days < 1 || days > 90 {
		return Detail{}, fault.New(fault.Invalid, "dialect.days", "days", "days is %d: 1 to 90 are allowed", days)
	}
	if err := s.Flush(ctx); err != nil {
		return Detail{}, err
	}
	var out Detail
	err = s.db.View(ctx, func(r store.Reader) error {
		rows, err := s.switches(r)
		if err != nil {
			return err
		}
		out = Detail{}
		if out.API, err = s.api(r, k, rows[name]); err != nil {
			return err
		}
		first := dayOf(r.Now()) - uint64(days)
		t := tallies{routes: map[string]*Route{}, accounts: map[uint64]*Account{}}
		for u, err := range s.uses.Scan(r, store.Scan{Prefix: store.K().Str(name), After: store.K().Str(name).Uint(first), Limit: lookLimit}) {
			if err != nil {
				return err
			}
			t.add(u)
		}
		out.Routes, out.Accounts, out.Users, out.Capped = t.byCalls(), t.latest(), t.users, t.rows == lookLimit
		return nil
	})
	return out, fault.Wrap(err)
}

// tallies adds up rows of use.
type tallies struct {
	routes   map[string]*Route
	accounts map[uint64]*Account
	users    int
	rows     int
}

func (t *tallies) add(u *use) {
	t.rows++
	route := t.routes[u.Route]
	if route == nil {
		route = &Route{Name: u.Route}
		t.routes[u.Route] = route
	}
	a := t.accounts[u.Account]
	if a == nil {
		a = &Account{Account: u.Account}
		t.accounts[u.Account] = a
		if u.Account != 0 {
			t.users++
		}
	}
	if !slices.Contains(a.Routes, u.Route) {
		a.Routes = append(a.Routes, u.Route)
		route.Accounts++
	}
	route.Calls += u.Calls
	a.Calls += u.Calls
	if u.Last.After(route.Last) {
		route.Last = u.Last
	}
	if u.Last.After(a.Last) {
		a.Last, a.Name, a.Tenant = u.Last, u.Name, u.Tenant
	}
}

func (t *tallies) byCalls() []Route {
	out := make([]Route, 0, len(t.routes))
	for _, r := range t.routes {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Route) int { return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Name, b.Name)) })
	return out
}

// shown is how many accounts are named.
const shown = 200

func (t *tallies) latest() []Account {
	out := make([]Account, 0, len(t.accounts))
	for _, a := range t.accounts {
		slices.Sort(a.Routes)
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b Account) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Account, b.Account)) })
	return out[:min(len(out), shown)]
}
