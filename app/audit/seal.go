package audit

import (
	"context"
	"crypto/ed25519"
	"time"

	"stoa/app/audit/chain"
	"stoa/app/duty"
	"stoa/app/fault"
	"stoa/store"
)

// Seal seals one round: up to 240 of the entries that are not sealed yet, oldest
// first. It says how many; 0 when all are sealed. Rounds made at the same time
// exclude each other by the chain's head, so that it may run anywhere.
func (s *Service) Seal(ctx context.Context) (n int, err error) {
	var round uint64
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n = 0
		at, err := s.log.Head(tx, chain.All)
		if err != nil {
			return err
		}
		rows, err := s.unsealedAfter(tx, at.LastID)
		if err != nil || len(rows) == 0 {
			return err
		}
		n, round = len(rows), at.Number+1
		return s.sealRound(tx, at, rows)
	})
	if err != nil {
		return 0, fault.Wrap(err)
	}
	s.seen(round)
	return n, nil
}

func (s *Service) seen(round uint64) {
	for {
		old := s.sealed.Load()
		if round <= old || s.sealed.CompareAndSwap(old, round) {
			return
		}
	}
}

// unsealedAfter reads what one round takes: maxRound entries of maxTenants
// tenants at most.
func (s *Service) unsealedAfter(r store.Reader, last uint64) ([]*chain.Row, error) {
	var rows []*chain.Row
	tenants := map[uint64]bool{}
	for e, err := range s.log.Entries.Scan(r, store.Scan{After: store.K().Uint(last), Limit: maxRound}) {
		if err != nil {
			return nil, err
		}
		tenants[e.Tenant] = true
		if len(tenants) > maxTenants {
			break
		}
		rows = append(rows, e)
	}
	return rows, nil
}

func (s *Service) sealRound(tx *store.Tx, at *chain.Head, rows []*chain.Row) error {
	made := tx.Now().UnixNano()
	round := chain.NewBlock(at, rows, made)
	order, byTenant := grouped(rows)
	for _, tenant := range order {
		prev, err := s.log.Head(tx, chain.Of(tenant))
		if err != nil {
			return err
		}
		b, err := s.sealBlock(tx, prev, byTenant[tenant], made)
		if err != nil {
			return err
		}
		round.Parts = append(round.Parts, chain.Part{Chain: b.Chain, Number: b.Number, Hash: b.Hash})
	}
	var err error
	if round.Hash, err = round.Sum(nil); err != nil {
		return err
	}
	round.Sign = ed25519.Sign(s.key, round.Hash)
	return s.append(tx, round)
}

// grouped splits rows by tenant; order is that of the first appearance.
func grouped(rows []*chain.Row) (order []uint64, byTenant map[uint64][]*chain.Row) {
	byTenant = map[uint64][]*chain.Row{}
	for _, r := range rows {
		if byTenant[r.Tenant] == nil {
			order = append(order, r.Tenant)
		}
		byTenant[r.Tenant] = append(byTenant[r.Tenant], r)
	}
	return order, byTenant
}

func (s *Service) sealBlock(tx *store.Tx, prev *chain.Head, rows []*chain.Row, made int64) (*chain.Block, error) {
	b := chain.NewBlock(prev, rows, made)
	v := &chain.Leaves{Chain: b.Chain, Number: b.Number}
	hashes := make([][]byte, len(rows))
	var last uint64
	for i, r := range rows {
		h, err := chain.LeafHash(r)
		if err != nil {
			return nil, err
		}
		hashes[i] = h
		v.Steps = append(v.Steps, r.ID-last)
		v.Sums = append(v.Sums, h[:chain.LeafSize]...)
		last = r.ID
	}
	var err error
	if b.Hash, err = b.Sum(hashes); err != nil {
		return nil, err
	}
	if err := s.log.Leaves.Insert(tx, v); err != nil {
		return nil, err
	}
	return b, s.append(tx, b)
}

func (s *Service) append(tx *store.Tx, b *chain.Block) error {
	if err := s.log.Blocks.Insert(tx, b); err != nil {
		return err
	}
	return s.log.Heads.Put(tx, b.End())
}

// How the worker seals: a full round at once, a part of one after sealAge. Shorter
// would give a quiet log more blocks than a filter can look through.
const (
	sealAge  = 5 * time.Minute
	leaseTTL = 30 * time.Second
)

// Run seals until ctx ends; report is told of errors, after which it goes on. Of
// the nodes of a cluster the one that holds the lease works.
func (s *Service) Run(ctx context.Context, node string, report func(error)) {
	duty.Duty{Name: "audit/seal", TTL: leaseTTL, Every: sealAge, Wake: s.wake, Round: s.round}.Run(ctx, s.db.Engine(), node, report)
}

// round seals one round, puts one into the lists, and cuts what is too old.
func (s *Service) round(ctx context.Context) (more bool, err error) {
	n, err := s.Seal(ctx)
	s.unsealed.Add(-min(int64(n), s.unsealed.Load()))
	if err != nil || n > 0 {
		return n > 0, err
	}
	if more, err = s.find.Index(ctx); err != nil || more {
		return more, err
	}
	return s.Cut(ctx)
}
