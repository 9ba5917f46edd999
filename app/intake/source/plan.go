package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind is where a file comes from.
type Kind string

// The kinds.
const (
	Accounts Kind = "accounts" // a sheet of our own, or any with a header
	RuoYi    Kind = "ruoyi"    // tables of RuoYi: sys_user, sys_dept, sys_role, …
	PCloud   Kind = "pcloud"   // tables of PCloud: user, dept, role, …
	Casdoor  Kind = "casdoor"  // Casdoor's export of users, groups and organizations
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{Accounts, RuoYi, PCloud, Casdoor} }

// Field is one of ours.
type Field int

// The fields of an account as a file has them.
const (
	ID Field = iota
	Name
	Nickname
	Email
	Phone
	Department // a name, a path with /, an id; of other systems: the department's id there
	Roles
	State
	Telephone
	Duty
	Enterprise
	Division
	Password // as text
	Hash     // with its scheme and salt, as package password reads it
	Scheme   // of a Hash that does not say it
	Salt     // likewise
	fields
)

// names of a field: ours first, which is also its word on the wire, then the
// Chinese one of our own files, then others'.
func (f Field) names() []string {
	return [fields][]string{
		{"id", "编号", "用户编号", "用户ID", "user_id"},
		{"name", "用户名", "账号", "登录名", "登录名称", "用户名称", "username", "user_name", "login"},
		{"nickname", "昵称", "姓名", "显示名", "用户昵称", "nick_name", "display_name", "full_name"},
		{"email", "邮箱", "电子邮箱", "用户邮箱", "mail", "e-mail"},
		{"phone", "手机号", "手机", "手机号码", "电话号码", "phonenumber", "mobile"},
		{"department", "部门", "部门名称", "dept", "dept_name"},
		{"roles", "角色", "role"},
		{"state", "状态", "账号状态", "status"},
		{"telephone", "电话", "座机"},
		{"duty", "职务", "岗位", "title", "post"},
		{"enterprise", "单位", "公司", "company"},
		{"division", "科室"},
		{"password", "密码", "初始密码"},
		{"password_hash", "密码散列", "密码哈希"},
		{"password_scheme", "散列算法", "哈希算法"},
		{"password_salt", "盐", "密码盐", "salt"},
	}[f]
}

// String is the field's name on the wire.
func (f Field) String() string {
	if f < 0 || f >= fields {
		return ""
	}
	return f.names()[0]
}

// Label is the field's name for people.
func (f Field) Label(english bool) string {
	if f < 0 || f >= fields {
		return ""
	}
	if english {
		return f.names()[0]
	}
	return f.names()[1]
}

// Fields lists them in the order of a template.
func Fields() []Field {
	out := make([]Field, fields)
	for i := range out {
		out[i] = Field(i)
	}
	return out
}

// FieldOf finds a field by its name on the wire.
func FieldOf(name string) (Field, bool) {
	for _, f := range Fields() {
		if f.String() == name {
			return f, true
		}
	}
	return 0, false
}

// Record is one account of a file.
type Record struct {
	Row   int
	Cells [fields]string
}

// Unit is one department of a file.
type Unit struct{ ID, Parent, Name string }

// Column is one column of a sheet and the field it is taken for.
type Column struct {
	Header string
	Field  string // "" = none
	Sample string // the first value
}

// Plan is what a file holds, in our words.
type Plan struct {
	Columns []Column // of kind Accounts alone
	Units   []Unit   // parents before children
	Records []Record
	Skipped int // accounts that were deleted there, or are that system's own
}

// Make reads a file. mapping says, of kind Accounts, which column is a field where
// the header does not: -1 = none.
func Make(kind Kind, data []byte, name string, mapping map[string]int) (*Plan, error) {
	tables, err := Read(data, name)
	if err != nil {
		return nil, err
	}
	var p *Plan
	switch kind {
	case Accounts:
		p, err = fromSheet(&tables[0], mapping)
	case RuoYi, PCloud:
		p, err = layouts()[kind].plan(tables)
	case Casdoor:
		p, err = fromCasdoor(tables)
	default:
		return nil, fmt.Errorf("there is no kind %q of files", kind)
	}
	if err != nil {
		return nil, err
	}
	if unmapped := kind == Accounts && len(tables[0].Lines) > 0; len(p.Records) == 0 && len(p.Units) == 0 && p.Skipped == 0 && !unmapped {
		return nil, errors.New("the file has a header and no rows")
	}
	p.Units, err = inOrder(p.Units)
	return p, err
}

// fromSheet reads a sheet by its header.
func fromSheet(t *Table, mapping map[string]int) (*Plan, error) {
	at := [fields]int{}
	p := &Plan{Columns: make([]Column, len(t.Header))}
	for i, h := range t.Header {
		p.Columns[i].Header = h
		if len(t.Lines) > 0 {
			p.Columns[i].Sample = t.Lines[0].cell(i)
		}
	}
	for _, f := range Fields() {
		at[f] = t.column(f.names()...)
		if i, given := mapping[f.String()]; given {
			at[f] = i
		}
		if i := at[f]; i >= 0 && i < len(p.Columns) {
			p.Columns[i].Field = f.String()
		}
	}
	if at[Name] < 0 && at[Phone] < 0 {
		return p, nil // the reader maps the columns first
	}
	for _, line := range t.Lines {
		r := Record{Row: line.Number}
		for _, f := range Fields() {
			r.Cells[f] = line.cell(at[f])
		}
		r.compose()
		p.Records = append(p.Records, r)
	}
	return p, nil
}

// compose puts a hash's scheme and salt in front of it.
func (r *Record) compose() {
	hash := r.Cells[Hash]
	if hash == "" || r.Cells[Scheme] == "" || strings.HasPrefix(hash, "$") || strings.HasPrefix(hash, "pbkdf2_") {
		return
	}
	if r.Cells[Hash] = r.Cells[Scheme] + "$" + hash; r.Cells[Salt] != "" {
		r.Cells[Hash] = r.Cells[Scheme] + "$" + r.Cells[Salt] + "$" + hash
	}
}

// inOrder puts parents before children. A parent that is not in the file is none.
func inOrder(units []Unit) ([]Unit, error) {
	byID := map[string]*Unit{}
	for i := range units {
		byID[units[i].ID] = &units[i]
	}
	depth := func(u *Unit) (int, error) {
		n := 0
		for at := byID[u.Parent]; at != nil; at = byID[at.Parent] {
			if n++; n > len(units) {
				return 0, fmt.Errorf("the department %q is below itself", u.Name)
			}
		}
		return n, nil
	}
	depths := make(map[string]int, len(units))
	for i := range units {
		n, err := depth(&units[i])
		if err != nil {
			return nil, err
		}
		depths[units[i].ID] = n
	}
	slices.SortStableFunc(units, func(a, b Unit) int { return depths[a.ID] - depths[b.ID] })
	return units, nil
}
