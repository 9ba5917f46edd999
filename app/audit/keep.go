package audit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"strconv"
	"time"

	"stoa/app/access"
	"stoa/app/audit/chain"
	"stoa/app/audit/find"
	"stoa/app/fault"
	"stoa/store"
)

// Retention says how long entries are kept.
type Retention struct {
	Tenant uint64 // 0 = every tenant without an own one, and the server's own entries
	Days   int    // 0 = for ever
	By     string
	At     time.Time // when it was set
}

// Limits of a retention, in days. Shorter than a month a log proves little.
const (
	minDays = 30
	maxDays = 36_500
)

// policy is a Retention as stored.
type policy struct {
	Tenant uint64    `cbor:"1,keyasint"`
	Days   int       `cbor:"2,keyasint"`
	By     string    `cbor:"3,keyasint,omitempty"`
	At     time.Time `cbor:"4,keyasint,omitzero"`
}

func needKeep(by access.Actor) error {
	if err := by.Need(access.AuditKeep); err != nil {
		return err
	}
	if !by.Super() {
		return access.SuperOnly()
	}
	return nil
}

// Retentions lists what is set; the installation's first.
func (s *Service) Retentions(ctx context.Context, by access.Actor) ([]Retention, error) {
	if err := needKeep(by); err != nil {
		return nil, err
	}
	var out []Retention
	err := s.db.View(ctx, func(r store.Reader) error {
		out = []Retention{{}}
		for p, err := range s.policies.Scan(r, store.Scan{}) {
			if err != nil {
				return err
			}
			if p.Tenant == 0 {
				out[0] = Retention(*p)
			} else {
				out = append(out, Retention(*p))
			}
		}
		return nil
	})
	return out, fault.Wrap(err)
}

func checkDays(days int) error {
	if days != 0 && (days < minDays || days > maxDays) {
		return fault.New(fault.Invalid, "audit.days", "days", "days is %d: %d to %d are allowed, and 0 for ever", days, minDays, maxDays)
	}
	return nil
}

// SetRetention sets how long a tenant's entries are kept, or with tenant 0 those
// of all others. A tenant's 0 days are for ever. Older entries are cut by the
// worker soon after.
func (s *Service) SetRetention(ctx context.Context, by access.Actor, tenant uint64, days int) error {
	if err := needKeep(by); err != nil {
		return err
	}
	if err := checkDays(days); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		old, err := s.policies.Get(tx, store.K().Uint(tenant))
		was := ""
		if err == nil {
			was = strconv.Itoa(old.Days)
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := s.policies.Put(tx, &policy{Tenant: tenant, Days: days, By: by.Name, At: tx.Now()}); err != nil {
			return err
		}
		tx.OnCommit(s.stir)
		return s.AddTx(tx, by, Entry{Tenant: tenant, Action: "audit.retention", ObjectKind: "audit", ObjectID: strconv.FormatUint(tenant, 10),
			Changes: []Change{{Field: "days", Old: was, New: strconv.Itoa(days)}}})
	}))
}

// ClearRetention removes a tenant's own retention: the installation's holds again.
func (s *Service) ClearRetention(ctx context.Context, by access.Actor, tenant uint64) error {
	if err := needKeep(by); err != nil {
		return err
	}
	return fault.Wrap(s.db.Update(ctx, func(tx *store.Tx) error {
		err := s.policies.Delete(tx, store.K().Uint(tenant))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.AddTx(tx, by, Entry{Tenant: tenant, Action: "audit.retention", ObjectKind: "audit", ObjectID: strconv.FormatUint(tenant, 10)})
	}))
}

// PurgeTx removes the own retention of a tenant that is gone. Its log stays: who
// did what is not the tenant's to take away.
func (s *Service) PurgeTx(tx *store.Tx, _ access.Actor, tenant uint64) (n int, more bool, err error) {
	err = s.policies.Delete(tx, store.K().Uint(tenant))
	if errors.Is(err, store.ErrNotFound) {
		return 0, false, nil
	}
	return 1, false, err
}

// Preview says what a retention would cut now.
type Preview struct {
	Entries int
	Until   time.Time // of the latest entry that would go; zero = none
}

// PreviewRetention tells, without cutting, what days would cut of a tenant's
// entries, or with tenant 0 of all that have no own retention.
func (s *Service) PreviewRetention(ctx context.Context, by access.Actor, tenant uint64, days int) (Preview, error) {
	if err := needKeep(by); err != nil {
		return Preview{}, err
	}
	if err := checkDays(days); err != nil {
		return Preview{}, err
	}
	var out Preview
	err := s.db.View(ctx, func(r store.Reader) error {
		out = Preview{}
		own, err := s.policiesOf(r)
		if err != nil {
			return err
		}
		for h, err := range s.log.Heads.Scan(r, store.Scan{}) {
			if err != nil {
				return err
			}
			_, has := own[h.Chain-1]
			if h.Chain == chain.All || tenant != 0 && h.Chain != chain.Of(tenant) || tenant == 0 && has && h.Chain != chain.Of(0) {
				continue
			}
			cut, err := s.log.Cut(r, h.Chain)
			if err != nil {
				return err
			}
			b, err := s.lastOlder(r, h, cut, days)
			if err != nil || b == nil {
				if err != nil {
					return err
				}
				continue
			}
			out.Entries += int(b.Total - cut.Total)
			if at := time.Unix(0, b.High).UTC(); at.After(out.Until) {
				out.Until = at
			}
		}
		return nil
	})
	return out, fault.Wrap(err)
}

