// Package proof is the action log as a file that proves itself: JSON lines with the
// entries, the blocks that seal them, the signed rounds and checkpoints, and a
// signature over the whole. Who has the file and the fingerprint of the key that
// signed it needs nothing else to tell whether it is what was written.
//
// The lines, each an object with one member:
//
//	export      what it is of, and the public key             once, first
//	checkpoint  where a chain begins whose older entries were cut
//	round       a signed block of the chain over all; behind it
//	block       the block of each tenant in the round, with the hashes of its entries
//	entry       the entries of the round, oldest first
//	end         counts, the SHA-256 of all lines before, a signature   once, last
//
// A line has one form: another spelling of the same JSON is refused, so that no two
// readers see different things in it.
package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"stoa/app/audit/chain"
)

// Format is the version of the form that this program writes and reads.
const Format = 1

// MaxLine bounds a line, in bytes.
const MaxLine = 4 << 20

// maxRound bounds the entries of a round.
const maxRound = 4096

// ErrForeign means that a file is no exported log, or one of a newer version.
var ErrForeign = errors.New("this file is no exported action log")

// Fingerprint is the short public name of a signing key: the SHA-256 of the public
// key, hexadecimal.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}

// line is one line; one member is set.
type line struct {
	Export     *header     `json:"export,omitempty"`
	Checkpoint *checkpoint `json:"checkpoint,omitempty"`
	Round      *block      `json:"round,omitempty"`
	Block      *block      `json:"block,omitempty"`
	Entry      *entry      `json:"entry,omitempty"`
	End        *end        `json:"end,omitempty"`
}

type header struct {
	Format  int      `json:"format"`
	Product string   `json:"product"`
	At      nanos    `json:"at"`
	Key     hexBytes `json:"public_key"` // Ed25519
}

type checkpoint struct {
	Tenant *uint64  `json:"tenant,omitempty"` // none = the chain over all
	Number uint64   `json:"number"`
	Total  uint64   `json:"entries"`
	Last   id       `json:"last"`
	Hash   hexBytes `json:"hash,omitempty"`
	High   nanos    `json:"until"`
	Back   uint64   `json:"back,omitempty"`
	Made   nanos    `json:"made"`
	Days   int      `json:"days"`
	Sign   hexBytes `json:"sign,omitempty"`
}

type block struct {
	Tenant  *uint64  `json:"tenant,omitempty"` // none = the chain over all
	Number  uint64   `json:"number"`
	First   id       `json:"first"`
	Last    id       `json:"last"`
	Count   uint64   `json:"count"`
	Total   uint64   `json:"total"`
	MinAt   nanos    `json:"min_at"`
	MaxAt   nanos    `json:"max_at"`
	Tally   []tally  `json:"tally"`
	Parts   []part   `json:"parts,omitempty"`
	Made    nanos    `json:"made"`
	Prev    hexBytes `json:"prev,omitempty"`
	Hash    hexBytes `json:"hash,omitempty"`
	Sign    hexBytes `json:"sign,omitempty"`
	High    nanos    `json:"high"`
	Back    uint64   `json:"back,omitempty"`
	Entries []leaf   `json:"entries,omitempty"` // of a tenant's block
}

type tally struct {
	Account uint64 `json:"account,omitempty"`
	Action  string `json:"action,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	Count   uint64 `json:"count"`
}

type part struct {
	Tenant uint64   `json:"tenant"`
	Number uint64   `json:"number"`
	Hash   hexBytes `json:"hash"`
}

// leaf is an entry's hash as it was when it was sealed.
type leaf struct {
	ID   id       `json:"id"`
	Hash hexBytes `json:"hash"`
}

type entry struct {
	ID          id       `json:"id"`
	At          nanos    `json:"at"`
	Tenant      uint64   `json:"tenant,omitempty"`
	Account     uint64   `json:"account,omitempty"`
	AccountName string   `json:"account_name,omitempty"`
	Action      string   `json:"action,omitempty"`
	ObjectKind  string   `json:"object_kind,omitempty"`
	ObjectID    string   `json:"object_id,omitempty"`
	ObjectName  string   `json:"object_name,omitempty"`
	Outcome     string   `json:"outcome,omitempty"`
	Reason      string   `json:"reason,omitempty"`
	Changes     []change `json:"changes,omitempty"`
	Params      string   `json:"params,omitempty"`
	Dialect     string   `json:"dialect,omitempty"`
	Method      string   `json:"method,omitempty"`
	Path        string   `json:"path,omitempty"`
	Address     string   `json:"address,omitempty"`
	UserAgent   string   `json:"user_agent,omitempty"`
	RequestID   string   `json:"request_id,omitempty"`
}

type change struct {
	Field string `json:"field,omitempty"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}

// end is what the whole is signed by.
type end struct {
	Rounds  uint64   `json:"rounds"`
	Entries uint64   `json:"entries"`
	Number  uint64   `json:"last_round"`
	Hash    hexBytes `json:"head,omitempty"`
	SHA256  hexBytes `json:"sha256"` // of all lines before
	Sign    hexBytes `json:"sign"`
}

// text is what is signed of an end.
func (e end) text() ([]byte, error) {
	text, err := chain.Canonical([]any{e.Rounds, e.Entries, e.Number, []byte(e.Hash), []byte(e.SHA256)})
	return append([]byte("stoa audit export\x00"), text...), err
}

// id is an entry's id: 16 hexadecimal digits.
type id uint64

func (v id) MarshalText() ([]byte, error) { return []byte(chain.FormatID(uint64(v))), nil }

func (v *id) UnmarshalText(text []byte) error {
	n, ok := chain.ParseID(string(text))
	if !ok {
		return errors.New("an id has 16 hexadecimal digits")
	}
	*v = id(n)
	return nil
}

// nanos is a moment in nanoseconds since 1970, written as RFC 3339 in UTC.
type nanos int64

func (v nanos) MarshalText() ([]byte, error) {
	return []byte(time.Unix(0, int64(v)).UTC().Format(time.RFC3339Nano)), nil
}

func (v *nanos) UnmarshalText(text []byte) error {
	at, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return err
	}
	*v = nanos(at.UnixNano())
	return nil
}

// hexBytes are bytes, written hexadecimal.
type hexBytes []byte

func (v hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(v)), nil }

func (v *hexBytes) UnmarshalText(text []byte) (err error) {
	*v, err = hex.DecodeString(string(text))
	return err
}
