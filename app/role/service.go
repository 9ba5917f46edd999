package role

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"stoa/app/access"
	"stoa/app/audit"
	"stoa/app/directory"
	"stoa/app/fault"
	"stoa/app/menu"
	"stoa/app/org"
	"stoa/app/resource"
	"stoa/app/role/refusal"
	"stoa/store"
)

// Deps are the neighbours of the service.
type Deps struct {
	Audit     *audit.Service
	Org       *org.Service
	Directory *directory.Service
	Menu      *menu.Service
	Resource  *resource.Service
	Refusal   *refusal.Service
}

// Service is the roles.
type Service struct {
	Deps
	db     *store.DB
	ids    *store.Sequence
	rows   store.Table[Role]
	byCode store.Unique[Role]
	ranked store.Ranked[Role]

	now      atomic.Pointer[picture]
	drawing  sync.Mutex
	branches branches
}

// NewService defines the tables; Bind completes the service.
func NewService(schema *store.Schema, d Deps) *Service {
	s := &Service{Deps: d}
	s.branches.of = map[uint64]*branch{}
	s.ids = store.NewSequence(schema, 100, "role_id", access.FirstCustomRole)
	s.rows = store.Define(schema, 101, "role", func(v *Role) store.Key { return key(v.ID) })
	s.byCode = s.rows.Unique(1, "code", func(v *Role) (store.Key, bool) { return codeKey(v.Tenant, v.Code), v.Code != "" })
	s.ranked = s.rows.Ranked(2, "list", func(v *Role) []store.Key {
		if v.ID < access.FirstCustomRole {
			return nil
		}
		return []store.Key{store.K().Uint(v.Tenant)}
	}, func(*Role) store.Key { return nil })
	d.Menu.Depend(s.Refresh, s.Granted)
	d.Resource.Depend(s.Refresh, s.Used)
	return s
}

// Bind gives the service its store, adds what this release brings to menus and
// resources, and makes the first picture.
func (s *Service) Bind(ctx context.Context, db *store.DB) error {
	s.db = db
	if err := s.Menu.Seed(ctx); err != nil {
		return err
	}
	if err := s.Resource.Seed(ctx); err != nil {
		return err
	}
	return s.Refresh(ctx)
}

// Serve tells which calls there are, and makes the picture anew: paths among the
// resources stand for what these calls need.
func (s *Service) Serve(ctx context.Context, calls []resource.Call) error {
	s.Resource.Serve(calls)
	return s.Refresh(ctx)
}

func key(id uint64) store.Key                        { return store.K().Uint(id) }
func codeKey(tenant uint64, code string) store.Key   { return store.K().Uint(tenant).Str(code) }
func sees(by access.Actor, v *Role) bool             { return v.Tenant == 0 || v.Tenant == by.Tenant || by.Super() }
func (s *Service) role(id uint64) (v *Role, ok bool) { v, ok = s.now.Load().roles[id]; return v, ok }
func (s *Service) view(ctx context.Context, fn func(store.Reader) error) error {
	return fault.Wrap(s.db.View(ctx, fn))
}

// Get is a role that by may see: built in, shared, or of its tenant.
func (s *Service) Get(_ context.Context, by access.Actor, id uint64) (*Role, error) {
	if err := by.Need(access.RoleRead); err != nil {
		return nil, err
	}
	return s.visible(by, id)
}

func (s *Service) visible(by access.Actor, id uint64) (*Role, error) {
	v, ok := s.role(id)
	if !ok || !sees(by, v) {
		return nil, missing()
	}
	out := *v
	return &out, nil
}

// Create makes a role in by's tenant, or one that all tenants share.
func (s *Service) Create(ctx context.Context, by access.Actor, in New) (*Role, error) {
	if err := by.Need(access.RoleWrite); err != nil {
		return nil, err
	}
	draft := Role{Tenant: by.Tenant, Code: in.Code, Name: in.Name, Scope: in.Scope, Departments: in.Departments, SecondFactor: in.SecondFactor}
	if in.Shared {
		if !by.Super() {
			return nil, fault.New(fault.Denied, "role.shared", "shared", "roles that all organisations share are made by super administrators")
		}
		draft.Tenant = 0
	}
	if err := s.copied(by, &draft, in.CopyOf); err != nil {
		return nil, err
	}
	if draft.Scope == "" {
		draft.Scope = Self
	}
	if err := draft.clean(); err != nil {
		return nil, err
	}
	var v *Role
	err := s.change(ctx, func(tx *store.Tx) error {
		fresh := draft
		v = &fresh
		return s.createTx(tx, by, v)
	})
	if err != nil {
		return nil, err
	}
	return s.visible(by, v.ID)
}