// policiesOf are the tenants' days; 0 is the installation's.
func (s *Service) policiesOf(r store.Reader) (map[uint64]int, error) {
	out := map[uint64]int{}
	for p, err := range s.policies.Scan(r, store.Scan{}) {
		if err != nil {
			return nil, err
		}
		out[p.Tenant] = p.Days
	}
	return out, nil
}

// lastOlder is the last block of a chain of which all, and all before it, is older
// than days; nil if there is none beyond cut. Blocks that the lists don't have yet
// stay.
func (s *Service) lastOlder(r store.Reader, h *chain.Head, cut *chain.Checkpoint, days int) (*chain.Block, error) {
	if days == 0 {
		return nil, nil
	}
	listed, err := s.find.Listed(r)
	if err != nil {
		return nil, err
	}
	limit := r.Now().AddDate(0, 0, -days).UnixNano()
	young, err := s.log.First(r, h, cut.Number, func(b *chain.Block) bool { return b.High >= limit || b.Last > listed })
	if err != nil {
		return nil, err
	}
	number := h.Number
	if young != nil {
		number = young.Number - 1
	}
	if number <= cut.Number {
		return nil, nil
	}
	return s.log.Blocks.Get(r, store.K().Uint(h.Chain).Uint(number))
}

// Cut does a bounded piece of what the retentions ask for and says whether there
// is more. A chain's checkpoint is signed first, then its blocks go one by one, so
// that it may be stopped at any point.
func (s *Service) Cut(ctx context.Context) (more bool, err error) {
	if !s.cutting.TryLock() {
		return false, nil // a verification reads what would go
	}
	defer s.cutting.Unlock()
	of, cut, err := s.toCut(ctx)
	if err != nil {
		return false, fault.Wrap(err)
	}
	if of != chain.All {
		if cut.Gone < cut.Number {
			return true, fault.Wrap(s.cutBlock(ctx, cut))
		}
		return true, fault.Wrap(s.setCut(ctx, of, cut.Days))
	}
	return s.cutRounds(ctx)
}

// toCut finds a tenant's chain with something to do: blocks that are still there
// below its checkpoint, or blocks that have become too old. Days of the answer are
// the policy's.
func (s *Service) toCut(ctx context.Context) (of uint64, cut *chain.Checkpoint, err error) {
	err = s.db.View(ctx, func(r store.Reader) error {
		of = chain.All
		own, err := s.policiesOf(r)
		if err != nil {
			return err
		}
		for h, err := range s.log.Heads.Scan(r, store.Scan{}) {
			if err != nil {
				return err
			}
			if h.Chain == chain.All {
				continue
			}
			if cut, err = s.log.Cut(r, h.Chain); err != nil {
				return err
			}
			days, has := own[h.Chain-1]
			if !has {
				days = own[0]
			}
			old, err := s.lastOlder(r, h, cut, days)
			if err != nil {
				return err
			}
			if cut.Gone < cut.Number || old != nil {
				of = h.Chain
				if cut.Gone == cut.Number {
					cut.Days = days
				}
				return nil
			}
		}
		return nil
	})
	return of, cut, err
}

// setCut signs a new checkpoint of a tenant's chain and records the cut.
func (s *Service) setCut(ctx context.Context, of uint64, days int) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		h, err := s.log.Head(tx, of)
		if err != nil {
			return err
		}
		old, err := s.log.Cut(tx, of)
		if err != nil {
			return err
		}
		b, err := s.lastOlder(tx, h, old, days)
		if err != nil || b == nil {
			return err
		}
		if err := s.putCut(tx, b, old.Gone, days); err != nil {
			return err
		}
		tenant := of - 1
		return s.AddTx(tx, access.System("audit"), Entry{Tenant: tenant, Action: "audit.cut", ObjectKind: "audit", ObjectID: strconv.FormatUint(tenant, 10),
			Changes: []Change{{Field: "entries", Old: strconv.FormatUint(b.Total-old.Total, 10)},
				{Field: "until", New: time.Unix(0, b.High).UTC().Format(time.RFC3339)}, {Field: "days", New: strconv.Itoa(days)}}})
	})
}

