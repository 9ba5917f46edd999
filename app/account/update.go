package account

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/store"
)

// Update changes an account that by manages, or by's own. Of their own account
// people change everything but name, department, posts, grade, roles, state
// and password.
// ifVersion, when not 0, must be the version that was read, else Stale.
func (s *Service) Update(ctx context.Context, by access.Actor, id uint64, c Change, ifVersion uint64) (*Account, error) {
	hash, err := s.changeHash(ctx, by, id, c)
	if err != nil {
		return nil, fault.Wrap(err)
	}
	var out *row
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		before, err := s.managed(tx, by, id, access.AccountUpdate)
		if err != nil {
			return err
		}
		if ifVersion != 0 && before.Version != ifVersion {
			return Stale(&before.Account)
		}
		after := *before
		out = &after
		if err := s.apply(tx, by, out, c); err != nil {
			return err
		}
		if hash != "" {
			out.Password, out.MustChange = hash, true
			out.Credential++
		}
		return s.SaveTx(tx, by, "account.update", before, out)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &out.Account, nil
}

// Stale says that somebody else changed the account meanwhile.
func Stale(a *Account) error {
	return fault.New(fault.Stale, "account.stale", "", "%s was changed by %s meanwhile: read it again", a.Name, a.ModifiedBy)
}

