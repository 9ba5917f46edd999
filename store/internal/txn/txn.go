// Package txn is one transaction on an engine: writes that count against the
// engine's limits, no commit after a write that failed, and scans under which a
// loop may write. It knows keys and values, not rows or indexes.
package txn

import (
	"errors"

	"stoa/store/kv"
)

// Reader reads one snapshot, or what a Tx has made of it.
type Reader interface {
	kv.Reader
	// Writes is how many writes there have been.
	Writes() int
}

// View is a Reader without writes.
type View struct{ kv.Reader }

// Writes is 0.
func (View) Writes() int { return 0 }

// Tx is a transaction that writes.
type Tx struct {
	kv     kv.Txn
	err    error // the first that was kept: nothing may be committed
	writes int
	bytes  int
}

// New is a transaction that has written nothing yet.
func New(t kv.Txn) Tx { return Tx{kv: t} }

// Get returns the value of key or kv.ErrNotFound.
func (tx *Tx) Get(key []byte) ([]byte, error) { return tx.kv.Get(key) }

// Scan calls fn for each pair of r in order until fn returns false.
func (tx *Tx) Scan(r kv.Range, fn func(key, value []byte) bool) error { return tx.kv.Scan(r, fn) }

// Writes is how many writes there have been.
func (tx *Tx) Writes() int { return tx.writes }

// Put sets the value of key.
func (tx *Tx) Put(key, value []byte) error {
	tx.writes++
	tx.bytes += len(key) + len(value)
	return tx.Keep(tx.kv.Put(key, value))
}

// Delete removes key; that it is not there is no error.
func (tx *Tx) Delete(key []byte) error {
	tx.writes++
	tx.bytes += len(key)
	return tx.Keep(tx.kv.Delete(key))
}

// Full reports whether more than half of what the engines let one transaction
// write is used up, once so many more writes have followed.
func (tx *Tx) Full(more int) bool {
	return tx.writes+more > kv.MaxTxnOps/2 || tx.bytes > kv.MaxTxnBytes/2
}

// Keep remembers the first error that is not nil and returns the one it is
// given: what belongs together was written in part only, and a caller that goes
// on after the error must not commit it.
func (tx *Tx) Keep(err error) error {
	if err != nil && tx.err == nil {
		tx.err = err
	}
	return err
}

// Err is the first error that was kept.
func (tx *Tx) Err() error { return tx.err }

// Lookup is the value of key, nil if it is absent.
func Lookup(r kv.Reader, key []byte) ([]byte, error) {
	value, err := r.Get(key)
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	if err == nil && value == nil {
		value = []byte{}
	}
	return value, err
}