func (s *Service) putCut(tx *store.Tx, b *chain.Block, gone uint64, days int) error {
	c := &chain.Checkpoint{Chain: b.Chain, Number: b.Number, Total: b.Total, LastID: b.Last, Hash: b.Hash, High: b.High, Back: b.Back,
		Made: tx.Now().UnixNano(), Days: days, Gone: gone}
	text, err := c.Text()
	if err != nil {
		return err
	}
	c.Sign = ed25519.Sign(s.key, text)
	return s.log.Cuts.Put(tx, c)
}

// cutBlock removes the oldest block below a checkpoint that is still there: its
// entries from the lists, then the entries, then the block.
func (s *Service) cutBlock(ctx context.Context, cut *chain.Checkpoint) error {
	number := cut.Gone + 1
	var lists []find.List
	var ids []uint64
	err := s.db.View(ctx, func(r store.Reader) error {
		lists, ids = nil, nil
		b, err := s.log.Blocks.Get(r, store.K().Uint(cut.Chain).Uint(number))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		lists, ids, err = s.blockLists(r, b)
		return err
	})
	if err != nil {
		return err
	}
	err = s.inParts(ctx, len(lists), func(tx *store.Tx, i int) error {
		return s.find.RemoveTx(tx, lists[i])
	})
	if err != nil {
		return err
	}
	err = s.inParts(ctx, len(ids), func(tx *store.Tx, i int) error {
		return ignoreMissing(s.log.Entries.Delete(tx, store.K().Uint(ids[i])))
	})
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := s.log.Cut(tx, cut.Chain)
		if err != nil {
			return err
		}
		now.Gone = max(now.Gone, number)
		key := store.K().Uint(cut.Chain).Uint(number)
		return errors.Join(ignoreMissing(s.log.Leaves.Delete(tx, key)), ignoreMissing(s.log.Blocks.Delete(tx, key)), s.log.Cuts.Put(tx, now))
	})
}

func ignoreMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// inParts does n small things in as many transactions as they take.
func (s *Service) inParts(ctx context.Context, n int, do func(*store.Tx, int) error) error {
	for done := 0; done < n; {
		var at int
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			for at = done; at < n && !tx.Full(); at++ {
				if err := do(tx, at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		done = at
	}
	return nil
}

// blockLists are the lists that a tenant's block is in, and its entries' ids. The
// entries of one round are one block of the tenant.
func (s *Service) blockLists(r store.Reader, b *chain.Block) (lists []find.List, ids []uint64, err error) {
	all, err := s.log.Head(r, chain.All)
	if err != nil {
		return nil, nil, err
	}
	cut, err := s.log.Cut(r, chain.All)
	if err != nil {
		return nil, nil, err
	}
	round, err := s.log.First(r, all, cut.Number, func(x *chain.Block) bool { return x.Last >= b.First })
	if err != nil {
		return nil, nil, err
	}
	if round == nil {
		return nil, nil, store.ErrCorrupt
	}
	every, err := s.find.Lists(r, round)
	if err != nil {
		return nil, nil, err
	}
	mine := map[uint64]bool{}
	tenant := b.Chain - 1
	for e, err := range s.log.ByTenant.Scan(r, store.Scan{Prefix: store.K().Uint(tenant), After: store.K().Uint(tenant).Uint(b.First - 1)}) {
		if err != nil {
			return nil, nil, err
		}
		if e.ID > b.Last {
			break
		}
		mine[e.ID] = true
		ids = append(ids, e.ID)
	}
	for _, l := range every {
		l.IDs = slices.DeleteFunc(l.IDs, func(id uint64) bool { return !mine[id] })
		if len(l.IDs) > 0 {
			lists = append(lists, l)
		}
	}
	return lists, ids, nil
}

// roundsAtOnce bounds the rounds that one call removes.
const cutRoundsAtOnce = 100

// cutRounds removes the oldest rounds of which every part is gone.
func (s *Service) cutRounds(ctx context.Context) (more bool, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		more = false
		cut, err := s.log.Cut(tx, chain.All)
		if err != nil {
			return err
		}
		var last *chain.Block
		for n := cut.Number + 1; n <= cut.Number+cutRoundsAtOnce; n++ {
			b, err := s.log.Blocks.Get(tx, store.K().Uint(chain.All).Uint(n))
			if errors.Is(err, store.ErrNotFound) {
				break
			}
			if err != nil {
				return err
			}
			gone, err := s.partsGone(tx, b)
			if err != nil {
				return err
			}
			if !gone {
				break
			}
			last = b
			if err := s.log.Blocks.Delete(tx, store.K().Uint(chain.All).Uint(n)); err != nil {
				return err
			}
		}
		if last == nil {
			return nil
		}
		more = last.Number == cut.Number+cutRoundsAtOnce
		return s.putCut(tx, last, last.Number, 0)
	})
	return more, fault.Wrap(err)
}

func (s *Service) partsGone(r store.Reader, b *chain.Block) (bool, error) {
	for _, p := range b.Parts {
		cut, err := s.log.Cut(r, p.Chain)
		if err != nil || cut.Gone < p.Number {
			return false, err
		}
	}
	return true, nil
}