// changeHash hashes the new password of a change, outside any transaction.
func (s *Service) changeHash(ctx context.Context, by access.Actor, id uint64, c Change) (string, error) {
	if c.Password == nil {
		return "", nil
	}
	if id == by.Account {
		return "", fault.New(fault.Denied, "account.own_password", "password", "your own password is changed with the old one")
	}
	var a Account
	err := s.db.View(ctx, func(r store.Reader) error {
		found, err := s.managed(r, by, id, access.AccountUpdate)
		if err == nil {
			a = found.Account
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if c.Roles != nil {
		a.Roles = *c.Roles
	}
	return s.NewHash(ctx, *c.Password, &a)
}

// apply writes a change into a row.
func (s *Service) apply(r store.Reader, by access.Actor, a *row, c Change) error {
	if err := restrict(by, a, c); err != nil {
		return err
	}
	email, phone := a.Email, a.Phone
	for _, f := range []struct{ to, from *string }{{&a.Email, c.Email}, {&a.Phone, c.Phone}, {&a.Nickname, c.Nickname},
		{&a.Avatar, c.Avatar}, {&a.Telephone, c.Telephone}, {&a.Duty, c.Duty}, {&a.Enterprise, c.Enterprise},
		{&a.Division, c.Division}, {&a.Name, c.Name}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if c.Name == nil {
		rename(&a.Account, email, phone)
	}
	if err := normalise(&a.Account); err != nil {
		return err
	}
	a.EmailConfirmed = a.EmailConfirmed && a.Email == email
	a.PhoneConfirmed = a.PhoneConfirmed && a.Phone == phone
	if err := s.applyPlace(r, by, a, c); err != nil {
		return err
	}
	return s.applyRights(r, by, a, c)
}

// applyPlace changes where in the organisation an account is.
func (s *Service) applyPlace(r store.Reader, by access.Actor, a *row, c Change) error {
	if c.Department != nil && *c.Department != a.Department {
		a.Department = *c.Department
		if err := s.inDepartment(r, &a.Account); err != nil {
			return err
		}
		if err := reached(by, a.Department); err != nil {
			return err
		}
	}
	if c.Posts == nil && c.Grade == nil {
		return nil
	}
	if c.Posts != nil {
		a.Posts = *c.Posts
	}
	if c.Grade != nil {
		a.Grade = *c.Grade
	}
	return s.inPositions(r, &a.Account)
}

// rename names anew an account whose name was its e-mail or phone.
func rename(a *Account, email, phone string) {
	switch {
	case email != "" && naming.Fold(a.Name) == naming.Fold(email) && strings.TrimSpace(a.Email) != "":
		a.Name = a.Email
	case phone != "" && a.Name == phone:
		if p, err := naming.Phone(a.Phone); err == nil && p != "" {
			a.Name = p
		}
	}
}

// restrict refuses what nobody changes on their own account.
func restrict(by access.Actor, a *row, c Change) error {
	if by.Account != a.ID {
		return nil
	}
	own := func(field string) error {
		return fault.New(fault.Denied, "account.own", field, "nobody changes the %s of their own account: an administrator does", field)
	}
	switch {
	case c.Name != nil && *c.Name != a.Name && !by.Can(access.AccountUpdate):
		return own("name")
	case c.Department != nil && *c.Department != a.Department && !by.Can(access.AccountUpdate):
		return own("department")
	case c.Posts != nil && !sameRoles(*c.Posts, a.Posts) && !by.Can(access.AccountUpdate):
		return own("posts")
	case c.Grade != nil && *c.Grade != a.Grade && !by.Can(access.AccountUpdate):
		return own("grade")
	case c.Roles != nil && !sameRoles(*c.Roles, a.Roles) && !by.Super():
		return own("roles")
	case c.State != nil && *c.State != a.State && !by.Super():
		return own("state")
	}
	return nil
}

func sameRoles(a, b []uint64) bool {
	return slices.Equal(slices.Compact(slices.Sorted(slices.Values(a))), b)
}

// applyRights changes roles and state. Roles that the account keeps need not be
// by's to give; those it gets or loses must be.
func (s *Service) applyRights(r store.Reader, by access.Actor, a *row, c Change) error {
	if c.State != nil {
		if *c.State != Active && *c.State != Disabled {
			return invalid("account.state", "state", "a state is active or disabled")
		}
		a.State = *c.State
	}
	if c.Roles == nil || sameRoles(*c.Roles, a.Roles) {
		return nil
	}
	roles := stored(*c.Roles)
	if len(roles) == 0 {
		return fault.New(fault.Missing, "account.roles", "roles", "an account has at least one role")
	}
	if err := s.Role.CheckAssignTx(r, by, &a.Account, roles); err != nil {
		return err
	}
	a.Roles = roles
	return nil
}

// SaveTx writes a changed row with its consequences: sessions end when the account
// is disabled or somebody else set its password. An unchanged row is left alone.
func (s *Service) SaveTx(tx *store.Tx, by access.Actor, action string, before, after *row) error {
	changes := diff(before, after)
	if len(changes) == 0 {
		return nil
	}
	after.Modified, after.ModifiedBy = tx.Now(), by.Name
	after.Version++
	if err := s.rows.Update(tx, after); err != nil {
		return taken(err)
	}
	if err := s.countSupers(tx, &before.Account, &after.Account); err != nil {
		return err
	}
	if err := s.showTx(tx, &before.Account, &after.Account); err != nil {
		return err
	}
	if after.State != Active && before.State == Active || after.Credential != before.Credential {
		except := uint64(0)
		if after.ID == by.Account && after.State == Active {
			except = by.Session
		}
		if err := s.Sessions().EndAllTx(tx, after.ID, except); err != nil {
			return err
		}
	}
	return s.RecordTx(tx, by, action, &after.Account, changes...)
}

// diff lists the fields that differ, in the domain's words.
func diff(a, b *row) []audit.Change {
	var out []audit.Change
	add := func(field, old, new string) {
		if old != new {
			out = append(out, audit.Change{Field: field, Old: old, New: new})
		}
	}
	add("name", a.Name, b.Name)
	add("email", a.Email, b.Email)
	add("phone", a.Phone, b.Phone)
	add("nickname", a.Nickname, b.Nickname)
	add("avatar", a.Avatar, b.Avatar)
	add("telephone", a.Telephone, b.Telephone)
	add("duty", a.Duty, b.Duty)
	add("enterprise", a.Enterprise, b.Enterprise)
	add("division", a.Division, b.Division)
	add("department", number(a.Department), number(b.Department))
	add("posts", numbers(a.Posts), numbers(b.Posts))
	add("grade", number(a.Grade), number(b.Grade))
	add("state", string(a.State), string(b.State))
	add("roles", numbers(a.Roles), numbers(b.Roles))
	add("second_factor", strconv.FormatBool(a.SecondFactor), strconv.FormatBool(b.SecondFactor))
	add("must_change_password", strconv.FormatBool(a.MustChange), strconv.FormatBool(b.MustChange))
	if a.Password != b.Password {
		out = append(out, audit.Change{Field: "password", Old: "***", New: "***"})
	}
	return out
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

func numbers(ns []uint64) string {
	out := make([]string, len(ns))
	for i, n := range ns {
		out[i] = number(n)
	}
	return strings.Join(out, ",")
}
