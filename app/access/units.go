package access

import "slices"

// Departments are those whose people and things the actor sees at ScopeUnits,
// ascending: none while it acts in another tenant than its own.
func (a Actor) Departments() []uint64 {
	if a.Tenant != a.Home {
		return nil
	}
	return a.Units
}

// InUnits reports whether a department is one of Departments.
func (a Actor) InUnits(department uint64) bool {
	_, found := slices.BinarySearch(a.Departments(), department)
	return found && department != 0
}
