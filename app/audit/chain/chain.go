// Package chain is the form of the action log in the store: entries, the blocks
// that seal them, chained by hashes, and the checkpoints up to which old ones were
// cut. It computes and reads; who writes what, and when, is package audit's.
package chain

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/fxamacker/cbor/v2"

	"stoa/store"
)

// Tables are where a log lies.
type Tables struct {
	Entries  store.Table[Row]
	ByTenant store.Index[Row]
	Blocks   store.Table[Block]
	Leaves   store.Table[Leaves]
	Heads    store.Table[Head]
	Cuts     store.Table[Checkpoint]
}

// Define adds the tables to a schema.
func Define(s *store.Schema) *Tables {
	l := &Tables{}
	l.Entries = store.Define(s, 60, "audit_entry", func(r *Row) store.Key { return store.K().Uint(r.ID) })
	l.ByTenant = l.Entries.Index(1, "tenant", func(r *Row) []store.Key { return []store.Key{store.K().Uint(r.Tenant)} })
	l.Blocks = store.Define(s, 61, "audit_block", func(b *Block) store.Key { return store.K().Uint(b.Chain).Uint(b.Number) })
	l.Leaves = store.Define(s, 62, "audit_leaves", func(v *Leaves) store.Key { return store.K().Uint(v.Chain).Uint(v.Number) })
	l.Heads = store.Define(s, 63, "audit_head", func(h *Head) store.Key { return store.K().Uint(h.Chain) })
	l.Cuts = store.Define(s, 68, "audit_checkpoint", func(c *Checkpoint) store.Key { return store.K().Uint(c.Chain) })
	return l
}

// Change is a field that an action changed. Values of secret fields are masked.
type Change struct {
	Field string `cbor:"1,keyasint,omitempty"`
	Old   string `cbor:"2,keyasint,omitempty"`
	New   string `cbor:"3,keyasint,omitempty"`
}

// Row is an entry as stored. Its canonical encoding is what gets hashed: fields
// may be added, but none may change its number or meaning.
type Row struct {
	ID          uint64   `cbor:"1,keyasint"`
	Tenant      uint64   `cbor:"2,keyasint,omitempty"`
	Account     uint64   `cbor:"3,keyasint,omitempty"`
	AccountName string   `cbor:"4,keyasint,omitempty"`
	Action      string   `cbor:"5,keyasint,omitempty"`
	ObjectKind  string   `cbor:"6,keyasint,omitempty"`
	ObjectID    string   `cbor:"7,keyasint,omitempty"`
	ObjectName  string   `cbor:"8,keyasint,omitempty"`
	Outcome     string   `cbor:"9,keyasint,omitempty"`
	Reason      string   `cbor:"10,keyasint,omitempty"`
	Changes     []Change `cbor:"11,keyasint,omitempty"`
	Params      string   `cbor:"12,keyasint,omitempty"`
	Dialect     string   `cbor:"13,keyasint,omitempty"`
	Method      string   `cbor:"14,keyasint,omitempty"`
	Path        string   `cbor:"15,keyasint,omitempty"`
	Address     string   `cbor:"16,keyasint,omitempty"`
	UserAgent   string   `cbor:"17,keyasint,omitempty"`
	RequestID   string   `cbor:"18,keyasint,omitempty"`
	At          int64    `cbor:"19,keyasint"` // Unix nanoseconds
}

// FormatID is an entry's id as it is written: 16 hexadecimal digits.
func FormatID(id uint64) string { return fmt.Sprintf("%016x", id) }

// ParseID reads what FormatID wrote.
func ParseID(s string) (uint64, bool) {
	id, err := strconv.ParseUint(s, 16, 64)
	return id, err == nil && len(s) == 16
}

// All is the chain over all entries; besides it there is one for each tenant.
const All = 0

// Of is the chain of a tenant.
func Of(tenant uint64) uint64 { return tenant + 1 }

