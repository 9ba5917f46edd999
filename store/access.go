package store

import (
	"iter"
	"time"
)

// The types that programs hold are interfaces, though there is one of each: a
// package that sees a generic struct, in however deep a field of what it imports,
// compiles all methods of it again. With them every package above the domain did
// so for every table there is, seven seconds each.
//
// Behind them stands one copy of the code for all tables: it is made for pointers,
// whose machine code is the same whatever they point to. Made for the rows
// themselves it was there ninety times, a sixth of the binary (8 of 47 MB).

// What a program names: the tables and indexes of rows of type T.
type (
	Table[T any]  = TableOf[*T]
	Unique[T any] = UniqueOf[*T]
	Index[T any]  = IndexOf[*T]
	Ranked[T any] = RankedOf[*T]
)

// TableOf is the rows of one type; P is a pointer to one. It holds no state but its definition; every
// method works on the transaction it is given. Define makes one.
type TableOf[P any] interface {
	// Name is the table's name, for messages.
	Name() string
	// Prefix is the beginning of the engine keys of the table's rows, for kv.Watch.
	Prefix() []byte

	// Key is the primary key of a row.
	Key(row P) Key

	// Get returns the row with this primary key or ErrNotFound.
	Get(r Reader, key Key) (P, error)
	// Has reports whether a row with this primary key exists.
	Has(r Reader, key Key) (bool, error)
	// Scan yields rows in the order of their primary keys.
	Scan(r Reader, o Scan) iter.Seq2[P, error]

	// Insert adds a row: ErrExists if there is one with its primary key, a
	// PakenError if one of its unique values is another row's. Either leaves the
	// transaction as it was.
	Insert(tx *Tx, row P) error
	// Update replaces the row with the same primary key: ErrNotFound if there is
	// none, a PakenError as Insert.
	Update(tx *Tx, row P) error
	// Put inserts or updates; a PakenError as Insert.
	Put(tx *Tx, row P) error
	// Delete removes a row and its index entries, or answers ErrNotFound.
	Delete(tx *Tx, key Key) error

	// Unique adds a unique index; key answers false for a row without an entry. A
	// new index of a table that has rows is built by Open, and so is one with a new
	// id: take a new id whenever key changes.
	Unique(id uint8, name string, key func(P) (Key, bool)) UniqueOf[P]
	// Index adds an ordered index; see Unique for changing one later.
	Index(id uint8, name string, keys func(P) []Key) IndexOf[P]
	// Ranked adds a ranked index; see Unique for changing one later.
	Ranked(id uint8, name string, group func(P) []Key, sort func(P) Key) RankedOf[P]
	// Expires gives rows an end: at is the time from which the row may be deleted by
	// DB.Reap, zero for never. Until then, and as long as the reaper has not come by,
	// the row is there: who must not see it compares the time.
	Expires(at func(P) time.Time)
}

// UniqueOf is an index in which a key belongs to one row at most.
type UniqueOf[P any] interface {
	// Get returns the row that has key, or ErrNotFound.
	Get(r Reader, key Key) (P, error)
	// Has reports whether a row has key.
	Has(r Reader, key Key) (bool, error)
}

// IndexOf is an ordered index: each row has any number of entries in it, and a key
// may belong to many rows, which then follow each other by primary key.
type IndexOf[P any] interface {
	// Scan yields rows in index order; a row with several entries in the scanned
	// part comes several times.
	Scan(r Reader, o Scan) iter.Seq2[P, error]
	// Keys yields entries in index order without loading rows.
	Keys(r Reader, o Scan) iter.Seq2[Entry, error]
}

// RankedOf is an ordered index that knows positions: the exact number of rows of a
// group, and the rows from any offset, cost the same few reads on the first page
// and on the last, whatever the group's size. See package counted for how.
//
// A row may be in any number of groups. Within a group rows are ordered by sort,
// then by primary key.
//
// What is written most: every insert into a group writes the counts of the leaf
// node it falls in, and unless it is at the right edge those of the nodes above,
// the root last. On one machine, where transactions run one at a time, this costs
// nothing. On a cluster the root's counts (and for rising keys the last leaf's)
// are one key that all writers of the group conflict on: a group that many nodes
// write at once is to be split there, by an owner or a hash in its group key with
// the totals added up by the reader, or filled by one worker in batches.
type RankedOf[P any] interface {
	// Count is the number of rows in group.
	Count(r Reader, group Key) (int, error)
	// Page returns up to limit rows of group from offset on, and the number of rows
	// in the group. reverse counts from the last row. An offset behind the end gives
	// no rows.
	Page(r Reader, group Key, offset, limit int, reverse bool) (rows []P, total int, err error)
	// After returns up to limit rows of group behind cursor (nil = the start), and
	// the cursor behind the last of them: nil when there is no more. A cursor stays
	// valid when rows come and go.
	After(r Reader, group Key, cursor Key, limit int, reverse bool) (rows []P, next Key, err error)
	// Cursor is the position of row in every group it is in, for After.
	Cursor(row P) Key
}
