package access

import "slices"

// Scope is how far an actor's sight goes.
type Scope uint8

// The scopes, from narrow to wide.
const (
	ScopeSelf   Scope = iota // oneself, and one's own secondary accounts where AccountRead is held
	ScopeUnits               // oneself and everybody in Actor.Units
	ScopeTenant              // everybody in the tenant
	ScopeAll                 // every tenant
)

// Scope is the actor's, as its roles give it.
func (a Actor) Scope() Scope {
	scope := a.Sight
	for _, r := range a.Roles {
		switch r {
		case RoleSuper:
			return ScopeAll
		case RoleAdmin, RoleChannelAdmin, RoleCompanyAdmin:
			scope = max(scope, ScopeTenant)
		}
	}
	return scope
}

// SetOf is what built-in roles allow together; what those made by administrators
// allow, package role knows.
func SetOf(roles []uint64) Set {
	var s Set
	for _, id := range roles {
		s = s.Or(setOf(id))
	}
	return s
}

func setOf(role uint64) Set {
	switch role {
	case RoleOwner:
		return Of(AccountRead, SecondaryCreate, SessionEnd)
	case RoleAdmin, RoleCompanyAdmin:
		return administrators()
	case RoleChannelAdmin:
		return administrators().Or(Of(TenantSwitch, CompanyRead, CompanyWrite))
	case RoleSecondary:
		return Of(AccountRead)
	case RoleSuper:
		return Every()
	}
	return Set{}
}

// administrators is what the administrators of a tenant hold: all that stays
// within it.
func administrators() Set {
	return Of(AccountRead, AccountCreate, AccountUpdate, AccountDelete, AccountExport, AccountImport, SecondaryCreate, SessionEnd,
		DepartmentRead, DepartmentWrite, PostRead, PostWrite, GradeRead, GradeWrite, RoleRead, RoleWrite, MenuRead, ResourceRead,
		AuditRead, AuditExport, ApplicationRead, ApplicationWrite, SegmentRead, SegmentWrite, SegmentDraw, TaskRead, TaskWrite,
		NoticeSend, TemplateRead, BucketRead, BucketWrite, ObjectWrite, KeyRead, KeyWrite, CloudRead, CloudWrite)
}

// Rights is what roles give together, to one account in one tenant.
type Rights struct {
	Set   Set
	Sight Scope
	Units []uint64 // the departments seen at ScopeUnits, ascending
}

// Covers reports whether the actor holds everything that rights are: permissions
// and sight. Nobody grants, or changes who has, more.
func (a Actor) Covers(r Rights) bool {
	scope := a.Scope()
	switch {
	case a.Super():
		return true
	case !r.Set.Within(a.Set) || r.Sight > scope:
		return false
	case r.Sight != ScopeUnits || scope != ScopeUnits:
		return true
	}
	return !slices.ContainsFunc(r.Units, func(id uint64) bool {
		_, seen := slices.BinarySearch(a.Units, id)
		return !seen
	})
}

// Width is the sight that a built-in role gives; ScopeSelf for any other.
func Width(role uint64) Scope { return Actor{Roles: []uint64{role}}.Scope() }
