package audit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"

	"stoa/app/access"
	"stoa/app/audit/chain"
	"stoa/app/audit/proof"
	"stoa/app/fault"
	"stoa/store"
)

// Key is the fingerprint of the key that signs the log: kept elsewhere, it tells an
// exported log from one that somebody else made.
func (s *Service) Key() string {
	public, _ := s.key.Public().(ed25519.PublicKey)
	return proof.Fingerprint(public)
}

// Export writes the whole log in the form of package proof: what there is at this
// moment, sealed. The export is itself an entry, its last one or nearly so. The log
// may be written meanwhile. It writes what it finds: whether that is what was
// written is for who reads it to verify. Super administrators only.
func (s *Service) Export(ctx context.Context, by access.Actor, out io.Writer) error {
	if err := by.Need(access.AuditExport); err != nil {
		return err
	}
	if !by.Super() {
		return access.SuperOnly()
	}
	if !s.verifying.TryLock() {
		return errVerifying()
	}
	defer s.verifying.Unlock()
	s.cutting.Lock()
	defer s.cutting.Unlock()
	if err := s.Add(ctx, by, Entry{Action: "audit.export", ObjectKind: "audit", Params: Params(map[string]any{"format": "proof"})}); err != nil {
		return err
	}
	for n := 1; n > 0; {
		var err error
		if n, err = s.Seal(ctx); err != nil {
			return err
		}
	}
	w, err := proof.New(out, s.key, s.deps.Product, s.db.Clock())
	if err != nil {
		return err
	}
	x := &exporter{s: s, out: w, cuts: map[uint64]*chain.Checkpoint{}}
	if err := x.run(ctx); err != nil {
		return fault.Wrap(err)
	}
	return w.Close()
}

// exporter goes through the rounds in order.
type exporter struct {
	s    *Service
	out  *proof.Writer
	cuts map[uint64]*chain.Checkpoint
	end  uint64 // the last round to be written
	done uint64 // the last round that was
	last uint64 // id of the last entry that was
	gap  bool   // the last round could not be read
}

func (x *exporter) run(ctx context.Context) error {
	if err := x.s.db.View(ctx, x.begin); err != nil {
		return err
	}
	for x.done < x.end {
		err := x.s.db.View(ctx, func(r store.Reader) error {
			for range roundsAtOnce {
				if x.done == x.end {
					break
				}
				if err := x.round(r, x.done+1); err != nil {
					return err
				}
				x.done++
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// begin writes the checkpoints, and an entry among those that were cut, which does
// not belong there.
func (x *exporter) begin(r store.Reader) error {
	h, err := x.s.log.Head(r, chain.All)
	if err != nil {
		return err
	}
	x.end = h.Number
	for c, err := range x.s.log.Cuts.Scan(r, store.Scan{}) {
		if err != nil {
			return err
		}
		x.cuts[c.Chain] = c
		if c.Chain == chain.All {
			x.done, x.last = c.Number, c.LastID
		}
		if err := x.out.Checkpoint(c); err != nil {
			return err
		}
	}
	for e, err := range x.s.log.Entries.Scan(r, store.Scan{Limit: 1}) {
		if err == nil && e.ID <= x.last {
			return x.out.Entry(e)
		}
	}
	return nil
}

// round writes one round. What is missing or can't be read is left out: the numbers
// and hashes of the rest tell.
func (x *exporter) round(r store.Reader, n uint64) error {
	b, err := x.s.log.Blocks.Get(r, store.K().Uint(chain.All).Uint(n))
	if err != nil {
		x.gap = true
		return onlyDamage(err)
	}
	if x.gap {
		x.last, x.gap = b.First-1, false
	}
	rows, err := x.rows(r, x.last, b.Last)
	if err != nil {
		return err
	}
	x.last = b.Last
	if err := x.out.Round(b); err != nil {
		return err
	}
	_, byTenant := grouped(rows)
	going := map[uint64]bool{}
	for _, p := range b.Parts {
		if c := x.cuts[p.Chain]; c != nil && p.Number <= c.Number {
			going[p.Chain] = c.Gone < p.Number
			continue
		}
		if err := x.block(r, p, byTenant[p.Chain-1]); err != nil {
			return err
		}
	}
	for _, e := range rows {
		if going[chain.Of(e.Tenant)] {
			continue // cut, and about to go
		}
		if err := x.out.Entry(e); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) block(r store.Reader, p chain.Part, rows []*chain.Row) error {
	key := store.K().Uint(p.Chain).Uint(p.Number)
	b, err := x.s.log.Blocks.Get(r, key)
	if err != nil {
		return onlyDamage(err)
	}
	kept, err := x.s.log.Leaves.Get(r, key)
	if err != nil {
		kept = nil
		if err := onlyDamage(err); err != nil {
			return err
		}
	}
	return x.out.Block(b, kept, rows)
}

// rows are the entries behind one id up to another; those that do not decode are
// left out.
func (x *exporter) rows(r store.Reader, after, to uint64) ([]*chain.Row, error) {
	var rows []*chain.Row
	for e, err := range x.s.log.Entries.Scan(r, store.Scan{After: store.K().Uint(after)}) {
		var broken *store.DecodeError
		if errors.As(err, &broken) {
			rest, err := x.rows(r, broken.Key.Reader().NextUint(), to)
			return append(rows, rest...), err
		}
		if err != nil {
			return nil, err
		}
		if e.ID > to {
			break
		}
		rows = append(rows, e)
	}
	return rows, nil
}

// onlyDamage is nil for a row that is missing or does not decode.
func onlyDamage(err error) error {
	var broken *store.DecodeError
	if errors.Is(err, store.ErrNotFound) || errors.As(err, &broken) {
		return nil
	}
	return err
}
