// Package calls counts what applications do with their tokens: which calls, how
// often on which day, and when last. A call costs an addition in memory; what has
// come together is written every few seconds and at a clean stop, one row for each
// application and day.
package calls

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/application"
	"stoa/app/fault"
	"stoa/store"
)

// MaxDays is how long calls are remembered.
const MaxDays = 90

// What is counted is bounded: beyond these, calls count without their names.
const (
	maxFresh  = 10_000 // applications and calls between two writes
	maxRoutes = 200    // different calls of one application and day
)

const (
	flushEvery  = 5 * time.Second
	secondsADay = 24 * 60 * 60
)

// Day is the calls of one day (UTC).
type Day struct {
	At    time.Time
	Calls uint64
}

// Route is one call's use. One without a name is all those beyond the bounds.
type Route struct {
	Dialect string    `cbor:"1,keyasint,omitempty"`
	Name    string    `cbor:"2,keyasint,omitempty"`
	Calls   uint64    `cbor:"3,keyasint"`
	Last    time.Time `cbor:"4,keyasint"`
}

// Usage is what an application did.
type Usage struct {
	Calls  uint64
	Last   time.Time // zero = never
	Days   []Day     // oldest first, those with calls
	Routes []Route   // most used first
}

// day is an application's day as stored.
type day struct {
	Application uint64    `cbor:"1,keyasint"`
	Day         uint64    `cbor:"2,keyasint"` // days since 1970, UTC
	Calls       uint64    `cbor:"3,keyasint"`
	Last        time.Time `cbor:"4,keyasint"`
	Routes      []Route   `cbor:"5,keyasint"`
}

// key is what calls are counted by until they are written.
type key struct {
	application, day uint64
	dialect, route   string
}

type count struct {
	calls uint64
	last  time.Time
}

// Service is the counters.
type Service struct {
	applications *application.Service
	db           *store.DB
	days         store.Table[day]

	mu    sync.Mutex
	fresh map[key]count // not written yet
	write sync.Mutex    // one writer at a time
}

// New defines the table; Bind completes the service.
func New(schema *store.Schema, applications *application.Service) *Service {
	s := &Service{applications: applications, fresh: map[key]count{}}
	s.days = store.Define(schema, 196, "application_usage", func(d *day) store.Key { return store.K().Uint(d.Application).Uint(d.Day) })
	s.days.Expires(func(d *day) time.Time { return dayStart(d.Day).AddDate(0, 0, MaxDays) })
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func dayOf(at time.Time) uint64 { return uint64(max(at.Unix(), 0)) / secondsADay }

func dayStart(day uint64) time.Time { return time.Unix(int64(day*secondsADay), 0).UTC() }

// Used counts one served call, if an application made it. It waits for nobody.
func (s *Service) Used(dialect, route string, by access.Actor, at time.Time) {
	if by.Program == 0 {
		return
	}
	k := key{by.Program, dayOf(at), dialect, route}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.fresh[k]
	if !known && len(s.fresh) >= maxFresh {
		k.dialect, k.route = "", ""
		c = s.fresh[k]
	}
	c.calls++
	c.last = later(c.last, at)
	s.fresh[k] = c
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Run writes until ctx ends. What can't be written is tried again.
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

// Flush writes what was counted since the last time.
func (s *Service) Flush(ctx context.Context) error {
	s.write.Lock()
	defer s.write.Unlock()
	s.mu.Lock()
	fresh := s.fresh
	s.fresh = map[key]count{}
	s.mu.Unlock()
	rows := gather(fresh)
	for len(rows) > 0 {
		done := 0
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			for done = 0; done < len(rows) && !tx.Full(); done++ {
				if err := s.addTx(tx, rows[done]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			s.back(rows)
			return fault.Wrap(err)
		}
		rows = rows[done:]
	}
	return nil
}

// gather makes a row of each application and day out of counts.
func gather(fresh map[key]count) []*day {
	at := map[[2]uint64]*day{}
	var out []*day
	for k, c := range fresh {
		d := at[[2]uint64{k.application, k.day}]
		if d == nil {
			d = &day{Application: k.application, Day: k.day}
			at[[2]uint64{k.application, k.day}] = d
			out = append(out, d)
		}
		d.add(Route{k.dialect, k.route, c.calls, c.last})
	}
	slices.SortFunc(out, func(a, b *day) int {
		return cmp.Or(cmp.Compare(a.Application, b.Application), cmp.Compare(a.Day, b.Day))
	})
	return out
}

// back puts what was not written among what comes.
func (s *Service) back(rows []*day) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range rows {
		for _, r := range d.Routes {
			k := key{d.Application, d.Day, r.Dialect, r.Name}
			c, known := s.fresh[k]
			if known || len(s.fresh) < 2*maxFresh {
				s.fresh[k] = count{c.calls + r.Calls, later(c.last, r.Last)}
			}
		}
	}
}

// add adds a call's count to a day.
func (d *day) add(in Route) {
	d.Calls += in.Calls
	d.Last = later(d.Last, in.Last)
	d.Routes = addTo(d.Routes, in, maxRoutes)
}

func addTo(routes []Route, in Route, most int) []Route {
	same := func(r Route) bool { return r.Dialect == in.Dialect && r.Name == in.Name }
	i := slices.IndexFunc(routes, same)
	if i < 0 && len(routes) >= most {
		in.Dialect, in.Name = "", ""
		i = slices.IndexFunc(routes, same)
	}
	if i < 0 {
		return append(routes, in)
	}
	routes[i].Calls += in.Calls
	routes[i].Last = later(routes[i].Last, in.Last)
	return routes
}

func (s *Service) addTx(tx *store.Tx, fresh *day) error {
	d, err := s.days.Get(tx, store.K().Uint(fresh.Application).Uint(fresh.Day))
	if errors.Is(err, store.ErrNotFound) {
		d, err = &day{Application: fresh.Application, Day: fresh.Day}, nil
	}
	if err != nil {
		return err
	}
	for _, r := range fresh.Routes {
		d.add(r)
	}
	return s.days.Put(tx, d)
}

// Of is what an application that by may see did in the last days (1 to 90), today
// included, up to now.
func (s *Service) Of(ctx context.Context, by access.Actor, id uint64, days int) (*Usage, error) {
	if _, err := s.applications.Get(ctx, by, id); err != nil {
		return nil, err
	}
	if days < 1 || days > MaxDays {
		return nil, fault.New(fault.Invalid, "application.days", "days", "days is %d: 1 to %d are allowed", days, MaxDays)
	}
	if err := s.Flush(ctx); err != nil {
		return nil, err
	}
	var out *Usage
	err := s.db.View(ctx, func(r store.Reader) error {
		out = &Usage{Days: []Day{}, Routes: []Route{}}
		after := dayOf(r.Now()) - uint64(days)
		for d, err := range s.days.Scan(r, store.Scan{Prefix: store.K().Uint(id), After: store.K().Uint(id).Uint(after)}) {
			if err != nil {
				return err
			}
			out.Calls += d.Calls
			out.Last = later(out.Last, d.Last)
			out.Days = append(out.Days, Day{dayStart(d.Day), d.Calls})
			for _, route := range d.Routes {
				out.Routes = addTo(out.Routes, route, MaxDays*maxRoutes)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	slices.SortFunc(out.Routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Dialect, b.Dialect), cmp.Compare(a.Name, b.Name))
	})
	return out, nil
}
