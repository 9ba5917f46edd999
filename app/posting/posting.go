// Package posting finds the entries of a long log by what they have in common:
// for each term there is a list of the blocks that hold entries with it, with the
// entries' ids and a running count. So the newest matches, the number of matches
// and any page of them take a few reads, however long the log is. It knows
// nothing of what the entries are.
package posting

import (
	"encoding/binary"
	"errors"

	"stoa/store"
)

// Term is one list: a value in one respect (Dim), in one chain of blocks.
type Term struct {
	Chain uint64
	Dim   uint64
	Value string
}

// Posting is a block of a list.
type Posting struct {
	Term
	Block uint64
	IDs   []uint64 // rising
	Total uint64   // entries of the list up to and with this block, as counted when it was added
	Was   uint64   // entries that it had then
}

type row struct {
	Chain uint64 `cbor:"1,keyasint"`
	Dim   uint64 `cbor:"2,keyasint"`
	Value string `cbor:"3,keyasint"`
	Block uint64 `cbor:"4,keyasint"`
	Steps []byte `cbor:"5,keyasint"` // ids: the first, then the differences, uvarints
	Total uint64 `cbor:"6,keyasint,omitempty"`
	Was   uint64 `cbor:"7,keyasint,omitempty"`
}

// Index is the lists.
type Index struct {
	rows store.Table[row]
}

// New defines the table of the lists; id is permanent.
func New(s *store.Schema, id uint16, name string) *Index {
	x := &Index{}
	x.rows = store.Define(s, id, name, func(r *row) store.Key { return key(Term{r.Chain, r.Dim, r.Value}).Uint(r.Block) })
	return x
}

func key(t Term) store.Key { return store.K().Uint(t.Chain).Uint(t.Dim).Str(t.Value) }

func (r *row) posting() *Posting {
	p := &Posting{Term: Term{r.Chain, r.Dim, r.Value}, Block: r.Block, Total: r.Total, Was: r.Was}
	id := uint64(0)
	for rest := r.Steps; len(rest) > 0; {
		step, n := binary.Uvarint(rest)
		if n <= 0 {
			break
		}
		id += step
		p.IDs = append(p.IDs, id)
		rest = rest[n:]
	}
	return p
}

func (p *Posting) row() *row {
	r := &row{Chain: p.Chain, Dim: p.Dim, Value: p.Value, Block: p.Block, Total: p.Total, Was: p.Was}
	last := uint64(0)
	for _, id := range p.IDs {
		r.Steps = binary.AppendUvarint(r.Steps, id-last)
		last = id
	}
	return r
}

// AddTx adds a block's entries, in rising order, to the list of t. before is the
// list's total up to the block; a list without counts passes 0. To add the same
// again changes nothing. It answers the list's total with the block.
func (x *Index) AddTx(tx *store.Tx, t Term, block uint64, ids []uint64, before uint64) (total uint64, err error) {
	p := &Posting{Term: t, Block: block, IDs: ids, Was: uint64(len(ids)), Total: before + uint64(len(ids))}
	return p.Total, x.rows.Put(tx, p.row())
}

// RemoveTx takes ids out of a block of a list. The counts of later blocks stay:
// they count what the list once had.
func (x *Index) RemoveTx(tx *store.Tx, t Term, block uint64, ids []uint64) error {
	p, err := x.At(tx, t, block)
	if err != nil || p == nil {
		return err
	}
	gone := map[uint64]bool{}
	for _, id := range ids {
		gone[id] = true
	}
	var left []uint64
	for _, id := range p.IDs {
		if !gone[id] {
			left = append(left, id)
		}
	}
	if len(left) == 0 {
		return x.rows.Delete(tx, key(t).Uint(block))
	}
	p.IDs = left
	return x.rows.Update(tx, p.row())
}

// At is the block of a list; nil if it holds nothing of it.
func (x *Index) At(r store.Reader, t Term, block uint64) (*Posting, error) {
	found, err := x.rows.Get(r, key(t).Uint(block))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return found.posting(), nil
}

// Before is the last block of a list that is below block; nil if there is none.
func (x *Index) Before(r store.Reader, t Term, block uint64) (*Posting, error) {
	return x.one(r, store.Scan{Prefix: key(t), After: key(t).Uint(block), Reverse: true, Limit: 1})
}

// From is the first block of a list from block on; nil if there is none.
func (x *Index) From(r store.Reader, t Term, block uint64) (*Posting, error) {
	o := store.Scan{Prefix: key(t), Limit: 1}
	if block > 0 {
		o.After = key(t).Uint(block - 1)
	}
	return x.one(r, o)
}

func (x *Index) one(r store.Reader, o store.Scan) (*Posting, error) {
	for found, err := range x.rows.Scan(r, o) {
		if err != nil {
			return nil, err
		}
		return found.posting(), nil
	}
	return nil, nil
}

// Reaching finds the block, from low to high, whose total is the first to be
// above rank, in a few reads; nil if there is none.
func (x *Index) Reaching(r store.Reader, t Term, low, high, rank uint64) (found *Posting, err error) {
	for low <= high {
		mid := low + (high-low)/2
		p, err := x.From(r, t, mid)
		if err != nil {
			return nil, err
		}
		switch {
		case p == nil || p.Block > high || p.Total > rank:
			if p != nil && p.Block <= high {
				found = p
			}
			if mid == 0 {
				return found, nil
			}
			high = mid - 1
		default:
			low = p.Block + 1
		}
	}
	return found, nil
}

// Values lists the values of a dimension that begin with prefix, at most limit,
// and whether there are more.
func (x *Index) Values(r store.Reader, chain, dim uint64, prefix string, limit int) (values []string, more bool, err error) {
	o := store.Scan{Prefix: store.K().Uint(chain).Uint(dim).StrPrefix(prefix), Limit: 1}
	for {
		var next string
		found := false
		for p, err := range x.rows.Scan(r, o) {
			if err != nil {
				return nil, false, err
			}
			next, found = p.Value, true
		}
		switch {
		case !found:
			return values, false, nil
		case len(values) == limit:
			return values, true, nil
		}
		values = append(values, next)
		o.After = key(Term{chain, dim, next})
	}
}
