package proof

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"slices"
	"time"

	"stoa/app/audit/chain"
)

// round is a round whose lines are being read.
type round struct {
	line   int
	block  *chain.Block
	blocks map[uint64]*sealed // by chain
	rows   []*chain.Row
	lines  []int // of rows
	unread map[uint64]bool
	bad    bool // something of it is not as it was written
}

// sealed is a tenant's block with the hashes of its entries.
type sealed struct {
	line    int
	block   *chain.Block
	entries []leaf
}

// block takes a tenant's block of the round.
func (v *verifier) block(b *block) {
	r, of := v.round, chainOf(b.Tenant)
	if r == nil || of == chain.All || r.blocks[of] != nil || len(r.rows) > 0 || len(r.blocks) >= maxRound {
		v.blame("block %d of %s stands in the wrong place: it was put in", b.Number, named(of))
		return
	}
	r.blocks[of] = &sealed{line: v.line, block: b.row(), entries: b.Entries}
}

// entry takes an entry of the round.
func (v *verifier) entry(e *chain.Row, text []byte) error {
	v.add(text)
	r := v.round
	if r == nil {
		v.blame("entry %s was put in: it stands before the first round", name(e))
		return nil
	}
	if len(r.rows) >= maxRound {
		v.close()
		v.blame("entry %s was put in: no round has so many", name(e))
		return errStop
	}
	v.report.Entries++
	at := time.Unix(0, e.At).UTC()
	if v.report.From.IsZero() || at.Before(v.report.From) {
		v.report.From = at
	}
	if at.After(v.report.To) {
		v.report.To = at
	}
	if n := len(r.rows); n > 0 && e.ID <= r.rows[n-1].ID {
		r.bad = true
		v.blame("entry %s was moved or put in: it stands behind %s", name(e), chain.FormatID(r.rows[n-1].ID))
	}
	r.rows, r.lines = append(r.rows, e), append(r.lines, v.line)
	return nil
}

// close checks the round that was read.
func (v *verifier) close() {
	r := v.round
	if r == nil {
		return
	}
	v.round = nil
	v.report.Rounds++
	all := v.chain(chain.All)
	gap := r.block.Number != all.at.Number+1
	if gap {
		v.followed(r, all)
	}
	whole := true
	seen := map[uint64]bool{}
	for _, p := range r.block.Parts {
		seen[p.Chain] = true
		s := v.chain(p.Chain)
		rows, lines := r.of(p.Chain)
		if p.Number <= s.cut {
			whole = false
			if len(rows) > 0 {
				r.bad = true
				v.blameAt(lines[0], "entry %s was put in: the entries of its block were cut", name(rows[0]))
			}
			continue
		}
		v.part(r, p, s, rows, lines)
	}
	for i, e := range r.rows {
		if !seen[chain.Of(e.Tenant)] {
			r.bad = true
			v.blameAt(r.lines[i], "entry %s was put in: round %d has none of tenant %d", name(e), r.block.Number, e.Tenant)
		}
	}
	for of, b := range r.blocks {
		if !seen[of] {
			r.bad = true
			v.blameAt(b.line, "block %d of %s was put in: round %d does not name it", b.block.Number, named(of), r.block.Number)
		}
	}
	v.itself(r, all, whole && !gap)
	all.at = *r.block.End()
}

// followed says what is wrong with the number of a round.
func (v *verifier) followed(r *round, all *state) {
	r.bad = true
	if r.block.Number <= all.at.Number {
		v.blameAt(r.line, "round %d was moved or put in: it stands behind round %d", r.block.Number, all.at.Number)
		return
	}
	v.blameAt(r.line, "rounds %d to %d are missing: lines were removed", all.at.Number+1, r.block.Number-1)
}

// of are the entries of one chain, by their ids: what was moved has been said.
func (r *round) of(of uint64) (rows []*chain.Row, lines []int) {
	var at []int
	for i, e := range r.rows {
		if chain.Of(e.Tenant) == of {
			at = append(at, i)
		}
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(r.rows[a].ID, r.rows[b].ID) })
	for _, i := range at {
		rows, lines = append(rows, r.rows[i]), append(lines, r.lines[i])
	}
	return rows, lines
}

