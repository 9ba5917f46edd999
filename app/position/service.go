package position

import (
	"context"
	"errors"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// Deps are the neighbours of the service.
type Deps struct {
	Audit *audit.Service
	// Holders counts the accounts that hold a position, of those that by sees, or
	// of all for the zero Actor.
	Holders func(r store.Reader, by access.Actor, position uint64) (int, error)
}

// Service is the posts and grades of an installation.
type Service struct {
	deps   Deps
	db     *store.DB
	ids    *store.Sequence
	rows   store.Table[Position]
	ranked store.Ranked[Position]
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{deps: d, ids: store.NewSequence(schema, 16, "position_id", 1)}
	s.rows = store.Define(schema, 15, "position", func(p *Position) store.Key { return key(p.ID) })
	s.rows.Unique(1, "name", func(p *Position) (store.Key, bool) { return nameKey(p), true })
	s.ranked = s.rows.Ranked(2, "list", groups, order)
	return s
}

// Bind gives the service its store.
func (s *Service) Bind(db *store.DB) { s.db = db }

func missing(k Kind) *fault.Fault {
	return fault.New(fault.NotFound, string(k)+".not_found", "id", "there is no such %s", k)
}

// BelongsTx reports whether the tenant has such a position of the kind.
func (s *Service) BelongsTx(r store.Reader, k Kind, tenant, id uint64) (bool, error) {
	p, err := s.rows.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && p.Kind == k && p.Tenant == tenant, err
}

// load is a position that by may see.
func (s *Service) load(r store.Reader, by access.Actor, k Kind, id uint64) (*Position, error) {
	p, err := s.rows.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && (p.Kind != k || !by.Super() && p.Tenant != by.Tenant) {
		return nil, missing(k)
	}
	return p, err
}

// scope is the tenant whose positions are meant.
func scope(by access.Actor, tenant uint64) (uint64, error) {
	if tenant == 0 {
		return by.Tenant, nil
	}
	if tenant != by.Tenant && !by.Super() {
		return 0, fault.New(fault.Denied, "account.tenant", "tenant", "you see your own organisation only")
	}
	return tenant, nil
}

// put stores a changed position; a name taken among its siblings is an Exists
// fault.
func (s *Service) put(tx *store.Tx, by access.Actor, p *Position) error {
	if p.Created.IsZero() {
		p.Created = tx.Now()
	}
	p.Modified, p.ModifiedBy = tx.Now(), by.Name
	p.Version++
	err := s.rows.Put(tx, p)
	if errors.Is(err, store.ErrTaken) {
		return fault.New(fault.Exists, string(p.Kind)+".name_taken", "name", "the name %q is taken", p.Name)
	}
	return err
}

func (s *Service) record(tx *store.Tx, by access.Actor, act string, p *Position, changes []audit.Change) error {
	return s.deps.Audit.AddTx(tx, by, audit.Entry{Tenant: p.Tenant, Action: string(p.Kind) + "." + act,
		ObjectKind: string(p.Kind), ObjectID: number(p.ID), ObjectName: p.Name, Changes: changes})
}

// view reads, for those who may read positions of the kind.
func (s *Service) view(ctx context.Context, by access.Actor, k Kind, fn func(store.Reader) error) error {
	if err := by.Need(k.reading()); err != nil {
		return err
	}
	return fault.Wrap(s.db.View(ctx, fn))
}

// update writes, for those who may change positions of the kind.
func (s *Service) update(ctx context.Context, by access.Actor, k Kind, fn func(*store.Tx) error) error {
	if err := by.Need(k.writing()); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, fn))
}
