// Package refusal keeps the calls that were refused lately: a ring of so many for
// each tenant, in memory, written to the store every few seconds and at a clean
// stop. A refusal costs no write of its own, and what is kept is bounded however many
// there are.
package refusal

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// What is kept: so many refusals of a tenant, of so many tenants. Another tenant
// takes the place of the one that was refused nothing for the longest time.
const (
	MaxRefusals = 200
	MaxTenants  = 500
)

// Longest texts kept, in bytes.
const (
	maxText = 512
	maxPath = 256
)

const flushEvery = 5 * time.Second

// Refusal is a call that was refused for want of a right.
type Refusal struct {
	At      time.Time
	Tenant  uint64
	Account uint64
	Name    string
	Origin  access.Origin
	Call    string     // "v1.accounts.delete"
	Code    string     // of the fault
	Text    string     // what the caller was told
	Missing access.Set // the permissions that were missing; none where another rule refused
}

// row is a Refusal as stored, in a place of its tenant's ring.
type row struct {
	Tenant    uint64    `cbor:"1,keyasint"`
	Slot      uint64    `cbor:"2,keyasint,omitempty"`
	Number    uint64    `cbor:"3,keyasint"` // rising
	At        time.Time `cbor:"4,keyasint"`
	Account   uint64    `cbor:"5,keyasint,omitempty"`
	Name      string    `cbor:"6,keyasint,omitempty"`
	Dialect   string    `cbor:"7,keyasint,omitempty"`
	Method    string    `cbor:"8,keyasint,omitempty"`
	Path      string    `cbor:"9,keyasint,omitempty"`
	Address   string    `cbor:"10,keyasint,omitempty"`
	UserAgent string    `cbor:"11,keyasint,omitempty"`
	RequestID string    `cbor:"12,keyasint,omitempty"`
	Call      string    `cbor:"13,keyasint,omitempty"`
	Code      string    `cbor:"14,keyasint,omitempty"`
	Text      string    `cbor:"15,keyasint,omitempty"`
	Missing   []string  `cbor:"16,keyasint,omitempty"` // names: numbers of permissions may change
}

// ring is a tenant's refusals, oldest first; numbers rise by one.
type ring struct {
	rows    []*row
	written uint64 // number of the last one that is stored
}

func (g *ring) last() uint64 { return g.rows[len(g.rows)-1].Number }

// Service is the rings.
type Service struct {
	db   *store.DB
	rows store.Table[row]

	mu    sync.Mutex
	of    map[uint64]*ring // by tenant
	gone  map[uint64]bool  // tenants whose rows are still stored
	write sync.Mutex       // one writer at a time
}

// New defines the table; Bind completes the service.
func New(schema *store.Schema) *Service {
	s := &Service{of: map[uint64]*ring{}, gone: map[uint64]bool{}}
	s.rows = store.Define(schema, 195, "refusal", func(r *row) store.Key { return store.K().Uint(r.Tenant).Uint(r.Slot) })
	return s
}

// Bind gives the service its store and reads what was kept.
func (s *Service) Bind(ctx context.Context, db *store.DB) error {
	s.db = db
	var found []*row
	err := db.View(ctx, func(r store.Reader) error {
		found = nil
		for v, err := range s.rows.Scan(r, store.Scan{}) {
			if err != nil {
				return err
			}
			found = append(found, v)
		}
		return nil
	})
	if err != nil {
		return fault.Wrap(err)
	}
	slices.SortFunc(found, func(a, b *row) int { return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Number, b.Number)) })
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.of)
	for _, v := range found {
		g := s.of[v.Tenant]
		if g == nil {
			g = &ring{}
			s.of[v.Tenant] = g
		}
		g.rows, g.written = append(g.rows, v), v.Number
	}
	return nil
}

// Note keeps a refusal. It waits for nobody.
func (s *Service) Note(in Refusal) {
	v := &row{Tenant: in.Tenant, At: in.At, Account: in.Account, Name: clip(in.Name, maxText), Dialect: in.Origin.Dialect,
		Method: clip(in.Origin.Method, maxPath), Path: clip(in.Origin.Path, maxPath), Address: clip(in.Origin.Address, maxPath),
		UserAgent: clip(in.Origin.UserAgent, maxPath), RequestID: clip(in.Origin.RequestID, maxPath), Call: in.Call, Code: in.Code,
		Text: clip(in.Text, maxText), Missing: in.Missing.Names()}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.of[in.Tenant]
	if g == nil {
		if len(s.of) >= MaxTenants {
			s.dropOldest()
		}
		g = &ring{}
		s.of[in.Tenant] = g
	}
	v.Number = 1
	if len(g.rows) > 0 {
		v.Number = g.last() + 1
	}
	v.Slot = v.Number % MaxRefusals
	if len(g.rows) >= MaxRefusals {
		g.rows = slices.Delete(g.rows, 0, len(g.rows)-MaxRefusals+1)
	}
	g.rows = append(g.rows, v)
}

