package store

import (
	"encoding/binary"

	"stoa/store/key"
)

// Key is a composition of values whose byte order is the order of the values;
// package key has the parts.
type Key = key.Key

// KeyReader reads the parts of a Key.
type KeyReader = key.Reader

// K is the empty key, to which parts are appended.
func K() Key { return nil }

// All keys of a store. A table, ranked index or sequence is "t", two bytes, big
// endian, not 0, which is package catalog's; "i" is the one-byte id of an index
// of that table; pk is a row's primary key; every Key part delimits itself.
//
//	00 00 …                               what the store remembers of itself: package catalog
//	t  t  10 pk                           row: format byte, CBOR
//	t  t  20 i key                        unique entry: pk
//	t  t  30 i key pk                     index entry: uvarint length of pk
//	t  t  40 i len(group) group sort pk   ranked entry: uvarint length of pk
//	t  t  41 i len(group) group node      counts of a node: package counted
//	t  t  42 i len(group) group node      shape of a node: package counted
//	t  t  50 time pk                      expiry entry: empty
//	t  t  60                              sequence: last number given out, uvarint
const (
	kindRow       = 0x10
	kindUnique    = 0x20
	kindIndex     = 0x30
	kindRankEntry = 0x40
	kindRankCount = 0x41
	kindRankShape = 0x42
	kindExpiry    = 0x50
	kindSequence  = 0x60
)

// RowOf is the table that an engine key is a row of; false for every other key.
func RowOf(engineKey []byte) (table uint16, ok bool) {
	if len(engineKey) < 4 || engineKey[2] != kindRow {
		return 0, false
	}
	table = binary.BigEndian.Uint16(engineKey)
	return table, table != 0
}

// indexPrefix is the beginning of the keys of one kind of an index's entries.
func indexPrefix(table uint16, kind byte, id uint8) []byte {
	p := binary.BigEndian.AppendUint16(nil, table)
	if kind == kindExpiry {
		return append(p, kind)
	}
	return append(p, kind, id)
}

// join is a and b in one new slice of exactly that size.
func join[B ~[]byte](a []byte, b ...B) []byte {
	n := len(a)
	for _, p := range b {
		n += len(p)
	}
	out := append(make([]byte, 0, n), a...)
	for _, p := range b {
		out = append(out, p...)
	}
	return out
}
