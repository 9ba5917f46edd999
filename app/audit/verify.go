package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"stoa/app/access"
	"stoa/app/audit/chain"
	"stoa/app/fault"
	"stoa/store"
)

// Report is what Verify found.
type Report struct {
	OK       bool
	Chains   []Chain // the chain over all first, then by tenant
	Unsealed int     // entries that no block covers yet
	Head     string  // hash of the last round: kept elsewhere, it proves later that nothing was cut off
}

// Chain is the state of one chain.
type Chain struct {
	All     bool // the chain over all tenants
	Tenant  uint64
	Blocks  int    // that are there
	Entries int    // likewise
	Problem string // the first one; "" = none. It names block and entry

	Cut      int       // entries that were cut before, as its signed checkpoint says
	CutUntil time.Time // of the latest of them
	CutDays  int       // by a policy of so many days
}

// errVerifying is answered while another verification runs.
func errVerifying() error {
	return fault.New(fault.Conflict, "audit.verifying", "", "the action log is being verified already: try again when that is done")
}

// Verify recomputes every hash and signature of the log and compares it with
// what is stored. It finds entries that were changed, removed, inserted or
// reordered, and blocks cut off or exchanged, and reads the log a part at a time,
// so that it may run while the log is written. Super administrators only.
func (s *Service) Verify(ctx context.Context, by access.Actor) (Report, error) {
	if err := by.Need(access.AuditRead); err != nil {
		return Report{}, err
	}
	if !by.Super() {
		return Report{}, access.SuperOnly()
	}
	if !s.verifying.TryLock() {
		return Report{}, errVerifying()
	}
	defer s.verifying.Unlock()
	s.cutting.Lock()
	defer s.cutting.Unlock()
	v := &verifier{s: s, chains: map[uint64]*chainState{}, cuts: map[uint64]*chain.Checkpoint{}}
	if err := v.run(ctx); err != nil {
		return Report{}, fault.Wrap(err)
	}
	return v.report(), nil
}

// verifier goes through the rounds in order and rebuilds the chains.
type verifier struct {
	s        *Service
	chains   map[uint64]*chainState
	end      chain.Head // of the chain over all, as far as the run has got
	gap      bool       // the last round could not be read
	cuts     map[uint64]*chain.Checkpoint
	unsealed int
}

type chainState struct {
	at      chain.Head // as rebuilt
	problem string
}

func (v *verifier) chain(id uint64) *chainState {
	c := v.chains[id]
	if c == nil {
		c = &chainState{at: chain.Head{Chain: id}}
		v.chains[id] = c
	}
	return c
}

func (v *verifier) blame(chain uint64, format string, args ...any) {
	if c := v.chain(chain); c.problem == "" {
		c.problem = fmt.Sprintf(format, args...)
	}
}

const roundsAtOnce = 64

