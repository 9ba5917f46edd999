package store

import (
	"iter"

	"stoa/store/internal/txn"
	"stoa/store/kv"
)

// Scan says which part of an ordered set to read. A loop over a scan may read and
// write in the same transaction: rows are fetched a batch at a time, so that a
// loop may or may not meet rows that it wrote itself ahead of its position, and
// meets no row that it deleted.
type Scan struct {
	// Prefix limits the scan to keys that begin with it: the first parts of the
	// key, or those and a StrPrefix. Empty is everything.
	Prefix Key
	// After is a whole key, Prefix included, or the first parts of one: the scan
	// starts behind all keys that begin with it, in its direction.
	After Key
	// Reverse goes from the last key to the first.
	Reverse bool
	// Limit is the greatest number of rows, 0 for all.
	Limit int
}

// keys is the range of o among the keys that begin with base.
func (o Scan) keys(base []byte) kv.Range {
	r := kv.Prefix(join(base, o.Prefix))
	r.Reverse = o.Reverse
	if len(o.After) > 0 {
		r = txn.Behind(r, join(base, o.After))
	}
	return r
}

// entry is a stored pair of a table or an index.
type entry = txn.Pair

// scanEntries yields pairs whose keys begin with base.
func scanEntries(r Reader, base []byte, o Scan, keysOnly bool) iter.Seq2[entry, error] {
	keys := o.keys(base)
	keys.KeysOnly = keysOnly
	return txn.Pairs(r.reader(), keys, o.Limit)
}
