// Package dialect says which of the documented APIs are switched on, and who
// still uses them. It knows their names and nothing of what they serve.
package dialect

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Known is one API of the program.
type Known struct {
	Name    string
	Enabled bool // by the configuration, until somebody switches it
	Fixed   bool // it can't be switched off: the console needs it
}

// Service keeps the switches and counts calls.
type Service struct {
	audit   *audit.Service
	known   []Known
	db      *store.DB
	toggles store.Table[switchRow]
	uses    store.Table[use]
	days    store.Table[day]
	off     atomic.Pointer[map[string]bool]
	mu      sync.Mutex
	fresh   map[useKey]*count // not stored yet
}

type switchRow struct {
	Name string    `cbor:"1,keyasint"`
	Off  bool      `cbor:"2,keyasint,omitempty"`
	At   time.Time `cbor:"3,keyasint,omitzero"`
	By   string    `cbor:"4,keyasint,omitempty"`
}

// kept is how long calls are remembered.
const kept = 90 * 24 * time.Hour

// New defines the tables; Bind completes the service.
func New(s *store.Schema, a *audit.Service, known []Known) *Service {
	d := &Service{audit: a, known: known, fresh: map[useKey]*count{}}
	d.toggles = store.Define(s, 192, "dialect", func(r *switchRow) store.Key { return store.K().Str(r.Name) })
	d.uses = store.Define(s, 193, "dialect_use", func(r *use) store.Key { return r.key() })
	d.uses.Expires(func(r *use) time.Time { return dayStart(r.Day).Add(kept) })
	d.days = store.Define(s, 194, "dialect_day", func(r *day) store.Key { return store.K().Str(r.Dialect).Uint(r.Day) })
	d.days.Expires(func(r *day) time.Time { return dayStart(r.Day).Add(kept) })
	d.off.Store(&map[string]bool{})
	return d
}

// Bind gives the service its store and reads the switches.
func (s *Service) Bind(ctx context.Context, db *store.DB) error {
	s.db = db
	return s.refresh(ctx)
}

// Off reports whether an API is switched off, as this node knows it.
func (s *Service) Off(name string) bool { return (*s.off.Load())[name] }

// refresh reads the switches.
func (s *Service) refresh(ctx context.Context) error {
	off := map[string]bool{}
	err := s.db.View(ctx, func(r store.Reader) error {
		clear(off)
		rows, err := s.switches(r)
		if err != nil {
			return err
		}
		for _, k := range s.known {
			row, switched := rows[k.Name]
			off[k.Name] = !k.Fixed && (switched && row.Off || !switched && !k.Enabled)
		}
		return nil
	})
	if err == nil {
		s.off.Store(&off)
	}
	return fault.Wrap(err)
}

func (s *Service) switches(r store.Reader) (map[string]*switchRow, error) {
	out := map[string]*switchRow{}
	for row, err := range s.toggles.Scan(r, store.Scan{}) {
		if err != nil {
			return nil, err
		}
		out[row.Name] = row
	}
	return out, nil
}

func (s *Service) find(name string) (Known, error) {
	for _, k := range s.known {
		if k.Name == name {
			return k, nil
		}
	}
	return Known{}, fault.New(fault.NotFound, "dialect.not_found", "name", "there is no such API")
}

// need refuses everybody but super administrators: an API serves every tenant.
func need(by access.Actor, p access.Permission) error {
	if err := by.Need(p); err != nil {
		return err
	}
	if !by.Super() {
		return access.SuperOnly()
	}
	return nil
}

// Switch switches an API on or off, for all nodes: here at once, elsewhere within
// seconds.
func (s *Service) Switch(ctx context.Context, by access.Actor, name string, on bool) error {
	if err := need(by, access.DialectWrite); err != nil {
		return err
	}
	k, err := s.find(name)
	if err != nil {
		return err
	}
	if k.Fixed && !on {
		return fault.New(fault.Conflict, "dialect.fixed", "enabled", "the native API can't be switched off: the console needs it")
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		rows, err := s.switches(tx)
		if err != nil {
			return err
		}
		was := k.Enabled
		if row := rows[name]; row != nil {
			was = !row.Off
		}
		if was == on {
			return nil
		}
		if err := s.toggles.Put(tx, &switchRow{Name: name, Off: !on, At: tx.Now(), By: by.Name}); err != nil {
			return err
		}
		return s.audit.AddTx(tx, by, audit.Entry{Action: "dialect.switch", ObjectKind: "dialect", ObjectID: name, ObjectName: name,
			Changes: []audit.Change{{Field: "enabled", Old: word(was), New: word(on)}}})
	})
	if err != nil {
		return fault.Wrap(err)
	}
	return s.refresh(ctx)
}

func word(on bool) string {
	if on {
		return "true"
	}
	return "false"
}
