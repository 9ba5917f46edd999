package source

import (
	"context"
	"errors"
	"slices"
	"strings"

	"stoa/app/access"
	"stoa/app/account"
	"stoa/app/fault"
	"stoa/app/naming"
	"stoa/app/org"
	"stoa/app/source/claim"
	"stoa/store"
)

// Actor is who changes accounts on behalf of a source.
func (x *Source) Actor(o access.Origin) access.Actor {
	by := access.System(o.Dialect)
	by.Name, by.Origin = "source:"+x.Name, o
	return by
}

// Person reads what a source says of somebody.
func (x *Source) Person(id *claim.Identity) (claim.Person, error) {
	if c := x.Mapping.Admits(id.Claims); c != nil {
		return claim.Person{}, claim.Refused("the source's condition on %s is not met", c.Claim)
	}
	return x.Mapping.Apply(id.Claims), nil
}

// verified reports whether the person's e-mail is theirs beyond doubt.
func (x *Source) verified(id *claim.Identity, p claim.Person) bool {
	return p.Email != "" && (x.Policy.TrustEmail || id.EmailVerified && strings.EqualFold(x.Mapping.Email, "email"))
}

// Resolve is the account of a person who was proven a moment ago: the linked one,
// one that the policy links, or a new one. claim.ErrRefused stands for nobody.
func (s *Service) Resolve(ctx context.Context, o access.Origin, x *Source, id *claim.Identity) (*account.Account, error) {
	p, err := x.Person(id)
	if err != nil {
		return nil, err
	}
	if id.Disabled {
		return nil, claim.Refused("the source has disabled this person")
	}
	department, err := s.department(ctx, x, p.Department)
	if err != nil {
		return nil, err
	}
	var out *account.Account
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		found, i, err := s.Match(tx, x, id, p)
		if err != nil {
			return err
		}
		if found == nil {
			out, err = s.make(tx, x, o, id, p, department)
			return err
		}
		out = found
		if i == nil {
			i = &Identity{Source: x.ID, Subject: id.Subject, Account: found.ID, Login: id.Login}
			if err := s.LinkTx(tx, x.Actor(o), i); err != nil {
				return err
			}
		}
		return s.usedTx(tx, i, id.Login)
	})
	if err != nil {
		return nil, err
	}
	return out, s.refresh(ctx, o, x, id, p, department)
}

// Match finds the account of a person, with its link; without one where the
// policy says that it is theirs. Nil is nobody.
func (s *Service) Match(r store.Reader, x *Source, id *claim.Identity, p claim.Person) (*account.Account, *Identity, error) {
	i, err := s.identities.Get(r, identityKey(x.ID, id.Subject))
	if err == nil {
		a, err := s.Account.Row(r, i.Account)
		if err != nil {
			return nil, nil, err
		}
		if !x.Belongs(a) {
			return nil, nil, claim.Refused("the linked account is in another organisation")
		}
		return a, i, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, nil, err
	}
	a, err := s.own(r, x, id, p)
	if errors.Is(err, store.ErrNotFound) || err == nil && a == nil {
		return nil, nil, nil
	}
	return a, nil, err
}

// own is an existing account that the policy takes for the person's. Those of
// administrators and secondary ones are never linked by themselves.
func (s *Service) own(r store.Reader, x *Source, id *claim.Identity, p claim.Person) (*account.Account, error) {
	var a *account.Account
	var err error
	switch {
	case x.Policy.Link == LinkByEmail && x.verified(id, p):
		if a, err = s.Account.ByEmail(r, p.Email); err == nil && !a.EmailConfirmed {
			return nil, nil
		}
	case x.Policy.Link == LinkByName && p.Name != "":
		a, err = s.Account.ByName(r, p.Name)
	}
	if err != nil || a == nil || !x.Belongs(a) || a.Administrator() || a.Parent != 0 {
		return nil, err
	}
	rows, err := s.links(r, a.ID)
	if err != nil || slices.ContainsFunc(rows, func(i *Identity) bool { return i.Source == x.ID }) {
		return nil, err // it is somebody else's of the same source
	}
	return a, nil
}

// make makes the account of a person.
func (s *Service) make(tx *store.Tx, x *Source, o access.Origin, id *claim.Identity, p claim.Person, department uint64) (*account.Account, error) {
	if !x.Policy.Create {
		return nil, claim.Refused("nobody is linked to this person, and the source makes no accounts")
	}
	return s.MakeTx(tx, x, o, id, p, department)
}

// MakeTx makes the account of a person, linked; the policy was asked before.
func (s *Service) MakeTx(tx *store.Tx, x *Source, o access.Origin, id *claim.Identity, p claim.Person, department uint64) (*account.Account, error) {
	by := x.Actor(o)
	state := account.Active
	if id.Disabled {
		state = account.Disabled
	}
	a, err := s.Account.CreateLinkedTx(tx, by, account.New{Name: p.Name, Nickname: p.Nickname, Email: p.Email, Phone: p.Phone,
		Tenant: x.Policy.Home, Department: department, Roles: x.roles(nil, p), State: state, EmailConfirmed: x.verified(id, p)})
	if err != nil {
		return nil, taken(err)
	}
	i := &Identity{Source: x.ID, Subject: id.Subject, Account: a.ID, Login: id.Login, Made: true, Put: id.Disabled}
	if !id.Disabled {
		i.Used = tx.Now()
	}
	return a, s.LinkTx(tx, by, i)
}