func (v *verifier) run(ctx context.Context) error {
	err := v.s.db.View(ctx, func(r store.Reader) error {
		h, err := v.s.log.Head(r, chain.All)
		if err != nil {
			return err
		}
		v.end = *h
		return v.checkpoints(r)
	})
	if err != nil {
		return err
	}
	for done := v.chain(chain.All).at.Number; done < v.end.Number; done += roundsAtOnce {
		err := v.s.db.View(ctx, func(r store.Reader) error {
			for n := done + 1; n <= min(done+roundsAtOnce, v.end.Number); n++ {
				if err := v.round(r, n); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	return v.s.db.View(ctx, v.finish)
}

// round checks one round: its place in the chain, the entries of its stretch and
// the tenants' blocks over them.
func (v *verifier) round(r store.Reader, n uint64) error {
	all := v.chain(chain.All)
	if n <= all.at.Number {
		return nil // it was cut meanwhile
	}
	b, err := v.s.log.Blocks.Get(r, store.K().Uint(chain.All).Uint(n))
	if errors.Is(err, store.ErrNotFound) {
		v.blame(chain.All, "round %d is missing", n)
		v.gap = true
		return nil
	}
	if err != nil {
		v.blame(chain.All, "round %d can't be read: %v", n, err)
		v.gap = true
		return nil
	}
	after := all.at.LastID
	if v.gap {
		after, v.gap = b.First-1, false
	}
	rows, err := v.rows(r, after, b)
	if err != nil {
		return err
	}
	order, byTenant := grouped(rows)
	seen := map[uint64]bool{}
	whole := true
	for _, p := range b.Parts {
		if p.Chain == chain.All {
			continue
		}
		seen[p.Chain] = true
		if c := v.cuts[p.Chain]; c != nil && p.Number <= c.Number {
			whole = false
			if left := byTenant[p.Chain-1]; len(left) > 0 && c.Gone >= p.Number {
				v.blame(p.Chain, "block %d was cut, and entry %s was inserted", p.Number, name(left[0]))
			}
			continue
		}
		if err := v.block(r, p, byTenant[p.Chain-1]); err != nil {
			return err
		}
	}
	for _, tenant := range order {
		if !seen[chain.Of(tenant)] {
			e := byTenant[tenant][0]
			v.blame(chain.Of(tenant), "round %d: entry %s was inserted", n, name(e))
		}
	}
	v.roundItself(all, b, rows, whole)
	all.at = *b.End()
	return nil
}

// rows reads the entries of a round's stretch: those behind the last round's up
// to its own last.
func (v *verifier) rows(r store.Reader, after uint64, b *chain.Block) ([]*chain.Row, error) {
	var rows []*chain.Row
	last := after
	for e, err := range v.s.log.Entries.Scan(r, store.Scan{After: store.K().Uint(after)}) {
		var broken *store.DecodeError
		if errors.As(err, &broken) {
			id := broken.Key.Reader().NextUint()
			v.blame(chain.All, "round %d: entry %s does not decode", b.Number, chain.FormatID(id))
			// The scan ends at damage; go on behind it.
			rest, err := v.rows(r, id, b)
			return append(rows, rest...), err
		}
		if err != nil {
			return nil, err
		}
		if e.ID > b.Last && e.ID > last {
			break
		}
		if e.ID <= last {
			v.blame(chain.Of(e.Tenant), "round %d: entry %s was moved: it stands behind %s", b.Number, name(e), chain.FormatID(last))
		}
		last = max(last, e.ID)
		rows = append(rows, e)
	}
	return rows, nil
}

// checkpoints begins the chains where they were cut.
func (v *verifier) checkpoints(r store.Reader) error {
	for c, err := range v.s.log.Cuts.Scan(r, store.Scan{}) {
		if err != nil {
			return err
		}
		v.cuts[c.Chain] = c
		v.chain(c.Chain).at = c.Head()
		text, err := c.Text()
		if err != nil || !ed25519.Verify(v.s.key.Public().(ed25519.PublicKey), text, c.Sign) {
			v.blame(c.Chain, "its checkpoint is not signed by this installation")
		}
	}
	all := v.chain(chain.All)
	for e, err := range v.s.log.Entries.Scan(r, store.Scan{Limit: 1}) {
		if err == nil && e.ID <= all.at.LastID {
			v.blame(chain.Of(e.Tenant), "entry %s was inserted among those that were cut", name(e))
		}
	}
	return nil
}

// roundItself checks the fields, the hash and the signature of a round; whole says
// that nothing of it was cut.
func (v *verifier) roundItself(all *chainState, b *chain.Block, rows []*chain.Row, whole bool) {
	sum, err := b.Sum(nil)
	switch {
	case err != nil || !bytes.Equal(sum, b.Hash):
		v.blame(chain.All, "round %d was changed: its hash does not fit", b.Number)
	case !ed25519.Verify(v.s.key.Public().(ed25519.PublicKey), b.Hash, b.Sign):
		v.blame(chain.All, "round %d is not signed by this installation", b.Number)
	case !bytes.Equal(b.Prev, all.at.Hash):
		v.blame(chain.All, "round %d does not follow round %d: the chain was cut or exchanged", b.Number, b.Number-1)
	case !whole:
	case len(rows) == 0:
		v.blame(chain.All, "round %d: all its entries were removed", b.Number)
	default:
		v.compare(b, chain.NewBlock(&all.at, rows, b.Made), "round")
	}
}

// compare blames b where it differs from what its entries give.
func (v *verifier) compare(b, want *chain.Block, what string) bool {
	want.Parts, want.Hash, want.Sign = b.Parts, b.Hash, b.Sign
	x, errX := chain.Canonical(b)
	y, errY := chain.Canonical(want)
	if errX == nil && errY == nil && bytes.Equal(x, y) {
		return true
	}
	v.blame(b.Chain, "%s %d: its counts do not fit its entries", what, b.Number)
	return false
}

// block checks the block that a round names against the entries found.
func (v *verifier) block(r store.Reader, p chain.Part, rows []*chain.Row) error {
	c := v.chain(p.Chain)
	b, err := v.s.log.Blocks.Get(r, store.K().Uint(p.Chain).Uint(p.Number))
	if errors.Is(err, store.ErrNotFound) {
		v.blame(p.Chain, "block %d is missing", p.Number)
		return nil
	}
	if err != nil {
		v.blame(p.Chain, "block %d can't be read: %v", p.Number, err)
		return nil
	}
	hashes := make([][]byte, len(rows))
	for i, e := range rows {
		if hashes[i], err = chain.LeafHash(e); err != nil {
			return err
		}
	}
	if err := v.entries(r, b, rows, hashes); err != nil {
		return err
	}
	sum, err := b.Sum(hashes)
	switch {
	case err != nil || !bytes.Equal(sum, b.Hash):
		v.blame(p.Chain, "block %d was changed: its hash does not fit", b.Number)
	case !bytes.Equal(b.Hash, p.Hash):
		v.blame(p.Chain, "block %d is not the one that was sealed", b.Number)
	case b.Number != c.at.Number+1 || !bytes.Equal(b.Prev, c.at.Hash):
		v.blame(p.Chain, "block %d does not follow block %d: the chain was cut or exchanged", b.Number, c.at.Number)
	case len(rows) > 0:
		v.compare(b, chain.NewBlock(&c.at, rows, b.Made), "block")
	}
	c.at = *b.End()
	return nil
}

// entries names the entry of a block that was changed, removed or inserted.
func (v *verifier) entries(r store.Reader, b *chain.Block, rows []*chain.Row, hashes [][]byte) error {
	l, err := v.s.log.Leaves.Get(r, store.K().Uint(b.Chain).Uint(b.Number))
	if errors.Is(err, store.ErrNotFound) || err == nil && len(l.Sums) != chain.LeafSize*len(l.Steps) {
		v.blame(b.Chain, "block %d: the hashes of its entries are missing", b.Number)
		return nil
	}
	if err != nil {
		return err
	}
	id, i := uint64(0), 0
	for n, step := range l.Steps {
		id += step
		for i < len(rows) && rows[i].ID < id {
			v.blame(b.Chain, "block %d: entry %s was inserted", b.Number, name(rows[i]))
			i++
		}
		switch {
		case i == len(rows) || rows[i].ID != id:
			v.blame(b.Chain, "block %d: entry %s was removed", b.Number, chain.FormatID(id))
			continue
		case !bytes.Equal(hashes[i][:chain.LeafSize], l.Sums[n*chain.LeafSize:(n+1)*chain.LeafSize]):
			v.blame(b.Chain, "block %d: entry %s was changed", b.Number, name(rows[i]))
		}
		i++
	}
	if i < len(rows) {
		v.blame(b.Chain, "block %d: entry %s was inserted", b.Number, name(rows[i]))
	}
	return nil
}

// finish checks the rounds made meanwhile and where the chains end.
func (v *verifier) finish(r store.Reader) error {
	all, err := v.s.log.Head(r, chain.All)
	if err != nil {
		return err
	}
	for n := v.end.Number + 1; n <= all.Number; n++ {
		if err := v.round(r, n); err != nil {
			return err
		}
	}
	v.end = *all
	if known := v.s.sealed.Load(); all.Number < known {
		v.blame(chain.All, "rounds %d to %d were cut off", all.Number+1, known)
	}
	for chain, c := range v.chains {
		h, err := v.s.log.Head(r, chain)
		if err != nil {
			return err
		}
		if !same(h, &c.at) {
			v.blame(chain, "the chain ends at block %d, its blocks say %d", h.Number, c.at.Number)
		}
	}
	if err := v.strays(r); err != nil {
		return err
	}
	for e, err := range v.s.log.Entries.Scan(r, store.Scan{After: store.K().Uint(all.LastID)}) {
		if err != nil {
			v.blame(chain.All, "an entry behind the last round can't be read: %v", err)
			return nil
		}
		if e.ID > all.LastID {
			v.unsealed++
		}
	}
	return nil
}

func same(a, b *chain.Head) bool {
	return a.Number == b.Number && a.Total == b.Total && a.LastID == b.LastID && bytes.Equal(a.Hash, b.Hash)
}

// strays finds blocks behind the ends, and heads of chains that no round names:
// what is left when the log was cut back.
func (v *verifier) strays(r store.Reader) error {
	for h, err := range v.s.log.Heads.Scan(r, store.Scan{}) {
		if err != nil {
			return err
		}
		if v.chains[h.Chain] == nil {
			v.blame(h.Chain, "no round knows this chain: rounds were cut off")
		}
	}
	for chain, c := range v.chains {
		for b, err := range v.s.log.Blocks.Scan(r, store.Scan{Prefix: store.K().Uint(chain), Reverse: true, Limit: 1}) {
			if err != nil {
				return err
			}
			if b.Number > c.at.Number {
				v.blame(chain, "block %d stands behind the chain's end", b.Number)
			}
		}
	}
	return nil
}

func (v *verifier) report() Report {
	rep := Report{OK: true, Unsealed: v.unsealed, Head: fmt.Sprintf("%d:%x", v.end.Number, v.end.Hash)}
	v.chain(chain.All)
	for id, c := range v.chains {
		out := Chain{All: id == chain.All, Blocks: int(c.at.Number), Entries: int(c.at.Total), Problem: c.problem}
		if id != chain.All {
			out.Tenant = id - 1
		}
		if cut := v.cuts[id]; cut != nil {
			out.Blocks -= int(cut.Number)
			out.Entries -= int(cut.Total)
			out.Cut, out.CutUntil, out.CutDays = int(cut.Total), time.Unix(0, cut.High).UTC(), cut.Days
		}
		rep.OK = rep.OK && c.problem == ""
		rep.Chains = append(rep.Chains, out)
	}
	slices.SortFunc(rep.Chains, func(a, b Chain) int {
		if a.All != b.All {
			return map[bool]int{true: -1, false: 1}[a.All]
		}
		return int(int64(a.Tenant) - int64(b.Tenant))
	})
	return rep
}

// name is an entry as a problem names it.
func name(e *chain.Row) string { return chain.FormatID(e.ID) + " (" + e.Action + ")" }
