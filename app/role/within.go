package role

import (
	"slices"
	"strconv"
	"strings"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/store"
)

// within refuses what a change would give beyond what by holds: permissions,
// menus, sight.
func (s *Service) within(r store.Reader, by access.Actor, before, after *Role) error {
	p := s.now.Load()
	if after.Scope == Custom {
		if err := s.departments(r, after); err != nil {
			return err
		}
	}
	if by.Super() {
		return nil
	}
	gained := p.allowed(after.Resources).Without(p.allowed(before.Resources))
	if beyond := gained.Without(by.Set); beyond != (access.Set{}) {
		return fault.New(fault.Denied, "role.beyond", "resources", "nobody grants more than they hold: %s", list(beyond))
	}
	mine := p.menusOf(by)
	var names []string
	for _, id := range without(after.Menus, before.Menus) {
		if !mine[id] {
			names = append(names, p.menuAt[id].Name)
		}
	}
	if len(names) > 0 {
		return fault.New(fault.Denied, "role.beyond", "menus", "nobody grants more than they hold: %s", strings.Join(names, ", "))
	}
	if after.Scope == before.Scope && slices.Equal(after.Departments, before.Departments) || s.narrow(r, by, after) {
		return nil
	}
	return fault.New(fault.Denied, "role.beyond", "scope", "nobody grants more than they hold: %s sees further than you do", after.Scope)
}

// narrow reports whether a role's scope goes no further than by's, wherever its
// holders are: who sees departments can't tell where those will be.
func (s *Service) narrow(r store.Reader, by access.Actor, v *Role) bool {
	switch {
	case v.Scope == Self || by.Scope() >= access.ScopeTenant:
		return true
	case v.Scope != Custom || by.Scope() != access.ScopeUnits:
		return false
	}
	units, err := s.below(r, v.Tenant, v.Departments)
	return err == nil && by.Covers(access.Rights{Sight: access.ScopeUnits, Units: units})
}

// departments refuses departments of another tenant.
func (s *Service) departments(r store.Reader, v *Role) error {
	for _, id := range v.Departments {
		if _, err := s.Org.DepartmentTx(r, v.Tenant, id); err != nil {
			if fault.KindOf(err) == fault.NotFound {
				return fault.New(fault.Invalid, "role.departments", "departments", "there is no department %d in this organisation", id)
			}
			return err
		}
	}
	return nil
}

// most is how many permissions a message lists.
const most = 8

func list(set access.Set) string {
	names := set.Names()
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
	}
	return strings.Join(names, ", ")
}

// more says what rights are beyond by's, for a message.
func more(by access.Actor, rights access.Rights) string {
	if beyond := rights.Set.Without(by.Set); beyond != (access.Set{}) {
		return " (" + list(beyond) + ")"
	}
	return " (it sees further than you do)"
}

// diff names the changed fields for the action log.
func (s *Service) diff(a, b *Role) []audit.Change {
	var out []audit.Change
	add := func(field, old, new string) {
		if old != new {
			out = append(out, audit.Change{Field: field, Old: old, New: new})
		}
	}
	add("code", a.Code, b.Code)
	add("name", a.Name, b.Name)
	add("scope", string(a.Scope), string(b.Scope))
	add("departments", numbers(a.Departments), numbers(b.Departments))
	add("second_factor", strconv.FormatBool(a.SecondFactor), strconv.FormatBool(b.SecondFactor))
	p := s.now.Load()
	added := func(field string, gained, lost []string) {
		if len(gained)+len(lost) > 0 {
			out = append(out, audit.Change{Field: field, Old: strings.Join(lost, ", "), New: strings.Join(gained, ", ")})
		}
	}
	added("menus", p.menuNames(without(b.Menus, a.Menus)), p.menuNames(without(a.Menus, b.Menus)))
	added("resources", p.resourceNames(without(b.Resources, a.Resources)), p.resourceNames(without(a.Resources, b.Resources)))
	return out
}

func numbers(ids []uint64) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = number(id)
	}
	return strings.Join(out, ",")
}

func (p *picture) menuNames(ids []uint64) []string {
	var out []string
	for _, id := range ids {
		if m := p.menuAt[id]; m != nil {
			out = append(out, m.Name)
		}
	}
	return out
}

func (p *picture) resourceNames(ids []uint64) []string {
	var out []string
	for i := range p.resources {
		if v := &p.resources[i]; slices.Contains(ids, v.ID) {
			if v.URL != "" {
				out = append(out, v.URL)
			} else {
				out = append(out, v.Name)
			}
		}
	}
	return out
}
