// Package catalog is what a store remembers of itself: its format, its schema
// version, the names behind ids, and how far unfinished work has got. It reads
// and writes these records in the transaction it is given and says what differs
// from what is wanted; it knows no rows, and doing the work is the caller's.
//
//	00 00 00            format of the store: uvarint
//	00 00 01            schema version: uvarint
//	00 00 02 t          definition of table or sequence t: CBOR
//	00 00 03 version    resume position of a running migration
//	00 00 04 t kind i   resume position of an index being built
package catalog

import (
	"encoding/binary"
	"fmt"

	"stoa/store/internal/codec"
	"stoa/store/internal/txn"
	"stoa/store/key"
	"stoa/store/kv"
)

// Format is the version of the layout of keys and values that this program writes.
const Format = 1

const (
	formatKey     = 0x00
	versionKey    = 0x01
	definitionKey = 0x02
	migrationKey  = 0x03
	buildKey      = 0x04
)

func keyOf(kind byte, rest ...byte) []byte { return append([]byte{0, 0, kind}, rest...) }

// Begin marks an empty store as one of this format and of a schema version.
func Begin(tx kv.Txn, version int) error {
	if err := tx.Put(keyOf(formatKey), binary.AppendUvarint(nil, Format)); err != nil {
		return err
	}
	return setVersion(tx, version)
}

// StoredFormat is the format of the stored data, 0 of an empty store.
func StoredFormat(r kv.Reader) (uint64, error) { return number(r, keyOf(formatKey)) }

// Version is the schema version of the stored data.
func Version(r kv.Reader) (int, error) {
	v, err := number(r, keyOf(versionKey))
	return int(v), err
}

func setVersion(tx kv.Txn, version int) error {
	return tx.Put(keyOf(versionKey), binary.AppendUvarint(nil, uint64(version)))
}

// number reads a stored uvarint, 0 if it is absent.
func number(r kv.Reader, key []byte) (uint64, error) {
	value, err := txn.Lookup(r, key)
	if err != nil || value == nil {
		return 0, err
	}
	v, n := binary.Uvarint(value)
	if n != len(value) {
		return 0, fmt.Errorf("%w: key %x", codec.ErrCorrupt, key)
	}
	return v, nil
}

func migrationAt(version int) []byte {
	return keyOf(migrationKey, key.K().Uint(uint64(version))...)
}

// Resume is where the migration to version goes on, nil at its beginning.
func Resume(r kv.Reader, version int) ([]byte, error) {
	return txn.Lookup(r, migrationAt(version))
}

// SetResume keeps where the migration to version goes on.
func SetResume(tx kv.Txn, version int, resume []byte) error {
	return tx.Put(migrationAt(version), resume)
}

// Migrated ends the migration to version: that is what the data has now.
func Migrated(tx kv.Txn, version int) error {
	if err := tx.Delete(migrationAt(version)); err != nil {
		return err
	}
	return setVersion(tx, version)
}
