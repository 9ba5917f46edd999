package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"stoa/app/access"
	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/app/org"
	"stoa/app/password"
	"stoa/store"
)

// Create makes an account in the actor's tenant, or, for super administrators,
// in any. With a PasswordHash nothing is hashed: one durable commit is all.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Account, error) {
	if err := by.Need(access.AccountCreate); err != nil {
		return nil, err
	}
	if in.PasswordHash != "" && by.Super() {
		adopted, err := s.Adopt(ctx, in.PasswordHash)
		if err != nil {
			return nil, err
		}
		in.PasswordHash = adopted
	}
	r, err := s.draft(by, in)
	if r != nil && r.Password == "" {
		err = fault.All(err, s.Policy.Check(in.Password, r.Administrator(), own(&r.Account)...))
	}
	if err != nil {
		return nil, err
	}
	if r.Password == "" {
		err := s.db.View(ctx, func(rd store.Reader) error { return s.Role.CheckAssignTx(rd, by, &r.Account, r.Roles) })
		if err != nil {
			return nil, fault.Wrap(err)
		}
		if r.Password, err = s.NewHash(ctx, in.Password, &r.Account); err != nil {
			return nil, err
		}
	}
	return s.insert(ctx, by, r)
}

// draft checks what can be checked without the store.
func (s *Service) draft(by access.Actor, in New) (*row, error) {
	r := &row{Account: Account{Email: in.Email, Phone: in.Phone, Name: in.Name, Nickname: in.Nickname, Tenant: cmp.Or(in.Tenant, by.Tenant),
		Department: in.Department, Posts: in.Posts, Grade: in.Grade, Roles: in.Roles, State: cmp.Or(in.State, Active), Avatar: in.Avatar, Telephone: in.Telephone,
		Duty: in.Duty, Enterprise: in.Enterprise, Division: in.Division, MustChange: true}}
	if r.Tenant != by.Tenant && !by.Super() {
		return nil, fault.New(fault.Denied, "account.tenant", "tenant", "accounts are made in your own organisation")
	}
	if len(r.Roles) == 0 {
		r.Roles = []uint64{access.RoleMember}
	}
	r.Roles = stored(r.Roles)
	if r.State != Active && r.State != Disabled {
		return nil, invalid("account.state", "state", "a state is active or disabled")
	}
	if by.Super() {
		r.EmailConfirmed, r.PhoneConfirmed, r.Sample = in.EmailConfirmed, in.PhoneConfirmed, in.Sample
		if in.MustChange != nil {
			r.MustChange = *in.MustChange
		}
	}
	if in.PasswordHash != "" {
		if !by.Super() {
			return nil, fault.New(fault.Denied, "account.password_hash", "password_hash", "only super administrators bring hashes of passwords")
		}
		if err := password.Storable(in.PasswordHash); err != nil {
			return nil, badHash(err)
		}
		r.Password = in.PasswordHash
	}
	return r, draftName(&r.Account)
}

// draftName normalises an account; without a name its phone serves as one.
func draftName(a *Account) error {
	if strings.TrimSpace(a.Name) == "" && a.Phone != "" {
		phone, err := naming.Phone(a.Phone)
		if err != nil {
			return err
		}
		a.Name = phone
	}
	return normalise(a)
}

// normalise brings an account's texts into their stored form.
func normalise(a *Account) error {
	line := func(field string, most int) func(string) (string, error) {
		return func(s string) (string, error) { return naming.Line(s, field, most) }
	}
	name := func(s string) (string, error) { return naming.Name(s, a.Email, a.Phone) }
	var wrong []error
	for _, f := range []struct {
		text *string
		form func(string) (string, error)
	}{{&a.Email, naming.Email}, {&a.Phone, naming.Phone}, {&a.Name, name}, {&a.Nickname, line("nickname", naming.MaxNickname)},
		{&a.Duty, line("duty", naming.MaxLine)}, {&a.Enterprise, line("enterprise", naming.MaxLine)},
		{&a.Division, line("division", naming.MaxLine)}, {&a.Telephone, naming.Landline}, {&a.Avatar, naming.Avatar}} {
		stored, err := f.form(*f.text)
		if wrong = append(wrong, err); err == nil {
			*f.text = stored
		}
	}
	return fault.All(wrong...)
}

// NewHash checks a new password against the policy and hashes it.
func (s *Service) NewHash(ctx context.Context, new string, a *Account) (string, error) {
	if err := s.Policy.Check(new, a.Administrator(), own(a)...); err != nil {
		return "", err
	}
	hash, err := s.Hasher.Hash(ctx, new)
	return hash, fault.Wrap(err)
}

func (s *Service) insert(ctx context.Context, by access.Actor, r *row) (*Account, error) {
	var out *row
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		fresh := *r // the closure may run again
		out = &fresh
		return s.createTx(tx, by, out)
	})
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &out.Account, nil
}