func (s *Service) createTx(tx *store.Tx, by access.Actor, v *Role) error {
	n, err := s.ranked.Count(tx, store.K().Uint(v.Tenant))
	if err != nil {
		return err
	}
	if n >= MaxRoles {
		return fault.New(fault.Conflict, "role.too_many", "", "an organisation has at most %d roles", MaxRoles)
	}
	if err := s.within(tx, by, &Role{Scope: Self}, v); err != nil {
		return err
	}
	if v.ID, err = s.ids.Next(tx); err != nil {
		return err
	}
	if v.Code == "" {
		v.Code = "ROLE_" + number(v.ID)
	}
	if err := s.freeCode(tx, v); err != nil {
		return err
	}
	v.Created, v.Modified, v.ModifiedBy, v.Version = tx.Now(), tx.Now(), by.Name, 1
	if err := s.rows.Insert(tx, v); err != nil {
		return codeTaken(err, v)
	}
	return s.record(tx, by, "role.create", v, nil)
}

// copied begins a role with the scope and the grants of another one, so far as by
// holds them: what a super administrator's role has beyond is left out.
func (s *Service) copied(by access.Actor, v *Role, from uint64) error {
	if from == 0 {
		return nil
	}
	old, err := s.visible(by, from)
	if err != nil {
		return fault.New(fault.Invalid, "role.copy_of", "copy_of", "there is no role %d to copy", from)
	}
	p := s.now.Load()
	mine := p.menusOf(by)
	for _, id := range old.Menus {
		if mine[id] {
			v.Menus = append(v.Menus, id)
		}
	}
	for _, id := range old.Resources {
		if p.standsFor[id].Within(by.Set) {
			v.Resources = append(v.Resources, id)
		}
	}
	if v.Scope == "" {
		if v.Scope = old.Scope; v.Scope == Custom && v.Tenant == old.Tenant {
			v.Departments = old.Departments
		}
	}
	return nil
}

// freeCode refuses the code of a built-in or shared role.
func (s *Service) freeCode(r store.Reader, v *Role) error {
	for _, b := range access.Builtin() {
		if b.Code == v.Code {
			return codeTaken(store.ErrTaken, v)
		}
	}
	if v.Tenant == 0 {
		return nil
	}
	shared, err := s.byCode.Has(r, codeKey(0, v.Code))
	if err == nil && shared {
		return codeTaken(store.ErrTaken, v)
	}
	return err
}

func codeTaken(err error, v *Role) error {
	if errors.Is(err, store.ErrTaken) {
		return fault.New(fault.Exists, "role.code_taken", "code", "the code %s is taken", v.Code)
	}
	return err
}

// Modify changes a role. Of a built-in one super administrators change whether it
// asks for a second factor, and nobody anything else. ifVersion 0 skips the check
// for a change by somebody else.
func (s *Service) Modify(ctx context.Context, by access.Actor, id uint64, c Change, ifVersion uint64) (*Role, error) {
	if id < access.FirstCustomRole {
		return s.modifyBuiltin(ctx, by, id, c, ifVersion)
	}
	return s.modify(ctx, by, id, ifVersion, "role.update", func(_ store.Reader, v *Role) error {
		set(&v.Code, c.Code)
		set(&v.Name, c.Name)
		set(&v.Scope, c.Scope)
		set(&v.Departments, c.Departments)
		set(&v.SecondFactor, c.SecondFactor)
		return nil
	})
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// modify is a change of a role that somebody made.
func (s *Service) modify(ctx context.Context, by access.Actor, id, ifVersion uint64, action string, apply func(store.Reader, *Role) error) (*Role, error) {
	if err := by.Need(access.RoleWrite); err != nil {
		return nil, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		before, err := s.changeable(tx, by, id, ifVersion)
		if err != nil {
			return err
		}
		v := *before
		if err := apply(tx, &v); err != nil {
			return err
		}
		return s.saveTx(tx, by, action, before, &v)
	})
	if err != nil {
		return nil, err
	}
	return s.visible(by, id)
}

func (s *Service) saveTx(tx *store.Tx, by access.Actor, action string, before, v *Role) error {
	if err := v.clean(); err != nil {
		return err
	}
	if err := s.within(tx, by, before, v); err != nil {
		return err
	}
	changes := s.diff(before, v)
	if len(changes) == 0 {
		return nil
	}
	if v.Code != before.Code {
		if err := s.freeCode(tx, v); err != nil {
			return err
		}
	}
	v.Modified, v.ModifiedBy = tx.Now(), by.Name
	v.Version++
	if err := s.rows.Update(tx, v); err != nil {
		return codeTaken(err, v)
	}
	return s.record(tx, by, action, v, changes)
}

