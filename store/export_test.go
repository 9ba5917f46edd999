package store

// SetSize makes small trees deep.
func (x *Ranked[T]) SetSize(entries, children int) { x.size = treeSize{entries, children} }
