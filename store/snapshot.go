package store

import "stoa/store/kv"

// Pairs calls fn for every key that the store holds, with its value, in the order
// of keys, until fn answers false: all of what r's snapshot is, for a copy.
func Pairs(r Reader, fn func(key, value []byte) bool) error {
	return r.reader().Scan(kv.Range{}, fn)
}
