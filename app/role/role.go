// Package role is what people may do: roles, built in and made by administrators,
// with the menus and resources they grant and how far they see. It tells the
// session what an account's roles allow, out of a picture of all roles in memory
// that every change makes anew. It knows no dialect.
//
// Where the documents are silent:
//   - A role allows what its resources stand for, together; roles add up. A page is
//     shown to those whose roles grant its menu and who hold what it needs. The
//     built-in roles have fixed permissions, and with them every page that needs no
//     more.
//   - A role belongs to a tenant, or, made by a super administrator, is shared by
//     all.
//   - Nobody gives or takes what they do not hold: permissions, menus, sight. That
//     holds for a role's grants as for giving the role to somebody.
//   - Groups of a tree stand for nothing: what is granted are its leaves, so that
//     what is added to a group later is granted to nobody.
//   - "custom" is the chosen departments and what is below them. Who is in no
//     department sees themselves at "department" and "department_and_below".
package role

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"stoa/app/access"
	"stoa/app/fault"
)

// Scope is how far a role sees; with several the widest holds.
type Scope string

// The scopes.
const (
	All        Scope = "all" // the tenant
	Custom     Scope = "custom"
	Department Scope = "department"
	Below      Scope = "department_and_below"
	Self       Scope = "self"
)

// Scopes lists them, widest first.
func Scopes() []Scope { return []Scope{All, Custom, Below, Department, Self} }

// Limits.
const (
	MaxRoles       = 500  // of a tenant
	maxGrants      = 2000 // menus, and resources, of a role
	maxDepartments = 500  // chosen by a role
	maxName        = 64   // characters
	maxCode        = 64
)

// Role is a role with what it grants.
type Role struct {
	ID           uint64    `cbor:"1,keyasint"`
	Tenant       uint64    `cbor:"2,keyasint,omitempty"` // 0 = shared by all
	Code         string    `cbor:"3,keyasint,omitempty"` // "ROLE_AUDITOR": unique in its tenant and among the shared ones
	Name         string    `cbor:"4,keyasint,omitempty"`
	Scope        Scope     `cbor:"5,keyasint,omitempty"`
	Departments  []uint64  `cbor:"6,keyasint,omitempty"` // at Custom; ascending
	Menus        []uint64  `cbor:"7,keyasint,omitempty"` // leaves, ascending
	Resources    []uint64  `cbor:"8,keyasint,omitempty"` // leaves, ascending
	SecondFactor bool      `cbor:"9,keyasint,omitempty"` // its holders sign in with a second factor
	Created      time.Time `cbor:"10,keyasint,omitzero"`
	Modified     time.Time `cbor:"11,keyasint,omitzero"`
	ModifiedBy   string    `cbor:"12,keyasint,omitempty"`
	Version      uint64    `cbor:"13,keyasint"`

	Builtin bool       `cbor:"-"` // fixed but for SecondFactor
	Set     access.Set `cbor:"-"` // what it allows
}

// New is what Create needs.
type New struct {
	Code         string // "" = made of the id
	Name         string
	Shared       bool   // for all tenants: super administrators only
	CopyOf       uint64 // a role whose scope and grants it begins with; 0 = none
	Scope        Scope  // "" = that of CopyOf, else Self
	Departments  []uint64
	SecondFactor bool
}

// Change changes what is not nil.
type Change struct {
	Code         *string
	Name         *string
	Scope        *Scope
	Departments  *[]uint64
	SecondFactor *bool
}

// Grants replaces what is not nil.
type Grants struct {
	Menus       *[]uint64
	Resources   *[]uint64
	Scope       *Scope
	Departments *[]uint64
}

// clean brings a role's texts into their stored form and checks its scope.
func (v *Role) clean() error {
	v.Name = norm.NFC.String(strings.TrimSpace(v.Name))
	v.Code = strings.ToUpper(strings.TrimSpace(v.Code))
	if err := fault.All(v.checkName(), v.checkCode(), v.checkScope()); err != nil {
		return err
	}
	v.Departments = distinct(v.Departments)
	if v.Scope != Custom {
		v.Departments = nil
	}
	return nil
}

func (v *Role) checkName() error {
	switch {
	case v.Name == "":
		return fault.New(fault.Missing, "role.name", "name", "a name is needed: it is what people choose the role by")
	case !utf8.ValidString(v.Name) || utf8.RuneCountInString(v.Name) > maxName || strings.ContainsFunc(v.Name, unicode.IsControl):
		return fault.New(fault.Invalid, "role.name", "name", "the name has up to %d characters that can be shown", maxName)
	}
	return nil
}

func (v *Role) checkCode() error {
	if v.Code != "" && !isCode(v.Code) {
		return fault.New(fault.Invalid, "role.code", "code", "a code is ROLE_ and then letters, digits and _, at most %d in all", maxCode)
	}
	return nil
}

func (v *Role) checkScope() error {
	switch {
	case !slices.Contains(Scopes(), v.Scope):
		return fault.New(fault.Invalid, "role.scope", "scope", "a scope is all, custom, department, department_and_below or self")
	case v.Scope == Custom && v.Tenant == 0:
		return fault.New(fault.Invalid, "role.scope", "scope", "a role that all organisations share can't choose departments of one")
	case len(v.Departments) > maxDepartments:
		return fault.New(fault.TooLarge, "role.departments", "departments", "a role chooses at most %d departments", maxDepartments)
	}
	return nil
}

func isCode(s string) bool {
	rest, ok := strings.CutPrefix(s, "ROLE_")
	return ok && rest != "" && len(s) <= maxCode && !strings.ContainsFunc(rest, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
	})
}

// distinct is ids ascending, each once.
func distinct(ids []uint64) []uint64 {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

func has(sorted []uint64, id uint64) bool {
	_, found := slices.BinarySearch(sorted, id)
	return found
}

// without is what is in a and not in b, both ascending.
func without(a, b []uint64) []uint64 {
	out := []uint64{}
	for _, id := range a {
		if !has(b, id) {
			out = append(out, id)
		}
	}
	return out
}

func missing() *fault.Fault {
	return fault.New(fault.NotFound, "role.not_found", "id", "there is no such role")
}
