package intake

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/extract"
	"stoa/app/fault"
	"stoa/app/intake/source"
	"stoa/app/naming"
	"stoa/app/org"
)

// convert turns records into accounts: it knows the roles and departments that a
// file may name.
type convert struct {
	options Options
	tenant  uint64
	roles   map[string]uint64 // by id, code and names, folded
	units   map[string]uint64 // departments here by id, path and, where it is one's alone, name
	brought map[string]uint64 // departments of the file by their id there; 0 = not made yet
}

func (s *Service) converter(ctx context.Context, by access.Actor, i *Import, p *source.Plan) (*convert, error) {
	c := &convert{options: i.Options, tenant: i.Tenant, roles: map[string]uint64{}, units: map[string]uint64{}, brought: map[string]uint64{}}
	roles, err := s.Roles(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, r := range roles {
		for _, name := range []string{strconv.FormatUint(r.ID, 10), r.Code, extract.RoleName(r, true), extract.RoleName(r, false)} {
			c.roles[naming.Fold(name)] = r.ID
		}
	}
	for _, u := range p.Units {
		c.brought[u.ID] = 0
	}
	root, err := s.Org.Tree(ctx, by, i.Tenant)
	if fault.KindOf(err) == fault.Denied && err != nil {
		return c, nil // who may not read departments names none
	}
	if err != nil {
		return nil, err
	}
	names := map[string]int{}
	c.know(root, "", names)
	for name, n := range names {
		if n > 1 {
			delete(c.units, name)
		}
	}
	return c, nil
}

// know learns a department, by its path from above, and those below it.
func (c *convert) know(n *org.Node, above string, names map[string]int) {
	at := above
	if !n.IsTenant() && n.ID != 0 {
		name := naming.Fold(n.Name)
		if names[name]++; names[name] == 1 {
			c.units[name] = n.ID
		}
		if at = name; above != "" {
			at = above + "/" + name
			c.units[at] = n.ID
		}
		c.units[strconv.FormatUint(n.ID, 10)] = n.ID
	}
	for _, child := range n.Children {
		c.know(child, at, names)
	}
}

func wrong(code, field, text string, args ...any) error {
	return fault.New(fault.Invalid, code, field, text, args...)
}

// account is a record as an account, without the password.
func (c *convert) account(r *source.Record) (in account.Imported, err error) {
	get := func(f source.Field) string { return r.Cells[f] }
	in.New = account.New{Name: get(source.Name), Nickname: get(source.Nickname), Email: get(source.Email), Phone: get(source.Phone),
		Telephone: get(source.Telephone), Duty: get(source.Duty), Enterprise: get(source.Enterprise), Division: get(source.Division), Tenant: c.tenant}
	if c.options.KeepIDs && get(source.ID) != "" {
		if in.ID, err = strconv.ParseUint(get(source.ID), 10, 64); err != nil || in.ID == 0 {
			return in, wrong("account.given_id", "id", "%q is no id: a positive number is expected", clip(get(source.ID)))
		}
	}
	if in.State, err = stateOf(get(source.State)); err != nil {
		return in, err
	}
	if in.Roles, err = c.rolesOf(get(source.Roles)); err != nil {
		return in, err
	}
	in.Department, err = c.departmentOf(get(source.Department))
	return in, err
}

func stateOf(s string) (account.State, error) {
	switch naming.Fold(s) {
	case "", "active", "正常", "启用", "enabled", "0":
		return account.Active, nil
	case "disabled", "停用", "禁用", "冻结", "1":
		return account.Disabled, nil
	}
	return "", wrong("account.state", "state", "%q is no state: active or disabled (正常, 停用) is expected", clip(s))
}

// rolesOf reads names, codes or ids of roles with commas between.
func (c *convert) rolesOf(s string) ([]uint64, error) {
	var out []uint64
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;|，；、", r) }) {
		if name = naming.Trim(name); name == "" {
			continue
		}
		id, ok := c.roles[naming.Fold(name)]
		if !ok {
			id, ok = c.roles[naming.Fold("ROLE_"+name)]
		}
		if !ok {
			return nil, wrong("account.role_unknown", "roles", "there is no role %q", clip(name))
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	if out == nil {
		out = c.options.Roles
	}
	return out, nil
}

func (c *convert) departmentOf(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	if len(c.brought) > 0 {
		return c.brought[s], nil // an id of the other system's; one that is not in the file is none
	}
	parts := strings.Split(strings.ReplaceAll(s, "\\", "/"), "/")
	for i := range parts {
		parts[i] = naming.Fold(naming.Trim(parts[i]))
	}
	if id, ok := c.units[strings.Join(parts, "/")]; ok {
		return id, nil
	}
	return 0, wrong("account.department", "department", "there is no department %q, or several: write its path (A/B) or its id", clip(s))
}

func clip(s string) string {
	if runes := []rune(s); len(runes) > 64 {
		return string(runes[:64]) + "…"
	}
	return s
}

// bring makes the departments of a file that are not there yet; those with the
// same name in the same place are taken for the same.
func (s *Service) bring(ctx context.Context, by access.Actor, c *convert, units []source.Unit) error {
	if len(units) == 0 {
		return nil
	}
	root, err := s.Org.Tree(ctx, by, c.tenant)
	if err != nil {
		return err
	}
	known := map[uint64]map[string]uint64{}
	var learn func(n *org.Node, parent uint64)
	learn = func(n *org.Node, parent uint64) {
		if !n.IsTenant() && n.ID != 0 {
			if known[parent] == nil {
				known[parent] = map[string]uint64{}
			}
			known[parent][naming.Fold(n.Name)] = n.ID
			parent = n.ID
		}
		for _, child := range n.Children {
			learn(child, parent)
		}
	}
	learn(root, 0)
	for _, u := range units {
		parent := c.brought[u.Parent]
		if id := known[parent][naming.Fold(u.Name)]; id != 0 {
			c.brought[u.ID] = id
			continue
		}
		under := parent
		if under == 0 {
			under = c.tenant
		}
		made, err := s.Org.CreateDepartment(ctx, by, org.NewDepartment{Parent: under, Name: u.Name})
		if err != nil {
			return err
		}
		if known[parent] == nil {
			known[parent] = map[string]uint64{}
		}
		c.brought[u.ID], known[parent][naming.Fold(u.Name)] = made.ID, made.ID
	}
	return nil
}
