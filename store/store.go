// Package store keeps typed rows in an ordered key-value engine: tables with
// unique, ordered and ranked indexes, an expiry queue, sequences, versioned
// migrations and a check of all of it. It knows neither the domain nor a
// particular engine; it needs nothing but kv.Store.
//
// A row is a Go struct with integer CBOR keys (`cbor:"1,keyasint,omitempty"`).
// Its keys are computed by the functions given to Define, Unique, Index and
// Ranked, and by nothing else, from the row as it reads back from its stored
// form, so writer, reader and Verify can never disagree about them. Those
// functions must be pure. A table, an index and a sequence have ids that are
// permanent: they are part of the stored keys (see keys.go).
//
// Constraints are checked with point reads only. On every engine two writers
// that read the same absent key cannot both commit, whereas two writers that
// scanned the same empty range may.
package store

import (
	"errors"
	"fmt"

	"stoa/store/internal/catalog"
	"stoa/store/internal/codec"
)

// Errors of this package; compare with errors.Is. Errors of the engine (kv.Err…)
// pass through wrapped.
var (
	ErrNotFound = errors.New("store: no such row")
	ErrExists   = errors.New("store: a row with this key exists")
	ErrTaken    = errors.New("store: a unique value is taken")
	ErrNewer    = errors.New("store: the data was written by a newer version of this program")
	ErrSchema   = catalog.ErrSchema // the schema contradicts itself or the data
	ErrCorrupt  = codec.ErrCorrupt  // stored data is damaged
)

// TakenError says which unique index refused a row. errors.Is(err, ErrTaken).
type TakenError struct {
	Table, Index string
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("store: %s.%s: the value is taken", e.Table, e.Index)
}

// Is reports whether target is ErrTaken.
func (e *TakenError) Is(target error) bool { return target == ErrTaken }

// DecodeError says which stored row does not decode. errors.Is(err, ErrCorrupt).
type DecodeError struct {
	Table string
	Key   Key
	Err   error
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("store: row %x of %s does not decode: %v", []byte(e.Key), e.Table, e.Err)
}

// Is reports whether target is ErrCorrupt.
func (e *DecodeError) Is(target error) bool { return target == ErrCorrupt }

func (e *DecodeError) Unwrap() error { return e.Err }