// itself checks the fields, the hash and the signature of a round; whole says that
// nothing of it was cut and that the round before it is here.
func (v *verifier) itself(r *round, all *state, whole bool) {
	b := r.block
	sum, err := b.Sum(nil)
	switch {
	case err != nil || !bytes.Equal(sum, b.Hash):
		v.blameAt(r.line, "round %d was changed: its hash does not fit", b.Number)
	case !ed25519.Verify(v.key, b.Hash, b.Sign):
		v.blameAt(r.line, "round %d was changed: its signature does not fit", b.Number)
	case r.bad:
	case !bytes.Equal(b.Prev, all.at.Hash):
		v.blameAt(r.line, "round %d does not follow round %d: the chain was cut or exchanged", b.Number, all.at.Number)
	case whole && (len(r.rows) == 0 || !same(b, chain.NewBlock(&all.at, r.rows, b.Made))):
		v.blameAt(r.line, "round %d: its counts do not fit its entries", b.Number)
	}
}

// part checks a tenant's block of a round against its entries.
func (v *verifier) part(r *round, p chain.Part, s *state, rows []*chain.Row, lines []int) {
	got := r.blocks[p.Chain]
	if got == nil {
		r.bad = true
		v.blameAt(r.line, "block %d of %s is missing from round %d: lines were removed", p.Number, named(p.Chain), r.block.Number)
		s.blamed = true
		return
	}
	b := got.block
	before := len(v.report.Problems)
	hashes := v.entries(r, got, rows, lines)
	sum, err := b.Sum(hashes)
	fits := err == nil && bytes.Equal(sum, b.Hash) && bytes.Equal(b.Hash, p.Hash)
	switch {
	case len(v.report.Problems) > before, len(r.unread) > 0:
	case !fits && bytes.Equal(b.Hash, p.Hash):
		v.blameAt(got.line, "block %d of %s was changed: one of its entries %s to %s, together with the hash that would tell which, or the block itself",
			b.Number, named(p.Chain), chain.FormatID(b.First), chain.FormatID(b.Last))
	case !fits:
		v.blameAt(got.line, "block %d of %s is not the one that was sealed with round %d", b.Number, named(p.Chain), r.block.Number)
	case s.blamed: // what was said of the chain explains the rest
	case b.Number != s.at.Number+1 || !bytes.Equal(b.Prev, s.at.Hash):
		v.blameAt(got.line, "block %d of %s does not follow block %d: the chain was cut or exchanged", b.Number, named(p.Chain), s.at.Number)
	case len(rows) == 0 || !same(b, chain.NewBlock(&s.at, rows, b.Made)):
		v.blameAt(got.line, "block %d of %s: its counts do not fit its entries", b.Number, named(p.Chain))
	}
	if len(v.report.Problems) > before || len(r.unread) > 0 {
		r.bad, s.blamed = true, true
	}
	s.at = *b.End()
}

// entries names the entries of a block that were changed, removed or put in, and
// gives the hashes of those that are there.
func (v *verifier) entries(r *round, got *sealed, rows []*chain.Row, lines []int) (hashes [][]byte) {
	for _, e := range rows {
		h, err := chain.LeafHash(e)
		if err != nil {
			h = nil
		}
		hashes = append(hashes, h)
	}
	i := 0
	for _, l := range got.entries {
		for i < len(rows) && rows[i].ID < uint64(l.ID) {
			v.blameAt(lines[i], "entry %s was put in", name(rows[i]))
			i++
		}
		if i == len(rows) || rows[i].ID != uint64(l.ID) {
			if r.unread[uint64(l.ID)] {
				continue // was said
			}
			v.blameAt(r.where(i, lines), "entry %s was removed: block %d of %s has it", chain.FormatID(uint64(l.ID)), got.block.Number, named(got.block.Chain))
			continue
		}
		if len(l.Hash) < chain.LeafSize || !bytes.HasPrefix(hashes[i], l.Hash) {
			v.blameAt(lines[i], "entry %s was changed", name(rows[i]))
		}
		i++
	}
	for ; i < len(rows); i++ {
		v.blameAt(lines[i], "entry %s was put in", name(rows[i]))
	}
	return hashes
}

// where is the line at which entry i of a block should stand.
func (r *round) where(i int, lines []int) int {
	switch {
	case i < len(lines):
		return lines[i]
	case len(r.lines) > 0:
		return r.lines[len(r.lines)-1] + 1
	}
	return r.line + len(r.blocks) + 1
}

// same reports whether b is what its entries give.
func same(b, want *chain.Block) bool {
	want.Parts, want.Hash, want.Sign = b.Parts, b.Hash, b.Sign
	x, errX := chain.Canonical(b)
	y, errY := chain.Canonical(want)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// name is an entry as a problem names it.
func name(e *chain.Row) string { return chain.FormatID(e.ID) + " (" + e.Action + ")" }
