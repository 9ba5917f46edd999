package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/fxamacker/cbor/v2"

	"stoa/store"
)

// Sizes of a round. Each tenant in it costs three rows and one commit writes 512
// at most.
const (
	maxRound   = 240
	maxTenants = 128
)

// Chains: one over all entries, and one for each tenant.
const allChain = 0

func chainOf(tenant uint64) uint64 { return tenant + 1 }

// block is a sealed stretch of a chain. In the chain over all it is a round:
// Parts then names the tenants' blocks made with it, and Signature is set.
type block struct {
	Chain  uint64  `cbor:"1,keyasint"`
	Number uint64  `cbor:"2,keyasint"` // from 1, without gaps
	First  uint64  `cbor:"3,keyasint"` // id of its first entry
	Last   uint64  `cbor:"4,keyasint"`
	Count  uint64  `cbor:"5,keyasint"`
	Total  uint64  `cbor:"6,keyasint"` // entries of the chain up to and with this block
	MinAt  int64   `cbor:"7,keyasint"` // earliest time of its entries, Unix nanoseconds
	MaxAt  int64   `cbor:"8,keyasint"`
	Tally  []tally `cbor:"9,keyasint"`
	Parts  []part  `cbor:"10,keyasint,omitempty"`
	Made   int64   `cbor:"11,keyasint"` // when it was sealed, Unix nanoseconds
	Prev   []byte  `cbor:"12,keyasint,omitempty"`
	Hash   []byte  `cbor:"13,keyasint,omitempty"`
	Sign   []byte  `cbor:"14,keyasint,omitempty"` // Ed25519 over Hash
	High   int64   `cbor:"15,keyasint"`           // latest time of the chain up to and with this block
	Back   uint64  `cbor:"16,keyasint,omitempty"` // entries so far that were earlier than one before them
}

// tally counts the entries of a block that agree in what lists are filtered by.
type tally struct {
	Account uint64 `cbor:"1,keyasint,omitempty"`
	Action  string `cbor:"2,keyasint,omitempty"`
	Outcome string `cbor:"3,keyasint,omitempty"`
	Count   uint64 `cbor:"4,keyasint"`
}

// part is a tenant's block of a round.
type part struct {
	Chain  uint64 `cbor:"1,keyasint"`
	Number uint64 `cbor:"2,keyasint"`
	Hash   []byte `cbor:"3,keyasint"`
}

// leaves lets Verify say which entry of a block was touched. The block's hash
// covers the entries themselves, not this row.
type leaves struct {
	Chain  uint64   `cbor:"1,keyasint"`
	Number uint64   `cbor:"2,keyasint"`
	Steps  []uint64 `cbor:"3,keyasint"` // ids: the first, then the differences
	Sums   []byte   `cbor:"4,keyasint"` // leafSize bytes of each entry's hash
}

const leafSize = 16

// head is where a chain ends.
type head struct {
	Chain  uint64 `cbor:"1,keyasint"`
	Number uint64 `cbor:"2,keyasint,omitempty"`
	Total  uint64 `cbor:"3,keyasint,omitempty"`
	LastID uint64 `cbor:"4,keyasint,omitempty"`
	Hash   []byte `cbor:"5,keyasint,omitempty"`
	High   int64  `cbor:"6,keyasint,omitempty"`
	Back   uint64 `cbor:"7,keyasint,omitempty"`
}

func (s *Service) head(r store.Reader, chain uint64) (*head, error) {
	h, err := s.heads.Get(r, store.K().Uint(chain))
	if errors.Is(err, store.ErrNotFound) {
		return &head{Chain: chain}, nil
	}
	return h, err
}

func (b *block) head() *head {
	return &head{Chain: b.Chain, Number: b.Number, Total: b.Total, LastID: b.Last, Hash: b.Hash, High: b.High, Back: b.Back}
}

// canonical is the one encoding of a row that is hashed (RFC 8949, 4.2.1).
func canonical(v any) ([]byte, error) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(v)
}

func leafHash(r *row) ([]byte, error) {
	text, err := canonical(r)
	sum := sha256.Sum256(append([]byte("stoa audit entry\x00"), text...))
	return sum[:], err
}

// newBlock makes the block that follows prev, without its hash.
func newBlock(prev *head, rows []*row, made int64) *block {
	b := &block{Chain: prev.Chain, Number: prev.Number + 1, First: rows[0].ID, Last: rows[len(rows)-1].ID,
		Count: uint64(len(rows)), Total: prev.Total + uint64(len(rows)), MinAt: rows[0].At, MaxAt: rows[0].At,
		Prev: prev.Hash, Made: made, High: prev.High, Back: prev.Back}
	at := map[tally]int{}
	for _, r := range rows {
		b.MinAt, b.MaxAt = min(b.MinAt, r.At), max(b.MaxAt, r.At)
		if r.At < b.High {
			b.Back++
		}
		b.High = max(b.High, r.At)
		what := tally{Account: r.Account, Action: r.Action, Outcome: r.Outcome}
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

// sum is the hash of a block: its own fields and, in a tenant's chain, the
// hashes of its entries.
func (b *block) sum(entries [][]byte) ([]byte, error) {
	bare := *b
	bare.Hash, bare.Sign = nil, nil
	text, err := canonical(&bare)
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

// keyRow is the signing key, sealed.
type keyRow struct {
	ID     uint64 `cbor:"1,keyasint"`
	Sealed []byte `cbor:"2,keyasint"`
}

const keyRecord = "audit/1/signing key"

func (s *Service) loadKey(ctx context.Context) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		k, err := s.keys.Get(tx, store.K().Uint(1))
		if err == nil {
			seed, err := s.deps.Box.Unseal(k.Sealed, keyRecord)
			if err != nil || len(seed) != ed25519.SeedSize {
				return errors.Join(errors.New("audit: the signing key can't be read"), err)
			}
			s.key = ed25519.NewKeyFromSeed(seed)
			return nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		seed := make([]byte, ed25519.SeedSize)
		rand.Read(seed)
		sealed, err := s.deps.Box.Seal(seed, keyRecord)
		if err != nil {
			return err
		}
		s.key = ed25519.NewKeyFromSeed(seed)
		return s.keys.Insert(tx, &keyRow{ID: 1, Sealed: sealed})
	})
}
