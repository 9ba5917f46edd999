package txn

import (
	"bytes"
	"iter"
	"slices"

	"stoa/store/kv"
)

// Pair is a stored key with its value.
type Pair struct{ Key, Value []byte }

const (
	firstBatch = 32
	lastBatch  = 512
)

// Pairs yields the pairs of a range, up to limit of them unless that is 0. It
// reads in batches: engines do not promise that a scan may be nested in another
// or run across writes. A loop that writes may or may not meet what it wrote
// itself ahead of its position, and meets nothing that it deleted.
func Pairs(r Reader, keys kv.Range, limit int) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		inBatches(r, keys, limit, yield)
	}
}

func inBatches(r Reader, keys kv.Range, limit int, yield func(Pair, error) bool) {
	for size := firstBatch; !Empty(keys); size = min(2*size, lastBatch) {
		if limit > 0 {
			size = min(size, limit)
		}
		batch := make([]Pair, 0, size)
		err := r.Scan(keys, func(key, value []byte) bool {
			batch = append(batch, Pair{key, value})
			return len(batch) < size
		})
		if err != nil {
			yield(Pair{}, err)
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
		next := batch[len(batch)-1].Key
		if keys.Reverse {
			keys.End = next
		} else {
			keys.Start = slices.Concat(next, []byte{0})
		}
	}
}

// yieldBatch reports whether to go on. Once the loop has written, each pair is
// looked up again, so that none comes that is gone or old.
func yieldBatch(r Reader, batch []Pair, yield func(Pair, error) bool) bool {
	writes := r.Writes()
	for _, p := range batch {
		if r.Writes() != writes {
			value, err := Lookup(r, p.Key)
			if err != nil {
				yield(Pair{}, err)
				return false
			}
			if value == nil {
				continue
			}
			p.Value = value
		}
		if !yield(p, nil) {
			return false
		}
	}
	return true
}

// Behind is the part of r, in its direction, behind all keys that begin with key.
func Behind(r kv.Range, key []byte) kv.Range {
	if r.Reverse {
		if r.End == nil || bytes.Compare(key, r.End) < 0 {
			r.End = key
		}
		return r
	}
	end := kv.PrefixEnd(key)
	if end == nil {
		end = r.End // nothing is greater; the range ends where it begins
	}
	if bytes.Compare(end, r.Start) > 0 {
		r.Start = end
	}
	return r
}

// Empty reports whether no key can be in r.
func Empty(r kv.Range) bool {
	return r.End != nil && bytes.Compare(r.Start, r.End) >= 0
}