// changeable is a role as stored, that by may change: of its tenant, or shared and
// by is a super administrator, and holding no more than by does.
func (s *Service) changeable(r store.Reader, by access.Actor, id, ifVersion uint64) (*Role, error) {
	if id < access.FirstCustomRole {
		if v, ok := s.role(id); ok {
			return nil, fault.New(fault.Conflict, "role.builtin", "id", "%s is built in: copy it, and change the copy", v.Name)
		}
		return nil, missing()
	}
	v, err := s.rows.Get(r, key(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && !sees(by, v) {
		return nil, missing()
	}
	if err != nil {
		return nil, err
	}
	if v.Tenant == 0 && !by.Super() {
		return nil, fault.New(fault.Denied, "role.shared", "id", "%s is shared by all organisations: super administrators change it", v.Name)
	}
	if ifVersion != 0 && v.Version != ifVersion {
		return nil, fault.New(fault.Stale, "role.stale", "", "it was changed by %s meanwhile: read it again", v.ModifiedBy)
	}
	if beyond := s.now.Load().allowed(v.Resources).Without(by.Set); !by.Super() && beyond != (access.Set{}) {
		return nil, fault.New(fault.Denied, "role.holds_more", "id", "%s holds rights that you do not hold: %s", v.Name, list(beyond))
	}
	return v, nil
}

func (s *Service) modifyBuiltin(ctx context.Context, by access.Actor, id uint64, c Change, ifVersion uint64) (*Role, error) {
	if err := by.Need(access.RoleWrite); err != nil {
		return nil, err
	}
	v, err := s.visible(by, id)
	if err != nil {
		return nil, err
	}
	same := func(given *string, is string) bool { return given == nil || *given == is }
	if c.SecondFactor == nil || !same(c.Code, v.Code) || !same(c.Name, v.Name) || c.Scope != nil && *c.Scope != v.Scope {
		return nil, fault.New(fault.Conflict, "role.builtin", "id", "%s is built in: copy it, and change the copy", v.Name)
	}
	if !by.Super() {
		return nil, fault.New(fault.Denied, "role.shared", "id", "%s is shared by all organisations: super administrators change it", v.Name)
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		row, err := s.rows.Get(tx, key(id))
		if errors.Is(err, store.ErrNotFound) {
			row, err = &Role{ID: id, Version: 1}, nil
		}
		if err != nil || row.SecondFactor == *c.SecondFactor {
			return err
		}
		if ifVersion != 0 && row.Version != ifVersion {
			return fault.New(fault.Stale, "role.stale", "", "it was changed by %s meanwhile: read it again", row.ModifiedBy)
		}
		before := row.SecondFactor
		row.SecondFactor, row.Modified, row.ModifiedBy = *c.SecondFactor, tx.Now(), by.Name
		row.Version++
		if err := s.rows.Put(tx, row); err != nil {
			return err
		}
		return s.record(tx, by, "role.update", v, []audit.Change{{Field: "second_factor", Old: strconv.FormatBool(before), New: strconv.FormatBool(*c.SecondFactor)}})
	})
	if err != nil {
		return nil, err
	}
	return s.visible(by, id)
}

// Delete removes a role that no account holds; else a Conflict fault with the count.
func (s *Service) Delete(ctx context.Context, by access.Actor, id uint64) error {
	if err := by.Need(access.RoleWrite); err != nil {
		return err
	}
	return s.change(ctx, func(tx *store.Tx) error {
		v, err := s.changeable(tx, by, id, 0)
		if err != nil {
			return err
		}
		n, _, err := s.Directory.RoleHolders(tx, id, 0)
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "role.in_use", "id", "%d accounts hold %s: give them another role first", n, v.Name)
		}
		if err := s.rows.Delete(tx, key(id)); err != nil {
			return err
		}
		return s.record(tx, by, "role.delete", v, nil)
	})
}

// change is a commit after which the picture is made anew, before watchers hear of
// it from the action log: they ask at once what they may now.
func (s *Service) change(ctx context.Context, fn func(*store.Tx) error) error {
	var refreshed error
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		tx.OnCommit(func() { refreshed = s.Refresh(ctx) })
		return fn(tx)
	})
	return errors.Join(fault.Wrap(err), refreshed)
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

func (s *Service) record(tx *store.Tx, by access.Actor, action string, v *Role, changes []audit.Change) error {
	return s.Audit.AddTx(tx, by, audit.Entry{Tenant: v.Tenant, Action: action, ObjectKind: "role", ObjectID: number(v.ID), ObjectName: v.Name,
		Changes: changes})
}
