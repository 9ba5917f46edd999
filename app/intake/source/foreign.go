package source

import (
	"errors"
	"strings"
)

// layout is how another system's tables are called.
type layout struct {
	users, departments, roles, userRoles, posts, userPosts []string

	columns  [fields][]string // of users
	deleted  []string         // a column that says 1, 2 or true of who was deleted
	off      string           // the value of state of who may not sign in
	unit     [3][]string      // id, parent and name of a department
	role     [2][]string      // id and code of a role
	post     [2][]string
	userRole [2][]string // user, role
	userPost [2][]string
}

func layouts() map[Kind]layout {
	ruoyi := layout{
		users: []string{"sys_user"}, departments: []string{"sys_dept"}, roles: []string{"sys_role"}, userRoles: []string{"sys_user_role"},
		posts: []string{"sys_post"}, userPosts: []string{"sys_user_post"}, deleted: []string{"del_flag"}, off: "1",
		unit: [3][]string{{"dept_id"}, {"parent_id"}, {"dept_name"}}, role: [2][]string{{"role_id"}, {"role_key"}},
		post: [2][]string{{"post_id"}, {"post_name"}}, userRole: [2][]string{{"user_id"}, {"role_id"}}, userPost: [2][]string{{"user_id"}, {"post_id"}},
	}
	ruoyi.columns[ID], ruoyi.columns[Name], ruoyi.columns[Nickname] = []string{"user_id"}, []string{"user_name"}, []string{"nick_name"}
	ruoyi.columns[Email], ruoyi.columns[Phone] = []string{"email"}, []string{"phonenumber"}
	ruoyi.columns[Department], ruoyi.columns[State], ruoyi.columns[Hash] = []string{"dept_id"}, []string{"status"}, []string{"password"}
	pcloud := layout{
		users: []string{"sys_user", "user", "users", "admin_user", "t_user"}, departments: []string{"sys_dept", "dept", "t_dept"},
		roles: []string{"sys_role", "role", "t_role"}, userRoles: []string{"sys_user_role", "user_role", "t_user_role"},
		posts: []string{"sys_post", "post", "t_post"}, userPosts: []string{"sys_user_post", "user_post", "t_user_post"},
		deleted: []string{"deleted", "is_deleted", "del_flag"}, off: "1",
		unit: [3][]string{{"id", "dept_id"}, {"parent_id"}, {"name", "dept_name"}}, role: [2][]string{{"id", "role_id"}, {"role_code", "code"}},
		post: [2][]string{{"id", "post_id"}, {"name", "post_name"}}, userRole: [2][]string{{"user_id"}, {"role_id"}}, userPost: [2][]string{{"user_id"}, {"post_id"}},
	}
	pcloud.columns[ID], pcloud.columns[Name], pcloud.columns[Nickname] = []string{"id", "user_id"}, []string{"username", "user_name", "name"}, []string{"nickname", "nick_name"}
	pcloud.columns[Email], pcloud.columns[Phone] = []string{"email"}, []string{"phone", "mobile"}
	pcloud.columns[Department], pcloud.columns[State], pcloud.columns[Hash] = []string{"dept_id"}, []string{"state", "status"}, []string{"password"}
	return map[Kind]layout{RuoYi: ruoyi, PCloud: pcloud}
}

// plan reads the tables that are there; users or departments must be.
func (l layout) plan(all []Table) (*Plan, error) {
	users, departments := table(all, l.users...), table(all, l.departments...)
	if users == nil && departments == nil {
		return nil, errors.New("the file has neither a table of users (" + l.users[0] + ") nor one of departments (" + l.departments[0] +
			"): a CSV file is called as its table is")
	}
	p := &Plan{Units: l.units(departments)}
	if users == nil {
		return p, nil
	}
	roles := joined(table(all, l.userRoles...), l.userRole, named(table(all, l.roles...), l.role))
	posts := joined(table(all, l.userPosts...), l.userPost, named(table(all, l.posts...), l.post))
	var at [fields]int
	for f := range at {
		at[f] = users.column(l.columns[f]...)
	}
	gone := users.column(l.deleted...)
	for _, line := range users.Lines {
		if v := strings.ToLower(line.cell(gone)); v == "1" || v == "2" || v == "true" {
			p.Skipped++
			continue
		}
		r := Record{Row: line.Number}
		for f := range at {
			r.Cells[f] = line.cell(at[f])
		}
		r.Cells[State] = stateOf(r.Cells[State], l.off)
		r.Cells[Roles], r.Cells[Duty] = strings.Join(roles[r.Cells[ID]], ","), strings.Join(posts[r.Cells[ID]], ",")
		if len(p.Units) == 0 {
			r.Cells[Department] = "" // an id that means nothing here
		}
		p.Records = append(p.Records, r)
	}
	return p, nil
}

// stateOf is a state in our words: off is the other system's for who may not sign
// in.
func stateOf(s, off string) string {
	switch strings.ToLower(s) {
	case off, "true", "\x01":
		return "disabled"
	}
	return "active"
}

