package access

import "slices"

// Scope is how far an actor's sight goes.
type Scope uint8

// The scopes, from narrow to wide.
const (
	ScopeSelf   Scope = iota // oneself, and one's own secondary accounts where AccountRead is held
	ScopeTenant              // everybody in the tenant
	ScopeAll                 // every tenant
)

// Scope is the actor's, as its roles give it.
func (a Actor) Scope() Scope {
	scope := ScopeSelf
	for _, r := range a.Roles {
		switch r {
		case RoleSuper:
			return ScopeAll
		case RoleAdmin, RoleChannelAdmin, RoleCompanyAdmin:
			scope = ScopeTenant
		}
	}
	return scope
}

// SetOf is what roles allow together. Unknown roles allow nothing.
func SetOf(roles []uint64) Set {
	var s Set
	for _, id := range roles {
		s |= setOf(id)
	}
	return s
}

const admin = 1<<AccountRead | 1<<AccountCreate | 1<<AccountUpdate | 1<<AccountDelete | 1<<AccountExport |
	1<<SecondaryCreate | 1<<SessionEnd | 1<<DepartmentRead | 1<<DepartmentWrite | 1<<RoleRead | 1<<AuditRead |
	1<<ApplicationRead | 1<<ApplicationWrite | 1<<SegmentRead | 1<<SegmentWrite | 1<<SegmentDraw

func setOf(role uint64) Set {
	switch role {
	case RoleOwner:
		return 1<<AccountRead | 1<<SecondaryCreate | 1<<SessionEnd
	case RoleAdmin, RoleCompanyAdmin:
		return admin
	case RoleChannelAdmin:
		return admin | 1<<TenantSwitch
	case RoleSecondary:
		return 1 << AccountRead
	case RoleSuper:
		return 1<<permissions - 1
	}
	return 0
}

// Covers reports whether the actor holds everything that roles give: their
// permissions and their scope. Nobody grants, or changes who has, more.
func (a Actor) Covers(roles []uint64) bool {
	if a.Super() {
		return true
	}
	other := Actor{Roles: roles}
	return SetOf(roles)&^a.Set == 0 && other.Scope() <= a.Scope() && !slices.Contains(roles, RoleSuper)
}
