package store

import "stoa/store/internal/counted"

// SetSize makes small trees deep.
func (x *Ranked[T]) SetSize(entries, children int) {
	x.size = counted.Size{Entries: entries, Children: children}
}