func (l layout) units(t *Table) []Unit {
	if t == nil {
		return nil
	}
	id, parent, name := t.column(l.unit[0]...), t.column(l.unit[1]...), t.column(l.unit[2]...)
	gone := t.column(l.deleted...)
	var out []Unit
	for _, line := range t.Lines {
		if v := strings.ToLower(line.cell(gone)); v == "1" || v == "2" || v == "true" {
			continue
		}
		out = append(out, Unit{line.cell(id), line.cell(parent), line.cell(name)})
	}
	return out
}

// named is what ids are called.
func named(t *Table, columns [2][]string) map[string]string {
	out := map[string]string{}
	id, name := t.column(columns[0]...), t.column(columns[1]...)
	if t == nil || id < 0 || name < 0 {
		return out
	}
	for _, line := range t.Lines {
		out[line.cell(id)] = line.cell(name)
	}
	return out
}

// joined is what each user is given by a table of pairs.
func joined(t *Table, columns [2][]string, names map[string]string) map[string][]string {
	out := map[string][]string{}
	user, other := t.column(columns[0]...), t.column(columns[1]...)
	if t == nil || user < 0 || other < 0 {
		return out
	}
	for _, line := range t.Lines {
		if name := names[line.cell(other)]; name != "" {
			out[line.cell(user)] = append(out[line.cell(user)], name)
		}
	}
	return out
}

// fromCasdoor reads users with passwordType and passwordSalt, groups and
// organizations. Casdoor's own organization, built-in, is left out.
func fromCasdoor(all []Table) (*Plan, error) {
	users := table(all, "users", "user")
	if users == nil && all[0].column("owner") >= 0 && all[0].column("name") >= 0 {
		users = &all[0]
	}
	if users == nil {
		return nil, errors.New("the file has no users: a sheet or a list with the columns owner, name, password is expected")
	}
	p := &Plan{}
	groups := table(all, "groups", "group")
	for _, line := range linesOf(groups) {
		owner, name := line.cell(groups.column("owner")), line.cell(groups.column("name"))
		shown := line.cell(groups.column("displayName"))
		if shown == "" {
			shown = name
		}
		if owner != "built-in" && name != "" {
			p.Units = append(p.Units, Unit{name, line.cell(groups.column("parentId", "parentName")), shown})
		}
	}
	organisations := table(all, "organizations", "organization")
	salts, types := named(organisations, [2][]string{{"name"}, {"passwordSalt"}}), named(organisations, [2][]string{{"name"}, {"passwordType"}})
	for _, line := range users.Lines {
		get := func(name string) string { return line.cell(users.column(name)) }
		if get("owner") == "built-in" || truth(get("isDeleted")) {
			p.Skipped++
			continue
		}
		r := Record{Row: line.Number}
		r.Cells[Name], r.Cells[Nickname], r.Cells[Email], r.Cells[Phone] = get("name"), get("displayName"), get("email"), get("phone")
		r.Cells[Duty], r.Cells[Enterprise] = get("title"), get("affiliation")
		r.Cells[State] = "active"
		if truth(get("isForbidden")) {
			r.Cells[State] = "disabled"
		}
		if truth(get("isAdmin")) {
			r.Cells[Roles] = "ROLE_ADMIN"
		}
		if group, _, _ := strings.Cut(get("groups"), ","); len(p.Units) > 0 {
			r.Cells[Department] = group[strings.LastIndexByte(group, '/')+1:]
		}
		kind, salt := get("passwordType"), get("passwordSalt")
		if kind == "" {
			kind = types[get("owner")]
		}
		if s := salts[get("owner")]; s != "" {
			salt = s
		}
		r.casdoorPassword(kind, get("password"), salt)
		p.Records = append(p.Records, r)
	}
	return p, nil
}

func linesOf(t *Table) []Line {
	if t == nil {
		return nil
	}
	return t.Lines
}

func truth(s string) bool { return s == "1" || strings.EqualFold(s, "true") }

// casdoorPassword says a password of Casdoor's in our words. Its salted digests
// are over the hexadecimal digest of the password; with an empty salt, except of
// SHA-512, they are that digest alone.
func (r *Record) casdoorPassword(kind, password, salt string) {
	salted := func(algorithm string) string {
		if salt == "" {
			return algorithm + "$" + password
		}
		return algorithm + algorithm + "-salt$" + salt + "$" + password
	}
	switch {
	case password == "" || password == "***":
	case kind == "" || kind == "plain":
		r.Cells[Password] = password
	case kind == "salt":
		r.Cells[Hash] = salted("sha256")
	case kind == "md5-salt":
		r.Cells[Hash] = salted("md5")
	case kind == "sha512-salt" && salt == "":
		r.Cells[Hash] = "sha512sha512$" + password
	case kind == "sha512-salt":
		r.Cells[Hash] = salted("sha512")
	case kind == "pbkdf2-salt":
		r.Cells[Hash] = "$pbkdf2-sha256$i=27500$" + strings.TrimRight(salt, "=") + "$" + strings.TrimRight(password, "=")
	default: // bcrypt, argon2id, pbkdf2-django say themselves what they are
		r.Cells[Hash] = password
	}
}