// Block is a sealed stretch of a chain. In the chain over all it is a round:
// Parts then names the tenants' blocks made with it, and Signature is set.
type Block struct {
	Chain  uint64  `cbor:"1,keyasint"`
	Number uint64  `cbor:"2,keyasint"` // from 1, without gaps
	First  uint64  `cbor:"3,keyasint"` // id of its first entry
	Last   uint64  `cbor:"4,keyasint"`
	Count  uint64  `cbor:"5,keyasint"`
	Total  uint64  `cbor:"6,keyasint"` // entries of the chain up to and with this block
	MinAt  int64   `cbor:"7,keyasint"` // earliest time of its entries, Unix nanoseconds
	MaxAt  int64   `cbor:"8,keyasint"`
	Tally  []Tally `cbor:"9,keyasint"`
	Parts  []Part  `cbor:"10,keyasint,omitempty"`
	Made   int64   `cbor:"11,keyasint"` // when it was sealed, Unix nanoseconds
	Prev   []byte  `cbor:"12,keyasint,omitempty"`
	Hash   []byte  `cbor:"13,keyasint,omitempty"`
	Sign   []byte  `cbor:"14,keyasint,omitempty"` // Ed25519 over Hash
	High   int64   `cbor:"15,keyasint"`           // latest time of the chain up to and with this block
	Back   uint64  `cbor:"16,keyasint,omitempty"` // entries so far that were earlier than one before them
}

// Tally counts the entries of a block that agree in what lists are filtered by.
type Tally struct {
	Account uint64 `cbor:"1,keyasint,omitempty"`
	Action  string `cbor:"2,keyasint,omitempty"`
	Outcome string `cbor:"3,keyasint,omitempty"`
	Count   uint64 `cbor:"4,keyasint"`
}

// Part is a tenant's block of a round.
type Part struct {
	Chain  uint64 `cbor:"1,keyasint"`
	Number uint64 `cbor:"2,keyasint"`
	Hash   []byte `cbor:"3,keyasint"`
}

// Leaves lets Verify say which entry of a block was touched. The block's hash
// covers the entries themselves, not this row.
type Leaves struct {
	Chain  uint64   `cbor:"1,keyasint"`
	Number uint64   `cbor:"2,keyasint"`
	Steps  []uint64 `cbor:"3,keyasint"` // ids: the first, then the differences
	Sums   []byte   `cbor:"4,keyasint"` // LeafSize bytes of each entry's hash
}

// LeafSize is the bytes kept of an entry's hash.
const LeafSize = 16

// Head is where a chain ends.
type Head struct {
	Chain  uint64 `cbor:"1,keyasint"`
	Number uint64 `cbor:"2,keyasint,omitempty"`
	Total  uint64 `cbor:"3,keyasint,omitempty"`
	LastID uint64 `cbor:"4,keyasint,omitempty"`
	Hash   []byte `cbor:"5,keyasint,omitempty"`
	High   int64  `cbor:"6,keyasint,omitempty"`
	Back   uint64 `cbor:"7,keyasint,omitempty"`
}

// Head is where a chain ends; an empty one where it has not begun.
func (l *Tables) Head(r store.Reader, chain uint64) (*Head, error) {
	h, err := l.Heads.Get(r, store.K().Uint(chain))
	if errors.Is(err, store.ErrNotFound) {
		return &Head{Chain: chain}, nil
	}
	return h, err
}

// End is the head of a chain that ends with b.
func (b *Block) End() *Head {
	return &Head{Chain: b.Chain, Number: b.Number, Total: b.Total, LastID: b.Last, Hash: b.Hash, High: b.High, Back: b.Back}
}

// Canonical is the one encoding of a row that is hashed (RFC 8949, 4.2.1).
func Canonical(v any) ([]byte, error) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(v)
}

// LeafHash is the hash of an entry.
func LeafHash(r *Row) ([]byte, error) {
	text, err := Canonical(r)
	sum := sha256.Sum256(append([]byte("stoa audit entry\x00"), text...))
	return sum[:], err
}

