package audit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"stoa/app/access"
	"stoa/app/audit/chain"
	"stoa/app/audit/find"
	"stoa/app/fault"
	"stoa/app/seal"
	"stoa/store"
)

// Service is the action log.
type Service struct {
	deps Deps
	db   *store.DB

	log      *chain.Tables
	find     *find.Finder
	keys     store.Table[keyRow]
	policies store.Table[policy]

	ids       ids
	key       ed25519.PrivateKey
	unsealed  atomic.Int64 // written since the last round of this process, roughly
	wake      chan struct{}
	sealed    atomic.Uint64 // highest round this process has made or seen
	verifying sync.Mutex
	cutting   sync.Mutex
}

// Deps are what the log needs from its neighbours.
type Deps struct {
	Box     *seal.Box // keeps the signing key
	Product string    // version of the program, for exported logs
	// Added, if set, is told of each entry once it is durable; it must not block.
	Added func(Entry)
}

// New defines the log's tables; Bind completes the service.
func New(s *store.Schema, d Deps) *Service {
	l := &Service{deps: d, wake: make(chan struct{}, 1)}
	l.log = chain.Define(s)
	l.find = find.New(s, l.log)
	l.keys = store.Define(s, 64, "audit_key", func(k *keyRow) store.Key { return store.K().Uint(k.ID) })
	seal.Register(d.Box, l.keys, func(k *keyRow, at seal.At) { at(keyRecord, &k.Sealed) })
	l.policies = store.Define(s, 67, "audit_retention", func(p *policy) store.Key { return store.K().Uint(p.Tenant) })
	return l
}

// Bind gives the service its store: it continues the ids after the last one
// stored and loads the signing key, or makes it.
func (s *Service) Bind(ctx context.Context, db *store.DB) error {
	s.db = db
	s.find.Bind(db)
	err := db.View(ctx, func(r store.Reader) error {
		for last, err := range s.log.Entries.Scan(r, store.Scan{Reverse: true, Limit: 1}) {
			if err != nil {
				return err
			}
			s.ids.raise(last.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.loadKey(ctx)
}

// ids makes entry ids: the time in nanoseconds, or one more than the last id
// where the clock stands still or runs backwards.
type ids struct {
	mu   sync.Mutex
	last uint64
}

func (g *ids) raise(to uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = max(g.last, to)
}

func (g *ids) next(now time.Time, floor uint64) uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = max(uint64(max(now.UnixNano(), 0)), g.last+1, floor+1)
	return g.last
}

// AddTx writes e as part of tx. It fills in who, where from and when; an entry
// that names its account or its tenant keeps them (a sign-in, a super
// administrator's act on another tenant). Secrets in Params and Changes are
// masked by the names of their fields.
func (s *Service) AddTx(tx *store.Tx, by access.Actor, e Entry) error {
	if e.Account == 0 && e.AccountName == "" {
		e.Account, e.AccountName = by.Account, by.Name
	}
	if e.Tenant == 0 {
		e.Tenant = by.Tenant
	}
	if e.Outcome == "" {
		e.Outcome = OK
	}
	if e.Origin == (access.Origin{}) {
		e.Origin = by.Origin
	}
	r := newRow(e)
	r.At = tx.Now().UnixNano()
	if err := s.insert(tx, r); err != nil {
		return fault.Wrap(err)
	}
	tx.OnCommit(func() { s.added(r) })
	return nil
}

// insert gives r an id above everything sealed. Reading the head makes this
// transaction and a round that seals past the id exclude each other; on a
// cluster another node may have drawn the same id, then the next one is taken.
func (s *Service) insert(tx *store.Tx, r *chain.Row) error {
	at, err := s.log.Head(tx, chain.All)
	if err != nil {
		return err
	}
	for {
		r.ID = s.ids.next(tx.Now(), at.LastID)
		if err := s.log.Entries.Insert(tx, r); !errors.Is(err, store.ErrExists) {
			return err
		}
	}
}

func (s *Service) added(r *chain.Row) {
	if s.unsealed.Add(1) >= maxRound {
		s.stir()
	}
	if s.deps.Added != nil {
		s.deps.Added(entryOf(r))
	}
}

// stir wakes the worker.
func (s *Service) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Add writes e in a commit of its own: for refusals and failures, which have no
// other.
func (s *Service) Add(ctx context.Context, by access.Actor, e Entry) error {
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error { return s.AddTx(tx, by, e) }))
}

// Get returns one entry that by may see.
func (s *Service) Get(ctx context.Context, by access.Actor, id string) (*Entry, error) {
	if err := by.Need(access.AuditRead); err != nil {
		return nil, err
	}
	missing := fault.New(fault.NotFound, "audit.not_found", "id", "there is no such entry in the action log")
	n, ok := chain.ParseID(id)
	if !ok {
		return nil, missing
	}
	var out Entry
	err := s.db.View(ctx, func(r store.Reader) error {
		found, err := s.log.Entries.Get(r, store.K().Uint(n))
		if errors.Is(err, store.ErrNotFound) || err == nil && !by.Super() && found.Tenant != by.Tenant {
			return missing
		}
		if err != nil {
			return err
		}
		out = entryOf(found)
		return nil
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &out, nil
}
