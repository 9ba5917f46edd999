package directory

import (
	"slices"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/store"
)

// MaxRoles is the greatest number of roles of an account.
const MaxRoles = 20

// counted reports whether the holders of a role are counted exactly. Those of the
// roles that nearly everybody has are not: their index would cost every new account
// two writes, and nobody takes such a role away.
func counted(role uint64) bool {
	return role != access.RoleMember && role != access.RoleOwner && role != access.RoleSecondary
}

func groupRole(role uint64) store.Key { return store.K().Uint(0).Uint(role) }
func groupRoleIn(role, tenant uint64) store.Key {
	return store.K().Uint(1).Uint(role).Uint(tenant)
}

func roleGroups(r *Row) []store.Key {
	var out []store.Key
	for _, id := range r.Roles {
		if counted(id) {
			out = append(out, groupRole(id), groupRoleIn(id, r.Tenant))
		}
	}
	return out
}

// RoleHolders is the number of accounts that hold a role, in one tenant or, with 0, in
// all. exact is false for the roles that nearly everybody has: they are not counted.
func (s *Service) RoleHolders(r store.Reader, role, tenant uint64) (n int, exact bool, err error) {
	if !counted(role) {
		return 0, false, nil
	}
	group := groupRole(role)
	if tenant != 0 {
		group = groupRoleIn(role, tenant)
	}
	n, err = s.rows.byRole.Count(r, group)
	return n, true, err
}

// EachRoleHolder calls fn for the accounts that hold a role, in one tenant or, with 0,
// in all, until it answers false. Holders of roles that are not counted are not
// found.
func (s *Service) EachRoleHolder(r store.Reader, role, tenant uint64, fn func(*Account) bool) error {
	group := groupRole(role)
	if tenant != 0 {
		group = groupRoleIn(role, tenant)
	}
	var at store.Key
	for more := true; more; more = at != nil {
		rows, next, err := s.rows.byRole.After(r, group, at, MaxLimit, false)
		if err != nil {
			return err
		}
		for _, found := range rows {
			if !fn(&found.Account) {
				return nil
			}
		}
		at = next
	}
	return nil
}

// onlyRole reports whether a filter asks for the holders of one role and nothing
// else: these are at hand in order, and counted.
func (f *Filter) onlyRole() bool {
	return len(f.Roles) == 1 && counted(f.Roles[0]) && f.Text == "" && f.Phone == "" && f.State == "" && f.Department == 0 &&
		f.Parent == 0 && f.Sort == SortID
}

func (f *Filter) roleGroup() store.Key {
	if f.Tenant != 0 {
		return groupRoleIn(f.Roles[0], f.Tenant)
	}
	return groupRole(f.Roles[0])
}

// CheckRoles refuses more roles than an account can hold.
func CheckRoles(roles []uint64) error {
	if len(slices.Compact(slices.Sorted(slices.Values(roles)))) > MaxRoles {
		return fault.New(fault.Invalid, "account.roles", "roles", "an account has at most %d roles", MaxRoles)
	}
	return nil
}