// NewBlock makes the block that follows prev, without its hash.
func NewBlock(prev *Head, rows []*Row, made int64) *Block {
	b := &Block{Chain: prev.Chain, Number: prev.Number + 1, First: rows[0].ID, Last: rows[len(rows)-1].ID,
		Count: uint64(len(rows)), Total: prev.Total + uint64(len(rows)), MinAt: rows[0].At, MaxAt: rows[0].At,
		Prev: prev.Hash, Made: made, High: prev.High, Back: prev.Back}
	at := map[Tally]int{}
	for _, r := range rows {
		b.MinAt, b.MaxAt = min(b.MinAt, r.At), max(b.MaxAt, r.At)
		if r.At < b.High {
			b.Back++
		}
		b.High = max(b.High, r.At)
		what := Tally{Account: r.Account, Action: r.Action, Outcome: r.Outcome}
		i, ok := at[what]
		if !ok {
			i = len(b.Tally)
			at[what] = i
			b.Tally = append(b.Tally, what)
		}
		b.Tally[i].Count++
	}
	return b
}

// Sum is the hash of a block: its own fields and, in a tenant's chain, the
// hashes of its entries.
func (b *Block) Sum(entries [][]byte) ([]byte, error) {
	bare := *b
	bare.Hash, bare.Sign = nil, nil
	text, err := Canonical(&bare)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	h.Write([]byte("stoa audit block\x00"))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
	h.Write(text)
	for _, e := range entries {
		h.Write(e)
	}
	return h.Sum(nil), nil
}

// Checkpoint is where a chain begins since older blocks of it were cut: the end of
// the last one, signed, so that what follows is still proven.
type Checkpoint struct {
	Chain  uint64 `cbor:"1,keyasint"`
	Number uint64 `cbor:"2,keyasint"` // of the last block that was cut
	Total  uint64 `cbor:"3,keyasint"` // entries cut so far
	LastID uint64 `cbor:"4,keyasint"`
	Hash   []byte `cbor:"5,keyasint,omitempty"`
	High   int64  `cbor:"6,keyasint"` // latest time of what was cut, Unix nanoseconds
	Back   uint64 `cbor:"7,keyasint,omitempty"`
	Made   int64  `cbor:"8,keyasint"`
	Days   int    `cbor:"9,keyasint"` // by which policy
	Sign   []byte `cbor:"10,keyasint,omitempty"`
	Gone   uint64 `cbor:"11,keyasint,omitempty"` // blocks removed up to this one; not signed
}

// Head is where the chain was cut, as a head.
func (c *Checkpoint) Head() Head {
	return Head{Chain: c.Chain, Number: c.Number, Total: c.Total, LastID: c.LastID, Hash: c.Hash, High: c.High, Back: c.Back}
}

// Text is what is signed of a checkpoint.
func (c *Checkpoint) Text() ([]byte, error) {
	bare := *c
	bare.Sign, bare.Gone = nil, 0
	text, err := Canonical(&bare)
	return append([]byte("stoa audit checkpoint\x00"), text...), err
}

// Cut is the checkpoint of a chain; a zero one where nothing was cut.
func (l *Tables) Cut(r store.Reader, chain uint64) (*Checkpoint, error) {
	c, err := l.Cuts.Get(r, store.K().Uint(chain))
	if errors.Is(err, store.ErrNotFound) {
		return &Checkpoint{Chain: chain}, nil
	}
	return c, err
}

// First finds the first block of a chain for which is answers true, where
// that is so for all later ones too; nil if there is none.
// Blocks up to cut are gone.
func (l *Tables) First(r store.Reader, end *Head, cut uint64, is func(*Block) bool) (found *Block, err error) {
	low, high := cut+1, end.Number
	for low <= high {
		mid := low + (high-low)/2
		b, err := l.Blocks.Get(r, store.K().Uint(end.Chain).Uint(mid))
		if err != nil {
			return nil, err
		}
		if is(b) {
			found, high = b, mid-1
		} else {
			low = mid + 1
		}
	}
	return found, nil
}