// taken says what somebody can do whose name or address another account has.
func taken(err error) error {
	f := fault.Of(err)
	if f.Kind != fault.Exists {
		return err
	}
	return fault.New(fault.Exists, "source.taken", f.Field,
		"there is an account with this %s already: sign in to it and link it in the personal centre, or ask an administrator", f.Field)
}

// roles are an account's after its groups: those that no group gives stay, those
// of groups follow; with none left the default ones.
func (x *Source) roles(has []uint64, p claim.Person) []uint64 {
	mapped := func(role uint64) bool {
		return slices.ContainsFunc(x.Mapping.Roles, func(g claim.GroupRole) bool { return g.Role == role })
	}
	out := slices.DeleteFunc(slices.Clone(has), mapped)
	if len(out) == 0 {
		out = slices.Clone(x.Policy.Roles)
	}
	out = append(out, p.Roles...)
	slices.Sort(out)
	if out = slices.Compact(out); len(out) == 0 {
		return []uint64{access.RoleMember}
	}
	return out
}

// Change is what a source has to change at an account that it made; ok is false
// when there is nothing. Names stay: people sign in by them.
func (x *Source) Change(a *account.Account, p claim.Person, department uint64) (c account.Change, fields []string) {
	set := func(field, has, is string) *string {
		if is == "" || is == has {
			return nil
		}
		fields = append(fields, field)
		return &is
	}
	if naming.Fold(p.Email) != naming.Fold(a.Email) {
		c.Email = set("email", a.Email, p.Email)
	}
	c.Nickname = set("nickname", a.Nickname, p.Nickname)
	c.Phone = set("phone", a.Phone, p.Phone)
	if x.Policy.Departments && department != a.Department {
		c.Department = &department
		fields = append(fields, "department")
	}
	if roles := x.roles(a.Roles, p); len(x.Mapping.Roles) > 0 && !slices.Equal(roles, a.Roles) {
		c.Roles = &roles
		fields = append(fields, "roles")
	}
	return c, fields
}

// refresh brings an account that the source made up to date. What can't be taken
// over (an e-mail that another account has) does not keep its owner out.
func (s *Service) refresh(ctx context.Context, o access.Origin, x *Source, id *claim.Identity, p claim.Person, department uint64) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		i, err := s.identities.Get(tx, identityKey(x.ID, id.Subject))
		if err != nil || !i.Made {
			return err
		}
		a, err := s.Account.Row(tx, i.Account)
		if err != nil {
			return err
		}
		c, fields := x.Change(a, p, department)
		if len(fields) == 0 {
			return nil
		}
		_, err = s.Account.UpdateTx(tx, x.Actor(o), a.ID, c)
		return err
	})
	if err != nil && fault.KindOf(err) != fault.Internal {
		return nil
	}
	return fault.Wrap(err)
}

// department is the one that a path names in the source's organisation, made where
// it is missing; 0 where the policy wants none.
func (s *Service) department(ctx context.Context, x *Source, path []string) (uint64, error) {
	if !x.Policy.Departments || len(path) == 0 || x.Policy.Home == 0 {
		return 0, nil
	}
	return NewTree(s, x).Find(ctx, path, true)
}

// Tree is an organisation's departments by their names, read once.
type Tree struct {
	service *Service
	source  *Source
	known   map[string]uint64 // by parent and folded name
}

// NewTree is the departments of the organisation that a source makes accounts in.
func NewTree(s *Service, x *Source) *Tree { return &Tree{service: s, source: x} }

func (t *Tree) place(parent uint64, name string) string {
	return number(parent) + "/" + naming.Fold(name)
}

// Find is the department at a path; 0 where it is missing and not to be made.
func (t *Tree) Find(ctx context.Context, path []string, create bool) (uint64, error) {
	if t.known == nil {
		if err := t.read(ctx); err != nil {
			return 0, err
		}
	}
	at := t.source.Policy.Home
	for _, name := range path {
		next, ok := t.known[t.place(at, name)]
		if !ok && !create {
			return 0, nil
		}
		if !ok {
			u, err := t.service.Org.CreateDepartment(ctx, t.source.Actor(access.Origin{}), org.NewDepartment{Parent: at, Name: name})
			if err != nil {
				return 0, err
			}
			next = u.ID
			t.known[t.place(at, name)] = next
		}
		at = next
	}
	return at, nil
}

func (t *Tree) read(ctx context.Context) error {
	t.known = map[string]uint64{}
	by := t.source.Actor(access.Origin{})
	by.Tenant = t.source.Policy.Home
	cursor := ""
	for {
		page, err := t.service.Org.Departments(ctx, by, org.Filter{Tenant: t.source.Policy.Home, Limit: 500, Cursor: cursor})
		if err != nil {
			return err
		}
		for _, u := range page.Items {
			t.known[t.place(u.Parent, u.Name)] = u.ID
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}