func clip(s string, max int) string { return strings.ToValidUTF8(s[:min(len(s), max)], "") }

// dropOldest makes room for another tenant.
func (s *Service) dropOldest() {
	oldest, at := uint64(0), time.Time{}
	for tenant, g := range s.of {
		if last := g.rows[len(g.rows)-1].At; at.IsZero() || last.Before(at) {
			oldest, at = tenant, last
		}
	}
	delete(s.of, oldest)
	s.gone[oldest] = true
}

// Of are a tenant's refusals, newest first; account 0 means everybody's.
func (s *Service) Of(tenant, account uint64) []Refusal {
	return s.find(account, func(of uint64) bool { return of == tenant })
}

// All are the refusals of all tenants, likewise.
func (s *Service) All(account uint64) []Refusal {
	return s.find(account, func(uint64) bool { return true })
}

func (s *Service) find(account uint64, wanted func(tenant uint64) bool) []Refusal {
	out := []Refusal{}
	s.mu.Lock()
	for tenant, g := range s.of {
		if !wanted(tenant) {
			continue
		}
		for _, v := range g.rows {
			if account == 0 || v.Account == account {
				out = append(out, v.refusal())
			}
		}
	}
	s.mu.Unlock()
	slices.SortStableFunc(out, func(a, b Refusal) int { return b.At.Compare(a.At) })
	return out
}

func (v *row) refusal() Refusal {
	out := Refusal{At: v.At, Tenant: v.Tenant, Account: v.Account, Name: v.Name, Call: v.Call, Code: v.Code, Text: v.Text,
		Origin: access.Origin{Dialect: v.Dialect, Method: v.Method, Path: v.Path, Address: v.Address, UserAgent: v.UserAgent, RequestID: v.RequestID}}
	for _, name := range v.Missing {
		if p, ok := access.PermissionOf(name); ok {
			out.Missing = out.Missing.Or(access.Of(p))
		}
	}
	return out
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

// Flush writes what came since the last time.
func (s *Service) Flush(ctx context.Context) error {
	s.write.Lock()
	defer s.write.Unlock()
	if err := s.forget(ctx); err != nil {
		return fault.Wrap(err)
	}
	fresh := s.fresh()
	for len(fresh) > 0 {
		done := 0
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			for done = 0; done < len(fresh) && !tx.Full(); done++ {
				if err := s.rows.Put(tx, fresh[done]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fault.Wrap(err)
		}
		s.wrote(fresh[:done])
		fresh = fresh[done:]
	}
	return nil
}

// fresh are the rows that are not stored, each tenant's in their order.
func (s *Service) fresh() []*row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*row
	for _, g := range s.of {
		i, _ := slices.BinarySearchFunc(g.rows, g.written+1, func(v *row, n uint64) int { return cmp.Compare(v.Number, n) })
		out = append(out, g.rows[i:]...)
	}
	return out
}

func (s *Service) wrote(rows []*row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range rows {
		if g := s.of[v.Tenant]; g != nil {
			g.written = max(g.written, v.Number)
		} else {
			s.gone[v.Tenant] = true // dropped meanwhile
		}
	}
}

// forget removes the rows of tenants that gave way to others.
func (s *Service) forget(ctx context.Context) error {
	s.mu.Lock()
	gone := make([]uint64, 0, len(s.gone))
	for tenant := range s.gone {
		gone = append(gone, tenant)
	}
	s.mu.Unlock()
	for _, tenant := range gone {
		for more := true; more; {
			err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
				more, err = s.forgetTx(tx, tenant)
				return err
			})
			if err != nil {
				return err
			}
		}
		s.mu.Lock()
		delete(s.gone, tenant)
		if g := s.of[tenant]; g != nil {
			g.written = 0 // it came back: what was written before has just gone
		}
		s.mu.Unlock()
	}
	return nil
}

func (s *Service) forgetTx(tx *store.Tx, tenant uint64) (more bool, err error) {
	for v, err := range s.rows.Scan(tx, store.Scan{Prefix: store.K().Uint(tenant)}) {
		if err != nil {
			return false, err
		}
		if tx.Full() {
			return true, nil
		}
		if err := s.rows.Delete(tx, store.K().Uint(tenant).Uint(v.Slot)); err != nil {
			return false, err
		}
	}
	return false, nil
}