// CreateTx is Create in a commit of a neighbour's, with a hash that HashPassword
// made of the new account's password.
func (s *Service) CreateTx(tx *store.Tx, by access.Actor, in New, hash string) (*Account, error) {
	if err := by.Need(access.AccountCreate); err != nil {
		return nil, err
	}
	r, err := s.draft(by, in)
	if err == nil {
		r.Password = hash
		err = s.createTx(tx, by, r)
	}
	if err != nil {
		return nil, fault.Wrap(err)
	}
	return &r.Account, nil
}

// HashPassword checks a new password for an account-to-be against the policy and
// hashes it, for CreateTx. It takes time: never call it in a transaction.
func (s *Service) HashPassword(ctx context.Context, new string, in New) (string, error) {
	a := &Account{Name: in.Name, Email: in.Email, Phone: in.Phone, Nickname: in.Nickname, Roles: in.Roles}
	if err := draftName(a); err != nil {
		return "", err
	}
	return s.NewHash(ctx, new, a)
}

// createTx writes an account that somebody makes for another.
func (s *Service) createTx(tx *store.Tx, by access.Actor, r *row) error {
	if err := s.settle(tx, by, &r.Account); err != nil {
		return err
	}
	if err := s.Role.CheckAssignTx(tx, by, &r.Account, r.Roles); err != nil {
		return err
	}
	return s.insertTx(tx, by, r, "account.create")
}

// insertTx writes a new account with its audit entry.
func (s *Service) insertTx(tx *store.Tx, by access.Actor, r *row, action string) error {
	if err := s.place(tx, &r.Account); err != nil {
		return err
	}
	var err error
	if r.ID, err = s.newID(tx, r.ID); err != nil {
		return err
	}
	r.Created, r.Modified, r.ModifiedBy, r.Version = tx.Now(), tx.Now(), by.Name, 1
	if r.ModifiedBy == "" {
		r.ModifiedBy = r.Name
	}
	err = s.rows.Insert(tx, r)
	if field(err) == "name" && r.Name == r.Phone {
		r.Name = fmt.Sprintf("%s.%d", r.Phone, r.Tenant)
		err = s.rows.Insert(tx, r)
	}
	if err != nil {
		return taken(err)
	}
	if err := s.countSupers(tx, nil, &r.Account); err != nil {
		return err
	}
	if err := s.showTx(tx, nil, &r.Account); err != nil {
		return err
	}
	return s.RecordTx(tx, by, action, &r.Account)
}

// newID is the next id, or the given one, above which later ones then are.
func (s *Service) newID(tx *store.Tx, given uint64) (uint64, error) {
	if given == 0 {
		return s.rows.NextID(tx)
	}
	if _, err := s.rows.Get(tx, given); err == nil {
		return 0, idTaken(given)
	} else if !errors.Is(err, store.ErrNotFound) {
		return 0, err
	}
	return given, s.rows.KeepID(tx, given)
}

// place checks that the tenant is there and active, and that the department is
// one of it.
func (s *Service) place(r store.Reader, a *Account) error {
	tenant, err := s.Org.TenantTx(r, a.Tenant)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return invalid("account.tenant", "tenant", "there is no organisation %d", a.Tenant)
	}
	if err != nil {
		return err
	}
	if tenant.State == org.Frozen {
		return fault.New(fault.Conflict, "org.frozen", "tenant", "%s is frozen: activate it first", tenant.Name)
	}
	if err := s.inDepartment(r, a); err != nil {
		return err
	}
	return s.inPositions(r, a)
}

// field is the unique field that refused a row; "" if none did.
func field(err error) string {
	var t *store.TakenError
	if errors.As(err, &t) {
		return t.Index
	}
	return ""
}

// taken turns a refused unique value into the caller's words.
func taken(err error) error {
	switch field(err) {
	case "name":
		return fault.New(fault.Exists, "account.name_taken", "name", "this user name is taken")
	case "email":
		return fault.New(fault.Exists, "account.email_taken", "email", "this e-mail belongs to another account")
	case "phone":
		return fault.New(fault.Exists, "account.phone_taken", "phone", "this phone belongs to another account of the organisation")
	}
	return err
}

// countSupers keeps the number of active super administrators and refuses the
// change that would leave none. before or after is nil for a new or a deleted
// account.
func (s *Service) countSupers(tx *store.Tx, before, after *Account) error {
	was, is := activeSuper(before), activeSuper(after)
	if was == is {
		return nil
	}
	n, err := s.supers.Get(tx, key(1))
	if errors.Is(err, store.ErrNotFound) {
		n, err = &supers{ID: 1}, nil
	}
	if err != nil {
		return err
	}
	if is {
		n.Count++
	} else if n.Count--; n.Count < 1 {
		return fault.New(fault.Conflict, "account.last_super", "", "this is the last active super administrator: make another one first")
	}
	return s.supers.Put(tx, n)
}

func activeSuper(a *Account) bool {
	return a != nil && a.State == Active && a.Has(access.RoleSuper)
}

// AnySuper reports whether there is an active super administrator: whether the
// installation has been set up.
func (s *Service) AnySuper(r store.Reader) (bool, error) {
	n, err := s.supers.Get(r, key(1))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && n.Count > 0, err
}
