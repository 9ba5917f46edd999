// Package access says who may do what: the actor of an operation, the built-in
// roles and the permissions they carry. It knows no accounts and no storage.
package access

import (
	"slices"

	"stoa/app/fault"
)

// Built-in roles. The numbers are part of the documented APIs and never change;
// roles made by administrators start at FirstCustomRole.
const (
	RoleOwner        uint64 = 1 // signed up by itself; sees itself and its own secondary accounts
	RoleAdmin        uint64 = 2 // administrator of its organisation
	RoleChannelAdmin uint64 = 3 // administrator of a reseller channel
	RoleSecondary    uint64 = 4 // opened by an owner; never more rights than its parent
	RoleCompanyAdmin uint64 = 5 // administrator of a channel company
	RoleMember       uint64 = 6 // sees itself
	RoleSuper        uint64 = 9 // the installation's administrator

	FirstCustomRole uint64 = 100
)

// Role is a named set of permissions.
type Role struct {
	ID   uint64
	Code string // ROLE_SUPER_ADMIN, … as the documented front end knows them
	Name string // English; the console translates built-in names by Code
	Set  Set
}

// Builtin lists the built-in roles in the order of their ids.
func Builtin() []Role {
	roles := []Role{
		{ID: RoleOwner, Code: "ROLE_OWNER", Name: "Account owner"},
		{ID: RoleAdmin, Code: "ROLE_ADMIN", Name: "Administrator"},
		{ID: RoleChannelAdmin, Code: "ROLE_CHANNEL_ADMIN", Name: "Channel administrator"},
		{ID: RoleSecondary, Code: "ROLE_SECONDARY", Name: "Secondary account"},
		{ID: RoleCompanyAdmin, Code: "ROLE_COMPANY_ADMIN", Name: "Company administrator"},
		{ID: RoleMember, Code: "ROLE_MEMBER", Name: "Member"},
		{ID: RoleSuper, Code: "ROLE_SUPER_ADMIN", Name: "Super administrator"},
	}
	for i := range roles {
		roles[i].Set = setOf(roles[i].ID)
	}
	return roles
}

// BuiltinRole gives one built-in role.
func BuiltinRole(id uint64) (Role, bool) {
	for _, r := range Builtin() {
		if r.ID == id {
			return r, true
		}
	}
	return Role{}, false
}

// Actor is who performs an operation, as the session knows it. It is a
// parameter of every operation, never a context value. The zero Actor is nobody.
type Actor struct {
	Account uint64   // 0 = nobody
	Name    string   // user name, for the action log
	Tenant  uint64   // the tenant acted in; from the session, never from a request
	Home    uint64   // the tenant the account belongs to
	Parent  uint64   // the owner of a secondary account; 0 = none
	Roles   []uint64 // ids, ascending
	Set     Set      // what the roles allow, computed at authentication
	Sight   Scope    // how far the roles see beyond what Scope knows of the built-in ones
	Units   []uint64 // the departments seen at ScopeUnits, ascending, those below them included
	Session uint64   // id of the session; 0 = personal token or none
	Client  uint64   // the application that acts for the account, which allowed it to; 0 = the account itself
	Program uint64   // the application whose token it is, acting for the account or by itself; 0 = none
	Weak    bool     // its roles count only after a second factor: until then it has none

	Origin Origin
}

// Origin is where a request came from; for the action log and the throttle.
type Origin struct {
	Dialect   string // casdao, pcloud, …, v1, cli
	Method    string
	Path      string
	Address   string // client IP address, without port
	UserAgent string
	RequestID string
}

// System is the actor of the server's own work and of the command line.
func System(dialect string) Actor {
	return Actor{Name: "system", Roles: []uint64{RoleSuper}, Set: Every(), Origin: Origin{Dialect: dialect}}
}

// Nobody is a caller who has not signed in.
func Nobody(o Origin) Actor { return Actor{Origin: o} }

// SignedIn reports whether the actor is somebody.
func (a Actor) SignedIn() bool { return a.Account != 0 || a.Set != Set{} }

// Super reports whether the actor is a super administrator, whose scope is
// every tenant.
func (a Actor) Super() bool { return slices.Contains(a.Roles, RoleSuper) }

// Can reports whether the actor holds p.
func (a Actor) Can(p Permission) bool { return a.Set.Has(p) }

// Need is nil when the actor holds p, else the fault that refuses.
func (a Actor) Need(p Permission) error {
	switch {
	case a.Can(p):
		return nil
	case !a.SignedIn():
		return SignIn()
	case a.Weak:
		return fault.New(fault.Denied, "access.second_factor", "", "your role needs a second factor: show it, or set one up in your personal centre")
	default:
		return Refused(p)
	}
}

// SignIn is the fault for a call that needs somebody signed in.
func SignIn() *fault.Fault {
	return fault.New(fault.Unauthenticated, "session.required", "", "sign in first: the token is missing, unknown or has ended")
}

// Lacking is the cause of a refusal for a missing permission: for those who ask
// why somebody was refused.
type Lacking struct{ Permission Permission }

// Error names the permission.
func (l Lacking) Error() string { return l.Permission.String() + " is missing" }

// Refused is the fault for a missing permission.
func Refused(p Permission) *fault.Fault {
	return fault.New(fault.Denied, "access.denied", "", "your roles do not allow this: %s is needed", p).With(Lacking{p})
}

// SuperOnly is the fault for what no role gives but the super administrator's.
func SuperOnly() *fault.Fault {
	return fault.New(fault.Denied, "access.super", "", "only super administrators may do this: it reaches beyond one organisation")
}
