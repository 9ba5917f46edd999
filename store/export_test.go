package store

import "stoa/store/internal/counted"

// SetSize makes small trees deep.
func SetSize[T any](x Ranked[T], entries, children int) {
	x.(*ranked[*T]).size = counted.Size{Entries: entries, Children: children}
}
