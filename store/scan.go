package store

import (
	"bytes"
	"iter"

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

const (
	firstBatch = 32
	lastBatch  = 512
)

// keys is the range of o among the keys that begin with base.
func (o Scan) keys(base []byte) kv.Range {
	r := kv.Prefix(join(base, o.Prefix))
	r.Reverse = o.Reverse
	if len(o.After) > 0 {
		pass(&r, join(base, o.After))
	}
	return r
}

// pass moves the beginning of r behind all keys that begin with key.
func pass(r *kv.Range, key []byte) {
	if r.Reverse {
		if r.End == nil || bytes.Compare(key, r.End) < 0 {
			r.End = key
		}
		return
	}
	end := kv.PrefixEnd(key)
	if end == nil {
		end = r.End // nothing is greater; the range ends where it begins
	}
	if bytes.Compare(end, r.Start) > 0 {
		r.Start = end
	}
}

func empty(r kv.Range) bool {
	return r.End != nil && bytes.Compare(r.Start, r.End) >= 0
}

// scanEntries yields pairs whose keys begin with base, in batches: engines do not
// promise that a scan may be nested in another or run across writes.
func scanEntries(r Reader, base []byte, o Scan, keysOnly bool) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		scanRange(r, o.keys(base), o.Limit, keysOnly, yield)
	}
}

func scanRange(r Reader, keys kv.Range, limit int, keysOnly bool, yield func(entry, error) bool) {
	keys.KeysOnly = keysOnly
	for size := firstBatch; !empty(keys); size = min(2*size, lastBatch) {
		if limit > 0 {
			size = min(size, limit)
		}
		batch := make([]entry, 0, size)
		err := r.scan(keys, func(key, value []byte) bool {
			batch = append(batch, entry{key, value})
			return len(batch) < size
		})
		if err != nil {
			yield(entry{}, err)
			return
		}
		if !yieldBatch(r, batch, yield) {
			return
		}
		if len(batch) < size || limit == size {
			return
		}
		if limit > 0 {
			limit -= size
		}
		next := batch[len(batch)-1].key
		if keys.Reverse {
			keys.End = next
		} else {
			keys.Start = join(next, []byte{0})
		}
	}
}

// yieldBatch reports whether to go on. Once the loop has written, each pair is
// looked up again, so that none comes that is gone or old.
func yieldBatch(r Reader, batch []entry, yield func(entry, error) bool) bool {
	tx, _ := r.(*Tx)
	writes := 0
	if tx != nil {
		writes = tx.writes
	}
	for _, e := range batch {
		if tx != nil && tx.writes != writes {
			value, err := getOrNil(tx, e.key)
			if err != nil {
				yield(entry{}, err)
				return false
			}
			if value == nil {
				continue
			}
			e.value = value
		}
		if !yield(e, nil) {
			return false
		}
	}
	return true
}

func rangeOf(p place) kv.Range {
	return kv.Range{Start: p.lower, End: p.upper, KeysOnly: true}
}
